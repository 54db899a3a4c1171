"""What a scan keeps for the strategies that ask for more, and that it changes no network."""

import hashlib

import numpy as np
import pytest
import torch
from safetensors import torch as tensors

from al_core.errors import QueryError
from al_core.inference import Before, Forward, ScanOptions, scan_tiles
from al_core.models import LOCAL, build
from al_core.strategies import Need, get, names

CPU = torch.device("cpu")
NAMES = ("Water", "Forest", "Sand")


def unlabelled(scene):
    def read(tile_id):
        core = scene.inputs.tiles.core(tile_id)
        return np.full((core.height, core.width), 255, np.uint8)

    return read


@pytest.fixture
def look(scene, silent):
    def scan(forward, batch_size=4, tiles=5, **options):
        ids, wanted = scene.inputs.tiles.ids[:tiles], ScanOptions(**options)
        read = unlabelled(scene)
        return scan_tiles(forward, scene.inputs, ids, read, batch_size, silent, options=wanted)

    return scan


@pytest.mark.parametrize("encoder", ["mobilenet_v2", LOCAL])
def test_the_predicted_losses_are_the_ranks_of_the_windows(look, scene, encoder):
    network = build(encoder, 2, 3, seed=1, learns_loss=True).eval()
    one, four = (look(Forward(network, CPU), size, needs=frozenset({Need.LOSS})) for size in (1, 4))
    reader = scene._open(scene.image)
    pixels = np.stack([reader.read(scene.inputs.window(tile))[0] for tile in range(5)])
    with torch.inference_mode():
        expected = network.look(torch.from_numpy(pixels)).ranks.numpy()
    assert one.predicted_loss == pytest.approx(expected, abs=1e-4)
    assert four.predicted_loss == pytest.approx(expected, abs=1e-4)
    assert len(set(one.predicted_loss)) == 5


def test_a_network_that_did_not_learn_to_rank_says_so_before_it_looks(look, by_network):
    with pytest.raises(QueryError, match=r"has learnt which tiles are hard.*retrain with"):
        look(by_network, needs=frozenset({Need.LOSS}))


def test_ranks_that_nobody_asks_for_are_not_there(look):
    forward = Forward(build(LOCAL, 2, 3, learns_loss=True), CPU)
    assert np.isnan(look(forward, needs=frozenset({Need.CERTAINTY})).predicted_loss).all()


def digest(network):
    return hashlib.sha256(tensors.save(dict(network.state_dict()))).hexdigest()


@pytest.mark.parametrize("needs", [get(name).needs for name in names()], ids=names())
def test_no_scan_changes_a_byte_of_the_weights(look, scene, needs):
    networks = [build(LOCAL, 2, 3, seed, learns_loss=True).train() for seed in (1, 2)]
    forward, other = (Forward(network, CPU, "x") for network in networks)
    inner = [forward._network, other._network]
    before, modes = (
        [digest(network) for network in (*networks, *inner)],
        [module.training for network in networks for module in network.modules()],
    )
    options = {"needs": needs, "before": Before.of(other, scene.inputs, NAMES, NAMES)}
    found = look(forward, tiles=3, **options)
    assert len(found) == 3
    assert [digest(network) for network in (*networks, *inner)] == before
    assert [module.training for network in networks for module in network.modules()] == modes


def test_everything_at_once_is_what_each_gives_alone(look, scene):
    forward = Forward(build("mobilenet_v2", 2, 3, seed=1, learns_loss=True), CPU)
    other = Forward(build(LOCAL, 2, 3, seed=2), CPU, "x")
    options = {"before": Before.of(other, scene.inputs, NAMES, NAMES), "seed": 5}
    together = look(forward, needs=frozenset(Need), **options)
    columns = {
        Need.DROPOUT: "sum_bald",
        Need.CERTAINTY: "sum_certainty",
        Need.GRADIENTS: "gradients",
        Need.BEFORE: "sum_discrepancy",
        Need.LOSS: "predicted_loss",
    }
    plain = look(forward)
    for need, column in columns.items():
        alone = look(forward, needs=frozenset({need}), **options)
        assert np.array_equal(getattr(together, column), getattr(alone, column)), column
        assert np.array_equal(plain.sum_entropy, alone.sum_entropy)
