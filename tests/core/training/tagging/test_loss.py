"""The losses of whole tiles."""

import torch
from torch.nn import functional

from al_core.training.tagging import tag_losses


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
