"""What a simulation is judged by: IoU over pixels, F1 and accuracy over whole tiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ...config import Balance, Task
from .analysis import RARE
from .facts import Facts

RARE_BELOW = 0.05  # of the labelled pixels of the pool
RARE_PART = 0.5  # of what each class would have if all had equally many tiles

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "miou": "mIoU",
        "macro_f1": "macro-F1",
        "micro_f1": "micro-F1",
        "macro_f1_zero": "macro-F1, undefined as 0",
        "accuracy": "accuracy",
        RARE: "rare-class IoU",
    }
)


@dataclass(frozen=True)
class Yardstick:
    """The measures of a simulation, as columns of rounds.csv.

    Attributes:
        keys: What has curves, areas and wins; the main one first.
        told: What the summary speaks of.
        final: What stands in the table of the last round.
        by_class: What the columns of the classes begin with.
        of_class: What that is called.
        labels: What is counted of the labels.
        focus: Strategies that the report is about; the first that is there.
        rivals: Strategies that small charts show beside it.
        names: Of the measures.
    """

    keys: tuple[str, ...]
    told: tuple[str, ...]
    final: tuple[str, ...]
    by_class: str
    of_class: str
    labels: str
    focus: tuple[str, ...]
    rivals: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=lambda: NAMES)

    @property
    def main(self) -> str:
        """The measure that decides."""
        return self.keys[0]

    @property
    def main_name(self) -> str:
        """What that is called."""
        return self.names[self.main]


PIXELS = Yardstick(
    keys=("miou", "macro_f1", RARE),
    told=("miou", RARE),
    final=("miou", "macro_f1"),
    by_class="iou",
    of_class="IoU",
    labels="pixels",
    focus=("dcau_plus",),
    rivals=("entropy", "coreset", "dcau"),
)
_OF_TILES = MappingProxyType({**NAMES, RARE: "rare-class F1"})
SCENES = Yardstick(
    keys=("accuracy", "macro_f1", RARE),
    told=("accuracy", "macro_f1"),
    final=("accuracy", "macro_f1"),
    by_class="f1",
    of_class="F1",
    labels="tiles",
    focus=("mcfps",),
    rivals=("fps", "osal", "entropy"),
    names=_OF_TILES,
)
TAGS = Yardstick(
    keys=("macro_f1", "micro_f1", RARE),
    told=("macro_f1", "micro_f1"),
    final=("micro_f1", "macro_f1", "macro_f1_zero", "accuracy"),
    by_class="f1",
    of_class="F1",
    labels="tags",
    focus=("mge", "ll"),
    rivals=("ll", "tpd", "entropy"),
    names=_OF_TILES,
)
_BY_TASK = {Task.SCENE.value: SCENES, Task.MULTILABEL.value: TAGS}


def yardstick_of(facts: Facts) -> Yardstick:
    """Return what a simulation is judged by; old ones, which name no task, by pixels."""
    return _BY_TASK.get(str(facts.config.get("task")), PIXELS)


def rare_below(facts: Facts, classes: int) -> float:
    """Return the share of the pool's labels below which a class is rare.

    Of tiles it depends on the number of classes. Where each seed has another unbalanced pool,
    each has other rare classes, so that none is called so.
    """
    if yardstick_of(facts) is PIXELS:
        return RARE_BELOW
    is_varied = facts.config.get("balance") == Balance.UNBALANCED.value
    return 0.0 if is_varied else RARE_PART / max(classes, 1)
