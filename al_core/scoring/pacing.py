"""What changes from round to round: γ, the noise, and when to stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..config import GammaMode

SPAN = 1.0
STEP = 0.1
LOWEST_GAMMA, HIGHEST_GAMMA = -0.5, 1.5
LAST_BETA = 100.0
CALM_ROUNDS = 3
CALM_CHANGE = 0.01


@dataclass(frozen=True)
class Advice:
    """Whether more labels are likely to pay, and a sentence for the analyst."""

    stop: bool
    text: str


def progress_of(number: int, rounds: int) -> float:
    """Return how far round `number` is on the way from the first (0) to the last planned (1)."""
    return min(max(number, 0) / (rounds - 1), 1.0) if rounds > 1 else 1.0


def gamma_at(
    mode: GammaMode,
    gamma: float,
    number: int,
    rounds: int,
    mious: Sequence[float] = (),
    miou_error: float = float("nan"),
) -> float:
    """Return the γ of this round's threshold; only the fixed one is in the DCAU-AL paper.

    Args:
        mode: `schedule` rises by 1 over the planned rounds, with `gamma` in the middle;
            `feedback` tightens by 0.1 after a round that improved the mIoU by more than
            its error, and loosens after every other.
        gamma: What the analyst has set.
        number: This round, 0 or 1 for the first.
        rounds: How many are planned.
        mious: The mIoU of every round so far, NaN where unknown.
        miou_error: One standard error of the last of them; feedback waits where it is NaN.
    """
    if mode is GammaMode.SCHEDULE:
        return gamma + SPAN * (progress_of(number, rounds) - 0.5)
    if mode is GammaMode.FEEDBACK and np.isfinite(miou_error):
        known = np.array([value for value in mious if np.isfinite(value)])
        for gain in np.diff(known):
            step = STEP * float(np.sign(gain - miou_error))
            gamma = min(max(gamma + step, LOWEST_GAMMA), HIGHEST_GAMMA)
    return gamma


def beta_at(number: int, rounds: int) -> float:
    """Return how little chance counts: 1 in the first round, 100 in the last planned one.

    Args:
        number: This round, from 0.
        rounds: How many are planned.
    """
    return float(LAST_BETA ** progress_of(number, rounds))


def power_noise(scores: ArrayLike, gumbel: ArrayLike, beta: float) -> NDArray[np.float64]:
    """Return ln(score) + gumbel / β: its top k are a draw without replacement by score^β.

    After Kirsch et al., “Stochastic batch acquisition”.

    Args:
        scores: Array of any shape, not negative.
        gumbel: Standard Gumbel noise of the same shape.
        beta: 1 draws in proportion to the scores; large ones take the top.

    Returns:
        float64; -inf where a score is 0, NaN where it is NaN.
    """
    values = np.asarray(scores, dtype=np.float64)
    logs = np.full(values.shape, -np.inf)
    np.log(values, out=logs, where=~(values <= 0))
    return logs + np.asarray(gumbel, dtype=np.float64) / beta


def stop_advice(
    change: Sequence[float | None], mious: Sequence[float], miou_errors: Sequence[float]
) -> Advice:
    """Say whether the map has come to rest.

    It has if, in each of the last three rounds, less than 1 % of the map changed and the
    mIoU rose by no more than one standard error.

    Args:
        change: Share of the map that each round predicted otherwise than the one before;
            None where that is unknown.
        mious: The mIoU after each round, NaN where unknown.
        miou_errors: One standard error of each, NaN where unknown.
    """
    recent = list(change)[-CALM_ROUNDS:]
    if len(recent) < CALM_ROUNDS or any(value is None for value in recent):
        return Advice(stop=False, text="Go on labelling; it is too early to tell.")
    highest = max(float(value) for value in recent if value is not None)
    if highest >= CALM_CHANGE:
        text = f"Go on labelling; up to {highest:.1%} of the map still changes in a round."
        return Advice(stop=False, text=text)
    gains = np.diff(np.array(mious[-CALM_ROUNDS - 1 :], dtype=np.float64))
    errors = np.array(miou_errors[-CALM_ROUNDS:], dtype=np.float64)
    if gains.size < CALM_ROUNDS or errors.size < CALM_ROUNDS or np.isnan(gains + errors).any():
        text = "The map hardly changes any more; label validation tiles to see if it is right."
        return Advice(stop=False, text=text)
    if (gains > errors).any():
        return Advice(stop=False, text="Go on labelling; the accuracy still rises.")
    text = "You may stop: for three rounds neither the map nor its accuracy has changed."
    return Advice(stop=True, text=text)
