"""Pick the tiles that would change the last layer most if their prediction were true (MGE).

To the letter unless `unit_gradients` brings the features of whole tiles to one length: else those
of great length lead.
"""

from __future__ import annotations

import numpy as np

from ..config import QueryConfig
from ..scoring import gradient_lengths
from .base import Floats, Need
from .clustered import Clustered
from .pool import Pool


def _scores(pool: Pool, config: QueryConfig) -> Floats:
    statistics, rows = pool.statistics, pool.rows
    if statistics.of_whole_tiles:
        features = statistics.features[rows].astype(np.float64)
        if config.unit_gradients:
            lengths = np.sqrt(np.einsum("nd,nd->n", features, features))
            features = features / np.where(lengths > 0, lengths, 1.0)[:, None]
        lengths = gradient_lengths(np.asarray(statistics.residuals)[rows], features)
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
