"""Ranks learnt from losses of tiles that were left out: ours, not the letter's.

One layer above an encoder that is not trained soon fits its few tiles; what loss is left to them
says nothing of other tiles. So each quarter of the tiles is left out once, and the loss network
learns to rank the losses that they have then.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from ...config import TrainConfig
from ...models import TaggingNetwork
from ...models.tagging import build_tagging
from ...progress import Part, Progress
from ..ranking import pair_loss
from .batches import PooledTiles, epoch_order
from .lesson import PooledViews, TagLesson
from .loss import tag_losses

FOLDS = 4
FEWEST = 3 * FOLDS  # tiles
EPOCHS = 60
LEARNING_RATE, WEIGHT_DECAY = 1e-3, 1e-3

_BATCH = 10
_FIT_SHARE = 0.9

Rows = NDArray[np.int64]
Fit = Callable[[TagLesson, TaggingNetwork, TrainConfig, Progress], object]


def learn_ranks(
    lesson: TagLesson, network: TaggingNetwork, config: TrainConfig, fit: Fit, progress: Progress
) -> bool:
    """Train the loss network of a network on the losses of tiles that were left out.

    Args:
        lesson: With pooled views.
        network: Has a loss network, which is overwritten; the rest is left as it is.
        config: How those are trained that the tiles are left out of.
        fit: Trains such a one.
        progress: Hears of each.

    Returns:
        Whether there were tiles enough.
    """
    if network.loss_network is None or lesson.pooled is None or len(lesson.ids) < FEWEST:
        return False
    losses = _held_out_losses(lesson, network, config, fit, Part(progress, 0.0, _FIT_SHARE))
    known = np.flatnonzero(np.isfinite(losses))
    if known.size < FEWEST:
        return False
    _fit_ranks(part_of(lesson, known), losses[known], network, config.seed, config.loss_margin)
    return True


def part_of(lesson: TagLesson, rows: Rows) -> TagLesson:
    """Return the lesson of some of its tiles."""
    pooled = lesson.pooled and PooledViews(lesson.pooled.rows[rows], lesson.pooled.views)
    return dataclasses.replace(
        lesson, ids=lesson.ids[rows], states=lesson.states[rows], pooled=pooled
    )


def _held_out_losses(
    lesson: TagLesson, network: TaggingNetwork, config: TrainConfig, fit: Fit, progress: Progress
) -> NDArray[np.float64]:
    """Return the loss of each tile by a network that has not seen it; NaN where there is none."""
    spec = dataclasses.replace(network.spec, learns_loss=False)
    fold = np.random.default_rng((config.seed, 2)).permutation(len(lesson.ids)) % FOLDS
    losses = np.full(len(lesson.ids), np.nan)
    for number in range(FOLDS):
        kept, held = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        rest = part_of(lesson, kept)
        if not rest.can_be_learnt:
            continue
        student = build_tagging(spec, config.seed)
        part = Part(progress, number / FOLDS, (number + 1) / FOLDS)
        fit(rest, student, dataclasses.replace(config, learn_loss=False), part)
        losses[held] = _losses(part_of(lesson, held), student)
    return losses


@torch.no_grad()
def _losses(lesson: TagLesson, student: TaggingNetwork) -> NDArray[np.float64]:
    if lesson.pooled is None:
        raise ValueError("nothing was pooled")
    device = student.last.weight.device
    rows = torch.from_numpy(lesson.pooled.rows[:, 0].astype(np.float32)).to(device)
    states = torch.from_numpy(lesson.states.astype(np.int64)).to(device)
    found = tag_losses(student.judge(rows)[0], states, has_one_class=student.spec.has_one_class)
    return np.asarray(found.double().cpu().numpy())


def _fit_ranks(
    lesson: TagLesson,
    losses: NDArray[np.float64],
    network: TaggingNetwork,
    seed: int,
    margin: float,
) -> None:
    """Train the loss network afresh; which tiles are in a batch follows from the seed."""
    fresh = build_tagging(network.spec, seed).loss_network
    if fresh is None or network.loss_network is None or lesson.pooled is None:
        raise ValueError("there is no loss network")
    network.loss_network.load_state_dict(fresh.state_dict())
    ranker = network.loss_network.train()
    device = network.last.weight.device
    optimizer = torch.optim.Adam(ranker.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    tiles, known = PooledTiles(lesson), torch.from_numpy(losses).to(device)
    for epoch in range(EPOCHS):
        order = epoch_order(seed, epoch, len(losses))
        for number, start in enumerate(range(0, len(losses), _BATCH)):
            rows = order[start : start + _BATCH]
            values = tiles.read(rows, np.random.default_rng((seed, epoch, number, 1)))
            loss = pair_loss(ranker(values.to(device)), known[torch.from_numpy(rows)], margin)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    ranker.eval()
