"""What a cell of the class table says, to eyes and to screen readers."""

from __future__ import annotations

import math

from ..controllers.words import Words
from ..messages import tr
from . import phrases
from .rows import ClassRow

NAME, LABELLED, IOU, GAP, WEIGHT, SEATS = range(6)
KEYS = 9  # the digits that choose a class


def titles(words: Words) -> tuple[str, ...]:
    """Return the columns' titles."""
    return (tr("Class"), words.unit, words.score, tr("Gap"), tr("Weight"), tr("Next"))


def column_tips(words: Words) -> tuple[str, ...]:
    """Return what the columns mean."""
    return (
        words.choose,
        words.about_unit,
        words.about_score.format(few=words.few),
        words.about_gap,
        tr("How much this class counts when tiles are chosen; all weights add up to 1"),
        tr("Tiles that the last choice set aside for this class"),
    )


def texts(row: ClassRow, words: Words) -> tuple[str, ...]:
    """Return what the cells show."""
    return (
        row.name,
        phrases.count(row.labelled_px),
        iou_text(row, words),
        phrases.short(row.gap),
        phrases.short(row.weight),
        phrases.NONE if row.quota is None else phrases.exact(row.quota),
    )


def widest(rows: tuple[ClassRow, ...], words: Words) -> tuple[str, ...]:
    """Return the longest text that each column may have to show."""
    known = any(row.iou_error is not None for row in rows)
    few = 0 if not known and any(is_doubtful(row, words) for row in rows) else None
    sample = ClassRow(0, "", "", 888_888, 0.88, 0.88, 0.88, 0.08 if known else None, few, 88)
    return texts(sample, words)


def is_doubtful(row: ClassRow, words: Words) -> bool:
    """Return whether the score rests on too few validation labels."""
    return _known(row.iou) and row.validation_px is not None and row.validation_px < words.few


def iou_text(row: ClassRow, words: Words) -> str:
    """Return the score with its standard error, or a question mark where it is a guess."""
    if is_doubtful(row, words):
        return tr("{iou} ?").format(iou=phrases.short(row.iou))
    return phrases.with_error(row.iou, row.iou_error)


def sort_key(row: ClassRow, column: int) -> float:
    """Return what a column sorts by; NaN where there is no figure."""
    value = (row.index, row.labelled_px, row.iou, row.gap, row.weight, row.quota)[column]
    return math.nan if value is None else float(value)


def key_of(row: ClassRow) -> str:
    """Return the digit that chooses the class, or nothing."""
    return str(row.index + 1) if row.index < KEYS else ""


def spoken(row: ClassRow, column: int, words: Words) -> str:
    """Return a cell as a screen reader says it."""
    if column == NAME:
        return row.name
    if column == IOU:
        return words.score_sentence.format(score=_iou_sentence(row, words))
    if column == LABELLED:
        return words.counted.format(count=phrases.exact(row.labelled_px))
    text = texts(row, words)[column]
    said = tr("not known") if text == phrases.NONE else text
    return f"{titles(words)[column]} {said}"


def tip(row: ClassRow, words: Words) -> str:
    """Return everything that is known about a class."""
    lines = [words.named.format(name=row.name, count=phrases.exact(row.labelled_px))]
    if _known(row.iou) or _known(row.gap):
        lines.append(words.score_sentence.format(score=_iou_sentence(row, words)))
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
        lines.append(words.press.format(key=key_of(row)))
    return "\n".join(lines)


def _iou_sentence(row: ClassRow, words: Words) -> str:
    if not _known(row.iou):
        return words.unknown
    figure = phrases.with_error(row.iou, row.iou_error)
    if row.validation_px is None:
        return figure
    sentence = words.from_few if is_doubtful(row, words) else words.from_all
    return sentence.format(score=figure, count=phrases.exact(row.validation_px))


def _known(value: float | None) -> bool:
    return value is not None and not math.isnan(value)
