"""A linear probe: how well one linear layer tells classes apart by the features of an encoder.

What an encoder is worth before any of its layers are trained (Alain and Bengio 2016).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..errors import TrainingError

FOLDS, REPEATS = 5, 3
FEWEST = 2  # tiles of a class, or it cannot be both learnt and looked at
_PENALTY = 1.0  # of the squared weights, against the sum of the losses
_ITERATIONS = 200
_PRESENT, _ABSENT = 1, 0

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
States = NDArray[np.uint8]
Split = tuple[Rows, Rows]  # to learn from, to look at


@dataclass(frozen=True)
class ProbeResult:
    """What a probe found: means over the splits, and how far the splits scatter.

    `accuracy` is the share of tiles whose class is right; of tags, that of the tags.
    `macro_f1` is the mean of the F1 of the classes that are there or are predicted. `spread`
    are standard deviations.
    """

    accuracy: float
    accuracy_spread: float
    macro_f1: float
    macro_f1_spread: float
    tiles: int
    classes: int
    splits: int


def linear_probe(
    features: NDArray[np.floating],
    states: States,
    *,
    is_scene: bool,
    splits: Sequence[Split] = (),
    seed: int = 0,
) -> ProbeResult:
    """Return how well classes can be told apart by features, cross-validated.

    Args:
        features: float (N, d).
        states: uint8 (N, K), 1 present, 0 absent, else not known.
        is_scene: Exactly one class is present in each tile; else any number.
        splits: Rows to learn from and rows to look at; empty makes folds.
        seed: Of the folds.

    Raises:
        TrainingError: No two classes have enough tiles to learn from and to look at.
    """
    kept = probed_classes(states, is_scene=is_scene)
    splits = splits or tuple(_folds(states, kept, seed, is_scene=is_scene))
    scores = np.array(
        [_score(features, states[:, kept], split, is_scene=is_scene) for split in splits]
    )
    means, spreads = scores.mean(axis=0).tolist(), scores.std(axis=0).tolist()
    rows = np.unique(np.concatenate([row for split in splits for row in split]))
    return ProbeResult(
        *(means[0], spreads[0], means[1], spreads[1]), len(rows), int(kept.sum()), len(splits)
    )


def probed_classes(states: States, *, is_scene: bool) -> NDArray[np.bool_]:
    """Return bool (K,), the classes that can be both learnt and looked at.

    Args:
        states: uint8 (N, K), 1 present, 0 absent, else not known.
        is_scene: Exactly one class is present in each tile; else any number.

    Raises:
        TrainingError: There are too few.
    """
    kept = (states == _PRESENT).sum(axis=0) >= FEWEST
    if not is_scene:
        kept &= (states == _ABSENT).sum(axis=0) >= FEWEST
    if kept.sum() < (2 if is_scene else 1):
        wanted = "at least two classes" if is_scene else "at least one class"
        raise TrainingError(
            f"The linear probe needs {FEWEST} tiles or more with {wanted}"
            f"{'' if is_scene else ', and as many without it'}; label more tiles."
        )
    return np.asarray(kept)


def _folds(
    states: States, kept: NDArray[np.bool_], seed: int, *, is_scene: bool
) -> Iterator[Split]:
    """Yield folds, several times over; of scenes each class is dealt out evenly."""
    known = np.flatnonzero(
        (states[:, kept] == _PRESENT).any(axis=1)
        if is_scene
        else (states[:, kept] <= _PRESENT).any(axis=1)
    )
    kind = states[known][:, kept].argmax(axis=1) if is_scene else np.zeros(len(known), np.int64)
    rarest = np.bincount(kind)[np.unique(kind)].min() if is_scene else len(known)
    folds = int(min(FOLDS, max(rarest, FEWEST)))
    for repeat in range(REPEATS):
        rng = np.random.default_rng((seed, repeat))
        order = rng.permutation(len(known))
        order = order[np.argsort(kind[order], kind="stable")]
        fold = np.empty(len(known), dtype=np.int64)
        fold[order] = np.arange(len(known)) % folds
        for number in range(folds):
            yield known[fold != number], known[fold == number]


def _score(
    features: NDArray[np.floating], states: States, split: Split, *, is_scene: bool
) -> tuple[float, float]:
    """Return accuracy and macro F1 of the second part after learning from the first."""
    learnt, seen = split
    train, test = _prepared(features, learnt, seen)
    weights = _fitted(train, states[learnt], is_scene=is_scene)
    logits = (test @ weights[:-1] + weights[-1]).numpy()
    truth = states[seen]
    if is_scene:
        truth = truth == _PRESENT
        told = np.eye(truth.shape[1], dtype=bool)[logits.argmax(axis=1)]
        return float((told & truth).any(axis=1).mean()), _macro_f1(truth, told, truth | True)
    is_known = truth <= _PRESENT
    told = logits > 0
    right = (told == (truth == _PRESENT)) & is_known
    share = right.sum() / max(is_known.sum(), 1)
    return float(share), _macro_f1(truth == _PRESENT, told, is_known)


def _prepared(features: NDArray[np.floating], learnt: Rows, seen: Rows) -> tuple[Tensor, Tensor]:
    """Return the features of both parts, scaled alike and turned into as few as say the same."""
    train = np.asarray(features[learnt], dtype=np.float64)
    test = np.asarray(features[seen], dtype=np.float64)
    mean, std = train.mean(axis=0), train.std(axis=0)
    scale = np.where(std > 0, std, 1.0)
    train, test = (train - mean) / scale, (test - mean) / scale
    if len(train) < train.shape[1]:
        # The penalty leaves no weight on what is at right angles to all examples.
        turn = np.linalg.qr(train.T)[0]
        train, test = train @ turn, test @ turn
    return torch.from_numpy(train), torch.from_numpy(test)


def _fitted(train: Tensor, states: States, *, is_scene: bool) -> Tensor:
    """Return float64 (d + 1, K), the weights and last the biases of the linear layer."""
    weights = torch.zeros((train.shape[1] + 1, states.shape[1]), dtype=torch.float64)
    weights.requires_grad_()
    truth = torch.from_numpy((states == _PRESENT).astype(np.float64))
    is_known = torch.from_numpy((states <= _PRESENT).astype(np.float64))
    optimizer = torch.optim.LBFGS([weights], max_iter=_ITERATIONS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        logits = train @ weights[:-1] + weights[-1]
        if is_scene:
            found = -(functional.log_softmax(logits, dim=1) * truth).sum()
        else:
            found = functional.binary_cross_entropy_with_logits(
                logits, truth, weight=is_known, reduction="sum"
            )
        total: Tensor = found + _PENALTY / 2 * weights[:-1].square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return weights.detach()


def _macro_f1(
    truth: NDArray[np.bool_], told: NDArray[np.bool_], is_known: NDArray[np.bool_]
) -> float:
    hits = (truth & told & is_known).sum(axis=0)
    either = ((truth & is_known).sum(axis=0) + (told & is_known).sum(axis=0)).astype(np.float64)
    defined = either > 0
    return float((2 * hits[defined] / either[defined]).mean()) if defined.any() else 0.0
