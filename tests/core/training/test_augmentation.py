"""Pixels and labels move together, exactly where nothing is scaled."""

import numpy as np
import pytest
import torch

from al_core.training.augmentation import augment
from al_core.training.sampling import Batch

CPU = torch.device("cpu")
SIDE = 24


def batch(affine, count=1, **changes):
    """Chunks whose first band is the label, and whose second is a number of the pixel."""
    labels = np.random.default_rng(0).integers(0, 200, (count, SIDE, SIDE)).astype(np.uint8)
    number = np.arange(SIDE * SIDE).reshape(1, SIDE, SIDE).repeat(count, 0)
    values = {
        "pixels": np.stack([labels, number], 1).astype(np.float16),
        "labels": labels,
        "affine": np.array([affine] * count, np.float32),
        "gain": np.ones((count, 2, 1, 1), np.float32),
        "offset": np.zeros((count, 2, 1, 1), np.float32),
        "boxes": np.zeros((count, 4), np.float32),
        "partner": np.arange(count)[::-1].copy(),
    }
    return Batch(**(values | changes))


def crop(top, left, size=16, turn=((1, 0), (0, 1))):
    """The (2, 3) map of a window of `size` pixels; x comes first."""
    centre = np.array([[left + size / 2], [top + size / 2]]) * 2 / SIDE - 1
    return np.hstack([np.array(turn) * size / SIDE, centre])


def test_a_window_without_turn_and_scale_is_a_slice():
    given = batch(crop(3, 5))
    pixels, labels = augment(given, 16, CPU)
    assert np.array_equal(labels[0], given.labels[0, 3:19, 5:21])
    assert np.allclose(pixels[0], given.pixels[0, :, 3:19, 5:21], atol=0.05)
    assert (pixels.dtype, labels.dtype) == (torch.float32, torch.int64)


@pytest.mark.parametrize(
    ("turn", "same"),
    [
        (((-1, 0), (0, 1)), lambda a: a[:, ::-1]),
        (((1, 0), (0, -1)), lambda a: a[::-1]),
        (((0, 1), (1, 0)), lambda a: a.T),
        (((0, -1), (1, 0)), lambda a: a.T[:, ::-1] if False else np.rot90(a, -1).T[::-1].T),
    ],
)
def test_a_turned_window_is_a_turned_slice(turn, same):
    given = batch(crop(4, 4, turn=turn))
    _, labels = augment(given, 16, CPU)
    eight = {
        np.ascontiguousarray(view).tobytes() for view in symmetries(given.labels[0, 4:20, 4:20])
    }
    assert labels[0].numpy().astype(np.uint8).tobytes() in eight


def symmetries(square):
    for turned in range(4):
        rotated = np.rot90(square, turned)
        yield rotated
        yield rotated.T


@pytest.mark.parametrize("size", [13, 16, 20])
def test_labels_follow_their_pixels_at_any_scale(size):
    flat = np.zeros((1, SIDE, SIDE), np.uint8)
    flat[:, :, 12:] = 1
    pixels = np.repeat(flat[:, None], 2, 1).astype(np.float16)
    given = batch(crop(2, 2, size), labels=flat, pixels=pixels)
    values, labels = augment(given, 16, CPU)
    assert ((values[0, 0] > 0.5).long() == labels[0]).float().mean() > 0.95


def test_colours_change_band_by_band_and_labels_do_not():
    gain = np.array([2.0, 1.0], np.float32).reshape(1, 2, 1, 1)
    offset = np.array([0.5, -1.0], np.float32).reshape(1, 2, 1, 1)
    plain, labels = augment(batch(crop(0, 0)), 16, CPU)
    changed, same = augment(batch(crop(0, 0), gain=gain, offset=offset), 16, CPU)
    assert torch.allclose(changed[:, 0], plain[:, 0] * 2 + 0.5)
    assert torch.allclose(changed[:, 1], plain[:, 1] - 1)
    assert torch.equal(labels, same)


def test_a_pasted_box_brings_the_labels_of_its_partner():
    boxes = np.array([[0.25, 0.75, 0.5, 1.0], [0, 0, 0, 0]], np.float32)
    given = batch(crop(0, 0), 2, boxes=boxes)
    pixels, labels = augment(given, 16, CPU)
    expected = given.labels[:, :16, :16].astype(np.int64)
    expected[0, 4:12, 8:16] = expected[1, 4:12, 8:16]
    assert np.array_equal(labels, expected)
    assert torch.allclose(pixels[:, 0], labels.float(), atol=0.05)
