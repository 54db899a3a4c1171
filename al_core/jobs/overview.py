"""Where a project stands."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..project import Project, Role, RoundRecord
from ..strategies.gaps import NO_SOURCE


def overview(project: Project) -> dict[str, Any]:
    """Return tiles, labels by class, rounds with their accuracy, and the queue's length."""
    labelled, _ = project.answers.counts()
    judged = int(project.tags.judged().sum())
    rounds = project.rounds.list()
    insight = rounds[-1].insight if rounds else {}
    return {
        "project": str(project.folder),
        "task": project.settings.task.value,
        "images": [image.path for image in project.images],
        "tiles": len(project.tiles),
        "validation_tiles": int((project.tiles.role == Role.VALIDATION).sum()),
        "labelled_tiles": len(labelled),
        "tagged_tiles": judged,
        "unsure_tiles": judged - len(project.tags.counts()[0]),
        "picks": len(project.picks.current()),
        "classes": _classes(project, rounds[-1] if rounds else None),
        "rounds": [_round(record) for record in rounds],
        "gap_source": insight.get("gap_source", NO_SOURCE),
        "advice": insight.get("advice"),
        "label_next": insight.get("label_next", ""),
    }


def _classes(project: Project, current: RoundRecord | None) -> list[dict[str, Any]]:
    pixels, tiles = project.labels.class_pixels(), project.tags.class_pixels()
    unknown = (None,) * len(project.legend)
    metrics = current.metrics if current else None
    insight = current.insight if current else {}
    errors = insight.get("iou_error", unknown)
    pixels_of = insight.get("validation_px", unknown)
    return [
        {
            "name": entry.name,
            "value": entry.value,
            "color": entry.color,
            "labelled_px": int(pixels[index]),
            "tagged_tiles": int(tiles[index]),
            "validation_px": pixels_of[index],
            "iou": known((metrics.iou if metrics else unknown)[index]),
            "iou_error": errors[index],
            "gap": known((metrics.gap if metrics else unknown)[index]),
            "weight": known((metrics.weight if metrics else unknown)[index]),
        }
        for index, entry in enumerate(project.legend)
    ]


def _round(record: RoundRecord) -> dict[str, Any]:
    return {
        "number": record.number,
        "created": record.created,
        "miou": known(record.metrics.miou),
        "iou": [known(value) for value in record.metrics.iou],
        "micro_f1": record.insight.get("micro_f1"),
        "accuracy": record.insight.get("accuracy"),
        "ece": record.insight.get("ece"),
        "temperature": record.insight.get("temperature"),
        "change": record.insight.get("change"),
        "labelled_tiles": record.labelled_tiles,
        "labelled_pixels": record.labelled_pixels,
        "device": record.device,
        "scanned": record.scanned,
        "predicted": record.predicted,
    }


def known(value: float | None) -> float | None:
    """Return a number, or None in place of NaN."""
    return None if value is None or np.isnan(value) else float(value)
