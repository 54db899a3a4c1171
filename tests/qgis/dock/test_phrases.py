import pytest
from landloop.plugin.dock import phrases
from qgis.PyQt.QtCore import QLocale


@pytest.fixture(autouse=True)
def english():
    before = QLocale()
    QLocale.setDefault(QLocale("en_US"))
    yield
    QLocale.setDefault(before)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (9_830, "9,830"),
        (98_304, "98 k"),
        (999_999, "999 k"),
        (1_523_004, "1.5 M"),
        (88_000_000, "88 M"),
    ],
)
def test_a_count_fits_a_narrow_column(number, text):
    assert phrases.count(number) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (float("nan"), "–"), (1, "1.00"), (0.615, "0.61")]
)
def test_a_ratio_has_two_digits_or_a_dash(value, text):
    assert phrases.ratio(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (3.0, "a few seconds left"),
        (35, "about 40 s left"),
        (104, "about 2 min left"),
        (61, "about 1 min left"),
        (3 * 3600 + 125, "about 3 h 2 min left"),
    ],
)
def test_time_left_is_rough(seconds, text):
    assert phrases.time_left(seconds) == text
