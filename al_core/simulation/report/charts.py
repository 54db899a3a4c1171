"""The charts of a simulation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from .analysis import Curve
from .bars import rgb, stacked_bars
from .pairs import Pair
from .plots import Chart, Level, Line, Style, line_chart
from .style import TURN, line_styles
from .summary import Analysis, average
from .words import BASELINE, focus, ranking, signed

SMALL = (280.0, 215.0)
BANDS = 3  # lines with a band in one chart; more would hide one another
FACETED = 5  # strategies that a small chart shows in colour
CLASS_DASHES = ("", "6 3", "2 3")


def learning_curves(found: Analysis, key: str, *, by_pixels: bool = False) -> str:
    """Return all strategies' curves of a measure, with full supervision as a line."""
    styles = _styles(found)
    banded = _banded(found)
    lines = [
        _line(found.curve(name, key), name, styles[name], pixels=by_pixels, band=name in banded)
        for name in found.strategies
    ]
    unit = "pixels" if by_pixels else "tiles"
    return line_chart(
        Chart(
            title=f"{found.name_of(key)} by labelled {unit}",
            lines=[line for line in lines if np.isfinite(line.y).any()],
            x_label=f"labelled {unit}",
            y_label=found.name_of(key),
            unit=unit,
            level=_full_level(found, key),
        )
    )


def _styles(found: Analysis) -> dict[str, Style]:
    loud = (name for name in found.yardstick.focus if name in found.strategies)
    return line_styles(found.strategies, next(loud, ""))


def _banded(found: Analysis) -> set[str]:
    wanted = [focus(found), BASELINE, *ranking(found)]
    return set(list(dict.fromkeys(name for name in wanted if name in found.strategies))[:BANDS])


def _line(
    values: Curve, name: str, style: Style, *, pixels: bool = False, band: bool = False,
    label: bool = True,
) -> Line:  # fmt: skip
    return Line(
        name=name,
        x=values.pixels if pixels else values.tiles,
        y=values.mean,
        style=style,
        spread=values.std if band else None,
        label=name if label else "",
    )


def _full_level(found: Analysis, key: str) -> Level | None:
    values = found.full(key)
    return Level("full supervision", *average(values)) if values else None


def class_curves(found: Analysis) -> str:
    """Return a small chart of the score of every class that the test labels have."""
    shown = _shown(found)
    parts = [_key(found, shown), '<div class="grid4">']
    for name in found.classes:
        rare = " (rare)" if name in found.rare else ""
        if name in found.absent:
            body = '<p class="empty">absent from the test labels</p>'
        else:
            title = f"{found.yardstick.of_class} of {name}"
            body = _small(found, found.column_of(name), shown, title)
        parts.append(f"<figure><figcaption>{escape(name)}{rare}</figcaption>{body}</figure>")
    return "".join(parts) + "</div>"


def strategy_curves(found: Analysis) -> str:
    """Return a small chart for every strategy: its curve with its band, beside random's."""
    key = found.yardstick.main
    parts = ['<div class="grid4">']
    for name in found.strategies:
        shown = [name] if name == BASELINE else [BASELINE, name]
        shown = [one for one in shown if one in found.strategies]
        body = _small(found, key, shown, f"{found.name_of(key)} of {name}", bands=True)
        parts.append(f"<figure><figcaption>{escape(name)}</figcaption>{body}</figure>")
    return "".join(parts) + "</div>"


def _shown(found: Analysis) -> list[str]:
    order = [focus(found), BASELINE, *found.yardstick.rivals, *ranking(found)]
    chosen = [name for name in dict.fromkeys(order) if name in found.strategies][:FACETED]
    return sorted(chosen, key=found.strategies.index)


def _small(
    found: Analysis, key: str, shown: Sequence[str], title: str, *, bands: bool = False
) -> str:
    styles = _styles(found)
    lines = [
        _line(found.curve(name, key), name, styles[name], band=bands, label=False) for name in shown
    ]
    others = [name for name in found.strategies if name not in shown]
    quiet = [_line(found.curve(name, key), name, Style(""), label=False) for name in others]
    level = _full_level(found, key)
    chart = Chart(
        title,
        lines,
        level=level,
        names_level=False,
        width=SMALL[0],
        height=SMALL[1],
        quiet=quiet,
    )
    return line_chart(chart)


def _key(found: Analysis, shown: Sequence[str]) -> str:
    styles = _styles(found)
    parts = [
        f'<span><svg viewBox="0 0 26 8"><path d="M1 4H25" style="stroke:{styles[name].color};'
        f'stroke-width:{styles[name].width};stroke-dasharray:{styles[name].dash or "none"}"/>'
        f"</svg>{escape(name)}</span>"
        for name in shown
    ]
    others = "thin grey: the other strategies" if len(found.strategies) > len(shown) else ""
    full = "dotted: full supervision" if found.full() else ""
    rest = "; ".join(text for text in (others, full) if text)
    return f'<div class="legend">{"".join(parts)}<span class="soft">{rest}</span></div>'


def weight_curves(found: Analysis) -> str:
    """Return the class weights over rounds of every strategy that has any."""
    styles = {
        name: Style(f"var(--{TURN[i % len(TURN)]})", CLASS_DASHES[i // len(TURN) % 3])
        for i, name in enumerate(found.classes)
    }
    parts = []
    for strategy in found.strategies:
        curves = {name: found.curve(strategy, f"weight_{name}") for name in found.classes}
        lines = [_line(c, n, styles[n]) for n, c in curves.items() if np.isfinite(c.mean).any()]
        if lines:
            chart = line_chart(Chart(f"class weights of {strategy}", lines, y_label="weight"))
            parts.append(f"<figure><figcaption>{escape(strategy)}</figcaption>{chart}</figure>")
    if not parts:
        return '<p class="empty">No strategy with class weights has a finished round.</p>'
    return f'<div class="grid2">{"".join(parts)}</div>'


def pick_bars(found: Analysis) -> str:
    """Return what each strategy picked, as shares of the true labels by class, with their names."""
    rows: dict[str, Mapping[str, float]] = {}
    if found.facts.share:
        total = sum(found.facts.share.values()) or 1.0
        rows["whole pool"] = {name: value / total for name, value in found.facts.share.items()}
    rows |= {n: found.picks[n].share for n in found.strategies if n in found.picks}
    if not rows:
        return '<p class="empty">Nothing is picked yet.</p>'
    title = f"Picked {found.yardstick.labels} by class"
    return stacked_bars(rows, class_colors(found), title, named=True)


def class_legend(found: Analysis) -> str:
    """Return the classes with their colours."""
    items = "".join(
        f'<span><i style="background:{color}"></i>{escape(name)}</span>'
        for name, color in class_colors(found).items()
    )
    return f'<div class="legend">{items}</div>'


def class_colors(found: Analysis) -> dict[str, str]:
    """Return #rrggbb of every class in its order: the legend's, grey where it has none."""
    return {
        name: "#{:02x}{:02x}{:02x}".format(*rgb(found.facts.colors.get(name, "")))
        for name in found.classes
    }


def win_table(found: Analysis, key: str) -> str:
    """Return the win matrix as a table of coloured cells."""
    names = ranking(found, key)
    pairs = {(pair.first, pair.second): pair for pair in found.pairs(key)}
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    rows = []
    for first in names:
        cells = "".join(_cell(pairs.get((first, second))) for second in names)
        rows.append(f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>')
    return (
        f'<div class="scroll heat"><table><thead><tr><th scope="col">row above column</th>{head}'
        f"</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(pair: Pair | None) -> str:
    if pair is None or not pair.seeds:
        return "<td>·</td>"
    tint = abs(pair.share - 0.5) * 0.9
    color = "0,114,178" if pair.share > 0.5 else "208,74,0"  # noqa: PLR2004 - half of the seeds
    error = f" ± {pair.error:.3f}" if pair.error is not None else ""
    p = f"p {pair.p:.2g}" if pair.p is not None and math.isfinite(pair.p) else "no test"
    note = f"{pair.first} − {pair.second}: {signed(pair.difference)}{error}, {p}"
    return (
        f'<td style="background:rgba({color},{tint:.2f})" title="{escape(note)}">'
        f"<b>{pair.wins}/{pair.seeds}</b><br>{signed(pair.difference)}<small>{p}</small></td>"
    )
