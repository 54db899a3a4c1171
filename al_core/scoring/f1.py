"""F1 scores of tags, with both answers to what a class is worth that nobody names."""

from __future__ import annotations

import enum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConfigError
from .confusions import class_scores, tag_confusion


class UndefinedF1(enum.Enum):
    """The F1 of a class that is neither there nor predicted: 0, or left out of the mean."""

    ZERO = "zero"
    SKIP = "skip"


class F1(NamedTuple):
    """Over the counts of all classes together, and the mean over the classes; 0 to 1."""

    micro: float
    macro: float


def multilabel_f1(
    truth: ArrayLike, predicted: ArrayLike, undefined: UndefinedF1 | str = UndefinedF1.ZERO
) -> F1:
    """Return the F1 scores of predicted tags.

    Args:
        truth: (N, K) 1 where a tile shows the class, 0 where not; any other value, such as
            “unsure”, is not counted.
        predicted: (N, K) 1 or True where the network says so.
        undefined: What an undefined F1 counts as.

    Raises:
        ConfigError: `undefined` is no such rule.
    """
    return f1_scores(tag_confusion(truth, predicted), undefined)


def f1_scores(confusion: ArrayLike, undefined: UndefinedF1 | str = UndefinedF1.ZERO) -> F1:
    """Return the F1 scores that (K, 2, 2) counts of tiles give; NaN where nothing is defined.

    Args:
        confusion: (K, 2, 2), rows truth.
        undefined: What an undefined F1 counts as.

    Raises:
        ConfigError: `undefined` is no such rule.
    """
    counts = np.asarray(confusion, dtype=np.float64)
    values = np.concatenate([class_scores(counts), class_scores(counts.sum(axis=0)[None])])
    if _rule(undefined) is UndefinedF1.ZERO:
        values = np.nan_to_num(values)
    defined = values[:-1][np.isfinite(values[:-1])]
    macro = float(defined.mean()) if defined.size else float("nan")
    return F1(micro=float(values[-1]), macro=macro)


def _rule(undefined: UndefinedF1 | str) -> UndefinedF1:
    try:
        return UndefinedF1(undefined)
    except ValueError as error:
        choices = ", ".join(choice.value for choice in UndefinedF1)
        raise ConfigError(
            f"“{undefined}” is no rule for an undefined F1; choose one of {choices}."
        ) from error
