"""The worked example of contrastive learning, and what the losses are for."""

import json
from pathlib import Path

import pytest
import torch

from al_core.training.contrast import info_nce, nt_xent
from al_core.training.contrast.losses import contrast_logits
from al_core.training.contrast.twins import follow

FILE = Path(__file__).parents[2] / "vectors.json"


@pytest.fixture(scope="module")
def vector():
    vectors = json.loads(FILE.read_text(encoding="utf-8"))["vectors"]
    return next(value for key, value in vectors.items() if key.startswith("V14"))


def close(tensor, expected):
    torch.testing.assert_close(
        tensor, torch.tensor(expected, dtype=tensor.dtype), atol=1e-6, rtol=0
    )


def test_nt_xent_excludes_nothing_but_the_view_itself_v14(vector):
    inputs, expected = vector["inputs"], vector["expected"]
    partner = torch.empty(4, dtype=torch.long)
    for one, other in inputs["pairs"]:
        partner[one], partner[other] = other, one
    found = nt_xent(torch.tensor(inputs["z"], dtype=torch.float64), partner, inputs["tau"])
    close(found, expected["ntxent_each"])
    close(found.mean(), expected["ntxent_mean"])


def test_info_nce_compares_the_own_key_with_the_queue_v14(vector):
    inputs, expected = vector["inputs"], vector["expected"]
    query, key = (torch.tensor([inputs[name]], dtype=torch.float64) for name in ("q", "k_plus"))
    queue = torch.tensor(inputs["queue"], dtype=torch.float64)
    logits = contrast_logits(query, key, queue, inputs["tau_nce"])
    close(logits[0], expected["nce_logits"])
    close(info_nce(query, key, queue, inputs["tau_nce"])[0], expected["infonce"])


def test_the_follower_takes_over_a_thousandth_v14(vector):
    inputs = vector["inputs"]
    leader, follower = (torch.nn.Linear(2, 1, bias=False).double() for _ in range(2))
    with torch.no_grad():
        leader.weight.copy_(torch.tensor([inputs["theta_q"]]))
        follower.weight.copy_(torch.tensor([inputs["theta_k"]]))
    follow(follower, leader, inputs["m"])
    close(follower.weight[0].detach(), vector["expected"]["theta_k_next"])


def test_the_loss_is_that_of_guessing_where_all_keys_are_the_same():
    same = torch.tensor([[0.6, 0.8]]).repeat(3, 1)
    found = info_nce(same, same, same.repeat(5, 1))
    assert found.tolist() == pytest.approx([torch.log(torch.tensor(16.0)).item()] * 3)
