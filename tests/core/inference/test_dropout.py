"""Dropout passes of the head alone, and the gradients of its weights."""

import numpy as np
import pytest
import torch
from torch import nn

from al_core.config import Averaging
from al_core.errors import QueryError
from al_core.inference import Forward, ScanOptions, scan_tiles
from al_core.inference.statistics import head_gradients
from al_core.models import build
from al_core.strategies import Need

BOTH = frozenset({Need.DROPOUT, Need.GRADIENTS})


def unlabelled(scene):
    def read(tile_id):
        core = scene.inputs.tiles.core(tile_id)
        return np.full((core.height, core.width), 255, np.uint8)

    return read


@pytest.fixture
def look(scene, silent):
    def scan(forward, batch_size=4, ids=11, **options):
        tiles = scene.inputs.tiles.ids[:ids]
        labels = unlabelled(scene)
        wanted = ScanOptions(**({"needs": BOTH} | options))
        return scan_tiles(forward, scene.inputs, tiles, labels, batch_size, silent, options=wanted)

    return scan


def with_head(head, seed=1):
    network = build("mobilenet_v2", 2, 3, seed=seed)
    network.head = head(network.head[1])
    return network


def test_the_batch_size_does_not_matter_to_the_extra_columns(look, by_network):
    one, eight = look(by_network, 1), look(by_network, 8)
    assert one.sum_bald.min() > 0
    assert np.allclose(one.sum_bald / one.n, eight.sum_bald / eight.n, atol=1e-5)
    assert one.gradients.shape == (11, 3 * 16)
    assert np.allclose(one.gradients, eight.gradients, atol=1e-3, rtol=1e-3)


def test_the_seed_decides_what_is_dropped(look, by_network):
    first, again, other = (look(by_network, seed=seed).sum_bald for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)


def test_the_global_generator_and_the_weights_are_left_alone(look):
    network = build("mobilenet_v2", 2, 3, seed=1)
    forward = Forward(network, torch.device("cpu"))
    networks = (network, forward._network)
    before = [{k: v.clone() for k, v in n.state_dict().items()} for n in networks]
    state = torch.get_rng_state()
    modes = [module.training for module in forward._network.modules()]
    look(forward)
    assert torch.equal(state, torch.get_rng_state())
    for network, old in zip(networks, before, strict=True):
        assert all(torch.equal(old[name], now) for name, now in network.state_dict().items())
    assert modes == [module.training for module in forward._network.modules()]


def test_bald_is_the_mutual_information_of_ten_passes(look, scene):
    """Against the plain way: full passes of the network, entropy of the mean less mean entropy."""
    network = with_head(lambda head: nn.Sequential(nn.Dropout2d(0.5), head)).eval()
    forward = Forward(network, torch.device("cpu"))
    found = look(forward, ids=1, seed=3)
    generator = torch.Generator().manual_seed(3)
    window = scene.inputs.window(0)
    pixels = scene._open(scene.image).read(window)[0][None]
    inputs = network.decoder(network.encoder(torch.from_numpy(pixels)))
    p = torch.stack(
        [
            network.head[1](inputs * (torch.rand(16, 1, 1, generator=generator) < 0.5) * 2)
            .double()
            .softmax(1)
            for _ in range(10)
        ]
    )
    core = scene.inputs.tiles.core(0).relative_to(window)
    gain = torch.special.entr(p.mean(0)).sum(1) - torch.special.entr(p).sum(2).mean(0)
    expected = float(gain[0, core.rows, core.cols].detach().sum())
    assert found.sum_bald[0] == pytest.approx(expected, rel=1e-3)


def test_certainty_is_the_first_probability_of_the_mean_over_passes(look, scene):
    """Against the plain way again: passes of the whole head, the mean of their logits."""
    network = with_head(lambda head: nn.Sequential(nn.Dropout2d(0.5), head)).eval()
    forward = Forward(network, torch.device("cpu"))
    needs, options = frozenset({Need.CERTAINTY}), {"ids": 1, "seed": 3, "temperature": 2.0}
    found = {
        average: look(forward, needs=needs, passes=6, average=average, **options).sum_certainty[0]
        for average in Averaging
    }
    generator = torch.Generator().manual_seed(3)
    window = scene.inputs.window(0)
    pixels = scene._open(scene.image).read(window)[0][None]
    inputs = network.decoder(network.encoder(torch.from_numpy(pixels)))
    logits = [
        network.head[1](inputs * (torch.rand(16, 1, 1, generator=generator) < 0.5) * 2) / 2.0
        for _ in range(6)
    ]
    means = {
        Averaging.LOGITS: torch.stack(logits).mean(0).softmax(1),
        Averaging.PROBABILITIES: torch.stack([each.softmax(1) for each in logits]).mean(0),
    }
    core = scene.inputs.tiles.core(0).relative_to(window)
    for average, p in means.items():
        expected = float(p.amax(1)[0, core.rows, core.cols].detach().sum())
        assert found[average] == pytest.approx(expected, rel=1e-4)
    assert found[Averaging.LOGITS] != pytest.approx(found[Averaging.PROBABILITIES], rel=1e-4)


def test_both_columns_come_from_the_same_passes(look, by_network):
    thinned = (Need.DROPOUT, Need.CERTAINTY)
    both = look(by_network, needs=frozenset(thinned))
    bald, certainty = (look(by_network, needs=frozenset({need})) for need in thinned)
    assert np.array_equal(both.sum_bald, bald.sum_bald)
    assert np.array_equal(both.sum_certainty, certainty.sum_certainty)
    assert np.isnan([bald.sum_certainty, certainty.sum_bald]).all()
    assert (both.sum_certainty / both.n >= 1 / 3).all()
    assert (both.sum_certainty <= both.n).all()


def test_the_batch_size_does_not_matter_to_the_certainty(look, by_network):
    one, eight = (look(by_network, size, needs=frozenset({Need.CERTAINTY})) for size in (1, 8))
    assert np.allclose(one.sum_certainty / one.n, eight.sum_certainty / eight.n, atol=1e-5)


def test_more_passes_come_nearer_to_the_network_without_dropout(look, by_network):
    options = {"needs": frozenset({Need.CERTAINTY}), "ids": 3}
    plain = look(by_network, **options)
    expected = plain.n - plain.sum_least_confidence
    few, many = (
        np.abs(look(by_network, passes=passes, **options).sum_certainty - expected).max()
        for passes in (2, 200)
    )
    assert many < few


def test_in_place_dropout_leaves_what_the_other_columns_see(look):
    plain, in_place = (
        look(
            Forward(
                with_head(lambda head, i=i: nn.Sequential(nn.Dropout2d(0.5, inplace=i), head)),
                torch.device("cpu"),
            )
        )
        for i in (False, True)
    )
    assert np.array_equal(plain.sum_bald, in_place.sum_bald)
    assert np.array_equal(plain.gradients, in_place.gradients)
    assert np.array_equal(plain.sum_entropy, in_place.sum_entropy)


def test_dropout_of_single_values_does_not_depend_on_the_batch_either(look):
    forward = Forward(
        with_head(lambda head: nn.Sequential(nn.Sequential(nn.Dropout(0.3)), head)),
        torch.device("cpu"),
    )
    one, eight = look(forward, 1), look(forward, 8)
    assert np.allclose(one.sum_bald / one.n, eight.sum_bald / eight.n, atol=1e-5)


@pytest.mark.parametrize("head", [lambda head: head, lambda h: nn.Sequential(nn.Dropout2d(0.0), h)])
def test_a_network_without_dropout_is_a_sentence(look, head):
    with pytest.raises(QueryError, match="no dropout"):
        look(Forward(with_head(head), torch.device("cpu")))


def test_what_was_not_asked_for_is_not_there(look, by_network):
    plain = look(by_network, needs=frozenset({Need.STATISTICS}))
    for name in ("sum_bald", "sum_certainty", "sum_discrepancy", "predicted_loss"):
        assert np.isnan(getattr(plain, name)).all()
    assert plain.before_hash is None
    assert plain.gradients.shape == (11, 0)


def test_the_temperature_softens_every_statistic(look, by_network):
    sharp, soft = look(by_network, ids=3), look(by_network, ids=3, temperature=4.0)
    assert (soft.sum_entropy > sharp.sum_entropy).all()
    assert (soft.sum_margin < sharp.sum_margin).all()
    assert (soft.sum_bald < sharp.sum_bald).all()
    assert np.array_equal(soft.histogram, sharp.histogram)


def test_gradients_are_those_of_autograd():
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(2, 5, 4, 6, generator=generator)
    weight = torch.randn(3, 5, 1, 1, generator=generator, requires_grad=True)
    mask = torch.rand(2, 4, 6, generator=generator) > 0.4
    logits = torch.nn.functional.conv2d(inputs, weight)
    found = head_gradients(logits.detach(), mask, inputs)
    for tile in range(2):
        loss = nn.functional.cross_entropy(
            logits[tile].flatten(1).T[mask[tile].flatten()],
            logits[tile].argmax(0).flatten()[mask[tile].flatten()],
        )
        expected = torch.autograd.grad(-loss, weight, retain_graph=True)[0].flatten()
        assert torch.allclose(found[tile], expected, atol=1e-5)
    mask[1] = False
    assert (head_gradients(logits.detach(), mask, inputs)[1] == 0).all()
