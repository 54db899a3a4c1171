"""The finished map: the model's prediction and, over it, what the analyst has labelled."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..config import ExportConfig
from ..coords import Window
from ..errors import ExportError, RasterError
from ..geo.rasters import GDAL_ERRORS, gdal_window, open_raster
from ..geo.writer import MapFormat, MapWriter, map_path
from ..progress import Part, Progress, checkpoint
from ..project import ImageRecord, LabelStore, Project, RoundRecord
from .destination import output_files
from .style import write_legend_sidecars

BLOCK_PX = 1024  # a multiple of the files' blocks


def export(
    project: Project, of_round: RoundRecord | None, config: ExportConfig, progress: Progress
) -> tuple[Path, ...]:
    """Write the map of a round on exactly the grid and CRS of each image.

    uint8 legend values; nodata, where the image has none, is a value that no class uses.
    Colours are in the file; names are beside it (`.qml`, `.tif.aux.xml`); where the map
    comes from is in its metadata. Older files of that name stay until all new ones are
    whole. The analyst's labels replace the model's where the image has data; “unsure”
    leaves the model's.

    Args:
        project: Gives the images, the legend and the labels.
        of_round: The round whose prediction it is.
        config: See `output_files` for the names.
        progress: Told about each block.

    Returns:
        The GeoTIFFs, one an image.

    Raises:
        ExportError: There is no prediction, or the name makes no sense.
        StorageError: The disk is full or protected.
        Cancelled: The user cancelled; nothing has changed.
    """
    if of_round is None or not of_round.predicted:
        raise ExportError("There is no prediction to export yet; press Retrain, or predict first.")
    files = output_files(project, config)
    labels = project.labels if config.labels_win else None
    form = _format(project, of_round, config)
    with ExitStack() as unfinished:
        for place, (image, out) in enumerate(zip(project.images, files, strict=True)):
            source = map_path(of_round.folder, "prediction", image.id, len(files))
            writer = unfinished.enter_context(MapWriter(out, image, form))
            part = Part(progress, place / len(files), (place + 1) / len(files))
            with _Composition(source, image, project.legend.values, labels) as composition:
                composition.write_to(writer, part)
    for out in files:
        write_legend_sidecars(out, project.legend)
    return files


class _Composition:
    """The prediction of an image with the analyst's labels over it."""

    def __init__(
        self,
        source: Path,
        image: ImageRecord,
        values: NDArray[np.uint8],
        labels: LabelStore | None,
    ) -> None:
        """Open the prediction; without `labels` it is taken as it is."""
        self._image = image
        self._values = values
        self._labels = labels
        try:
            self._dataset = open_raster(source)
        except RasterError as error:
            raise _predict_again(image) from error
        if self._dataset.shape != (image.height, image.width):
            self._dataset.close()
            raise _predict_again(image)

    def __enter__(self) -> _Composition:
        return self

    def __exit__(self, *_: object) -> None:
        self._dataset.close()

    def write_to(self, writer: MapWriter, progress: Progress) -> None:
        """Write the whole map, block by block."""
        height, width = self._image.height, self._image.width
        for row in range(0, height, BLOCK_PX):
            for col in range(0, width, BLOCK_PX):
                done = (row + BLOCK_PX * col / width) / height
                checkpoint(progress, min(done, 1.0), f"Writing the map of {self._image.name}")
                block = Window(row, col, min(BLOCK_PX, height - row), min(BLOCK_PX, width - col))
                writer.write(block, self._block(block))

    def _block(self, window: Window) -> NDArray[np.uint8]:
        try:
            block: NDArray[np.uint8] = self._dataset.read(1, window=gdal_window(window))
        except GDAL_ERRORS as error:
            raise _predict_again(self._image) from error
        if self._labels is None:
            return block
        mask = self._labels.read_window(self._image.id, window)
        wins = (mask < len(self._values)) & (block != self._dataset.nodata)
        block[wins] = self._values[mask[wins]]
        return block


def _predict_again(image: ImageRecord) -> ExportError:
    return ExportError(
        f"The prediction of “{image.name}” is missing, damaged or of another size; predict "
        "again, then export."
    )


def _format(project: Project, of_round: RoundRecord, config: ExportConfig) -> MapFormat:
    picks = project.picks.current()
    tags = {
        "LANDLOOP_VERSION": __version__,
        "LANDLOOP_ROUND": str(of_round.number),
        "LANDLOOP_MODEL_HASH": of_round.model_hash,
        "LANDLOOP_SEED": str(of_round.seed),
        "LANDLOOP_LABELLED_TILES": str(of_round.labelled_tiles),
        "LANDLOOP_STRATEGY": picks[0].strategy if picks else "none",
        "LANDLOOP_LABELS_WIN": "yes" if config.labels_win else "no",
    }
    return MapFormat(
        nodata=project.legend.nodata_value,
        colors={entry.value: entry.rgb for entry in project.legend},
        tags=tags,
        band_names=("class",),
    )
