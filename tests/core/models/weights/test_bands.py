"""A first layer for the bands that are there."""

import pytest
import torch

from al_core.errors import TrainingError
from al_core.models.weights import bands as first

KERNEL = torch.arange(13.0).repeat(2, 1)[:, :, None, None].expand(2, 13, 3, 3)


def cut(bands, *named):
    """Return which band of Sentinel-2 each channel looks at, by index."""
    names = first.chosen(13, bands, named)
    return first.adapted(KERNEL, bands, names)[0, :, 0, 0].tolist()


def test_level_2a_lacks_the_band_for_cirrus():
    assert cut(12) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12]


@pytest.mark.parametrize(
    ("bands", "indices"),
    [(10, [1, 2, 3, 4, 5, 6, 7, 8, 11, 12]), (4, [1, 2, 3, 7]), (3, [3, 2, 1])],
)
def test_fewer_bands_are_those_that_are_usual(bands, indices):
    assert cut(bands) == indices


def test_named_bands_are_taken_in_their_order():
    assert cut(2, *first.parse("b8A, B04")) == [8, 3]


def test_all_bands_in_another_order_as_eurosat_has_them():
    order = (*first.SENTINEL_2[:8], *first.SENTINEL_2[9:], "B8A")
    assert cut(13, *order) == [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 8]
    assert "in another order" in first.told(13, 13, order)


def test_a_band_that_the_weights_do_not_know_gets_zeros():
    names = first.chosen(12, 13, ())
    wide = first.adapted(torch.ones(2, 12, 3, 3), 13, names)
    assert wide[0, :, 0, 0].tolist() == [1.0] * 10 + [0.0, 1.0, 1.0]


def test_weights_for_other_sensors_are_left_to_complain():
    assert first.chosen(7, 4, ()) is None
    assert first.adapted(torch.ones(2, 7, 3, 3), 4, None) is None


@pytest.mark.parametrize(
    ("made_for", "bands", "named", "says"),
    [
        (13, 5, (), r"13 bands of Sentinel-2 and the project has 5; name them"),
        (13, 4, ("B2", "B3"), "2 bands are named behind the #, but the project has 4"),
        (3, 4, ("B2",), "for 3 bands, not for Sentinel-2"),
    ],
)
def test_what_cannot_be_guessed_has_to_be_said(made_for, bands, named, says):
    with pytest.raises(TrainingError, match=says):
        first.chosen(made_for, bands, named)


@pytest.mark.parametrize("text", ["B13", "red,green", ",", "B"])
def test_names_of_no_band_are_refused(text):
    with pytest.raises(TrainingError, match="does not name bands of Sentinel-2"):
        first.parse(text)
