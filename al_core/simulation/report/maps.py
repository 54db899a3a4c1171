"""Predicted maps at a few rounds beside the reference, as the paper's figure 3."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .analysis import FULL
from .bars import rgb
from .charts import class_colors, class_legend
from .png import data_uri, palette_png, rgb_png, shrunk
from .summary import Analysis
from .words import BASELINE, focus
from .yardstick import PIXELS

NAME = re.compile(r"(?P<strategy>.+)_s(?P<seed>\d+)_r(?P<round>\d+)\.npy")
LONGEST_PX = 420
REFERENCE = ("reference", "truth")  # names that the file with the true classes may have
UNFOLDED = 4  # strategies whose maps are open; the others' unfold
Drawn = tuple[int, Path]  # a round and its file


def map_section(found: Analysis, folder: Path) -> str:
    """Return the maps of one seed, the lowest that has any."""
    maps = _maps(folder / "maps")
    seed = min((seed for _, seed in maps), default=None)
    is_map = found.yardstick is PIXELS
    if seed is None:
        return f'<p class="empty">No {"map" if is_map else "tile"} is drawn yet.</p>'
    palette = [rgb(color) for color in class_colors(found).values()]
    full = _full(found, maps.get((_slug(FULL), seed), []), palette)
    parts = [_references(folder / "maps", palette, full)]
    names = [name for name in _order(found) if (_slug(name), seed) in maps]
    blocks = [_strategy(found, name, seed, (maps[_slug(name), seed], palette)) for name in names]
    parts += blocks[:UNFOLDED]
    if blocks[UNFOLDED:]:
        rest = "".join(blocks[UNFOLDED:])
        parts.append(f"<details><summary>The other strategies</summary>{rest}</details>")
    if not is_map:
        lead = (
            f"Seed {seed}: what each strategy picked after some rounds, the best first, row by "
            f"row; in brackets the {found.yardstick.main_name} of the round."
        )
        return f'<p class="soft">{lead}</p>{"".join(parts)}'
    lead = f"Seed {seed}; in brackets the mIoU of all test tiles, not of the area shown."
    return f'<p class="soft">{lead}</p>{class_legend(found)}{"".join(parts)}'


def _slug(name: str) -> str:
    """Return what a strategy's name becomes in a file name, whatever signs it has."""
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


def _maps(folder: Path) -> dict[tuple[str, int], list[Drawn]]:
    """Return the map files by strategy and seed, rounds ascending."""
    found: dict[tuple[str, int], list[Drawn]] = {}
    for path in folder.glob("*.npy"):
        if match := NAME.fullmatch(path.name):
            key = (_slug(match["strategy"]), int(match["seed"]))
            found.setdefault(key, []).append((int(match["round"]), path))
    return {key: sorted(maps) for key, maps in found.items()}


def _order(found: Analysis) -> list[str]:
    first = (focus(found), *found.yardstick.rivals[::-1], BASELINE)
    return list(dict.fromkeys([*(n for n in first if n in found.strategies), *found.strategies]))


def _full(found: Analysis, drawn: Sequence[Drawn], palette: Sequence[tuple[int, int, int]]) -> str:
    if not drawn:
        return ""
    return _figure(drawn[-1][1], palette, "full supervision" + _level(found, FULL, drawn[-1][0]))


def _references(folder: Path, palette: Sequence[tuple[int, int, int]], full: str) -> str:
    parts = []
    image = _loaded(folder / "image.npy")
    if image is not None and image.ndim == 3:  # noqa: PLR2004 - rows, columns, colours
        png = rgb_png(np.ascontiguousarray(shrunk(image, LONGEST_PX)[..., :3]))
        parts.append(_picture(png, "image"))
    parts += [_figure(folder / f"{name}.npy", palette, "reference labels") for name in REFERENCE]
    return f'<div class="refs">{"".join(parts)}{full}</div>'


def _strategy(
    found: Analysis,
    name: str,
    seed: int,
    content: tuple[Sequence[Drawn], Sequence[tuple[int, int, int]]],
) -> str:
    drawn, palette = content
    run = next((run for run in found.of(name) if run.seed == seed), None)
    figures = []
    for number, path in drawn:
        tiles = ""
        if run is not None and number in run.rounds:
            tiles = f", {run.tiles[list(run.rounds).index(number)]:.0f} tiles"
        caption = f"round {number}{tiles}{_level(found, name, number, seed)}"
        figures.append(_figure(path, palette, caption))
    return f'<h3>{escape(name)}</h3><div class="maps">{"".join(figures)}</div>'


def _level(found: Analysis, name: str, number: int, seed: int | None = None) -> str:
    for run in found.of(name):
        if (seed is None or run.seed == seed) and number in run.rounds:
            values = run.column(found.yardstick.main)
            value = float(values[list(run.rounds).index(number)])
            return f" ({value:.3f})" if math.isfinite(value) else ""
    return ""


def _figure(path: Path, palette: Sequence[tuple[int, int, int]], caption: str) -> str:
    classes = _loaded(path)
    if classes is not None and classes.ndim == 3:  # noqa: PLR2004 - rows, columns, colours
        return _picture(rgb_png(np.ascontiguousarray(classes)), caption)
    if classes is None or classes.ndim != 2:  # noqa: PLR2004 - rows, columns
        return ""
    return _picture(palette_png(shrunk(classes, LONGEST_PX), palette), caption)


def _loaded(path: Path) -> NDArray[np.uint8] | None:
    """Return an array, or None where there is none or it is being written just now."""
    try:
        return np.asarray(np.load(path, allow_pickle=False), np.uint8)
    except (OSError, ValueError, EOFError):
        return None


def _picture(png: bytes, caption: str) -> str:
    text = escape(caption)
    return (
        f'<figure><img alt="{text}" src="{data_uri(png)}"><figcaption>{text}</figcaption></figure>'
    )
