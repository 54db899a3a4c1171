"""One turn of the loop: all of it or nothing."""

import numpy as np
import pytest

from al_core import jobs
from al_core.config import QueryConfig, RetrainConfig
from al_core.errors import Cancelled, ConfigError, QueryError
from al_core.progress import Silent
from al_core.project import Project
from al_core.scoring import PoolStatistics

from ..lands import make_land
from .areas import PREDICT, QUICK, CancelAt, label, make, pool_tiles, rounds_on_disk


def test_retrain_makes_a_whole_round_and_fills_the_queue(project):
    seen = []
    watcher = Silent()
    watcher.report = lambda fraction, _message: seen.append(fraction)
    told = jobs.retrain(project, RetrainConfig(train=QUICK, predict=PREDICT), watcher)
    record = project.rounds.current()
    assert told.train.round == told.predict.round == record.number == 2
    assert record.scanned
    assert record.predicted
    assert project.picks.current() == told.query.picks
    assert {pick.round for pick in told.query.picks} == {2}
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)


@pytest.mark.parametrize("words", ["step 2", "Looking at tile", "Predicting"])
def test_a_cancelled_retrain_leaves_map_model_and_queue_as_they_were(project, words):
    jobs.query(project, QueryConfig(count=3), Silent())
    jobs.predict(project, PREDICT, Silent())
    before = project.rounds.current().model_hash, project.picks.current()
    with pytest.raises(Cancelled):
        jobs.retrain(project, RetrainConfig(train=QUICK, predict=PREDICT), CancelAt(words))
    assert (project.rounds.current().model_hash, project.picks.current()) == before
    assert rounds_on_disk(project) == ["0001"]


def test_retrain_checks_the_query_before_it_trains(project):
    for query, error in (
        (QueryConfig("astrology"), QueryError),
        (QueryConfig(count=0), ConfigError),
    ):
        with pytest.raises(error):
            jobs.retrain(project, RetrainConfig(train=QUICK, query=query), CancelAt("Training"))


def test_when_all_is_labelled_retrain_still_makes_the_map(area, project):
    label(project, make_land(area / "again"), everywhere=True)
    told = jobs.retrain(project, RetrainConfig(train=QUICK, predict=PREDICT), Silent())
    assert told.scan is None
    assert told.query.picks == ()
    assert "nothing left" in told.query.notes[0]
    assert project.rounds.current().predicted


@pytest.mark.parametrize("strategy", ["dcau_plus", "dcau", "bald"])
def test_the_first_turn_of_the_loop_fills_the_queue(tmp_path, land, strategy):
    make(tmp_path / "p", land)
    with Project.open(tmp_path / "p") as project:
        label(project, land, tiles=pool_tiles(project, 0, 4, 5, 9, 12))
        query = QueryConfig(strategy, count=3)
        config = RetrainConfig(train=QUICK, query=query, predict=PREDICT)
        told = jobs.retrain(project, config, Silent())
        assert len(told.query.picks) == 3
        assert {pick.strategy for pick in told.query.picks} == {strategy}
        statistics = PoolStatistics.load(project.rounds.current().folder / "statistics.npz")
        assert statistics.features.shape[1] > 0
        assert np.isfinite(statistics.sum_bald).all() == (strategy == "bald")
