"""Stacked bars as inline SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

BAR_PX, STEP_PX, NAME_PX, MARGIN_PX = 20.0, 29.0, 6.6, 12.0
TEXT_FROM = 0.07  # a share that has room for its number
DARK_BELOW = 0.55  # luminance below which the number is white


def stacked_bars(
    rows: Mapping[str, Mapping[str, float]],
    colors: Mapping[str, str],
    title: str,
    width: float = 800.0,
    *,
    named: bool = False,
) -> str:
    """Return horizontal bars of shares.

    Args:
        rows: For every bar the share of each part, 0 to 1.
        colors: The parts in their order, each with #rrggbb.
        title: What the picture shows, for those who cannot see it.
        width: Of the picture.
        named: Whether the parts' names stand above the bars.

    Returns:
        An <svg> element.
    """
    left = max((len(name) for name in rows), default=0) * NAME_PX + MARGIN_PX
    key, top = _key(colors, width) if named else ("", 4.0)
    parts = [key]
    for number, (name, shares) in enumerate(rows.items()):
        y = top + number * STEP_PX
        parts.append(
            f'<text class="barname" x="{left - 9:.1f}" y="{y + BAR_PX * 0.7:.1f}" '
            f'text-anchor="end">{escape(name)}</text>'
        )
        parts += _bar(name, shares, colors, (left, y, width - left - MARGIN_PX))
    height = len(rows) * STEP_PX + top
    return (
        f'<svg class="chart bars" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )


def _key(colors: Mapping[str, str], width: float) -> tuple[str, float]:
    """Return the names with their colours, in lines, and where they end."""
    parts, x, y = [], MARGIN_PX, 8.0
    for name, color in colors.items():
        room = 30 + len(name) * NAME_PX
        if x + room > width and x > MARGIN_PX:
            x, y = MARGIN_PX, y + 20
        parts.append(
            f'<rect class="swatch" x="{x:.1f}" y="{y:.1f}" width="12" height="12" '
            f'style="fill:{escape(color)}"/><text class="barname" x="{x + 17:.1f}" '
            f'y="{y + 10.5:.1f}">{escape(name)}</text>'
        )
        x += room
    return "".join(parts), y + 26


def _bar(
    name: str,
    shares: Mapping[str, float],
    colors: Mapping[str, str],
    place: tuple[float, float, float],
) -> Sequence[str]:
    x, y, width = place
    parts = []
    for part, color in colors.items():
        share = shares.get(part, 0.0)
        if share <= 0:
            continue
        ink = "#ffffff" if luminance(color) < DARK_BELOW else "#111111"
        text = (
            f'<text class="bartext" x="{x + share * width / 2:.1f}" y="{y + BAR_PX * 0.7:.1f}" '
            f'text-anchor="middle" style="fill:{ink}">{share:.0%}</text>'
            if share >= TEXT_FROM
            else ""
        )
        parts.append(
            f'<g><title>{escape(name)}, {escape(part)}: {share:.1%}</title><rect class="part" '
            f'x="{x:.1f}" y="{y:.1f}" width="{share * width:.1f}" height="{BAR_PX:g}" '
            f'style="fill:{escape(color)}"/>{text}</g>'
        )
        x += share * width
    return parts


def luminance(color: str) -> float:
    """Return how light #rrggbb is, 0 to 1."""
    red, green, blue = rgb(color)
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


def rgb(color: str) -> tuple[int, int, int]:
    """Return red, green, blue of #rrggbb; grey for anything else."""
    digits = color.removeprefix("#")[:6]
    try:
        return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
    except ValueError:
        return 136, 136, 136
