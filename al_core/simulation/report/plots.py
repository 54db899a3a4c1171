"""Line charts as inline SVG: axes, bands, labels at the ends of the lines, tooltips."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CHARACTER_PX = 6.3  # of a label, at its widest
LABEL_STEP_PX = 13.5
TOP_PX, LEFT_PX, BOTTOM_PX = 14.0, 52.0, 42.0


@dataclass(frozen=True)
class Style:
    """How a line is drawn: `color` is a CSS colour or variable; `dash` as in SVG."""

    color: str
    dash: str = ""
    width: float = 1.8


@dataclass(frozen=True)
class Line:
    """A line: (n,) x and y, NaN where there is nothing; `spread` (n,) makes a band."""

    name: str
    x: Floats
    y: Floats
    style: Style
    spread: Floats | None = None
    label: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Level:
    """A horizontal line."""

    name: str
    value: float
    spread: float = math.nan


@dataclass(frozen=True)
class Chart:
    """A line chart; `unit` follows the x value in tooltips."""

    title: str
    lines: Sequence[Line]
    x_label: str = "labelled tiles"
    y_label: str = ""
    unit: str = "tiles"
    level: Level | None = None
    names_level: bool = True
    width: float = 560.0
    height: float = 380.0
    low: float | None = None
    quiet: Sequence[Line] = field(default=())


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return round numbers (steps of 1, 2 or 5) within low…high."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low] if math.isfinite(low) else []
    rough = (high - low) / wanted
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(m * magnitude for m in (1, 2, 5, 10) if m * magnitude >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


def tick_text(value: float) -> str:
    """Return a tick's number, thousands and millions short."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= 10 * size or (abs(value) >= size and letter == "M"):
            return f"{value / size:g}{letter}"
    return f"{value:g}"


@dataclass(frozen=True)
class Frame:
    """The area of the plot within the picture, and what the axes span."""

    left: float
    top: float
    right: float
    bottom: float
    x: tuple[float, float]
    y: tuple[float, float]

    def px(self, x: float) -> float:
        """Return the picture's x of a value."""
        return self.left + (x - self.x[0]) / (self.x[1] - self.x[0]) * (self.right - self.left)

    def py(self, y: float) -> float:
        """Return the picture's y of a value."""
        return self.bottom - (y - self.y[0]) / (self.y[1] - self.y[0]) * (self.bottom - self.top)


def line_chart(chart: Chart) -> str:
    """Return a chart as an <svg> element that takes its colours from the page's CSS."""
    frame = _frame(chart)
    if frame is None:
        return f'<p class="empty">{escape(chart.title)}: no finished round yet.</p>'
    parts = [_axes(chart, frame), *(_quiet(line, frame) for line in chart.quiet)]
    if chart.level is not None and math.isfinite(chart.level.value):
        parts.append(_level(chart, chart.level, frame))
    parts += [_band(line, frame) for line in chart.lines if line.spread is not None]
    parts += [_line(line, frame, chart) for line in chart.lines]
    parts.append(_labels(chart, frame))
    box = f"0 0 {chart.width:g} {chart.height:g}"
    return (
        f'<svg class="chart" viewBox="{box}" role="img" aria-label="{escape(chart.title)}">'
        f"{''.join(parts)}</svg>"
    )


def _frame(chart: Chart) -> Frame | None:
    lines = [*chart.lines, *chart.quiet]
    x = np.concatenate([line.x[np.isfinite(line.y)] for line in lines] or [np.zeros(0)])
    if len(x) == 0:
        return None
    tops = [_edges(line)[1] for line in lines] + [_edges(line)[0] for line in lines]
    y = np.concatenate([edge[np.isfinite(edge)] for edge in tops])
    if chart.level is not None and math.isfinite(chart.level.value):
        y = np.append(y, chart.level.value)
    low = max(float(y.min()), 0.0) if chart.low is None else chart.low
    pad = max((float(y.max()) - low) * 0.05, 0.005)
    longest = max((len(line.label) for line in chart.lines), default=0)
    room = min(22.0 + longest * CHARACTER_PX, chart.width * 0.42) if longest else 10.0
    return Frame(
        left=LEFT_PX,
        top=TOP_PX,
        right=chart.width - room,
        bottom=chart.height - BOTTOM_PX,
        x=_span(float(x.min()), float(x.max())),
        y=(max(low - pad, 0.0), float(y.max()) + pad),
    )


def _span(low: float, high: float) -> tuple[float, float]:
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _edges(line: Line) -> tuple[Floats, Floats]:
    half = np.zeros_like(line.y) if line.spread is None else np.nan_to_num(line.spread)
    return line.y - half, line.y + half


def _axes(chart: Chart, frame: Frame) -> str:
    parts = []
    for value in ticks(*frame.y, wanted=max(4, int((frame.bottom - frame.top) / 55))):
        y = frame.py(value)
        parts.append(
            f'<line class="grid" x1="{frame.left:g}" x2="{frame.right:.1f}" y1="{y:.1f}" '
            f'y2="{y:.1f}"/><text class="tick" x="{frame.left - 7:g}" y="{y + 3.8:.1f}" '
            f'text-anchor="end">{tick_text(value)}</text>'
        )
    for value in ticks(*frame.x, wanted=max(4, int((frame.right - frame.left) / 70))):
        x = frame.px(value)
        parts.append(
            f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{frame.bottom:g}" '
            f'y2="{frame.bottom + 4:g}"/><text class="tick" x="{x:.1f}" '
            f'y="{frame.bottom + 17:g}" text-anchor="middle">{tick_text(value)}</text>'
        )
    middle = (frame.left + frame.right) / 2
    parts.append(
        f'<line class="axis" x1="{frame.left:g}" x2="{frame.right:.1f}" y1="{frame.bottom:g}" '
        f'y2="{frame.bottom:g}"/><text class="name" x="{middle:.1f}" '
        f'y="{chart.height - 7:g}" text-anchor="middle">{escape(chart.x_label)}</text>'
    )
    if chart.y_label:
        half = (frame.top + frame.bottom) / 2
        parts.append(
            f'<text class="name" transform="translate(13 {half:.1f}) rotate(-90)" '
            f'text-anchor="middle">{escape(chart.y_label)}</text>'
        )
    return "".join(parts)


def _level(chart: Chart, level: Level, frame: Frame) -> str:
    y = frame.py(level.value)
    note = f"{level.name}: {level.value:.3f}"
    if math.isfinite(level.spread):
        note += f" ± {level.spread:.3f}"
    name = (
        f'<text class="leveltext" x="{frame.left + 6:g}" y="{y - 5:.1f}">{escape(note)}</text>'
        if chart.names_level
        else ""
    )
    return (
        f'<g><title>{escape(note)}</title><line class="level" x1="{frame.left:g}" '
        f'x2="{frame.right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>{name}</g>'
    )


def _path(frame: Frame, x: Floats, y: Floats) -> str:
    points, pen = [], "M"
    for a, b in zip(x, y, strict=True):
        if math.isfinite(b):
            points.append(f"{pen}{frame.px(a):.1f} {frame.py(b):.1f}")
            pen = "L"
        else:
            pen = "M"
    return "".join(points)


def _quiet(line: Line, frame: Frame) -> str:
    return (
        f'<path class="quiet" d="{_path(frame, line.x, line.y)}">'
        f"<title>{escape(line.name)}</title></path>"
    )


def _band(line: Line, frame: Frame) -> str:
    low, high = _edges(line)
    here = np.isfinite(low) & np.isfinite(high)
    if int(here.sum()) < 2:  # noqa: PLR2004 - a band has two ends
        return ""
    x = np.concatenate([line.x[here], line.x[here][::-1]])
    path = _path(frame, x, np.concatenate([high[here], np.maximum(low[here], 0)[::-1]]))
    return f'<path class="band" style="fill:{line.style.color}" d="{path}Z"/>'


def _line(line: Line, frame: Frame, chart: Chart) -> str:
    style = f"stroke:{line.style.color};stroke-width:{line.style.width:g}"
    dash = f";stroke-dasharray:{line.style.dash}" if line.style.dash else ""
    spread = np.full(len(line.x), np.nan) if line.spread is None else line.spread
    dots = "".join(
        f'<circle cx="{frame.px(x):.1f}" cy="{frame.py(y):.1f}" r="{line.style.width + 0.7:.1f}" '
        f'style="fill:{line.style.color}">'
        f"<title>{escape(_note(line.name, x, y, s, chart.unit))}</title></circle>"
        for x, y, s in zip(line.x, line.y, spread, strict=True)
        if math.isfinite(y)
    )
    return (
        f'<g class="series"><path style="{style}{dash}" d="{_path(frame, line.x, line.y)}">'
        f"<title>{escape(line.name)}</title></path>{dots}</g>"
    )


def _note(name: str, x: float, y: float, spread: float, unit: str) -> str:
    plus = f" ± {spread:.3f}" if math.isfinite(spread) else ""
    return f"{name}, {x:,.0f} {unit}: {y:.3f}{plus}"


def _labels(chart: Chart, frame: Frame) -> str:
    """Return the names at the ends of the lines, moved apart, each tied to its end."""
    ends = []
    for line in chart.lines:
        here = np.flatnonzero(np.isfinite(line.y))
        if line.label and len(here):
            ends.append((frame.py(line.y[here[-1]]), frame.px(line.x[here[-1]]), line))
    ends.sort(key=lambda end: end[0])
    parts = []
    places = _apart([end[0] for end in ends], frame.top, frame.bottom)
    for place, (y, x, line) in zip(places, ends, strict=True):
        weight = ' font-weight="700"' if line.style.width > 2 else ""  # noqa: PLR2004
        parts.append(
            f'<path class="tie" d="M{x + 4:.1f} {y:.1f}L{frame.right + 10:.1f} {place:.1f}"/>'
            f'<text class="label"{weight} x="{frame.right + 14:.1f}" y="{place + 3.8:.1f}" '
            f'style="fill:{line.style.color}">{escape(line.label)}</text>'
        )
    return "".join(parts)


def _apart(wanted: Sequence[float], top: float, bottom: float) -> list[float]:
    """Return places at least a line apart, as near to the wanted ones (ascending) as can be."""
    step = min(LABEL_STEP_PX, (bottom - top) / max(len(wanted) - 1, 1))
    groups: list[tuple[float, int]] = []  # the mean place of labels that touch, how many they are
    for number, place in enumerate(wanted):
        mean, size = place - number * step, 1
        while groups and groups[-1][0] >= mean:
            other, others = groups.pop()
            mean = (mean * size + other * others) / (size + others)
            size += others
        groups.append((mean, size))
    last = bottom - (len(wanted) - 1) * step
    packed = [min(max(mean, top), last) for mean, size in groups for _ in range(size)]
    return [place + number * step for number, place in enumerate(packed)]
