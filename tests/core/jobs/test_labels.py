"""Reference labels copied into tiles."""

import numpy as np
import pytest

from al_core import jobs
from al_core.config import LabelConfig
from al_core.errors import LabelError
from al_core.progress import Silent
from al_core.project import Project

from ..lands import land_classes, land_pixels, write_raster
from .areas import label, make


def test_labels_of_several_images_come_from_whatever_the_reference_covers(tmp_path, land):
    from rasterio.transform import from_origin

    far = write_raster(
        tmp_path / "far.tif",
        land_pixels(land_classes()),
        transform=from_origin(700_000, 5_600_000, 10, 10),
    )
    make(tmp_path / "p", land, images=(str(land.image), str(far)))
    with Project.open(tmp_path / "p") as project:
        told = label(project, land, everywhere=True)
        assert (told.tiles, told.pixels) == (25, 160 * 160)
        assert told.class_pixels == tuple(project.labels.class_pixels().tolist())
        with pytest.raises(LabelError, match="do not overlap"):
            label(project, land, tiles=(30,))


def test_tiles_in_which_the_reference_is_silent_are_refused(tmp_path, project):
    silent = write_raster(tmp_path / "silent.tif", np.zeros((1, 160, 160), np.uint8), nodata=0)
    with pytest.raises(LabelError, match="holds no label"):
        jobs.import_labels(project, LabelConfig(str(silent), tiles=(1, 2)), Silent())
