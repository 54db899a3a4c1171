"""A scan beside the network of the round before."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from al_core.inference import Before, Forward, ScanOptions, scan_tiles
from al_core.inference.statistics import discrepancy
from al_core.models import build
from al_core.project import Normalisation
from al_core.strategies import Need

CPU = torch.device("cpu")
VECTORS = json.loads((Path(__file__).parents[1] / "vectors.json").read_text(encoding="utf-8"))
NAMES = ("Water", "Forest", "Sand")
COMPARED = frozenset({Need.BEFORE})


def unlabelled(scene):
    def read(tile_id):
        core = scene.inputs.tiles.core(tile_id)
        return np.full((core.height, core.width), 255, np.uint8)

    return read


@pytest.fixture
def look(scene, silent, by_network):
    def scan(before, batch_size=4, **options):
        wanted = ScanOptions(**({"needs": COMPARED, "before": before} | options))
        ids, labels = scene.inputs.tiles.ids[:7], unlabelled(scene)
        return scan_tiles(by_network, scene.inputs, ids, labels, batch_size, silent, options=wanted)

    return scan


def network_of(classes=3, seed=9, encoder="resnet18"):
    return build(encoder, 2, classes, seed=seed).eval()


def before_of(scene, network, then=NAMES, now=NAMES, inputs=None):
    return Before.of(Forward(network, CPU, "a0"), inputs or scene.inputs, then, now)


def test_the_distance_of_a_tile_is_the_mean_of_its_pixels_v16():
    case = VECTORS["vectors"]["V16_tpd"]
    now, then = (
        torch.tensor(case["inputs"][name]).transpose(1, 2) for name in ("seg_t", "seg_tm1")
    )
    pixels = now.shape[2]
    found = discrepancy(now, then, torch.ones(1, pixels, dtype=torch.bool))
    assert found.item() / pixels == pytest.approx(case["expected"]["seg_tpd"], abs=1e-6)
    assert discrepancy(now, then, torch.tensor([[False, True]])).item() == 0


EVERY = slice(None)


def by_hand(scene, networks, tile, temperature=1.0, common=(EVERY, EVERY), scale=1):
    """The sum of the distances in a tile's core; the second network sees scaled pixels."""
    window = scene.inputs.window(tile)
    core = scene.inputs.tiles.core(tile).relative_to(window)
    pixels = torch.from_numpy(scene._open(scene.image).read(window)[0][None])
    with torch.inference_mode():
        now, then = (
            (network.eval()(factor * pixels).double() / temperature).softmax(1)[0, classes]
            for network, factor, classes in zip(networks, (1, scale), common, strict=True)
        )
    distance = (now - then).square().sum(0).sqrt()
    return float(distance[core.rows, core.cols].sum())


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_a_scan_sums_the_distance_of_both_predictions(look, scene, by_network, temperature):
    both = (by_network._network, network_of())
    found = look(before_of(scene, both[1]), temperature=temperature)
    expected = [by_hand(scene, both, tile, temperature) for tile in range(7)]
    assert found.sum_discrepancy == pytest.approx(expected, rel=1e-3)
    assert found.before_hash == "a0"


def test_the_batch_size_does_not_matter_to_the_comparison(look, scene):
    before = before_of(scene, network_of())
    one, five = look(before, 1), look(before, 5)
    assert np.allclose(one.sum_discrepancy / one.n, five.sum_discrepancy / five.n, atol=1e-5)


def test_a_network_has_not_moved_from_itself(look, scene, by_network):
    same = Before.of(by_network, scene.inputs, NAMES, NAMES)
    assert look(same).sum_discrepancy == pytest.approx(np.zeros(7), abs=1e-3)


def test_only_the_classes_that_both_know_are_compared(look, scene, by_network):
    both = (by_network._network, network_of(classes=4))
    before = before_of(scene, both[1], ("Ice", "Sand", "Water", "Road"))
    common = ([0, 2], [2, 1])
    assert (before.here.tolist(), before.there.tolist()) == common
    expected = [by_hand(scene, both, tile, common=common) for tile in range(7)]
    assert look(before).sum_discrepancy == pytest.approx(expected, rel=1e-3)


def test_a_network_of_other_classes_altogether_is_none(scene):
    assert before_of(scene, network_of(), ("A", "B", "C")) is None


class Doubled:
    """A reader by which pixels are twice as far from 0."""

    def __init__(self, reader):
        self.reader, self.close = reader, reader.close

    def read(self, window):
        pixels, valid = self.reader.read(window)
        return 2 * pixels, valid


def test_a_network_that_reads_pixels_otherwise_reads_its_own(look, scene, by_network):
    """As after the paper's recipe, which scales them as on ImageNet."""
    scaling = Normalisation((0.0,) * 2, (2.0,) * 2, (0.5,) * 2, (1.0,) * 2)
    doubled = replace(
        scene.inputs,
        settings=replace(scene.inputs.settings, normalisation=scaling),
        open_reader=lambda image: Doubled(scene._open(image)),
    )
    both = (by_network._network, network_of())
    for inputs, scale in ((doubled, 2), (scene.inputs, 1)):
        found = look(before_of(scene, both[1], inputs=inputs), batch_size=3)
        expected = [by_hand(scene, both, tile, scale=scale) for tile in range(7)]
        assert found.sum_discrepancy == pytest.approx(expected, rel=1e-3)


def test_without_a_network_before_the_scan_says_that_it_was_to_compare(look):
    found = look(None)
    assert found.before_hash == ""
    assert np.isnan(found.sum_discrepancy).all()


def test_a_network_before_that_nobody_asks_for_is_not_run(look, scene):
    before = before_of(scene, network_of())
    before.forward.run = None
    found = look(before, needs=frozenset())
    assert found.before_hash is None
    assert np.isnan(found.sum_discrepancy).all()


def test_labelled_and_invalid_pixels_do_not_count(scene, by_network, silent):
    core = scene.inputs.tiles.core(3)

    def read(tile_id):
        mask = np.zeros((core.height, core.width), np.uint8)
        mask[:2] = 255
        return mask

    scene.valid[core.row, :] = False
    options = ScanOptions(needs=COMPARED, before=before_of(scene, network_of()))
    ids = np.array([3])
    found = scan_tiles(by_network, scene.inputs, ids, read, 1, silent, options=options)
    whole = scan_tiles(by_network, scene.inputs, ids, unlabelled(scene), 1, silent, options=options)
    assert found.n.tolist() == [core.width]
    assert 0 < found.sum_discrepancy[0] < 0.1 * whole.sum_discrepancy[0]
