"""A trained project on a tiny piece of land."""

import shutil

import pytest

from al_core import jobs
from al_core.config import ScanConfig
from al_core.progress import Silent
from al_core.project import Project

from ..lands import make_land
from .areas import QUICK, label, make

pytest.importorskip("torch")


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A project with one round, scanned; copied for each test."""
    folder = tmp_path_factory.mktemp("trained")
    land = make_land(folder / "land")
    make(folder / "p", land)
    with Project.open(folder / "p") as project:
        label(project, land, validation=True)
        label(project, land, tiles=(0, 4, 6, 12, 18))
        jobs.train(project, QUICK, Silent())
        jobs.scan(project, ScanConfig(), Silent())
    return folder


@pytest.fixture
def area(trained, tmp_path):
    """The folder of a trained project, with its land beside it."""
    shutil.copytree(trained, tmp_path / "area")
    return tmp_path / "area"


@pytest.fixture
def project(area):
    with Project.open(area / "p") as opened:
        yield opened
