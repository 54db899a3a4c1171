"""Turns the record of a round into what the panels show."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...al_core.legend import Legend
from ...al_core.project import RoundRecord
from ...al_core.scoring import truth_counts
from ...al_core.strategies.gaps import FEW_PX, FEW_TILES
from ..controllers.session import Session
from ..messages import tr
from .rows import ClassRow, Reliability, RoundNews, RoundPoint

VALIDATION = "validation"
TAGS_NDIM = 3  # of the confusion of tags: class, truth, prediction


def class_rows(session: Session) -> list[ClassRow]:
    """Return the class table's rows: labels of now, figures of the newest round."""
    project = session.project
    counts = project.answers.class_pixels().tolist()
    return rows_of(project.legend, counts, project.rounds.current())


def rows_of(legend: Legend, pixels: Sequence[int], record: RoundRecord | None) -> list[ClassRow]:
    """Return one row a class.

    Args:
        legend: Names and colours.
        pixels: Labelled pixels of each class.
        record: The round whose figures to show, if any.
    """
    if record is None:
        return [ClassRow(k, e.name, e.color, pixels[k]) for k, e in enumerate(legend)]
    metrics, insight = record.metrics, record.insight
    checked = truth_counts(metrics.confusion).tolist()
    return [
        ClassRow(
            index,
            entry.name,
            entry.color,
            pixels[index],
            _figure(metrics.iou, index),
            _figure(metrics.gap, index),
            _figure(metrics.weight, index),
            _figure(insight.get("iou_error"), index),
            checked[index] if index < len(checked) else None,
            _count(insight.get("quota"), index),
        )
        for index, entry in enumerate(legend)
    ]


def point_of(record: RoundRecord) -> RoundPoint:
    """Return a round as the chart draws it."""
    return RoundPoint(
        record.number,
        _number(record.metrics.miou),
        tuple(record.metrics.iou),
        record.labelled_tiles,
        record.labelled_pixels,
        _number(record.insight.get("miou_error")),
        _number(record.insight.get("micro_f1")),
        _number(record.insight.get("accuracy")),
    )


def reliability_of(record: RoundRecord | None) -> Reliability:
    """Return the calibration of a round; empty where there is none."""
    insight: Mapping[str, Any] = record.insight if record else {}
    bins = tuple(
        (float(confidence), float(accuracy), int(pixels))
        for confidence, accuracy, pixels in insight.get("reliability") or ()
    )
    return Reliability(
        bins,
        _number(insight.get("temperature")),
        _number(insight.get("ece_before")),
        _number(insight.get("ece")),
    )


def news_of(record: RoundRecord | None) -> RoundNews:
    """Return what a round says about its own figures."""
    if record is None:
        return RoundNews()
    insight = record.insight
    source = str(insight.get("gap_source") or "")
    advice = insight.get("advice") or {}
    return RoundNews(
        _source_sentences().get(source, ""),
        _caution(source, is_enough=_has_enough(record.metrics.confusion)),
        str(insight.get("label_next") or ""),
        str(advice.get("text") or ""),
        bool(advice.get("stop")),
    )


def _source_sentences() -> dict[str, str]:
    return {
        VALIDATION: tr("Gaps are measured on the validation tiles."),
        "prequential": tr(
            "Gaps are measured on tiles labelled since, before the network learned them."
        ),
        "cross_validation": tr(
            "Gaps come from cross-validation: parts of the labels were held back in turn."
        ),
        "none": tr("Gaps are not known: no label was left to check the map on."),
    }


def _has_enough(confusion: NDArray[np.int64]) -> bool:
    """Tell whether there are validation labels enough to measure anything."""
    if confusion.ndim == TAGS_NDIM:
        return int(confusion.sum(axis=(1, 2)).max()) >= FEW_TILES
    return int(confusion.sum()) >= FEW_PX


def _caution(source: str, *, is_enough: bool) -> str:
    """Return why the gaps are doubtful as a whole; single classes are the remedy's business."""
    if source == "none":
        return tr("Until some validation tiles are labelled, all classes count the same.")
    if source in ("", VALIDATION) or is_enough:
        return ""
    return tr("Too few validation labels: this ranks the classes, but is no measure of the map.")


def _figure(values: Sequence[float | None] | None, index: int) -> float | None:
    if values is None or index >= len(values):
        return None
    return _number(values[index])


def _count(values: Sequence[int | None] | None, index: int) -> int | None:
    number = _figure(values, index)
    return None if number is None else int(number)


def _number(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)
