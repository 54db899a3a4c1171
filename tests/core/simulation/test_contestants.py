"""Strategies with options of their own."""

import pytest

from al_core.config import ClusterShare, GammaMode, QuotaRule, SimulateConfig
from al_core.errors import ConfigError, QueryError
from al_core.simulation.contestants import contestants, pairs


def named(*strategies, **options):
    return contestants(SimulateConfig(strategies=strategies, **options))


def test_options_after_a_colon_belong_to_one_strategy():
    plain, uniform = named("dcau", "dcau_plus:quotas=uniform:alpha=2:gamma_mode=schedule", alpha=1)
    assert (plain.query.alpha, plain.query.quotas) == (1, QuotaRule.RARE)
    assert (uniform.query.alpha, uniform.query.quotas) == (2.0, QuotaRule.UNIFORM)
    assert uniform.query.gamma_mode is GammaMode.SCHEDULE
    assert uniform.label == "dcau_plus:quotas=uniform:alpha=2:gamma_mode=schedule"
    assert uniform.slug == "dcau_plus-quotas-uniform-alpha-2-gamma_mode-schedule"


def test_options_may_be_switches_and_whole_numbers():
    mge, mcfps, osal = named(
        "mge:clustering=off", "mcfps:neighbours=5:skip=0.9", "osal:cluster_share=proportional"
    )
    assert mge.query.clustering is False
    assert (mcfps.query.neighbours, mcfps.query.skip) == (5, 0.9)
    assert osal.query.cluster_share is ClusterShare.PROPORTIONAL
    (on,) = named("tpd:clustering=on:multiple=4")
    assert (on.query.clustering, on.query.multiple) == (True, 4)


def test_every_query_asks_for_the_batch_and_knows_how_many_rounds_there_are():
    (found,) = named("random", batch=7, rounds=3)
    assert (found.query.count, found.query.rounds) == (7, 3)


def test_full_supervision_chooses_nothing():
    (full,) = named("full")
    assert full.query is None


@pytest.mark.parametrize(
    ("strategies", "says"),
    [
        ((), "No strategy"),
        (("random", "random"), "named twice"),
        (("full:alpha=2",), "no options"),
        (("dcau:alpha",), "is no option"),
        (("dcau:seed=2",), "is no option"),
        (("dcau:alpha=much",), "not a number"),
        (("dcau:policy=maybe",), "fill, strict"),
        (("mge:clustering=perhaps",), "neither on nor off"),
        (("mge:multiple=2.5",), "not a whole number"),
        (("mge:multiple=0",), "choose 1 or more"),
        (("mcfps:neighbours=0",), "choose 1 or more"),
        (("mcfps:skip=2",), "between 0 and 1"),
        (("similar",), "a person clicks"),
    ],
)
def test_what_cannot_compete_is_refused(strategies, says):
    with pytest.raises(ConfigError, match=says):
        named(*strategies)


def test_an_unknown_strategy_is_refused():
    with pytest.raises(QueryError, match="astrology"):
        named("astrology")


@pytest.mark.parametrize(
    ("compare", "seeds", "says"),
    [
        (("random,dcau",), (0,), "at least two seeds"),
        (("random",), (0, 1), "not two of the strategies"),
        (("random,entropy",), (0, 1), "not two of the strategies"),
    ],
)
def test_a_pair_that_cannot_be_tested_is_refused(compare, seeds, says):
    config = SimulateConfig(strategies=("random", "dcau"), compare=compare, seeds=seeds)
    with pytest.raises(ConfigError, match=says):
        pairs(config, contestants(config))


def test_pairs_are_two_names():
    config = SimulateConfig(strategies=("random", "dcau"), compare=("random,dcau",))
    assert pairs(config, contestants(config)) == (("random", "dcau"),)
