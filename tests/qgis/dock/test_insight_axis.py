from itertools import pairwise

import pytest
from landloop.plugin.dock.insight_axis import Axis, axis_over, tick_text
from qgis.PyQt.QtCore import QLocale


@pytest.fixture(autouse=True)
def english():
    before = QLocale()
    QLocale.setDefault(QLocale("en_US"))
    yield
    QLocale.setDefault(before)


def _width(text):
    return 7.0 * len(text)


@pytest.mark.parametrize("high", [1, 7, 60, 999, 12_345, 3_000_000, 2_000_000_000])
@pytest.mark.parametrize("low", [0, 0.7])
@pytest.mark.parametrize("room", [60, 250, 900])
def test_the_texts_of_an_axis_never_touch(high, low, room):
    axis = Axis(int(low * high), high, 30.0, 30.0 + room)
    ticks = axis.ticks(_width, 10.0)
    assert ticks
    ends = [
        (axis.x(value) - _width(text) / 2, axis.x(value) + _width(text) / 2)
        for value, text in ticks
    ]
    assert all(one[1] + 10.0 <= two[0] + 0.01 for one, two in pairwise(ends))
    assert len({text for _, text in ticks}) == len(ticks)


def test_ticks_are_round_numbers():
    axis = Axis(0, 147, 0.0, 300.0)
    assert [text for _, text in axis.ticks(_width, 15.0)] == [
        "0",
        "20",
        "40",
        "60",
        "80",
        "100",
        "120",
        "140",
    ]


@pytest.mark.parametrize(
    ("counts", "low"), [([20, 40, 60], 0), ([500, 620], 500), ([0], 0), ([30], 30)]
)
def test_an_axis_starts_at_nothing_unless_that_wastes_half_of_it(counts, low):
    axis = axis_over(counts, 0.0, 100.0)
    assert axis.low == low
    assert 0.0 <= axis.x(counts[0]) <= axis.x(counts[-1]) <= 100.0


@pytest.mark.parametrize(
    ("value", "step", "text"),
    [(0, 5_000, "0"), (15_000, 5_000, "15 k"), (1_500, 500, "1,500"), (3_000_000, 10**6, "3 M")],
)
def test_a_text_is_as_brief_as_its_step_allows(value, step, text):
    assert tick_text(value, step) == text
