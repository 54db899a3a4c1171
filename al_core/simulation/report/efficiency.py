"""How many labels a strategy needs, in the shapes of the papers' tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from .analysis import Run
from .pairs import compare
from .plots import ticks
from .summary import TARGETS, Analysis, BySeed, Needed
from .tables import NOTHING, Table, number
from .words import BASELINE, signed, spread_text

LEVELS = (0.8, 0.9)  # of accuracy; at the second MCFPS stops
STEPS = 4  # columns of labels, about

Need = Callable[[str], Needed]


def label_table(found: Analysis) -> Table:
    """Return the tiles that reach 90, 95 and 99 % of full supervision."""
    columns: dict[str, Need] = {}
    for share in TARGETS:
        target = number(found.needed(BASELINE, share).target)
        head = f"{share:.0%} ({found.yardstick.main_name} {target})"
        columns[head] = lambda name, share=share: found.needed(name, share)  # type: ignore[misc]
    return _table(found, columns)


def level_table(found: Analysis) -> Table:
    """Return the tiles that reach 80 and 90 % accuracy, as figures 3 and 4 of MCFPS."""
    columns: dict[str, Need] = {}
    for level in LEVELS:
        head = f"{level:.0%} {found.yardstick.main_name}"
        columns[head] = lambda name, level=level: found.reached(name, level)  # type: ignore[misc]
    return _table(found, columns)


def budget_table(found: Analysis, key: str) -> Table:
    """Return what a measure is at round numbers of labelled tiles, as in the letter.

    Between rounds it is read off straight lines; beside it the paired difference to random.
    """
    whole = [run for name in found.strategies for run in found.complete(name)]
    first = max((float(run.tiles[0]) for run in whole), default=math.nan)
    last = min((float(run.tiles[-1]) for run in whole), default=math.nan)
    budgets = ticks(first, last, wanted=STEPS)
    levels = {
        budget: {
            name: {run.seed: _at(run, key, budget) for run in found.complete(name)}
            for name in found.strategies
        }
        for budget in budgets
    }
    rows = [
        [name, *(_level(name, found, levels[budget]) for budget in budgets)]
        for name in found.strategies
    ]
    return Table([found.name_of(key), *(f"{budget:g} tiles" for budget in budgets)], rows)


def _at(run: Run, key: str, tiles: float) -> float:
    values = run.column(key)
    known = np.isfinite(values)
    if not known.any():
        return math.nan
    return float(np.interp(tiles, run.tiles[known], values[known]))


def _level(name: str, found: Analysis, levels: Mapping[str, BySeed]) -> str:
    text = spread_text(levels[name])
    if name == BASELINE or BASELINE not in found.strategies or text == NOTHING:
        return text
    return f"{text} ({signed(compare(name, BASELINE, levels).difference)})"


def _table(found: Analysis, columns: Mapping[str, Need]) -> Table:
    base = {
        head: need(BASELINE).of_mean if found.complete(BASELINE) else None
        for head, need in columns.items()
    }
    head = [text for column in columns for text in (column, f"of {BASELINE}'s")]
    rows = []
    for name in found.strategies:
        cells = [_needed(need(name), base[column]) for column, need in columns.items()]
        rows.append([name, *(text for pair in cells for text in pair)])
    return Table(["strategy", *head], rows)


def _needed(need: Needed, base: float | None) -> tuple[str, str]:
    reached = sum(value is not None for value in need.by_seed.values())
    seeds = f" ({reached}/{len(need.by_seed)} seeds)" if need.by_seed else ""
    if need.of_mean is None:
        return ("not reached" if need.by_seed else NOTHING) + seeds, NOTHING
    ratio = f"{need.of_mean / base:.0%}" if base else NOTHING
    return f"{need.of_mean:.0f}{seeds}", ratio
