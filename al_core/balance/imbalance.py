"""How far the areas of the classes are from being equal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Imbalance:
    """The distance of a class distribution from the uniform one; NaN without a pixel.

    Attributes:
        kl: Nats, Kullback-Leibler divergence to uniform over the classes that have pixels.
        kl_all: Nats, the same over all classes; an empty class makes it larger.
        entropy: Nats.
        balance: Entropy over its maximum for the classes that have pixels: 1 is even; 0
            where only one class has any.
    """

    kl: float
    kl_all: float
    entropy: float
    balance: float


def imbalance(counts: ArrayLike) -> Imbalance:
    """Return how uneven the pixels of the classes are.

    Args:
        counts: (K,) pixels, or shares in any unit, none negative.
    """
    values = np.asarray(counts, dtype=np.float64)
    total, present = float(values.sum()), int((values > 0).sum())
    if total <= 0:
        return Imbalance(*[float("nan")] * 4)
    shares = values[values > 0] / total
    nats = max(-float((shares * np.log(shares)).sum()), 0.0)
    highest = float(np.log(present))
    return Imbalance(
        kl=max(highest - nats, 0.0),
        kl_all=max(float(np.log(values.size)) - nats, 0.0),
        entropy=nats,
        balance=nats / highest if present > 1 else 0.0,
    )
