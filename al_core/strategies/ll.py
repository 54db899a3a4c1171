"""Pick the tiles of which a second network expects that the first one is wrong (LL).

After Yoo and Kweon, “Learning loss for active learning” (2019), as in the letter that
`clustered` names. What is predicted only ranks: it is in no unit, and differs from round to round.
"""

from __future__ import annotations

import numpy as np

from ..config import QueryConfig
from .base import Floats, Need
from .clustered import Clustered
from .pool import Pool

NOT_LEARNT = (
    "“ll” needs a network that has learnt which tiles are hard, and this one has not; retrain with "
    "the strategy “ll”."
)


def _scores(pool: Pool, _: QueryConfig) -> Floats:
    losses = np.asarray(pool.statistics.predicted_loss)[pool.rows]
    return np.where(pool.n > 0, losses, np.nan)


LL = Clustered(
    name="ll",
    title="Expected loss (LL)",
    promise="Takes tiles that a small network beside the main one expects to be wrong, one of each "
    "kind; needs a training that learned this too, and enough labels to learn it from.",
    measure="the predicted losses of a network trained to predict them",
    scores=_scores,
    said="Expected to be harder than {percent} of the tiles",
    needs=frozenset({Need.STATISTICS, Need.FEATURES, Need.LOSS}),
)
