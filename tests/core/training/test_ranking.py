"""The loss of the network that ranks, by hand, and that it learns to rank."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from al_core.config import TrainConfig
from al_core.models import LOCAL, OpenImages, build
from al_core.scoring import learning_loss
from al_core.training import fit
from al_core.training.chunks import ChunkReader
from al_core.training.ranking import pair_loss, window_losses
from al_core.training.recipes import settings_of
from al_core.training.sampling import Cutting, TileDraw, batches
from al_core.training.stepping import Stepper

VECTORS = json.loads((Path(__file__).parents[1] / "vectors.json").read_text(encoding="utf-8"))


def test_pairs_are_ranked_as_the_formula_for_arrays_says():
    rng = np.random.default_rng(0)
    ranks, losses = rng.normal(size=8), rng.random(8)
    pairs = [(place, 7 - place) for place in range(4)]
    expected = learning_loss(
        np.array([[ranks[a], ranks[b]] for a, b in pairs]),
        np.array([[losses[a], losses[b]] for a, b in pairs]),
        margin=0.7,
    )
    found = pair_loss(torch.tensor(ranks), torch.tensor(losses), 0.7)
    assert found.item() == pytest.approx(expected, abs=1e-6)


def test_a_tie_costs_the_margin_and_a_wrong_order_more():
    tie = pair_loss(torch.tensor([0.4, 0.0]), torch.tensor([1.0, 1.0]), 1.0)
    assert tie.item() == pytest.approx(1.0)
    wrong = pair_loss(torch.tensor([1.0, 0.0]), torch.tensor([0.1, 0.9]), 1.0)
    assert wrong.item() == pytest.approx(2.0)


@pytest.mark.parametrize(("tiles", "pairs"), [(1, 0), (2, 1), (5, 2)])
def test_an_odd_batch_drops_the_tile_without_a_partner(tiles, pairs):
    ranks = torch.zeros(tiles, requires_grad=True)
    loss = pair_loss(ranks, torch.arange(float(tiles)), 1.0)
    loss.backward()
    assert loss.item() == (1.0 if pairs else 0.0)
    assert int((ranks.grad != 0).sum()) == 2 * pairs


def test_no_gradient_flows_into_the_true_losses():
    losses = torch.tensor([0.3, 0.9], requires_grad=True)
    ranks = torch.tensor([0.0, 0.0], requires_grad=True)
    pair_loss(ranks, losses, 1.0).backward()
    assert losses.grad is None


def test_the_pairs_of_a_batch_cost_what_the_letter_says_v15():
    case = VECTORS["vectors"]["V15_learning_loss"]
    said, true = (torch.tensor(case["inputs"][f"{kind}_loss"]) for kind in ("pred", "true"))
    expected = np.mean(case["expected"]["flip_pair_loss"])
    assert pair_loss(said, true, case["inputs"]["xi"]).item() == pytest.approx(expected, abs=1e-6)
    in_order = torch.tensor([0, 2, 3, 1])  # so that the first is paired with the second
    expected = np.mean(case["expected"]["pair_loss_paper"])
    found = pair_loss(said[in_order], true[in_order], case["inputs"]["xi"])
    assert found.item() == pytest.approx(expected, abs=1e-6)


def test_the_loss_of_a_window_is_the_mean_over_its_labelled_pixels():
    logits = torch.randn(3, 4, 5, 6, generator=torch.Generator().manual_seed(0))
    labels = torch.full((3, 5, 6), 255)
    labels[0] = 2
    labels[1, 0, :3] = torch.tensor([1, 254, 3])  # the second one is unsure
    losses, known = window_losses(logits, labels)
    whole = functional.cross_entropy(logits[:1], labels[:1])
    part = functional.cross_entropy(logits[1, :, 0, [0, 2]].T, torch.tensor([1, 3]))
    assert torch.allclose(losses, torch.stack([whole, part, torch.zeros(())]))
    assert known.tolist() == [True, True, False]


def test_the_loss_of_a_window_has_no_gradient():
    logits = torch.randn(1, 2, 2, 2, requires_grad=True)
    assert not window_losses(logits, torch.zeros(1, 2, 2, dtype=torch.long))[0].requires_grad


def hard_and_easy(scene):
    """Return data of which the lower half looks different and has labels by lot."""
    rng = np.random.default_rng(3)
    half = len(scene.truth) // 2
    scene.pixels[1, half:] += 4
    scene.truth[half:] = rng.integers(0, 2, scene.truth[half:].shape)
    return scene.data(tile for tile in scene.inputs.tiles.ids.tolist() if tile % 2)


@pytest.mark.parametrize(("encoder", "steps"), [(LOCAL, 80), ("mobilenet_v2", 30)])
def test_windows_that_cannot_be_learnt_rank_higher(scene, cpu, silent, encoder, steps):
    network = build(encoder, 2, 3, learns_loss=True)
    config = TrainConfig(encoder=encoder, steps=steps, batch_size=6, learn_loss=True)
    fit(hard_and_easy(scene), network, config, cpu, silent)
    windows = [(0, 0), (0, 64), (0, 128), (128, 0), (128, 64), (128, 128)]
    pixels = np.stack([scene.pixels[:, r : r + 64, c : c + 64] for r, c in windows])
    with torch.inference_mode():
        ranks = network.look(torch.from_numpy(pixels)).ranks
    assert ranks[:3].max() < ranks[3:].min()


def test_windows_without_a_label_are_in_no_pair(scene, cpu):
    config = TrainConfig(batch_size=5, learn_loss=True, loss_weight=2.0)
    network = build(LOCAL, 2, 3, learns_loss=True)
    stepper = Stepper(network, settings_of(config), cpu)
    cutting = Cutting(64, 5, seed=0)
    with OpenImages(scene.inputs) as images:
        chunks = ChunkReader(scene.data(), images)
        batch = next(batches(TileDraw(scene.data().labels), chunks, cutting))
    labels = torch.zeros(5, 4, 4, dtype=torch.long)
    labels[[1, 3]] = 255
    logits = torch.randn(5, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    ranks = torch.zeros(5, requires_grad=True)
    loss = stepper._ranked(ranks, logits, labels, batch)
    loss.backward()
    assert loss.item() == pytest.approx(2.0)  # λ times ξ, of one pair
    paired = ranks.grad.abs() > 0
    assert int(paired.sum()) == 2
    assert not paired[[1, 3]].any()
    first, *_, last = (place for place in batch.partner.tolist() if place not in {1, 3})
    assert bool(paired[[first, last]].all()), "the batch's own permutation makes the pairs"


def state_after(scene, cpu, silent, **options):
    network = build("mobilenet_v2", 2, 3, learns_loss=options.get("learn_loss", False))
    config = TrainConfig(steps=3, batch_size=4, **options)
    result = fit(scene.data(), network, config, cpu, silent)
    return network.state_dict(), result.loss


def shared_part_is_the_same(first, second):
    return all(
        torch.equal(values, second[name])
        for name, values in first.items()
        if not name.startswith("loss_network")
    )


def test_a_gradient_that_is_stopped_from_the_first_step_changes_nothing_else(scene, cpu, silent):
    plain, loss = state_after(scene, cpu, silent)
    stopped, same = state_after(scene, cpu, silent, learn_loss=True, loss_stop=0.0)
    assert shared_part_is_the_same(plain, stopped)
    assert loss == same


@pytest.mark.parametrize("options", [{}, {"loss_stop": 0.5}, {"loss_margin": 3.0}])
def test_before_it_is_stopped_the_gradient_teaches_the_encoder_too(scene, cpu, silent, options):
    stopped, _ = state_after(scene, cpu, silent, learn_loss=True, loss_stop=0.0)
    joint, _ = state_after(scene, cpu, silent, learn_loss=True, **options)
    assert not shared_part_is_the_same(stopped, joint)


def test_a_loss_without_weight_teaches_nothing(scene, cpu, silent):
    light, _ = state_after(scene, cpu, silent, learn_loss=True, loss_weight=0.0)
    heavy, _ = state_after(scene, cpu, silent, learn_loss=True)
    fresh = build("mobilenet_v2", 2, 3, learns_loss=True).state_dict()
    own = [name for name in fresh if name.startswith("loss_network")]
    assert all(torch.equal(fresh[name], light[name]) for name in own)
    differ = [name for name in own if not torch.equal(fresh[name], heavy[name])]
    assert differ == own[:-1], "pairs say nothing of the last bias: it moves both ranks"
