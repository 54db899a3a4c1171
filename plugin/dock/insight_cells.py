"""What a cell of the class table says, to eyes and to screen readers."""

from __future__ import annotations

import math

from ...al_core.strategies.gaps import FEW_PX
from ..messages import tr
from . import phrases
from .rows import ClassRow

NAME, LABELLED, IOU, GAP, WEIGHT, SEATS = range(6)
KEYS = 9  # the digits that choose a class


def titles() -> tuple[str, ...]:
    """Return the columns' titles."""
    return (tr("Class"), tr("Pixels"), tr("IoU"), tr("Gap"), tr("Weight"), tr("Next"))


def column_tips() -> tuple[str, ...]:
    """Return what the columns mean."""
    return (
        tr("Click a class, or press its digit, to paint with it"),
        tr("Pixels that carry this label"),
        tr(
            "Intersection over union on the validation tiles: 1 is perfect. ± is one standard "
            "error; ? marks fewer than {few} validation pixels."
        ).format(few=FEW_PX),
        tr("What is missing to a perfect IoU, as the choice of tiles sees it"),
        tr("How much this class counts when tiles are chosen; all weights add up to 1"),
        tr("Tiles that the last choice set aside for this class"),
    )


def texts(row: ClassRow) -> tuple[str, ...]:
    """Return what the cells show."""
    return (
        row.name,
        phrases.count(row.labelled_px),
        iou_text(row),
        phrases.short(row.gap),
        phrases.short(row.weight),
        phrases.NONE if row.quota is None else phrases.exact(row.quota),
    )


def widest(rows: tuple[ClassRow, ...]) -> tuple[str, ...]:
    """Return the longest text that each column may have to show."""
    known = any(row.iou_error is not None for row in rows)
    sample = ClassRow(0, "", "", 888_888, 0.88, 0.88, 0.88, 0.08 if known else None, None, 88)
    return texts(sample)


def is_doubtful(row: ClassRow) -> bool:
    """Return whether the IoU rests on too few validation pixels."""
    return _known(row.iou) and row.validation_px is not None and row.validation_px < FEW_PX


def iou_text(row: ClassRow) -> str:
    """Return the IoU with its standard error, or a question mark where it is a guess."""
    if is_doubtful(row):
        return tr("{iou} ?").format(iou=phrases.short(row.iou))
    return phrases.with_error(row.iou, row.iou_error)


def sort_key(row: ClassRow, column: int) -> float:
    """Return what a column sorts by; NaN where there is no figure."""
    value = (row.index, row.labelled_px, row.iou, row.gap, row.weight, row.quota)[column]
    return math.nan if value is None else float(value)


def key_of(row: ClassRow) -> str:
    """Return the digit that chooses the class, or nothing."""
    return str(row.index + 1) if row.index < KEYS else ""


def spoken(row: ClassRow, column: int) -> str:
    """Return a cell as a screen reader says it."""
    if column == NAME:
        return row.name
    if column == IOU:
        return f"{titles()[IOU]} {_iou_sentence(row)}"
    if column == LABELLED:
        return tr("{pixels} pixels labelled").format(pixels=phrases.exact(row.labelled_px))
    text = texts(row)[column]
    said = tr("not known") if text == phrases.NONE else text
    return f"{titles()[column]} {said}"


def tip(row: ClassRow) -> str:
    """Return everything that is known about a class."""
    lines = [
        tr("{name}: {pixels} pixels labelled").format(
            name=row.name, pixels=phrases.exact(row.labelled_px)
        )
    ]
    if _known(row.iou) or _known(row.gap):
        lines.append(tr("IoU {iou}").format(iou=_iou_sentence(row)))
        lines.append(
            tr("Gap {gap}, weight {weight}").format(
                gap=phrases.ratio(row.gap), weight=phrases.ratio(row.weight)
            )
        )
    if row.quota is not None:
        lines.append(
            tr("{seats} tiles of the last choice are for this class").format(
                seats=phrases.exact(row.quota)
            )
        )
    if key_of(row):
        lines.append(tr("Press {key} to paint with it").format(key=key_of(row)))
    return "\n".join(lines)


def _iou_sentence(row: ClassRow) -> str:
    if not _known(row.iou):
        return tr("not known: no validation pixel has this class, by label or by prediction")
    figure = phrases.with_error(row.iou, row.iou_error)
    if row.validation_px is None:
        return figure
    pixels = phrases.exact(row.validation_px)
    if is_doubtful(row):
        return tr("{iou} from only {pixels} validation pixels: it may be far off").format(
            iou=figure, pixels=pixels
        )
    return tr("{iou} from {pixels} validation pixels").format(iou=figure, pixels=pixels)


def _known(value: float | None) -> bool:
    return value is not None and not math.isnan(value)
