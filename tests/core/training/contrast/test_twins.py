"""The two encoders: who learns, who follows, and that a batch gives nothing away."""

import pytest
import torch

from al_core.training.contrast.losses import info_nce
from al_core.training.contrast.twins import WIDTH, Twins

CPU = torch.device("cpu")
ORDER = torch.randperm(32, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def twins(fresh):
    return Twins(fresh(), CPU, seed=0)


@pytest.fixture
def views():
    return torch.randn((32, 2, 32, 32), generator=torch.Generator().manual_seed(0))


def values(module):
    return [value.clone() for value in module.state_dict().values()]


def equal(before, after):
    return all(torch.equal(one, other) for one, other in zip(before, after, strict=True))


def step(twins, views):
    queries, keys = twins.queries(views), twins.keys(views, ORDER)
    queue = torch.nn.functional.normalize(torch.randn(64, WIDTH), dim=1)
    twins.learn(info_nce(queries, keys, queue).mean(), rate=0.1, momentum=0.9)


def test_queries_and_keys_are_directions(twins, views):
    for found in (twins.queries(views), twins.keys(views, ORDER)):
        assert found.shape == (32, WIDTH)
        assert torch.allclose(found.norm(dim=1), torch.ones(32), atol=1e-5)


def test_keys_come_back_in_the_order_of_the_queries(twins, views):
    twins.both.eval()
    assert torch.allclose(twins.keys(views, ORDER), twins.queries(views), atol=1e-5)


def test_a_query_does_not_see_the_other_half_of_its_batch(twins, views):
    before = twins.queries(views)
    views[16:] += 5
    after = twins.queries(views)
    assert torch.equal(before[:16], after[:16])
    assert not torch.allclose(before[16:], after[16:])


def test_a_key_is_normalised_with_other_tiles_than_its_query(twins, views):
    before = twins.keys(views, ORDER)
    views[ORDER[16:]] += 5
    after = twins.keys(views, ORDER)
    assert torch.equal(before[ORDER[:16]], after[ORDER[:16]])


def test_a_step_moves_the_learner_and_the_follower_behind_it(twins, views):
    learner, follower = (
        [p.detach().clone() for p in module.parameters()]
        for module in (twins.learner, twins.follower)
    )
    step(twins, views)
    moved = dict(twins.learner.named_parameters())
    for name, was in zip(moved, learner, strict=True):
        is_trained = name.endswith("conv1.weight") or name.startswith("projection")
        assert not is_trained or not torch.equal(moved[name], was)
        assert "network.head" not in name or torch.equal(moved[name], was)
    for own, other, was in zip(moved.values(), twins.follower.parameters(), follower, strict=True):
        assert torch.allclose(other, 0.9 * was + 0.1 * own, atol=1e-6)


def test_a_state_goes_on_where_it_was_taken(twins, views, fresh):
    step(twins, views)
    state = {name: value.clone() for name, value in twins.state().items()}
    other = Twins(fresh(seed=9), CPU, seed=5)
    other.restore(state)
    for one in (twins, other):
        torch.manual_seed(0)
        step(one, views)
    assert equal(values(twins.both), values(other.both))
