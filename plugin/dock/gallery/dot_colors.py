"""The colours of the points: by class, or by uncertainty."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from qgis.PyQt.QtGui import QColor

from ...overlays.tile_states import NOBODY, Kind, TileStates
from .card import Facts
from .dots import Colors

PALE = 0.6  # how much of its colour a prediction keeps
UNCERTAIN = ((0.0, "#d9d9d9"), (0.35, "#f4a6d7"), (0.7, "#d6219c"), (1.0, "#4d004b"))
UNKNOWN = QColor("#9aa0a6")


def by_class(facts: Facts, ids: NDArray[np.int64], base: QColor) -> Colors:
    """Return uint32 (n,): tags in full colour, predictions paler on this ground."""
    full = np.array([color.rgb() for color in facts.colors], dtype=np.uint32)
    pale = np.array([mixed(color, base, PALE).rgb() for color in facts.colors], dtype=np.uint32)
    lead, kinds = facts.states.lead[ids], facts.states.kind[ids]
    colors = np.where(kinds == Kind.PREDICTED, pale[lead], full[lead])
    return np.where(lead == NOBODY, UNKNOWN.rgb(), colors).astype(np.uint32)


def by_uncertainty(states: TileStates, ids: NDArray[np.int64]) -> Colors:
    """Return uint32 (n,), the darker the less certain."""
    ramp = _ramp()
    values = states.outlook.uncertainty[ids]
    places = np.nan_to_num(values, nan=0.0) * (len(ramp) - 1)
    colors = np.where(np.isnan(values), UNKNOWN.rgb(), ramp[places.astype(np.int64)])
    return colors.astype(np.uint32)


def mixed(color: QColor, base: QColor, share: float) -> QColor:
    """Return a colour of which a share is left over another."""
    parts = zip(color.getRgb()[:3], base.getRgb()[:3], strict=True)
    return QColor(*(round(share * one + (1 - share) * other) for one, other in parts))


def _ramp() -> Colors:
    """Return 256 colours for 0…1 of uncertainty."""
    at = np.linspace(0, 1, 256)
    stops = [place for place, _ in UNCERTAIN]
    parts = [
        np.interp(at, stops, [getattr(QColor(name), part)() for _, name in UNCERTAIN])
        for part in ("red", "green", "blue")
    ]
    red, green, blue = (part.astype(np.uint32) for part in parts)
    return np.uint32(0xFF000000) | red << 16 | green << 8 | blue
