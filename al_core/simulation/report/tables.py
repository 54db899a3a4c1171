"""The tables of a simulation, once for HTML and Markdown."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from .analysis import FULL
from .pairs import compare
from .summary import Analysis, average
from .words import BASELINE, signed, spread_text

NOTHING = "–"
FULL_NAME = "full supervision"
MINUTE_S, HOUR_S = 60, 3600


@dataclass(frozen=True)
class Table:
    """A table of texts; `best` names the cells (row, column) that stand out."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    best: frozenset[tuple[int, int]] = frozenset()

    def html(self) -> str:
        """Return the table as HTML that scrolls inside itself."""
        head = "".join(f'<th scope="col">{escape(text)}</th>' for text in self.head)
        rows = "".join(
            "<tr>" + "".join(self._cell(i, j, text) for j, text in enumerate(row)) + "</tr>"
            for i, row in enumerate(self.rows)
        )
        return (
            f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )

    def _cell(self, row: int, column: int, text: str) -> str:
        if column == 0:
            return f'<th scope="row">{escape(text)}</th>'
        mark = ' class="best"' if (row, column) in self.best else ""
        return f"<td{mark}>{escape(text)}</td>"

    def markdown(self) -> str:
        """Return the table as Markdown."""
        lines = [self.head, ["---"] + ["---:"] * (len(self.head) - 1)]
        for i, row in enumerate(self.rows):
            lines.append(
                [f"**{text}**" if (i, j) in self.best else text for j, text in enumerate(row)]
            )
        return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def final_table(found: Analysis) -> Table:
    """Return the last round's measures by strategy, as table 1 of the DCAU-AL paper."""
    finals = [found.finals(key) for key in found.yardstick.final]
    names = [found.name_of(key) for key in found.yardstick.final]
    head = ["method", "tiles", *names, *_class_heads(found)]
    rows, numbers = [], []
    for name in finals[0]:
        means = [value[0] for value in found.class_values(name).values()]
        runs = found.complete(name)
        tiles = sum(float(r.tiles[-1]) for r in runs) / len(runs) if runs else math.nan
        numbers.append([*(average(values[name])[0] for values in finals), *means])
        texts = [number(tiles, 0), *(spread_text(values[name]) for values in finals)]
        rows.append([_title(name), *texts, *(number(value) for value in means)])
    first = 1 if FULL in finals[0] else 0
    return Table(head, rows, _best(numbers, first, 2))


def _class_heads(found: Analysis) -> list[str]:
    return [f"{name} (absent)" if name in found.absent else name for name in found.classes]


def _best(numbers: Sequence[Sequence[float]], first: int, shift: int) -> frozenset[tuple[int, int]]:
    """Return the cells that hold the largest number of their column, from row `first` on."""
    cells = set()
    for column in range(len(numbers[0]) if numbers else 0):
        values = [(row[column], i) for i, row in enumerate(numbers) if i >= first]
        values = [value for value in values if math.isfinite(value[0])]
        if len(values) > 1:
            cells.add((max(values, key=lambda value: (value[0], -value[1]))[1], column + shift))
    return frozenset(cells)


def progress_table(found: Analysis, strategy: str) -> Table:
    """Return a strategy's measures round by round, as table 2 of the DCAU-AL paper."""
    main = found.curve(strategy, found.yardstick.main)
    curves = [found.curve(strategy, found.column_of(name)) for name in found.classes]
    rows = []
    for at, label in enumerate(main.rounds):
        values = [
            number(math.nan if name in found.absent else float(curve.mean[at]))
            for name, curve in zip(found.classes, curves, strict=True)
        ]
        spread = f" ± {main.std[at]:.3f}" if math.isfinite(main.std[at]) else ""
        level = number(float(main.mean[at])) + spread
        rows.append([str(label), number(float(main.tiles[at]), 0), level, *values])
    return Table(["round", "tiles", found.yardstick.main_name, *_class_heads(found)], rows)


def time_table(found: Analysis, folder: Path) -> Table:
    """Return the main measure and the time of a whole run, as table 4 of the DCAU-AL paper."""
    parts = read_timing(folder / "timing.csv", found)
    keys = ("fit_s", "scan_s", "query_s", "evaluate_s")
    finals = found.finals(found.yardstick.main)
    rows = []
    for name in finals:
        runs = len(found.complete(name))
        seconds = found.hours(name) * HOUR_S
        texts = [spread_text(finals[name]), duration(seconds)]
        spent = [parts.get(name, {}).get(key, math.nan) / max(runs, 1) for key in keys]
        rows.append([_title(name), *texts, *(duration(value) for value in spent)])
    parts_of_it = ("whole run", "training", "scan", "query", "test")
    return Table(["method", found.yardstick.main_name, *parts_of_it], rows)


def read_timing(path: Path, found: Analysis) -> dict[str, dict[str, float]]:
    """Return the seconds of timing.csv by strategy and column, added up over complete runs."""
    total: dict[str, dict[str, float]] = {}
    if not path.is_file():
        return total
    names = (*found.strategies, FULL)
    complete = {(name, str(run.seed)) for name in names for run in found.complete(name)}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if (row.get("strategy"), row.get("seed")) not in complete:
                continue
            spent = total.setdefault(row["strategy"], {})
            for key, text in row.items():
                if key and key.endswith("_s") and text:
                    spent[key] = spent.get(key, 0.0) + float(text)
    return total


def area_table(found: Analysis) -> Table:
    """Return the areas under the budget curves, and what they gain over random."""
    head, numbers = ["strategy"], []
    areas = {key: found.areas(key) for key in found.metrics}
    against = BASELINE if BASELINE in found.strategies else ""
    for key in found.metrics:
        head += [found.name_of(key), *([f"− {BASELINE}"] if against else [])]
    rows = []
    for name in found.strategies:
        row, values = [name], []
        for key in found.metrics:
            row.append(spread_text(areas[key][name]))
            values.append(average(areas[key][name])[0])
            if against:
                row.append(gain_text(name, against, areas[key]))
                values.append(math.nan)
        rows.append(row)
        numbers.append(values)
    return Table(head, rows, _best(numbers, 0, 1))


def gain_text(first: str, second: str, areas: Mapping[str, Mapping[int, float]]) -> str:
    """Return “+0.024 ± 0.005 (5/5)”."""
    pair = compare(first, second, areas)
    if first == second or not pair.seeds:
        return NOTHING
    error = f" ± {pair.error:.3f}" if pair.error is not None else ""
    return f"{signed(pair.difference)}{error} ({pair.wins}/{pair.seeds})"


def pair_table(found: Analysis, name: str) -> Table:
    """Return what one strategy gains over each other one, with error and p-value."""
    head = ["against"]
    for key in found.metrics:
        head += [f"{found.name_of(key)} area", "wins", "p"]
    areas = {key: found.areas(key) for key in found.metrics}
    rows = []
    for other in found.strategies:
        if other == name:
            continue
        row = [other]
        for key in found.metrics:
            row += _compared(name, other, areas[key])
        rows.append(row)
    return Table(head, rows)


def asked_table(found: Analysis) -> Table | None:
    """Return the pairs that the configuration names under `compare`, None where it names none."""
    named = found.facts.config.get("compare")
    pairs = [str(pair).split(",") for pair in named] if isinstance(named, list) else []
    head, rows = ["pair"], []
    for key in found.metrics:
        head += [f"{found.name_of(key)} area", "wins", "p"]
    for first, second in (pair for pair in pairs if len(pair) == len(("first", "second"))):
        row = [f"{first} − {second}"]
        for key in found.metrics:
            row += _compared(first, second, found.areas(key))
        rows.append(row)
    return Table(head, rows) if rows else None


def _compared(
    first: str, second: str, areas: Mapping[str, Mapping[int, float]]
) -> tuple[str, str, str]:
    pair = compare(first, second, areas)
    error = f" ± {pair.error:.3f}" if pair.error is not None else ""
    wins = f"{pair.wins}/{pair.seeds}" if pair.seeds else NOTHING
    return signed(pair.difference) + error, wins, number(pair.p, 3)


def number(value: float | None, decimals: int = 3) -> str:
    """Return a number, or a dash where there is none."""
    return f"{value:.{decimals}f}" if value is not None and math.isfinite(value) else NOTHING


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it."""
    if not math.isfinite(seconds):
        return NOTHING
    if seconds >= HOUR_S:
        return f"{seconds / HOUR_S:.1f} h"
    return f"{seconds / MINUTE_S:.1f} min" if seconds >= MINUTE_S else f"{seconds:.1f} s"


def _title(name: str) -> str:
    return FULL_NAME if name == FULL else name
