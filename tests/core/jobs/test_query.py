"""A query fills the queue from the scan."""

import dataclasses
import shutil

import numpy as np
import pytest

from al_core import jobs
from al_core.config import QueryConfig, ScanConfig, ThresholdPolicy
from al_core.errors import Cancelled, QueryError
from al_core.legend import UNSURE
from al_core.progress import Silent
from al_core.project import Project, Role
from al_core.scoring import PoolStatistics
from al_core.strategies import Need, get, names
from al_core.strategies.division import divided
from al_core.strategies.standing import read_standing

from ..lands import make_land
from .areas import QUICK, CancelAt, label, make, pool_tiles


def test_a_query_never_picks_validation_or_labelled_tiles(project):
    labelled, _ = project.labels.counts()
    for strategy in ("random", "entropy", "dcau"):
        picks = jobs.query(project, QueryConfig(strategy, count=99), Silent()).picks
        tiles = [pick.tile_id for pick in picks]
        assert (
            len(tiles)
            == len(set(tiles))
            == (project.tiles.role == Role.POOL).sum()
            - sum(project.tiles.role[labelled] == Role.POOL)
        )
        assert not set(tiles) & set(labelled.tolist())
        assert (project.tiles.role[tiles] == Role.POOL).all()
        assert [pick.rank for pick in picks] == list(range(1, len(tiles) + 1))
        assert project.picks.current() == picks


def test_a_tile_marked_unsure_is_not_picked_again(project):
    first = jobs.query(project, QueryConfig(count=1), Silent()).picks[0].tile_id
    project.labels.write({first: np.full((32, 32), UNSURE, np.uint8)})
    for strategy in ("random", "dcau"):
        picks = jobs.query(project, QueryConfig(strategy, count=99), Silent()).picks
        assert first not in {pick.tile_id for pick in picks}


def test_alpha_changes_the_weights_and_status_tells_them(project):
    jobs.query(project, QueryConfig(alpha=0.0), Silent())
    even = [entry["weight"] for entry in jobs.status(project)["classes"]]
    assert even == pytest.approx([1 / 3] * 3)
    jobs.query(project, QueryConfig(alpha=2.0), Silent())
    record = project.rounds.current()
    gap = np.array(record.metrics.gap)
    assert record.metrics.weight == pytest.approx(gap**2 / (gap**2).sum())


def test_a_strict_threshold_may_pick_fewer_and_says_so(project):
    told = jobs.query(
        project, QueryConfig("dcau", 10, gamma=2.0, policy=ThresholdPolicy.STRICT), Silent()
    )
    assert len(told.picks) < 10
    assert "exceed the threshold" in told.notes[0]


def test_after_a_training_the_scan_is_out_of_date(project):
    jobs.train(project, QUICK, Silent())
    with pytest.raises(QueryError, match="Scan first"):
        jobs.query(project, QueryConfig(), Silent())
    assert jobs.query(project, QueryConfig("random", count=1), Silent()).picks


def test_statistics_of_another_network_are_refused(project):
    statistics = project.rounds.current().folder / "statistics.npz"
    jobs.train(project, QUICK, Silent())
    shutil.copy(statistics, project.rounds.current().folder)
    with pytest.raises(QueryError, match="another network"):
        jobs.query(project, QueryConfig(), Silent())


def test_an_empty_pool_is_a_sentence(area, project):
    land = make_land(area / "again")
    label(project, land, everywhere=True)
    for verb, config in ((jobs.query, QueryConfig()), (jobs.scan, ScanConfig())):
        with pytest.raises(QueryError, match="nothing left"):
            verb(project, config, Silent())


def test_a_tile_is_explained_by_the_scan(project):
    best = jobs.query(project, QueryConfig(count=1), Silent()).picks[0]
    told = jobs.explain_tile(project.folder, best.tile_id)
    weights = project.rounds.current().metrics.weight
    assert told.terms == pytest.approx([w * s for w, s in zip(weights, told.shares, strict=True)])
    assert sum(told.terms) == pytest.approx(best.score, rel=1e-6)
    assert max(told.terms) == pytest.approx(best.reason["value"], rel=1e-6)
    labelled = pool_tiles(project, 0, 4, 6)[0]
    with pytest.raises(QueryError, match="no unlabelled pixel"):
        jobs.explain_tile(project.folder, labelled)
    kept_apart = int(np.flatnonzero(project.tiles.role == Role.VALIDATION)[0])
    with pytest.raises(QueryError, match="was not scanned"):
        jobs.explain_tile(project.folder, kept_apart)


def test_labelled_tiles_of_the_pool_are_scanned_and_validation_tiles_never(project):
    statistics = PoolStatistics.load(project.rounds.current().folder / "statistics.npz")
    pool = np.flatnonzero(project.tiles.role == Role.POOL)
    assert np.array_equal(statistics.tile_ids, pool)
    labelled = list(pool_tiles(project, 0, 4, 6, 12, 18))
    assert (statistics.n[np.isin(statistics.tile_ids, labelled)] == 0).all()
    assert np.isfinite(statistics.features).all()
    assert (np.linalg.norm(statistics.features.astype(float), axis=1) > 0).all()


@pytest.mark.parametrize("strategy", names())
def test_every_strategy_fills_the_queue_after_a_scan_made_for_it(project, strategy):
    if Need.LOSS in get(strategy).needs:
        jobs.train(project, dataclasses.replace(QUICK, learn_loss=True), Silent())
    weights = project.rounds.current().folder / "model.safetensors"
    before = weights.read_bytes()
    jobs.scan(project, ScanConfig(strategy=strategy), Silent())
    config = QueryConfig(strategy, count=3, like=1)
    told = jobs.query(project, config, Silent())
    assert len(told.picks) == 3
    assert project.picks.current() == told.picks
    assert jobs.query(project, config, Silent()).picks == told.picks
    assert weights.read_bytes() == before


@pytest.mark.parametrize("strategy", ["bald", "badge", "mge", "mcfps", "tpd"])
def test_a_scan_made_for_less_is_a_sentence_and_keeps_the_queue(project, strategy):
    before = jobs.query(project, QueryConfig(count=2), Silent()).picks
    with pytest.raises(QueryError, match=f"Scan again for “{strategy}”"):
        jobs.query(project, QueryConfig(strategy), Silent())
    assert project.picks.current() == before


def test_a_network_that_learnt_less_is_to_be_trained_and_not_scanned_again(project):
    before = jobs.query(project, QueryConfig(count=2), Silent()).picks
    for verb, config in ((jobs.query, QueryConfig("ll")), (jobs.scan, ScanConfig(strategy="ll"))):
        with pytest.raises(QueryError, match=r"has learnt which tiles are hard.*retrain"):
            verb(project, config, Silent())
    assert project.picks.current() == before
    jobs.train(project, dataclasses.replace(QUICK, learn_loss=True), Silent())
    jobs.scan(project, ScanConfig(strategy="entropy"), Silent())
    with pytest.raises(QueryError, match="Scan again for “ll”"):
        jobs.query(project, QueryConfig("ll"), Silent())


def test_tiles_that_the_guard_left_out_are_named(project):
    path = project.rounds.current().folder / "statistics.npz"
    statistics = PoolStatistics.load(path)
    row = int(np.flatnonzero(statistics.n > 0)[3])
    lonely = int(statistics.tile_ids[row])
    features = statistics.features.copy()
    features[row] = -50 * features.mean(axis=0)
    dataclasses.replace(statistics, features=features).save(path)
    told = jobs.query(project, QueryConfig(count=3), Silent())
    note = next(note for note in told.notes if "look like no other" in note)
    assert str(lonely) in note
    assert lonely not in [pick.tile_id for pick in told.picks]


def test_a_class_without_labels_is_named_with_what_to_do(tmp_path, land):
    make(tmp_path / "p", land)
    with Project.open(tmp_path / "p") as project:
        label(project, land, tiles=pool_tiles(project, 0, 5, 4, 9))
        told = jobs.query(project, QueryConfig("random", count=1), Silent())
        assert "Without any label yet: Water" not in told.notes[0]
        assert "Sand" in told.notes[0]
        assert "“similar”" in told.notes[0]


def test_the_queue_is_that_of_the_state_that_others_can_read(project):
    """What re-ranks in QGIS asks the same strategy with the same state and the same chance."""
    config = QueryConfig(count=4, alpha=1.5)
    picks = jobs.query(project, config, Silent()).picks
    standing = read_standing(project)
    statistics = PoolStatistics.load(standing.current.folder / "statistics.npz")
    state = standing.state(statistics, config)
    again = get("dcau_plus").select(statistics, state, config, standing.generator(config))
    assert [pick.tile_id for pick in again] == [pick.tile_id for pick in picks]
    assert [pick.reason.as_dict() for pick in again] == [pick.reason for pick in picks]
    seats = divided(config, statistics, state).seats
    assert project.rounds.current().insight["quota"] == seats.tolist()


def test_before_the_first_round_features_of_an_untrained_network_are_enough(tmp_path, land):
    make(tmp_path / "p", land)
    with Project.open(tmp_path / "p") as project:
        for strategy in ("dcau_plus", "entropy", "bald", "badge", "mge", "tpd", "ll"):
            with pytest.raises(QueryError, match="needs a trained network"):
                jobs.query(project, QueryConfig(strategy), Silent())
        with pytest.raises(QueryError, match="scan first"):
            jobs.query(project, QueryConfig("herding"), Silent())
        told = jobs.scan(project, ScanConfig(), Silent())
        assert "random weights" in told.notes[-1]
        assert told.tiles == 20
        assert project.rounds.list() == ()
        pool = int(np.flatnonzero(project.tiles.role == Role.POOL)[0])
        for strategy in ("herding", "coreset", "fps", "osal", "mcfps", "similar"):
            told = jobs.query(project, QueryConfig(strategy, count=3, like=pool), Silent())
            assert len(told.picks) == 3
        assert told.picks[0].tile_id == pool
        with pytest.raises(QueryError, match="needs a trained network"):
            jobs.query(project, QueryConfig(), Silent())


def test_a_cancelled_cold_scan_leaves_nothing(tmp_path, land):
    make(tmp_path / "p", land)
    with Project.open(tmp_path / "p") as project:
        with pytest.raises(Cancelled):
            jobs.scan(project, ScanConfig(), CancelAt("Looking at tile"))
        assert not (project.folder / "cold.npz").exists()
