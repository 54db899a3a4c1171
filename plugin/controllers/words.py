"""What labels and their accuracy are called: pixels and IoU, or tiles and F1."""

from __future__ import annotations

from dataclasses import dataclass

from ...al_core.config import Task
from ...al_core.strategies.gaps import FEW_PX, FEW_TILES
from ..messages import tr


@dataclass(frozen=True)
class Words:
    """Sentences that differ with the task; {braces} are filled in where they are shown.

    `few` is how many validation labels of a class are too few to trust its score.
    """

    few: int
    unit: str
    score: str
    choose: str
    press: str
    about_unit: str
    about_score: str
    about_gap: str
    counted: str
    named: str
    unknown: str
    from_few: str
    from_all: str
    score_sentence: str
    mean: str
    mean_error: str
    round_point: str
    summary: str
    no_rounds: str
    not_ready: str
    not_measured: str


def words_of(task: Task) -> Words:
    """Return the words of a task, in the user's language."""
    return _of_tiles() if task.labels_tiles else _of_pixels()


def _of_pixels() -> Words:
    return Words(
        few=FEW_PX,
        unit=tr("Pixels"),
        score=tr("IoU"),
        choose=tr("Click a class, or press its digit, to paint with it"),
        press=tr("Press {key} to paint with it"),
        about_unit=tr("Pixels that carry this label"),
        about_score=tr(
            "Intersection over union on the validation tiles: 1 is perfect. ± is one standard "
            "error; ? marks fewer than {few} validation pixels."
        ),
        about_gap=tr("What is missing to a perfect IoU, as the choice of tiles sees it"),
        counted=tr("{count} pixels labelled"),
        named=tr("{name}: {count} pixels labelled"),
        unknown=tr("not known: no validation pixel has this class, by label or by prediction"),
        from_few=tr("{score} from only {count} validation pixels: it may be far off"),
        from_all=tr("{score} from {count} validation pixels"),
        score_sentence=tr("IoU {score}"),
        mean=tr("mIoU {value}"),
        mean_error=tr("mIoU {value} ±{error}"),
        round_point=tr("Round {number}, {tiles} labelled tiles, {pixels} pixels"),
        summary=tr("Round {number} · mIoU {score} · {tiles} tiles · {duration}"),
        no_rounds=tr(
            "No rounds yet. Paint a few areas of at least two classes, then press Retrain."
        ),
        not_ready=tr("Paint a few areas of at least two classes first."),
        not_measured=tr("Not known: no validation tile is labelled."),
    )


def _of_tiles() -> Words:
    return Words(
        few=FEW_TILES,
        unit=tr("Tiles"),
        score=tr("F1"),
        choose=tr("Click a class, or press its digit, to tag the selected tiles with it"),
        press=tr("Press {key} to tag the selected tiles with it"),
        about_unit=tr("Tiles that are tagged with this class"),
        about_score=tr(
            "F1 on the validation tiles, the balance of found and false tags: 1 is perfect. ± is "
            "one standard error; ? marks fewer than {few} validation tiles."
        ),
        about_gap=tr("What is missing to a perfect F1, as the choice of tiles sees it"),
        counted=tr("{count} tiles tagged"),
        named=tr("{name}: {count} tiles tagged"),
        unknown=tr("not known: no validation tile has this class, by tag or by prediction"),
        from_few=tr("{score} from only {count} validation tiles: it may be far off"),
        from_all=tr("{score} from {count} validation tiles"),
        score_sentence=tr("F1 {score}"),
        mean=tr("Macro F1 {value}"),
        mean_error=tr("Macro F1 {value} ±{error}"),
        round_point=tr("Round {number}, {tiles} tagged tiles"),
        summary=tr("Round {number} · macro F1 {score} · {tiles} tiles · {duration}"),
        no_rounds=tr("No rounds yet. Tag a few tiles of at least two classes, then press Retrain."),
        not_ready=tr("Tag a few tiles of at least two classes first."),
        not_measured=tr("Not known: no validation tile is tagged."),
    )
