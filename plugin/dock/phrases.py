"""Numbers and durations as people read them."""

from __future__ import annotations

import math

from qgis.PyQt.QtCore import QLocale

from ..messages import tr

NONE = "–"
NO_BREAK = "\N{NO-BREAK SPACE}"
EXACT_BELOW = 10_000
MINUTE_S = 60
HOUR_S = 3600


def ratio(value: float | None) -> str:
    """Return a figure between 0 and 1 with two digits, or a dash."""
    if value is None or math.isnan(value):
        return NONE
    return QLocale().toString(float(value), "f", 2)


def exact(count: int) -> str:
    """Return a count with the user's thousands separators."""
    return QLocale().toString(int(count))


def count(number: int) -> str:
    """Return a count that fits a narrow column: 9,830 but 98 k and 4.5 M."""
    if number < EXACT_BELOW:
        return exact(number)
    if number < 1_000_000:  # noqa: PLR2004 - a million
        return tr("{number} k").format(number=number // 1000)
    digits = 1 if number < 10_000_000 else 0  # noqa: PLR2004 - two figures in either case
    return tr("{number} M").format(number=QLocale().toString(number / 1e6, "f", digits))


def time_left(seconds: float | None) -> str:
    """Return how long a job will still take, roughly; empty when nobody knows."""
    if seconds is None:
        return ""
    if seconds < 10:  # noqa: PLR2004 - too short to count
        return tr("a few seconds left")
    if seconds < MINUTE_S:
        return tr("about {seconds} s left").format(seconds=math.ceil(seconds / 10) * 10)
    if seconds < HOUR_S:
        return tr("about {minutes} min left").format(minutes=round(seconds / MINUTE_S))
    return tr("about {hours} h {minutes} min left").format(
        hours=int(seconds // HOUR_S), minutes=int(seconds % HOUR_S // MINUTE_S)
    )


def short(value: float | None, digits: int = 2) -> str:
    """Return a figure between 0 and 1 without its leading zero, for narrow columns, or a dash."""
    if value is None or math.isnan(value):
        return NONE
    text = QLocale().toString(float(value), "f", digits)
    return text[1:] if 0 <= value < 1 and text.startswith("0") else text


def with_error(value: float | None, error: float | None) -> str:
    """Return a figure and, where it is known, its standard error: .62 ±.05."""
    if value is None or math.isnan(value) or error is None or math.isnan(error):
        return short(value)
    return f"{short(value)} ±{short(error)}"


def percent(share: float) -> str:
    """Return a share of 1 in whole per cent."""
    return (
        tr("{value} %").format(value=QLocale().toString(round(100 * share))).replace(" ", NO_BREAK)
    )


def fine_percent(share: float) -> str:
    """Return a share of 1 in per cent with one decimal."""
    return (
        tr("{value} %").format(value=QLocale().toString(100 * share, "f", 1)).replace(" ", NO_BREAK)
    )


def plain(value: float) -> str:
    """Return any figure with two digits."""
    return QLocale().toString(float(value), "f", 2)
