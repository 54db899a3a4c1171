"""The normalisation of a project, measured on windows spread over its images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..coords import Window
from ..errors import RasterError
from ..progress import Part, Progress, checkpoint
from .bands import BandReader
from .rasters import RasterSource

WINDOWS = 96
WINDOW_PX = 256
PIXELS_PER_WINDOW = 16_384
PERCENTILES = (2.0, 98.0)


@dataclass(frozen=True)
class BandScaling:
    """Low and high raw value, and mean and deviation of the values scaled between, per band."""

    low: tuple[float, ...]
    high: tuple[float, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]


IMAGENET = BandScaling(
    (0.0,) * 3, (255.0,) * 3, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)
)


def suits_imagenet(band_count: int, dtype: str) -> bool:
    """Tell whether IMAGENET fits: three bands of 8 bits, taken for red, green and blue."""
    return band_count == len(IMAGENET.mean) and dtype == "uint8"


def measure(
    sources: Sequence[RasterSource], bands: Sequence[int], seed: int, progress: Progress
) -> BandScaling:
    """Measure how raw values become network input.

    Percentiles 2 and 98 of the valid pixels in windows spread at random over all images,
    each image by its area; then mean and standard deviation of the values clipped to these
    and scaled to 0…1. Images of up to 96 windows are read whole.

    Args:
        sources: The images.
        bands: 1-based band numbers.
        seed: Decides which windows and pixels are looked at.
        progress: Told about each window.

    Returns:
        One entry a band. High is above low and std above 0, also for a constant band.

    Raises:
        RasterError: An image has no valid pixel, or cannot be read.
        Cancelled: The user cancelled.
    """
    rng = np.random.default_rng(seed)
    area = sum(source.height * source.width for source in sources)
    samples = []
    for place, source in enumerate(sources):
        wanted = max(1, round(WINDOWS * source.height * source.width / area))
        part = Part(progress, place / len(sources), (place + 1) / len(sources))
        samples.append(_sample(source, bands, wanted, rng, part))
    return _scaling(np.concatenate(samples, axis=1))


def _sample(
    source: RasterSource,
    bands: Sequence[int],
    wanted: int,
    rng: np.random.Generator,
    progress: Progress,
) -> NDArray[np.float64]:
    """Return (B, n) valid pixels of one image; goes on beyond `wanted` until it has some."""
    found: list[NDArray[np.float64]] = []
    windows = list(_windows(source))
    with BandReader(source, bands) as reader:
        for done, at in enumerate(rng.permutation(len(windows))):
            if done >= wanted and found:
                break
            checkpoint(progress, min(done / wanted, 1.0), f"Measuring the values of {source.name}")
            values, valid = reader.read(windows[at])
            pixels = values.reshape(len(bands), -1) if valid is None else values[:, valid]
            if pixels.shape[1] > PIXELS_PER_WINDOW:
                pixels = pixels[:, rng.choice(pixels.shape[1], PIXELS_PER_WINDOW, replace=False)]
            if pixels.shape[1]:
                found.append(pixels.astype(np.float64))
    if not found:
        raise RasterError(
            f"“{source.name}” has no valid pixel in the chosen bands: all is nodata or masked; "
            "choose another raster or other bands."
        )
    return np.concatenate(found, axis=1)


def _windows(source: RasterSource) -> Iterator[Window]:
    for row in range(0, source.height, WINDOW_PX):
        for col in range(0, source.width, WINDOW_PX):
            height = min(WINDOW_PX, source.height - row)
            yield Window(row, col, height, min(WINDOW_PX, source.width - col))


def _scaling(pixels: NDArray[np.float64]) -> BandScaling:
    """Return the scaling of (B, n) pixels, n > 0."""
    limits = [_limits(band) for band in pixels]
    scaled = [
        (np.clip(band, low, high) - low) / (high - low)
        for band, (low, high) in zip(pixels, limits, strict=True)
    ]
    return BandScaling(
        low=tuple(low for low, _ in limits),
        high=tuple(high for _, high in limits),
        mean=tuple(float(band.mean()) for band in scaled),
        std=tuple(float(band.std()) or 1.0 for band in scaled),
    )


def _limits(band: NDArray[np.float64]) -> tuple[float, float]:
    """Return two percentiles, or the extremes where these coincide; never twice the same."""
    low, high = (float(value) for value in np.percentile(band, PERCENTILES))
    if low == high:
        low, high = float(band.min()), float(band.max())
    return (low, high) if high > low else (low, low + max(1.0, abs(low)))
