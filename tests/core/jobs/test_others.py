"""The demo scene, the doctor, and projects that are not there."""

import numpy as np
import pytest

from al_core import jobs
from al_core.errors import ConfigError, ProjectError
from al_core.legend import Legend
from al_core.progress import Silent

from .areas import read


def test_the_demo_scene_is_written_once(tmp_path):
    from al_core.config import DemoConfig

    told = jobs.write_demo(tmp_path / "demo", DemoConfig(size_px=256), Silent())
    legend = Legend.from_csv(told.legend)
    values, profile = read(told.labels)
    assert set(np.unique(values)) <= set(legend.values.tolist())
    assert read(told.scene)[1]["crs"] == profile["crs"]
    with pytest.raises(ConfigError, match="is there already"):
        jobs.write_demo(tmp_path / "demo", DemoConfig(size_px=256), Silent())


def test_the_doctor_tells_device_and_versions():
    told = jobs.doctor()
    assert told["device"].text
    assert told["versions"]["torch"]


def test_a_missing_project_is_a_sentence(tmp_path):
    with pytest.raises(ProjectError, match="no project"):
        jobs.explain_tile(tmp_path / "nowhere", 0)
