"""The losses of whole tiles."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from al_core.scoring import learning_loss
from al_core.training.tagging import pair_loss, tag_losses


def test_a_scenes_loss_is_the_cross_entropy_of_its_class():
    logits = torch.tensor([[2.0, 0.0, -1.0], [0.0, 0.0, 0.0]])
    states = torch.tensor([[1, 0, 0], [0, 0, 1]])
    expected = functional.cross_entropy(logits, torch.tensor([0, 2]), reduction="none")
    assert torch.allclose(tag_losses(logits, states, has_one_class=True), expected)


def test_tags_sum_the_binary_losses_over_the_classes():
    logits = torch.tensor([[0.0, 3.0], [-2.0, 1.0]])
    states = torch.tensor([[1, 0], [0, 1]])
    p = logits.sigmoid()
    by_hand = torch.stack([-torch.log(p[0, 0]) - torch.log(1 - p[0, 1]),
                           -torch.log(1 - p[1, 0]) - torch.log(p[1, 1])])  # fmt: skip
    assert torch.allclose(tag_losses(logits, states, has_one_class=False), by_hand)


def test_a_class_that_nobody_can_tell_costs_nothing_and_has_no_gradient():
    logits = torch.tensor([[5.0, -5.0]], requires_grad=True)
    loss = tag_losses(logits, torch.tensor([[254, 254]]), has_one_class=False)
    loss.sum().backward()
    assert loss.item() == 0
    assert logits.grad.abs().max() == 0


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
