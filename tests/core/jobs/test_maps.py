"""The maps of a round, and the finished map."""

import numpy as np
import pytest

from al_core import jobs
from al_core.config import ExportConfig
from al_core.errors import Cancelled, ExportError, RasterError
from al_core.progress import Silent

from .areas import PREDICT, QUICK, CancelAt, read


def test_the_maps_lie_on_the_grid_of_the_image(area, project):
    told = jobs.predict(project, PREDICT, Silent())
    image = read(area / "land/image.tif")[1]
    for path in (*told.prediction, *told.uncertainty, *told.confidence):
        profile = read(path)[1]
        assert [profile[key] for key in ("crs", "transform", "height", "width")] == [
            image[key] for key in ("crs", "transform", "height", "width")
        ]
    assert set(np.unique(read(told.prediction[0])[0])) <= {1, 2, 3}
    uncertainty = read(told.uncertainty[0])[0]
    assert 0 <= uncertainty.min() <= uncertainty.max() <= 1
    assert project.rounds.current().predicted
    assert (project.folder / "rounds/0001/prediction.qml").exists()


def test_a_cancelled_prediction_keeps_the_old_maps(project):
    told = jobs.predict(project, PREDICT, Silent())
    before = [path.stat().st_mtime_ns for path in sorted(project.rounds.current().folder.iterdir())]
    with pytest.raises(Cancelled):
        jobs.predict(project, PREDICT, CancelAt("Predicting"))
    after = [path.stat().st_mtime_ns for path in sorted(project.rounds.current().folder.iterdir())]
    assert before == after
    assert told.prediction[0].endswith("0001/prediction.tif")


def test_a_vanished_image_is_a_sentence_and_leaves_nothing(area, project):
    files = sorted(project.rounds.current().folder.iterdir())
    (area / "land/image.tif").unlink()
    with pytest.raises(RasterError, match=r"image\.tif"):
        jobs.predict(project, PREDICT, Silent())
    with pytest.raises(RasterError, match=r"image\.tif"):
        jobs.train(project, QUICK, Silent())
    assert sorted(project.rounds.current().folder.iterdir()) == files


def test_the_exported_map_shows_the_labels_over_the_prediction(area, project):
    with pytest.raises(ExportError, match="no prediction"):
        jobs.export(project, ExportConfig(str(area / "map.tif")), Silent())
    jobs.predict(project, PREDICT, Silent())
    told = jobs.export(project, ExportConfig(str(area / "map.tif")), Silent())
    values, _ = read(told.files[0])
    truth, _ = read(area / "land/labels.tif")
    for tile in project.labels.counts()[0].tolist():
        core = project.tiles.core(tile)
        assert (values[core.rows, core.cols] == truth[core.rows, core.cols]).all()
