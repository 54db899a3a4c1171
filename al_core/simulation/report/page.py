"""The report of a simulation: one HTML file that needs nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from .charts import (
    class_curves,
    learning_curves,
    pick_bars,
    strategy_curves,
    weight_curves,
    win_table,
)
from .efficiency import budget_table, label_table, level_table
from .facts import Json
from .maps import map_section
from .style import css
from .summary import Analysis, analyse, average, write_summary, write_whole
from .tables import (
    area_table,
    asked_table,
    final_table,
    number,
    pair_table,
    progress_table,
    time_table,
)
from .words import BASELINE, focus, notes, ranking, summary
from .yardstick import PIXELS, SCENES

PROGRESS_OF = ("dcau_plus", "dcau")  # whose rounds have a table of their own
Section = tuple[str, str, str]  # anchor, title, body


def write_report(folder: Path, rare: Sequence[str] = ()) -> Path:
    """Write report.html, and summary.json beside it; half a simulation gives half a report.

    Args:
        folder: Where the simulation writes.
        rare: Class names; by default those with few of the pool's labels.

    Returns:
        The path of the report.

    Raises:
        ConfigError: A rare class is none of the classes.
        StorageError: The disk is full, read-only or protected.
    """
    found = analyse(folder, rare)
    write_summary(folder, found)
    return write_whole(folder / "report.html", page(found, folder))


def page(found: Analysis, folder: Path) -> str:
    """Return the report as HTML."""
    sections = list(_sections(found, folder)) if found.runs else []
    links = "".join(f'<a href="#{anchor}">{title}</a>' for anchor, title, _ in sections)
    body = "".join(
        f'<section id="{anchor}"><h2>{title}</h2>{text}</section>'
        for anchor, title, text in sections
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Simulation {escape(folder.name)}</title><style>{css()}</style></head>"
        f"<body><main><h1>Which tiles to label next: a simulation</h1>{_lead(found)}"
        f"{_said(found)}{_cards(found)}<nav>{links}</nav>{body}</main></body></html>\n"
    )


def _lead(found: Analysis) -> str:
    seeds, rounds = len(found.seeds), found.last_round
    first = next((run for run in found.runs if run.strategy in found.strategies), None)
    if first is None:
        return '<p class="soft">No round is finished yet.</p>'
    words = f"{len(found.strategies)} strategies, {_counted(seeds, 'seed')}, {rounds} rounds "
    words += f"after {first.tiles[0]:.0f} first tiles"
    state = "" if found.facts.is_finished else ", still running"
    verb = "finished" if found.facts.is_finished else "started"
    time = found.facts.raw.get(verb)
    when = f"{verb.capitalize()} {time}." if isinstance(time, str) else ""
    return f'<p class="soft">{escape(f"{words}{state}. {when}")}</p>'


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _said(found: Analysis) -> str:
    if not found.runs:
        return ""
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in summary(found))
    return f'<div class="summary"><ul>{items}</ul></div>'


def _cards(found: Analysis) -> str:
    name, key = focus(found), found.yardstick.main
    cards, called = [], found.yardstick.main_name
    order = ranking(found)
    if order:
        cards.append((order[0], f"largest {called} area"))
        cards.append((number(average(found.areas(key).get(name, {}))[0]), f"{name}: {called} area"))
        cards.append((number(average(found.finals(key)[name])[0]), f"{name}: last {called}"))
    if found.full():
        cards.append((number(average(found.full())[0]), f"full supervision: {called}"))
    for key, label in (
        ("pool_tiles", "pool tiles"),
        ("validation_tiles", "validation tiles"),
        ("test_tiles", "test tiles"),
    ):
        if (count := found.facts.number(key)) is not None:
            cards.append((str(count), label))
    return '<div class="cards">' + "".join(
        f'<div class="card"><b>{escape(value)}</b><span>{escape(label)}</span></div>'
        for value, label in cards
    ) + "</div>"  # fmt: skip


def _sections(found: Analysis, folder: Path) -> Iterable[Section]:
    words = _WORDS[found.yardstick is PIXELS]
    yield "curves", "Learning curves", _curves(found)
    yield "classes", "Class by class", class_curves(found)
    yield (
        "final",
        "After the last round",
        _soft(words["final"]) + final_table(found).html(),
    )
    yield (
        "areas",
        "Area under the budget curve",
        _soft(
            "The mean height of each learning curve. Beside it the paired difference to random ± "
            "one standard error, and in how many seeds it was above."
        )
        + area_table(found).html(),
    )
    yield "labels", "Labels needed", _labels(found)
    yield "wins", "Wins", _wins(found)
    yield "rounds", "Round by round", _progress(found)
    yield (
        "time",
        "Time",
        _soft(words["time"]) + time_table(found, folder).html(),
    )
    yield (
        "picks",
        "What was picked",
        _soft(words["picks"]) + pick_bars(found),
    )
    yield (
        "weights",
        "Class weights",
        _soft("The weight of each class in the scores, mean over seeds.") + weight_curves(found),
    )
    yield "maps", words["maps"], map_section(found, folder)
    yield "notes", "Notes", _notes(found)
    yield "command", "Command and configuration", _configuration(found)


# What is said of tables and pictures where tiles are labelled, and where pixels are.
_WORDS = (
    {
        "final": (
            "Each measure with its deviation over seeds, and the mean F1 of each class. Bold: the "
            "best strategy of the column."
        ),
        "time": "Beside the measured time of one seed.",
        "picks": "Classes of the tiles that each strategy asked for, all seeds together.",
        "maps": "Picked tiles",
    },
    {
        "final": (
            "As table 1 of the DCAU-AL paper: mIoU and macro-F1 with their deviation over seeds, "
            "and the mean IoU of each class. Bold: the best strategy of the column."
        ),
        "time": "As table 4 of the paper: mIoU beside the measured time of one seed.",
        "picks": (
            "True pixels by class of the tiles that each strategy asked for, all seeds together."
        ),
        "maps": "Maps",
    },
)


def _soft(text: str) -> str:
    return f'<p class="soft">{escape(text)}</p>'


def _curves(found: Analysis) -> str:
    order = dict.fromkeys((*found.yardstick.told, *found.yardstick.keys))
    charts = [
        (f"{found.name_of(key)} by labelled tiles", learning_curves(found, key))
        for key in order
        if key in found.metrics
    ]
    if found.yardstick is PIXELS:
        charts.append(("mIoU by labelled pixels", learning_curves(found, "miou", by_pixels=True)))
    figures = "".join(
        f"<figure><figcaption>{escape(title)}</figcaption>{chart}</figure>"
        for title, chart in charts
    )
    rare = f" Rare: {', '.join(found.rare)}." if found.rare else ""
    text = f"Means over seeds; the shaded bands are ± one standard deviation.{rare}"
    return (
        f'{_soft(text)}<div class="grid2">{figures}</div>'
        f"<details><summary>Each strategy with its band, beside random</summary>"
        f"{strategy_curves(found)}</details>"
    )


def _labels(found: Analysis) -> str:
    if not found.full():
        shares = '<p class="empty">There is no run with full supervision to measure against.</p>'
        return shares + _budgets(found)
    text = (
        f"Labelled tiles at which the mean curve crosses 90, 95 and 99 % of the "
        f"{found.yardstick.main_name} of full supervision (between rounds by straight lines), in "
        "how many seeds the target is reached, and what share that is of random's."
    )
    return _soft(text) + label_table(found).html() + _budgets(found)


def _budgets(found: Analysis) -> str:
    """Return the tables that papers on whole tiles have."""
    if found.yardstick is PIXELS:
        return ""
    parts = []
    if found.yardstick is SCENES:
        parts.append(_soft("The same for a level of accuracy; MCFPS stops at 90 %."))
        parts.append(level_table(found).html())
    parts.append(_soft("What so many labelled tiles give; in brackets the difference to random."))
    parts += [budget_table(found, key).html() for key in found.yardstick.told]
    return "".join(parts)


def _wins(found: Analysis) -> str:
    if len(ranking(found)) < 2:  # noqa: PLR2004 - nobody to win against
        return '<p class="empty">Fewer than two strategies are finished.</p>'
    if len(found.seeds) < 2:  # noqa: PLR2004 - a pair of seeds
        lead = _soft("One seed proves nothing; there is no test, the table shows differences only.")
    else:
        lead = _soft(
            "In how many seeds the strategy of the row has the larger area than that of the "
            "column; the mean paired difference; p of the exact two-sided sign-flip test."
        )
    tables = (
        f"<details{' open' if key == found.yardstick.main else ''}>"
        f"<summary>{found.name_of(key)}</summary>"
        f"{win_table(found, key)}</details>"
        for key in found.metrics
    )
    name = focus(found)
    against = f"<h3>{escape(name)} against each</h3>{pair_table(found, name).html()}"
    asked = asked_table(found)
    named = f"<h3>The pairs that were asked for</h3>{asked.html()}" if asked else ""
    return lead + named + "".join(tables) + against


def _progress(found: Analysis) -> str:
    names = [name for name in PROGRESS_OF if name in found.strategies]
    text = "As table 2 of the paper: mIoU and class IoUs of one strategy, mean over seeds."
    if found.yardstick is not PIXELS:
        names = [name for name in (focus(found), BASELINE) if name in found.strategies]
        text = "The main measure and the F1 of each class, mean over seeds."
    names = list(dict.fromkeys(names)) or [focus(found)]
    tables = (f"<h3>{escape(n)}</h3>{progress_table(found, n).html()}" for n in names if n)
    return _soft(text) + "".join(tables)


def _notes(found: Analysis) -> str:
    return '<ul class="notes">' + "".join(f"<li>{escape(n)}</li>" for n in notes(found)) + "</ul>"


def _configuration(found: Analysis) -> str:
    config: Json = dict(found.facts.config)
    command = found.facts.command or "The command is not recorded."
    return (
        f"<pre>{escape(command)}</pre><details><summary>Configuration</summary>"
        f"<pre>{escape(json.dumps(config, indent=1))}</pre></details>"
    )
