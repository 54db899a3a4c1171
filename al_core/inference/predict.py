"""Maps of a whole image from overlapping windows, in memory that does not grow with it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..config import PredictConfig
from ..coords import MIN_TILE_SIZE_PX, TILE_STEP_PX, Window
from ..errors import ConfigError
from ..geo.pipeline import BackgroundWriter, Prefetcher
from ..models import NetworkInputs, OpenImages
from ..progress import Progress, checkpoint
from ..project import ImageRecord
from .blending import Strip, positions, taper
from .forward import Forward
from .maps import MapRequest, MapSet, Scale

_MIN_WINDOW_PX = 256
_MAX_WINDOW_PX = 512
_OVERLAP = 4  # a quarter of the window
_STRIP_BYTES = 128 << 20


@dataclass(frozen=True)
class Step:
    """Windows that are run at once; afterwards the band is complete down to row `until`."""

    band: Window
    row: int
    cols: tuple[int, ...]
    until: int | None


@dataclass(frozen=True)
class Layout:
    """How an image is cut: windows of `window_px` at `rows` and `cols`, band by band."""

    window_px: int
    overlap_px: int
    rows: tuple[int, ...]
    cols: tuple[int, ...]
    bands: tuple[Window, ...]

    def cols_of(self, band: Window) -> list[int]:
        """Return the starts of the windows that touch a band."""
        end = band.col + band.width
        return [col for col in self.cols if col < end and col + self.window_px > band.col]

    def steps(self, batch_size: int) -> Iterator[Step]:
        """Go through the windows: bands, in them rows from the top, in those columns."""
        for band in self.bands:
            cols = self.cols_of(band)
            for row, until in zip(self.rows, (*self.rows[1:], band.height), strict=True):
                for start in range(0, len(cols), batch_size):
                    last = start + batch_size >= len(cols)
                    yield Step(
                        band, row, tuple(cols[start : start + batch_size]), until if last else None
                    )

    @property
    def windows(self) -> int:
        """The number of windows, those on two bands counted twice."""
        return len(self.rows) * sum(len(self.cols_of(band)) for band in self.bands)


def window_px(wanted: int, tile_size_px: int, image: ImageRecord) -> int:
    """Return the side of the windows.

    Args:
        wanted: Multiple of 32 from 64 up; 0 chooses by the tile size.
        tile_size_px: What the network was trained on.
        image: A small one needs no large window.

    Raises:
        ConfigError: The wanted size is impossible.
    """
    if wanted:
        if wanted < MIN_TILE_SIZE_PX or wanted % TILE_STEP_PX:
            raise ConfigError(
                f"The prediction window is {wanted} px; choose a multiple of {TILE_STEP_PX} "
                f"from {MIN_TILE_SIZE_PX} up, or 0 to let LandLoop choose."
            )
        return wanted
    longest = -(-max(image.height, image.width) // TILE_STEP_PX) * TILE_STEP_PX
    chosen = min(max(_MIN_WINDOW_PX, tile_size_px), _MAX_WINDOW_PX)
    return max(min(chosen, longest), MIN_TILE_SIZE_PX)


def layout(image: ImageRecord, side: int, classes: int, strip_bytes: int = _STRIP_BYTES) -> Layout:
    """Return the windows over an image, and bands of columns that fit the memory.

    Args:
        image: What is to be covered.
        side: Of the windows, in pixels.
        classes: K.
        strip_bytes: For the sums over one band, one window high.
    """
    overlap = side // _OVERLAP
    widest = max(strip_bytes // (classes * side * 4) // side, 1) * side
    bands = tuple(
        Window(0, col, image.height, min(widest, image.width - col))
        for col in range(0, image.width, widest)
    )
    return Layout(
        side,
        overlap,
        tuple(positions(image.height, side, overlap)),
        tuple(positions(image.width, side, overlap)),
        bands,
    )


def predict_image(
    forward: Forward,
    inputs: NetworkInputs,
    request: MapRequest,
    config: PredictConfig,
    progress: Progress,
) -> None:
    """Write prediction, uncertainty and confidence of a whole image.

    Probabilities of overlapping windows are averaged with a cosine window; class, entropy
    and confidence are those of the average. The maps do not depend on how the image is cut
    into bands. They appear under their names when they are whole.

    Args:
        forward: The network.
        inputs: How the image is read.
        request: The image, the paths and what the values mean.
        config: Window and batch size.
        progress: Hears of every batch.

    Raises:
        ConfigError: The window size is impossible.
        RasterError: The image is gone.
        StorageError: The disk is full.
        Cancelled: The user cancelled; no map is left behind.
    """
    side = window_px(config.window_px, inputs.settings.tile_size_px, request.image)
    plan = layout(request.image, side, forward.classes)
    scale = Scale.of(request.weights, forward.device)
    with (
        MapSet(request) as maps,
        BackgroundWriter(maps.write, depth=2) as writer,
        closing(_pieces(forward, inputs, request, plan, config, progress)) as pieces,
    ):
        for p, valid, window in pieces:
            writer.put(scale.piece(p, valid, window))


def _pieces(
    forward: Forward,
    inputs: NetworkInputs,
    request: MapRequest,
    plan: Layout,
    config: PredictConfig,
    progress: Progress,
) -> Generator[tuple[Tensor, NDArray[np.bool_], Window]]:
    """Yield probabilities (K, h, w), validity (h, w) and where they belong, each pixel once."""
    image = request.image
    steps = plan.steps(forward.batch_size(config.batch_size, plan.window_px))
    weights = taper(plan.window_px, plan.overlap_px)
    strip: Strip | None = None
    done = 0
    with Prefetcher(_read(inputs, image, steps, plan.window_px)) as ahead:
        for step, pixels, valid in ahead:
            checkpoint(progress, done / plan.windows, f"Predicting {image.name}")
            if strip is None or strip.band != step.band:
                strip = Strip(forward.classes, step.band, weights, forward.device)
            _add(strip, step, forward, pixels, valid, request.temperature)
            done += len(step.cols)
            if step.until is not None:
                yield _finished(strip, step.until)


def _read(
    inputs: NetworkInputs, image: ImageRecord, steps: Iterator[Step], side: int
) -> Iterator[tuple[Step, NDArray[np.float32], NDArray[np.bool_]]]:
    with OpenImages(inputs) as images:
        for step in steps:
            parts = [images.read(image.id, Window(step.row, col, side, side)) for col in step.cols]
            pixels, valid = zip(*parts, strict=True)
            yield step, np.stack(pixels), np.stack(valid)


def _add(
    strip: Strip,
    step: Step,
    forward: Forward,
    pixels: NDArray[np.float32],
    valid: NDArray[np.bool_],
    temperature: float,
) -> None:
    """Run the network over the windows that hold data, and add them up."""
    seen = np.flatnonzero(valid.any(axis=(1, 2)))
    if not seen.size:
        return
    p = (forward.run(pixels[seen])[0] / temperature).softmax(dim=1)
    for place, index in enumerate(seen.tolist()):
        strip.add(p[place], valid[index], step.cols[index])


def _finished(strip: Strip, until: int) -> tuple[Tensor, NDArray[np.bool_], Window]:
    top = strip.top
    p, valid = strip.advance(until)
    return p, valid, Window(top, strip.band.col, until - top, strip.band.width)
