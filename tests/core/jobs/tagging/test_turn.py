"""A turn of the loop over whole tiles makes a whole round, or changes nothing."""

import json
from dataclasses import replace

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
    TagConfig,
    TrainConfig,
)
from al_core.errors import Cancelled, QueryError, TrainingError
from al_core.progress import Silent
from al_core.project import Role
from al_core.scoring import PoolStatistics, TagPredictions

from ..areas import CancelAt, OnMessage, read, rounds_on_disk
from .conftest import FROZEN, WHOLE


def retrain(project, train=FROZEN, progress=None, **query):
    query = {"strategy": "entropy", "count": 3} | query
    config = RetrainConfig(train=train, query=QueryConfig(**query))
    return jobs.retrain(project, config, progress or Silent())


def test_a_round_learns_looks_maps_and_fills_the_queue(project):
    result = retrain(project)
    assert result.train.measure == "macro F1"
    assert result.train.miou > 0.7  # the land is easy
    assert len(result.query.picks) == 3
    record = project.rounds.current()
    assert (record.scanned, record.predicted) == (True, True)
    assert record.metrics.confusion.shape == (3, 2, 2)
    said = TagPredictions.load(record.folder / "tags.npz")
    assert said.tile_ids.tolist() == list(range(36))
    assert said.model_hash == record.model_hash
    assert (said.uncertainty >= 0).all() & (said.uncertainty <= 1).all()
    statistics = PoolStatistics.load(record.folder / "statistics.npz")
    assert (project.tiles.role[statistics.tile_ids] == Role.POOL).all()
    assert {pick.tile_id for pick in result.query.picks} <= set(statistics.tile_ids.tolist())
    assert not project.tags.judged()[[pick.tile_id for pick in result.query.picks]].any()


def test_the_round_tells_all_the_scores(project):
    retrain(project)
    insight = project.rounds.current().insight
    names = {"micro_f1", "macro_f1", "macro_f1_zero", "accuracy"}
    assert all(0 <= insight[name] <= 1 for name in names)
    assert insight["macro_f1"] == pytest.approx(project.rounds.current().metrics.miou)
    assert insight["gap_source"] in {"validation", "prequential", "cross_validation"}
    assert json.dumps(insight)


def test_maps_have_one_pixel_a_tile_where_the_tile_is(project):
    result = retrain(project)
    said = TagPredictions.load(project.rounds.current().folder / "tags.npz")
    values, profile = read(result.predict.prediction[0])
    assert values.shape == (6, 6)
    assert profile["transform"].a == 64 * 10
    top = project.legend.values[said.p.argmax(axis=1)].reshape(6, 6)
    shown = (said.p >= 0.5).any(axis=1).reshape(6, 6) | (profile["count"] == 1)
    assert np.array_equal(values[shown], top[shown])
    uncertainty, _ = read(result.predict.uncertainty[0])
    assert np.allclose(uncertainty.ravel(), said.uncertainty)


def test_several_classes_have_a_band_each(tags):
    import rasterio

    result = retrain(tags)
    said = TagPredictions.load(tags.rounds.current().folder / "tags.npz")
    with rasterio.open(result.predict.prediction[0]) as source:
        assert source.descriptions == ("class", "Water", "Forest", "Sand")
        bands = source.read()[1:].reshape(3, -1).T
    assert np.array_equal(bands, (said.p >= 0.5).astype(np.uint8))


def test_an_encoder_that_is_not_trained_looks_at_each_tile_once(project, monkeypatch):
    from al_core.jobs.tagging import pooling

    looked = []
    real = pooling.pool_tiles

    def counting(forward, inputs, ids, *rest, **options):
        looked.append((options["views"].value, ids.tolist()))
        return real(forward, inputs, ids, *rest, **options)

    monkeypatch.setattr(pooling, "pool_tiles", counting)
    retrain(project)
    seen_first = len(looked)
    retrain(project)
    assert seen_first > 0
    assert len(looked) == seen_first
    plain = [tile for views, ids in looked if views == "plain" for tile in ids]
    assert sorted(plain) == list(range(36))


def test_the_whole_network_can_be_trained_too(project):
    retrain(project, WHOLE)
    first = project.rounds.current()
    result = retrain(project, WHOLE)
    assert not (project.folder / "features").exists()
    assert result.train.round == 2
    assert project.rounds.current().model_hash != first.model_hash


def test_a_warm_start_goes_on_from_the_round_before_and_a_cold_one_does_not(project):
    hashes = []
    for start in (Start.COLD, Start.COLD, Start.WARM, Start.SHRINK_PERTURB):
        retrain(project, replace(FROZEN, start=start))
        hashes.append(project.rounds.current().model_hash)
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3


def test_the_recipe_of_mcfps_trains_its_head_afresh_in_every_round(project):
    config = TrainConfig(encoder="local", recipe=Recipe.MCFPS, epochs=3)
    hashes = []
    for _ in range(2):
        retrain(project, config, strategy="mcfps", count=2)
        hashes.append(project.rounds.current().model_hash)
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize("strategy", ["ll", "tpd", "mge", "mcfps", "fps", "osal", "badge", "bald"])
def test_every_strategy_of_the_papers_picks_after_one_round_and_after_two(project, strategy):
    for _ in range(2):
        result = retrain(project, strategy=strategy, count=4)
        picked = [pick.tile_id for pick in result.query.picks]
        assert len(set(picked)) == 4, result.query.notes
    before = project.rounds.current().folder / "model.safetensors"
    content = before.read_bytes()
    jobs.query(project, QueryConfig(strategy=strategy, count=4), Silent())
    assert before.read_bytes() == content


def test_dropout_asked_of_a_network_without_any_is_one_sentence_and_no_round(project):
    config = replace(FROZEN, dropout=0.0)
    with pytest.raises(QueryError, match="no dropout before its last layer"):
        retrain(project, config, strategy="mcfps")
    assert rounds_on_disk(project) == []


def test_tags_made_since_a_round_are_compared_with_what_it_had_said(project, land):
    retrain(project)
    fresh = [tile for tile in (1, 4, 9, 10, 27) if not project.tags.judged()[tile]]
    fresh = [tile for tile in fresh if project.tiles.role[tile] == Role.POOL]
    jobs.tag(project, TagConfig(str(land.labels), tiles=tuple(fresh)), Silent())
    retrain(project)
    table = np.array(project.rounds.current().insight["prequential"])
    assert table.shape == (3, 2, 2)
    assert (table.sum(axis=(1, 2)) == len(fresh)).all()


def test_the_share_of_tiles_that_changed_is_known_from_the_second_round_on(project):
    retrain(project)
    assert project.rounds.current().insight["change"] is None
    retrain(project)
    assert 0 <= project.rounds.current().insight["change"] <= 1


def test_gaps_can_come_from_leaving_tiles_out(tags, land):
    more = tuple(tile for tile in range(36) if tags.tiles.role[tile] == 0)[:14]
    jobs.tag(tags, TagConfig(str(land.labels), tiles=more), Silent())
    retrain(tags, gap_source=GapSource.CROSS_VALIDATION)
    insight = tags.rounds.current().insight
    assert insight["gap_source"] == "cross_validation"
    assert np.array(insight["cross_validation"]).shape == (3, 2, 2)


def test_a_cancel_leaves_the_round_before_in_force(project):
    retrain(project)
    before = project.rounds.current().number
    for words, steps in (("Training", 100_000), ("Writing the maps", 20)):
        with pytest.raises(Cancelled):
            retrain(project, replace(FROZEN, steps=steps), CancelAt(words))
        assert project.rounds.current().number == before
        assert rounds_on_disk(project) == [f"{before:04d}"]


def test_what_was_looked_at_before_a_cancel_is_kept(project):
    with pytest.raises(Cancelled):
        retrain(project, progress=CancelAt("Training"))
    (kept,) = (project.folder / "features").glob("*/turned.npz")
    assert kept.stat().st_size > 0


def test_features_of_another_encoder_are_thrown_away(project):
    retrain(project)
    (first,) = (project.folder / "features").iterdir()
    retrain(project, replace(FROZEN, encoder="resnet18", encoder_learning_rate=0.0, steps=2))
    (second,) = (project.folder / "features").iterdir()
    assert first.name != second.name


def test_train_scan_predict_and_query_one_by_one_come_to_the_same(project):
    jobs.train(project, FROZEN, Silent())
    jobs.scan(project, ScanConfig(strategy="entropy"), Silent())
    jobs.predict(project, PredictConfig(), Silent())
    apart = jobs.query(project, QueryConfig(strategy="entropy", count=3), Silent()).picks
    record = project.rounds.current()
    assert (record.scanned, record.predicted) == (True, True)
    project.rounds.discard(record.folder)
    together = retrain(project).query.picks
    assert [pick.tile_id for pick in apart] == [pick.tile_id for pick in together]


def test_unsure_tiles_are_neither_learnt_from_nor_picked(project):
    open_ = np.flatnonzero((project.tiles.role == 0) & ~project.tags.judged())
    unsure = {int(tile): np.full(3, 254, np.uint8) for tile in open_[:-2]}
    project.tags.set(unsure)
    result = retrain(project, count=10)
    assert {pick.tile_id for pick in result.query.picks} == set(open_[-2:].tolist())
    learnt = project.rounds.current().config["tiles_trained_on"]
    assert not set(learnt) & set(unsure)


def test_validation_tags_have_no_say_in_the_network(project):
    retrain(project, replace(FROZEN, start=Start.COLD))
    before = project.rounds.current().model_hash
    held = np.flatnonzero(project.tiles.role == Role.VALIDATION)
    project.tags.set({int(tile): np.array([0, 0, 1], np.uint8) for tile in held})
    retrain(project, replace(FROZEN, start=Start.COLD))
    assert project.rounds.current().model_hash == before


def test_without_tags_there_is_nothing_to_learn_from(project):
    ids, _ = project.tags.table()
    pool = ids[project.tiles.role[ids] == Role.POOL]
    project.tags.set(dict.fromkeys(pool.tolist()))
    with pytest.raises(TrainingError, match="There are no tags to learn from"):
        retrain(project)
    assert rounds_on_disk(project) == [] if (project.folder / "rounds").exists() else True


def test_tags_may_be_made_while_a_round_is_trained(project):
    tile = int(np.flatnonzero((project.tiles.role == 0) & ~project.tags.judged())[0])
    tags = np.array([1, 0, 0], np.uint8)
    retrain(project, progress=OnMessage("Training", lambda: project.tags.set({tile: tags})))
    assert tile not in project.rounds.current().config["tiles_trained_on"]
    assert tile not in {pick.tile_id for pick in project.picks.current()}


@pytest.mark.parametrize("strategy", ["entropy", "tpd"])
def test_a_cold_start_gets_over_a_damaged_round(project, strategy):
    retrain(project)
    (project.rounds.current().folder / "model.json").unlink()
    result = retrain(project, replace(FROZEN, start=Start.COLD), strategy=strategy)
    assert result.train.round == 2
    told = any("nothing to compare with" in note for note in result.scan.notes)
    assert told == (strategy == "tpd")
