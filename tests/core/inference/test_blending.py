"""Windows cover everything, and their weights add up to one."""

import numpy as np
import pytest
import torch

from al_core.coords import Window
from al_core.inference.blending import Strip, positions, taper

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (64, [0]),
        (40, [0]),
        (65, [0, 1]),
        (112, [0, 48]),
        (200, [0, 48, 96, 136]),
    ],
)
def test_windows_start_inside_and_reach_the_end(length, expected):
    assert positions(length, 64, 16) == expected


def test_weights_of_neighbours_add_up_to_one_in_the_overlap():
    weights = taper(64, 16)
    assert np.allclose(weights[-16:] + weights[:16], 1)
    assert (weights[16:48] == 1).all()
    assert weights.min() > 0


def test_without_overlap_every_pixel_counts_fully():
    assert (taper(8, 0) == 1).all()


def test_a_strip_gives_the_weighted_mean_row_by_row():
    rng = np.random.default_rng(0)
    height, width, side, overlap = 50, 40, 16, 4
    weights = taper(side, overlap)
    outer = np.outer(weights, weights)
    sums, total = np.zeros((2, height, width)), np.zeros((height, width))
    strip = Strip(2, Window(0, 0, height, width), weights, CPU)
    rows, found = positions(height, side, overlap), []
    for row, until in zip(rows, [*rows[1:], height], strict=True):
        for col in positions(width, side, overlap):
            p = rng.random((2, side, side)).astype(np.float32)
            sums[:, row : row + side, col : col + side] += p * outer
            total[row : row + side, col : col + side] += outer
            strip.add(torch.from_numpy(p), np.ones((side, side), bool), col)
        found.append(strip.advance(until)[0].numpy())
    assert np.allclose(np.concatenate(found, 1), sums / total, atol=1e-5)


def test_a_band_takes_only_its_own_columns():
    weights = taper(8, 2)
    strip = Strip(1, Window(0, 6, 8, 4), weights, CPU)
    ramp = torch.arange(8.0).expand(1, 8, 8)
    strip.add(ramp, np.ones((8, 8), bool), 0)  # gives columns 6 and 7
    strip.add(ramp, np.zeros((8, 8), bool), 8)  # gives columns 0 and 1
    p, valid = strip.advance(8)
    assert np.allclose(p[0, 0], [6, 7, 0, 1])
    assert valid[0].tolist() == [True, True, False, False]
