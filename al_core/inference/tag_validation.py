"""How far a network that labels whole tiles can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..config import Task
from ..legend import UNSURE
from ..scoring import (
    expected_calibration_error,
    f1_scores,
    fit_temperature,
    predicted_tags,
    reliability_bins,
)

BINS = 15

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
States = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class TagValidation:
    """What a network made of tagged tiles.

    Attributes:
        confusion: int64 (K, 2, 2) over all tiles, for each class rows truth (absent, present),
            columns prediction.
        tile_confusions: int64 (n, K, 2, 2), one a tile.
        scenes: int64 (K, K), rows truth, where a tile has one class; else 0 rows.
        temperature: What the logits are divided by to make the probabilities honest.
        ece_before: Expected calibration error at temperature 1; NaN without tags.
        ece: The same at `temperature`.
        bins: Confidence, accuracy and number of judgements of each of 15 bins that holds any.
    """

    confusion: Counts
    tile_confusions: Counts
    scenes: Counts
    temperature: float = 1.0
    ece_before: float = float("nan")
    ece: float = float("nan")
    bins: tuple[tuple[float, float, int], ...] = ()

    @property
    def scores(self) -> dict[str, float]:
        """Return the figures over all classes, NaN where undefined; see `tag_scores`."""
        return tag_scores(self.tile_confusions)


def tag_scores(tile_confusions: Counts) -> dict[str, float]:
    """Return figures over all classes, NaN where undefined.

    Args:
        tile_confusions: int64 (n, K, 2, 2).

    Returns:
        `micro_f1`; `macro_f1`, which leaves out classes that are neither there nor predicted;
        `macro_f1_zero`, which counts them as 0; `accuracy`, the share of tiles all of whose
        classes are right.
    """
    confusion = tile_confusions.sum(axis=0)
    skipped, zero = f1_scores(confusion, "skip"), f1_scores(confusion, "zero")
    wrong = tile_confusions[:, :, 0, 1] + tile_confusions[:, :, 1, 0]
    right = (wrong.sum(axis=1) == 0)[tile_confusions.any(axis=(1, 2, 3))]
    return {
        "micro_f1": skipped.micro,
        "macro_f1": skipped.macro,
        "macro_f1_zero": zero.macro,
        "accuracy": float(right.mean()) if right.size else float("nan"),
    }


def validate_tags(logits: Floats, states: States, task: Task) -> TagValidation:
    """Compare what a network says of tiles with their tags.

    Args:
        logits: float64 (n, K).
        states: uint8 (n, K), 1 present, 0 absent, 254 not known; what is not known counts for
            nothing.
        task: SCENE or MULTILABEL.
    """
    tables = tile_confusions(predicted_tags(probabilities(logits, task), task), states)
    classes = logits.shape[1]
    known = _known_rows(states, task)
    is_scene = task is Task.SCENE
    scenes = np.zeros((classes, classes) if is_scene else (0, 0), dtype=np.int64)
    if is_scene:
        np.add.at(scenes, (states[known].argmax(axis=1), logits[known].argmax(axis=1)), 1)
    confusion = tables.sum(axis=0)
    z, truth = _for_calibration(logits[known], states[known], task)
    if not truth.size:
        return TagValidation(confusion, tables, scenes)
    temperature = fit_temperature(z, truth)
    before, right = _confidence(z, truth, 1.0)
    after, _ = _confidence(z, truth, temperature)
    return TagValidation(
        confusion,
        tables,
        scenes,
        temperature,
        expected_calibration_error(before, right, BINS),
        expected_calibration_error(after, right, BINS),
        tuple(reliability_bins(after, right, BINS)),
    )


def probabilities(logits: Floats, task: Task, temperature: float = 1.0) -> Floats:
    """Return softmax over the classes, or the sigmoid of each: float64 (..., K)."""
    z = logits / temperature
    if task is Task.SCENE:
        p = np.exp(z - z.max(axis=-1, keepdims=True))
        return np.asarray(p / p.sum(axis=-1, keepdims=True))
    return np.asarray(0.5 * (1 + np.tanh(z / 2)))  # does not overflow


def tile_confusions(predicted: NDArray[np.bool_], states: States) -> Counts:
    """Return int64 (n, K, 2, 2), a 1 where truth and prediction of each class meet."""
    tables = np.zeros((*states.shape, 2, 2), dtype=np.int64)
    tile, index = np.nonzero(states != UNSURE)
    tables[tile, index, states[tile, index], predicted[tile, index].astype(np.int64)] = 1
    return tables


def _known_rows(states: States, task: Task) -> NDArray[np.bool_]:
    if task is Task.SCENE:
        return np.asarray((states == 1).any(axis=1))
    return np.asarray((states != UNSURE).any(axis=1))


def _for_calibration(logits: Floats, states: States, task: Task) -> tuple[Floats, Counts]:
    """Return logits (m, C) and labels (m,): tiles by class, or each class by absent and present."""
    if task is Task.SCENE:
        return logits, states.argmax(axis=1).astype(np.int64)
    known = states != UNSURE
    z = logits[known]
    return np.stack([np.zeros_like(z), z], axis=1), states[known].astype(np.int64)


def _confidence(
    logits: Floats, labels: Counts, temperature: float
) -> tuple[Floats, NDArray[np.bool_]]:
    p = probabilities(logits, Task.SCENE, temperature)
    return p.max(axis=1), logits.argmax(axis=1) == labels
