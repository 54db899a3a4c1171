"""The sums that one tile contributes to the scan."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .entropy import entropy
from .uncertainty import least_confidence, margin

TOP_SHARE = 0.2


@dataclass(frozen=True)
class TileStatistics:
    """Sums over the scorable pixels of a tile, or of a part of one.

    Attributes:
        n: Scorable pixels.
        sum_entropy: Nats.
        sum_entropy_p: float64 (K,) entropy times the probability of each class.
        sum_p: float64 (K,) probability of each class.
        histogram: int64 (K,) pixels by most probable class; ties go to the first.
        sum_margin: First minus second probability.
        sum_least_confidence: One minus the first probability.
    """

    n: int
    sum_entropy: float
    sum_entropy_p: NDArray[np.float64]
    sum_p: NDArray[np.float64]
    histogram: NDArray[np.int64]
    sum_margin: float
    sum_least_confidence: float

    def merge(self, other: TileStatistics) -> TileStatistics:
        """Return the statistics of both parts together."""
        fields = [item.name for item in dataclasses.fields(self)]
        return TileStatistics(*(getattr(self, f) + getattr(other, f) for f in fields))


def tile_statistics(p: ArrayLike, mask: ArrayLike) -> TileStatistics:
    """Sum up the prediction over the scorable pixels of a tile.

    Args:
        p: (K, H, W) class probabilities, each pixel sums to 1; anything outside the mask.
        mask: bool (H, W), True where a pixel is valid and not labelled.

    Returns:
        The sums, in float64.
    """
    chosen: NDArray[np.floating[Any]]
    chosen = np.asarray(p)[:, np.asarray(mask, dtype=bool)].astype(np.float64)  # (K, n)
    entropies = entropy(chosen, axis=0)
    classes = len(chosen)
    return TileStatistics(
        n=chosen.shape[1],
        sum_entropy=float(entropies.sum()),
        sum_entropy_p=chosen @ entropies,
        sum_p=chosen.sum(axis=1),
        histogram=np.bincount(chosen.argmax(axis=0), minlength=classes).astype(np.int64),
        sum_margin=float(margin(chosen, axis=0).sum()),
        sum_least_confidence=float(least_confidence(chosen, axis=0).sum()),
    )


def top_mean(values: ArrayLike, share: float = TOP_SHARE) -> float:
    """Return the mean of the highest values, which small objects do not drown in.

    Args:
        values: Array of any shape, such as the entropies of a tile.
        share: The share of the values to take, rounded up, at least one.

    Returns:
        The mean; NaN without values.
    """
    flat = np.ravel(values)
    if not flat.size:
        return float("nan")
    count = max(1, int(np.ceil(share * flat.size)))
    return float(np.partition(flat, flat.size - count)[-count:].mean(dtype=np.float64))
