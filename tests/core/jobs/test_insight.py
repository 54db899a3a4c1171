"""What a round knows about itself: sources of gaps, calibration, change and advice."""

import json
import shutil

import numpy as np
import pytest

from al_core import jobs
from al_core.config import (
    GapSource,
    PredictConfig,
    QueryConfig,
    Recipe,
    RetrainConfig,
    ScanConfig,
    Start,
    TrainConfig,
)
from al_core.errors import Cancelled
from al_core.jobs.crossing import folds
from al_core.jobs.insight import applied_temperature, label_next
from al_core.progress import Silent
from al_core.project import Project, Role
from al_core.scoring import PoolStatistics, iou
from al_core.service import protocol
from al_core.strategies.standing import read_standing

from ..lands import make_land
from .areas import PREDICT, QUICK, CancelAt, label, make, pool_tiles, read, rounds_on_disk

KEYS = {
    *("gap_source", "iou_error", "validation_px", "temperature", "ece_before", "ece"),
    *("reliability", "change", "miou_error", "prequential", "label_px", "advice", "label_next"),
}
TURN = RetrainConfig(train=QUICK, predict=PREDICT)


@pytest.fixture(scope="module")
def mapped(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mapped")
    land = make_land(folder / "land")
    make(folder / "p", land)
    with Project.open(folder / "p") as project:
        label(project, land, tiles=pool_tiles(project, 0, 4, 5, 9, 12))
        jobs.retrain(project, TURN, Silent())
    return folder / "p"


@pytest.fixture
def unvalidated(mapped, tmp_path):
    """A project with labels in the pool alone, trained and mapped once."""
    shutil.copytree(mapped, tmp_path / "p")
    with Project.open(tmp_path / "p") as project:
        yield project


def test_a_round_keeps_what_is_known_about_it_as_json(project):
    insight = project.rounds.current().insight
    assert insight.keys() >= KEYS
    assert insight["gap_source"] == "validation"
    metrics = project.rounds.current().metrics
    assert insight["validation_px"] == metrics.confusion.sum(axis=1).tolist()
    assert all(error is None or 0 <= error < 1 for error in insight["iou_error"])
    assert 0 <= insight["ece"] <= 1
    assert sum(pixels for _, _, pixels in insight["reliability"]) == metrics.confusion.sum()
    note = json.loads((project.rounds.current().folder / "round.json").read_text())
    assert note["insight"] == insight


def test_the_first_round_without_validation_labels_has_no_source_of_gaps(unvalidated):
    record = unvalidated.rounds.current()
    assert record.insight["gap_source"] == "none"
    assert np.isnan(record.metrics.gap).all()
    assert record.metrics.weight == pytest.approx([1 / 3] * 3)
    assert record.insight["label_next"].startswith("Label ")
    assert "Water, Forest and Sand have fewer than 200" in record.insight["label_next"]
    assert record.insight["iou_error"] == [None] * 3
    assert record.insight["change"] is None


def test_labels_made_since_the_last_map_tell_the_gaps_once_and_add_up(unvalidated, land):
    fresh = pool_tiles(unvalidated, 1, 2, 3)
    first = read(unvalidated.rounds.current().folder / "prediction.tif")[0]
    label(unvalidated, land, tiles=fresh)
    jobs.retrain(unvalidated, TURN, Silent())
    truth = read(land.labels)[0]
    expected = np.zeros((3, 3), int)
    for tile in fresh:
        core = unvalidated.tiles.core(tile)
        pairs = truth[core.rows, core.cols] - 1, first[core.rows, core.cols] - 1
        np.add.at(expected, pairs, 1)
    record = unvalidated.rounds.current()
    assert record.insight["gap_source"] == "prequential"
    assert record.insight["prequential"] == expected.tolist()
    assert np.nanmean(np.abs(np.array(record.metrics.gap) - 1)) < 1
    assert np.isnan(record.metrics.miou)
    more = pool_tiles(unvalidated, 20, 21, 22)[:1]
    label(unvalidated, land, tiles=more)
    jobs.retrain(unvalidated, TURN, Silent())
    total = np.array(unvalidated.rounds.current().insight["prequential"])
    assert total.sum() == expected.sum() + 32 * 32


def test_validation_tiles_labelled_since_never_count_as_prequential(unvalidated, land):
    label(unvalidated, land, validation=True)
    jobs.retrain(unvalidated, TURN, Silent())
    insight = unvalidated.rounds.current().insight
    assert not np.any(insight["prequential"])
    assert insight["gap_source"] == "validation"


def test_where_nothing_else_tells_the_gaps_tiles_are_left_out_in_turn(tmp_path, land):
    make(tmp_path / "p", land)
    with Project.open(tmp_path / "p") as project:
        pool = pool_tiles(project, *range(25))
        label(project, land, tiles=pool[:9])
        jobs.retrain(project, TURN, Silent())
        record = project.rounds.current()
        assert record.insight["gap_source"] == "cross_validation"
        assert np.isfinite(record.metrics.gap).any()
        assert record.config["train"]["minutes"] == TURN.train.minutes
        label(project, land, tiles=pool[9:12])
        jobs.retrain(project, TURN, Silent())
        insight = project.rounds.current().insight
        assert insight["gap_source"] == "prequential"
        assert "cross_validation" not in insight


def test_cross_validation_happens_when_it_is_asked_for(unvalidated):
    assert "cross_validation" not in unvalidated.rounds.current().insight, "too few tiles"
    query = QueryConfig(gap_source=GapSource.CROSS_VALIDATION)
    jobs.retrain(unvalidated, RetrainConfig(train=QUICK, query=query, predict=PREDICT), Silent())
    record = unvalidated.rounds.current()
    assert record.insight["gap_source"] == "cross_validation"
    table = np.array(record.insight["cross_validation"])
    left_out = unvalidated.labels.class_pixels(Role.POOL)
    assert table.sum() > 0
    assert (table.sum(axis=1) <= left_out).all()
    assert np.isfinite(record.metrics.gap).any()


def test_a_cancelled_cross_validation_keeps_the_round_before(unvalidated):
    seen = []

    class Late(CancelAt):
        def report(self, fraction, message):
            seen.append(fraction)
            self.heard = self.heard or (fraction > 0.4 and "step" in message)

    query = QueryConfig(gap_source=GapSource.CROSS_VALIDATION)
    with pytest.raises(Cancelled):
        jobs.retrain(unvalidated, RetrainConfig(train=QUICK, query=query), Late(""))
    assert seen == sorted(seen)
    assert rounds_on_disk(unvalidated) == ["0001"]


def test_folds_are_spatial_blocks_of_about_the_same_size(project):
    ids = project.tiles.ids
    fold = folds(project.tiles, ids, seed=1)
    sizes = np.bincount(fold, minlength=3)
    assert (sizes > 0).all()
    blocks = {(row // 128, col // 128): set() for row, col in zip(
        project.tiles.row, project.tiles.col, strict=True)}  # fmt: skip
    for tile, number in zip(ids, fold, strict=True):
        blocks[project.tiles.row[tile] // 128, project.tiles.col[tile] // 128].add(int(number))
    assert all(len(numbers) == 1 for numbers in blocks.values())
    few = folds(project.tiles, ids[:3], seed=1)
    assert sorted(few.tolist()) == [0, 1, 2]


def test_the_change_is_the_share_of_the_map_that_differs(project):
    jobs.predict(project, PREDICT, Silent())
    assert project.rounds.current().insight["change"] is None
    jobs.retrain(project, TURN, Silent())
    first, second = (read(record.folder / "prediction.tif")[0] for record in project.rounds.list())
    change = project.rounds.current().insight["change"]
    assert change == pytest.approx((first != second).mean())
    advice = project.rounds.current().insight["advice"]
    assert advice["stop"] is False
    assert advice["text"]
    jobs.predict(project, PredictConfig(window_px=64), Silent())
    assert project.rounds.current().insight["change"] == pytest.approx(change)


def test_a_missing_map_of_the_round_before_is_no_failure(project):
    jobs.predict(project, PREDICT, Silent())
    (project.rounds.current().folder / "prediction.tif").write_bytes(b"damaged")
    jobs.retrain(project, TURN, Silent())
    assert project.rounds.current().insight["change"] is None


def test_the_scan_is_cooled_by_the_temperature_of_the_validation(project):
    record = project.rounds.current()
    sums = []
    for temperature in (1.0, 9.0):
        project.rounds.set_insight(record.number, record.insight | {"temperature": temperature})
        jobs.scan(project, ScanConfig(), Silent())
        sums.append(PoolStatistics.load(record.folder / "statistics.npz").sum_entropy.sum())
    assert sums[1] > sums[0]


def test_the_maps_are_cooled_too(project):
    record = project.rounds.current()
    means = []
    for temperature in (1.0, 9.0):
        project.rounds.set_insight(record.number, record.insight | {"temperature": temperature})
        told = jobs.predict(project, PREDICT, Silent())
        means.append(np.nanmean(read(told.confidence[0])[0]))
    assert means[1] < means[0]


def test_the_recipe_of_the_paper_knows_no_temperature():
    assert applied_temperature({"temperature": 2.0}, {"recipe": "plus"}) == 2.0
    assert applied_temperature({"temperature": 2.0}, {"recipe": Recipe.PAPER.value}) == 1.0
    assert applied_temperature({}, {}) == 1.0


def test_what_to_label_next_names_the_classes_and_counts_the_tiles(project):
    many = np.array([900, 900, 900])
    assert label_next(project, many, many) == ""
    assert label_next(project, np.array([900, 900, 0]), np.array([900, 900, 0])) == ""
    told = label_next(project, np.array([900, 150, 900]), many)
    assert told == (
        "Every validation tile is labelled, yet Forest has fewer than 200 validation pixels, so "
        "its gap is a guess."
    )
    for tile in np.flatnonzero(project.tiles.role == Role.VALIDATION)[:4].tolist():
        project.labels.write({tile: np.full((32, 32), 255, np.uint8)})
    told = label_next(project, np.array([10, 150, 900]), many)
    assert told.startswith("Label ")
    assert "Water and Forest have fewer than 200 validation pixels" in told


def test_the_state_of_the_loop_tells_gaps_labels_and_history(project):
    statistics = PoolStatistics.load(project.rounds.current().folder / "statistics.npz")
    state = read_standing(project).state(statistics, QueryConfig(alpha=2.0))
    labelled, counts = project.labels.counts()
    for row, tile in enumerate(statistics.tile_ids.tolist()):
        expected = counts[labelled == tile].sum(axis=0)
        assert np.array_equal(state.label_counts[row], expected)
    assert state.labelled_rows().size == len(pool_tiles(project, 0, 4, 6, 12, 18))
    assert not state.eligible[state.labelled_rows()].any()
    record = project.rounds.current()
    assert state.gaps == pytest.approx(1 - iou(record.metrics.confusion), nan_ok=True)
    assert state.weights == pytest.approx(state.gaps**2 / (state.gaps**2).sum())
    assert len(state.history) == 1
    assert np.array_equal(state.history[0].labelled_px, project.labels.class_pixels(Role.POOL))
    assert (state.round, state.tile_px) == (1, 32 * 32)


def test_status_tells_everything_and_travels_as_json(project):
    jobs.predict(project, PREDICT, Silent())
    jobs.query(project, QueryConfig(count=2), Silent())
    told = json.loads(json.dumps(protocol.plain(jobs.status(project)), allow_nan=False))
    assert told["classes"][0].keys() >= {
        *("iou", "iou_error", "validation_px", "gap", "weight", "labelled_px"),
    }
    assert told["rounds"][0].keys() >= {"labelled_tiles", "miou", "ece", "temperature", "change"}
    assert told["gap_source"] == "validation"
    assert told["advice"]["text"]
    assert told["label_next"] == project.rounds.current().insight["label_next"]


def test_status_of_a_new_project_knows_nothing_yet(tmp_path, land):
    make(tmp_path / "p", land)
    with Project.open(tmp_path / "p") as project:
        told = jobs.status(project)
    assert (told["gap_source"], told["advice"], told["label_next"]) == ("none", None, "")
    assert told["classes"][0]["iou_error"] is None


def test_a_shrunken_start_lies_between_warm_and_cold(project):
    hashes = set()
    for start in (Start.WARM, Start.COLD, Start.SHRINK_PERTURB):
        jobs.train(project, TrainConfig(steps=1, batch_size=2, start=start), Silent())
        hashes.add(project.rounds.current().model_hash)
        shutil.rmtree(project.rounds.current().folder)  # which is how one rolls back
    assert len(hashes) == 3
