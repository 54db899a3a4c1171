"""What is known about a round beside its accuracy, as the JSON that the round keeps."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import Recipe
from ..inference import Validation
from ..project import Project, Role, RoundRecord
from ..scoring import iou_errors, miou_error, stop_advice
from ..strategies.gaps import FEW_PX, FEW_TILES

MOST_TILES = 20  # to ask for at once

Counts = NDArray[np.int64]


@dataclasses.dataclass(frozen=True, eq=False)
class Findings:
    """What a training found out.

    `validation` is over the validation tiles, `crossed` over pool tiles by networks that
    had not seen them, or None; `prequential` is int64 (K, K); `label_px` is int64 (K,)
    labelled pool pixels.
    """

    validation: Validation
    crossed: Validation | None
    prequential: Counts
    label_px: Counts
    seed: int


def describe(project: Project, found: Findings) -> dict[str, Any]:
    """Return the insight of a round; what is on the map comes later.

    Args:
        project: Gives classes and validation tiles.
        found: By the training.
    """
    rng = np.random.default_rng(found.seed)
    validation = found.validation
    insight: dict[str, Any] = {
        "iou_error": known(iou_errors(validation.tile_confusions, rng)),
        "miou_error": known([miou_error(validation.tile_confusions, rng)])[0],
        "validation_px": validation.confusion.sum(axis=1).tolist(),
        "temperature": validation.temperature,
        "ece_before": known([validation.ece_before])[0],
        "ece": known([validation.ece])[0],
        "reliability": [list(row) for row in validation.bins],
        "change": None,
        "prequential": found.prequential.tolist(),
        "label_px": found.label_px.tolist(),
        "label_next": label_next(project, validation.confusion.sum(axis=1), found.label_px),
    }
    if found.crossed is not None:
        insight["cross_validation"] = found.crossed.confusion.tolist()
        insight["cross_validation_error"] = known(iou_errors(found.crossed.tile_confusions, rng))
    return insight


def with_change(
    insight: dict[str, Any], miou: float, before: Sequence[RoundRecord], change: float | None
) -> dict[str, Any]:
    """Return the insight with what changed on the map, and the advice that follows.

    Args:
        insight: Of the round.
        miou: Of the round, NaN where unknown.
        before: The rounds before it, oldest first.
        change: Share of the map, None where unknown.
    """
    changes = [record.insight.get("change") for record in before]
    errors = [record.insight.get("miou_error") for record in before]
    advice = stop_advice(
        [*changes, change],
        [*(record.metrics.miou for record in before), miou],
        [math.nan if error is None else error for error in (*errors, insight.get("miou_error"))],
    )
    return insight | {"change": change, "advice": {"stop": advice.stop, "text": advice.text}}


def applied_temperature(insight: dict[str, Any], training: dict[str, Any]) -> float:
    """Return what the logits are divided by: 1 in the papers' recipes, which have no such step.

    Args:
        insight: Of the round.
        training: The TrainConfig of the round, as JSON.
    """
    if Recipe(training.get("recipe", Recipe.QUICK)).is_published:
        return 1.0
    return float(insight.get("temperature", 1.0))


def label_next(project: Project, validation_px: Counts, label_px: Counts) -> str:
    """Return what to label so that the class gaps are known better; "" if they are.

    Args:
        project: Gives classes and tiles.
        validation_px: int64 (K,) labelled validation pixels; where tiles are tagged, the
            validation tiles that show each class.
        label_px: int64 (K,) the same of the pool.
    """
    words = _TAGS if project.settings.task.labels_tiles else _PIXELS
    few = (validation_px < words.enough) & (validation_px + label_px > 0)
    names = [name for name, is_few in zip(project.legend.names, few, strict=True) if is_few]
    if not names:
        return ""
    labelled, counts = project.answers.counts()
    role = project.tiles.role
    open_tiles = (role == Role.VALIDATION) & (project.answers.judged_px() == 0)
    verb, gaps = ("has", "its gap is") if len(names) == 1 else ("have", "their gaps are")
    lack = f"{_listed(names)} {verb} fewer than {words.enough} {words.unit}, so {gaps} a guess."
    if not open_tiles.any():
        return f"Every validation tile is {words.done}, yet {lack}"
    needed = _tiles_needed(role[labelled], counts, (words.enough - validation_px)[few], few)
    tiles = min(needed, int(open_tiles.sum()))
    return f"{words.do} {tiles} more validation tile{'s' if tiles > 1 else ''}: {lack}"


@dataclasses.dataclass(frozen=True)
class _Words:
    """How to ask for more answers of one kind; `enough` of them tell a class gap."""

    enough: int
    unit: str
    do: str
    done: str


_PIXELS = _Words(FEW_PX, "validation pixels", "Label", "labelled")
_TAGS = _Words(FEW_TILES, "validation tiles", "Tag", "tagged")


def _tiles_needed(
    role: NDArray[np.uint8], counts: Counts, missing: Counts, few: NDArray[np.bool_]
) -> int:
    """Return how many tiles bring each of the few classes what it misses, as far as one can tell.

    A validation tile holds as much of a class as the labelled ones do, or those of the pool.
    """
    per_tile = np.zeros(few.size)
    for kind in (Role.POOL, Role.VALIDATION):
        table = counts[role == kind]
        if len(table):
            mean = table.mean(axis=0)
            per_tile = np.where(mean > 0, mean, per_tile)
    wanted = missing / np.maximum(per_tile[few], 1e-9)
    return int(np.clip(np.ceil(wanted.max()), 1, MOST_TILES))


def known(values: Any) -> list[float | None]:
    """Return numbers for JSON: None in place of NaN."""
    return [None if math.isnan(value) else float(value) for value in values]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
