"""Pick the tiles that would change the last layer most if their prediction were true (MGE)."""

from __future__ import annotations

import numpy as np

from ..scoring import gradient_lengths
from .base import Floats, Need
from .clustered import Clustered
from .pool import Pool


def _scores(pool: Pool) -> Floats:
    statistics, rows = pool.statistics, pool.rows
    if statistics.of_whole_tiles:
        lengths = gradient_lengths(
            np.asarray(statistics.residuals)[rows], statistics.features[rows]
        )
        return np.where(pool.n > 0, lengths, np.nan)
    table = np.asarray(statistics.gradients)[rows]
    if not table.shape[1]:
        return np.full(rows.size, np.nan)
    lengths = np.sqrt(np.einsum("nd,nd->n", table, table, dtype=np.float64))
    return np.where(pool.n > 0, lengths, np.nan) * pool.damping()


MGE = Clustered(
    name="mge",
    title="Size of gradients (MGE)",
    promise="Takes tiles that would change the network most, one of each kind; quick and a good "
    "choice for tags, but it leans to tiles whose features are large.",
    measure="the gradients of the tiles",
    scores=_scores,
    said="Gradient of length {value}, longer than {percent} of all",
    needs=frozenset({Need.STATISTICS, Need.FEATURES, Need.GRADIENTS}),
)
