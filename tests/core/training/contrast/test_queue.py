"""The queue keeps the newest keys, and no more than make sense."""

import pytest
import torch

from al_core.training.contrast.queue import KeyQueue, queue_length

CPU = torch.device("cpu")


def test_new_keys_take_the_place_of_the_oldest_and_go_round():
    queue = KeyQueue(6, 2, 0, CPU)
    for number in range(4):
        queue.push(torch.full((2, 2), float(number)))
    assert queue.keys[:, 0].tolist() == [3, 3, 1, 1, 2, 2]
    queue.push(torch.full((5, 2), 9.0))
    assert queue.keys[:, 0].tolist() == [9, 3, 9, 9, 9, 9]
    assert queue.place == 1


def test_it_starts_with_directions_that_follow_from_the_seed():
    one, other = KeyQueue(50, 8, 1, CPU), KeyQueue(50, 8, 1, CPU)
    assert torch.equal(one.keys, other.keys)
    assert not torch.equal(one.keys, KeyQueue(50, 8, 2, CPU).keys)
    assert torch.allclose(one.keys.norm(dim=1), torch.ones(50))


def test_the_spread_is_one_for_even_directions_and_nothing_for_equal_ones():
    queue = KeyQueue(4096, 128, 0, CPU)
    assert queue.spread() == pytest.approx(1, abs=0.02)
    queue.push(torch.ones(4096, 128))
    assert queue.spread() == 0


@pytest.mark.parametrize(
    ("tiles", "batch", "wanted", "count"),
    [
        (420, 60, 0, 180),  # half of the tiles, in whole batches
        (420, 64, 0, 192),
        (128, 64, 0, 64),
        (100_000, 64, 0, 4096),
        (100_000, 60, 0, 4080),
        (1000, 64, 130, 128),
        (1000, 64, 10, 64),
        (1000, 64, 5000, 448),
    ],
)
def test_the_queue_holds_whole_batches_and_half_of_the_tiles_at_most(tiles, batch, wanted, count):
    assert queue_length(tiles, batch, wanted) == count
