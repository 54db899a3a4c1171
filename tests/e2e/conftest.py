"""The real plugin in the real QGIS, with the real engine, on a small procedural scene."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "landloop"
SIZE_PX = 320
TILE_PX = 64

sys.path.insert(0, str(Path(__file__).parent))  # the scripted analyst's modules

if PACKAGE not in sys.modules:
    spec = importlib.util.spec_from_file_location(
        PACKAGE, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    sys.modules[PACKAGE] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[PACKAGE])


def engine(*arguments):
    """Run one verb of the engine in its own environment."""
    environment = importlib.import_module(f"{PACKAGE}.plugin.engine.environment")
    command = [environment.python_path(), "-m", "al_core", *arguments, "--json"]
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=environment.clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="session", name="engine")
def engine_fixture():
    """Run one verb of the engine."""
    return engine


@pytest.fixture(scope="session")
def demo_scene(tmp_path_factory):
    """A demo scene of 320 px with its reference labels and legend."""
    folder = tmp_path_factory.mktemp("demo")
    engine("demo", folder, "--size", SIZE_PX)
    return folder


@pytest.fixture
def demo_project(demo_scene, tmp_path):
    """A fresh project over the small scene, its validation tiles labelled."""
    project = tmp_path / "small.landloop"
    engine(
        "init",
        project,
        "--image",
        demo_scene / "scene.tif",
        "--legend",
        demo_scene / "legend.csv",
        "--tile",
        TILE_PX,
    )
    engine("label", project, "--from", demo_scene / "labels.tif", "--validation")
    engine("query", project, "--strategy", "random", "--count", 12)
    return SimpleNamespace(folder=project, labels=demo_scene / "labels.tif")


@pytest.fixture
def plugin(qgis_iface, qgis_new_project, qtbot):
    """The plugin, loaded as QGIS loads it, unloaded afterwards."""
    loaded = sys.modules[PACKAGE].classFactory(qgis_iface)
    loaded.initGui()
    yield loaded
    loaded.unload()
