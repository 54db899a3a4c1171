"""The loss by hand."""

import math

import pytest
import torch
from torch.nn import functional

from al_core.training.loss import instability, segmentation_loss


def test_cross_entropy_is_the_mean_over_the_labelled_pixels_of_the_batch():
    logits = torch.randn(2, 3, 4, 4)
    labels = torch.full((2, 4, 4), 255)
    labels[0] = 1
    labels[1, 0, 0] = 2  # one pixel weighs as much as any other
    expected = functional.cross_entropy(logits, labels, ignore_index=255)
    assert torch.allclose(segmentation_loss(logits, labels, 0.0), expected)


def test_unsure_and_unlabelled_pixels_have_no_gradient():
    logits = torch.randn(1, 3, 2, 2, requires_grad=True)
    labels = torch.tensor([[[0, 254], [255, 2]]])
    segmentation_loss(logits, labels, 0.5).backward()
    reached = logits.grad.abs().sum(1)[0] > 0
    assert reached.tolist() == [[True, False], [False, True]]


def test_a_batch_without_labels_has_no_loss():
    assert segmentation_loss(torch.zeros(1, 2, 4, 4), torch.full((1, 4, 4), 255), 0.5) is None


def test_dice_is_averaged_over_the_classes_that_are_present():
    logits = torch.zeros(1, 3, 1, 4)  # every probability is 1/3
    labels = torch.tensor([[[0, 0, 0, 1]]])
    first = (2 * 3 / 3 + 1) / (4 / 3 + 3 + 1)
    second = (2 * 1 / 3 + 1) / (4 / 3 + 1 + 1)
    expected = math.log(3) + 0.5 * (1 - (first + second) / 2)
    assert segmentation_loss(logits, labels, 0.5).item() == pytest.approx(expected, abs=1e-6)


def test_half_precision_logits_give_a_full_precision_loss():
    logits = torch.tensor([30000.0, -30000.0]).reshape(1, 2, 1, 1).half()
    loss = segmentation_loss(logits, torch.ones(1, 1, 1, dtype=torch.long), 0.5)
    assert loss.dtype == torch.float32
    assert torch.isfinite(loss)


def test_instability_is_the_mean_l1_distance_where_nothing_is_labelled():
    now = torch.log(torch.tensor([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2]])).T.reshape(1, 3, 1, 2)
    before = torch.log(torch.tensor([[0.4, 0.4, 0.2], [0.1, 0.1, 0.8]])).T.reshape(1, 3, 1, 2)
    labels = torch.tensor([[[255, 1]]])  # the second pixel has been labelled
    assert instability(now, before, labels).item() == pytest.approx(0.6, abs=1e-6)
    assert instability(now, before, torch.tensor([[[254, 1]]])).item() == 0
