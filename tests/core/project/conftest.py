"""A small project over two images, and folders that go wrong."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from al_core.config import Task
from al_core.coords import GeoTransform, TileGrid
from al_core.legend import Legend, LegendClass
from al_core.project import ImageRecord, NewProject, Normalisation, Project, ProjectSettings

from .tagging import opened_with

ROOT = Path(__file__).resolve().parents[3]
TILE_SIZE_PX, HALO_PX = 64, 16  # a core of 32 px
NOBODY = 65534


def build_image(number, path, shape, first_tile):
    grid = TileGrid(*shape, TILE_SIZE_PX, HALO_PX)
    return ImageRecord(
        id=number,
        path=str(path),
        name=Path(path).stem,
        height=shape[0],
        width=shape[1],
        crs_wkt='PROJCRS["made up"]',
        transform=GeoTransform(500000.0, 4100000.0, 0.5, -0.5),
        dtype="uint16",
        nodata=0.0,
        first_tile=first_tile,
        tile_count=len(grid),
    )


@pytest.fixture
def legend():
    return Legend(
        (
            LegendClass(10, "water", "#0000ff"),
            LegendClass(20, "forêt", "#00aa00"),
            LegendClass(30, "town", "#ff0000"),
        )
    )


@pytest.fixture
def new_project(tmp_path, legend):
    """Two images: 100 × 150 px (4 × 5 tiles, ids 0…19) and 64 × 40 px (2 × 2, 20…23)."""
    first = build_image(1, tmp_path / "images" / "first.tif", (100, 150), 0)
    second = build_image(2, tmp_path / "images" / "second.tif", (64, 40), first.tile_count)
    count = first.tile_count + second.tile_count
    normalisation = Normalisation((1.0, 2.0), (3.0, 4.0), (0.5, 0.25), (0.1, 0.2))
    return NewProject(
        images=(first, second),
        legend=legend,
        settings=ProjectSettings(
            TILE_SIZE_PX, HALO_PX, (3, 1), normalisation, 7, "2026-01-02T03:04:05+00:00"
        ),
        valid_px=np.arange(count, dtype=np.int32),
        validation=np.array([3, 21], dtype=np.int64),
    )


@pytest.fixture
def project(tmp_path, new_project):
    with Project.create(tmp_path / "area.landloop", new_project) as opened:
        yield opened


@pytest.fixture
def scenes(tmp_path, new_project):
    """A project of scenes with 7 tiles."""
    with opened_with(Task.SCENE, tmp_path / "scenes", new_project) as project:
        yield project


@pytest.fixture
def tagged(tmp_path, new_project):
    """A multi-label project with 7 tiles."""
    with opened_with(Task.MULTILABEL, tmp_path / "tagged", new_project) as project:
        yield project


@pytest.fixture
def make_older():
    """Take back what later versions brought to the database of a closed project."""
    steps_back = {
        2: ("DROP TABLE tag_change", "DROP TABLE tag_step", "DROP TABLE tag"),
        1: ("ALTER TABLE round DROP COLUMN insight",),
    }

    def make(folder, version):
        with contextlib.closing(sqlite3.connect(folder / "project.db")) as database:
            for number, statements in steps_back.items():
                for statement in statements if number >= version else ():
                    database.execute(statement)
            database.execute("DELETE FROM setting WHERE name = 'task'")
            database.execute(f"PRAGMA user_version = {version}")
            database.commit()

    return make


@pytest.fixture
def run_python():
    """Run a script in a Python process of its own, from the repository root."""

    def run(script, *arguments):
        return subprocess.run(
            [sys.executable, "-c", script, *map(str, arguments)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def start_python():
    """Start a script that prints a line when it is ready; kill -9 what is left of it."""
    running = []

    def start(script, *arguments):
        process = subprocess.Popen(
            [sys.executable, "-c", script, *map(str, arguments)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout.readline().strip() == "ready"
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def open_folder():
    """A folder that every user may enter; pytest's own are closed to all but its user."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def as_guest():
    """A block that runs without root's right to write everywhere."""
    if os.name == "nt":
        pytest.skip("folders cannot be made read-only by their mode on Windows")

    @contextlib.contextmanager
    def guest():
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(NOBODY)
        try:
            yield
        finally:
            if is_root:
                os.seteuid(0)

    return guest


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    try:
        outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount here; the tests with a page limit cover full disks")
    if outcome.returncode:
        pytest.skip("mounting is not allowed; the tests with a page limit cover full disks")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def fill_up():
    """Write a file that leaves no byte free on its disk."""

    def fill(path):
        with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"0" * 4096)

    return fill
