"""Which tiles a query may pick."""

from al_core.strategies import eligible_tiles


def test_a_locked_tile_is_never_eligible():
    assert eligible_tiles([100, 100], [0, 0], [True, False], 100).tolist() == [False, True]


def test_a_tile_needs_data_in_three_tenths_of_it():
    assert eligible_tiles([29, 30, 0], [0] * 3, [False] * 3, 100).tolist() == [
        False,
        True,
        False,
    ]


def test_a_tile_is_done_when_half_of_its_data_is_labelled():
    labelled = [39, 40, 80]
    assert eligible_tiles([80] * 3, labelled, [False] * 3, 100).tolist() == [True, False, False]
