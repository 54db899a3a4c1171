import pytest
from landloop.plugin.dock.insight_row import InsightRow
from landloop.plugin.dock.rows import RoundNews
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest

DOUBT = RoundNews("Gaps are measured so.", "Too few labels.", "Label 3 more.", "Go on.")


@pytest.fixture
def row(shown):
    return shown(InsightRow())


def test_before_the_first_round_it_takes_no_room(row):
    assert not any(part.isVisible() for part in (row.advice, row.gaps, row.warning, row.go))


def test_it_shows_advice_source_and_doubts(row):
    row.show_news(DOUBT)
    assert row.advice.text() == "Go on."
    assert row.gaps.text() == "Gaps are measured so."
    assert row.doubts.text() == "Label 3 more."
    assert row.doubts.toolTip() == "Too few labels."
    assert row.warning.isVisible()


def test_a_doubt_without_a_remedy_is_told_by_itself(row):
    row.show_news(RoundNews("Gaps are measured so.", "Too few labels."))
    assert row.doubts.text() == "Too few labels."
    assert row.warning.isVisible()


def test_trusted_gaps_carry_no_warning(row):
    row.show_news(DOUBT)
    row.show_news(RoundNews("Gaps are measured so.", advice="Stop now.", stop=True))
    assert not row.warning.isVisible()
    assert row.gaps.isVisible()
    assert row.advice.font().bold()


def test_advice_to_go_on_is_not_bold(row):
    row.show_news(RoundNews(advice="Stop now.", stop=True))
    row.show_news(DOUBT)
    assert not row.advice.font().bold()


def test_the_button_leads_to_the_next_validation_tile(row, heard):
    wishes = heard(row.validation_requested)
    row.show_news(DOUBT)
    assert not row.go.isVisible()
    row.set_validation_left(True)
    QTest.mouseClick(row.go, Qt.MouseButton.LeftButton)
    assert len(wishes) == 1
    row.set_validation_left(False)
    assert not row.go.isVisible()


@pytest.mark.parametrize("points", [9, 11])
def test_long_texts_wrap_in_a_narrow_dock(row, points):
    font = row.font()
    font.setPointSize(points)
    row.setFont(font)
    row.show_news(RoundNews(*[f"{part} " * 12 for part in ("gaps", "caution", "remedy", "advice")]))
    row.set_validation_left(True)
    row.resize(270, row.heightForWidth(270) if row.hasHeightForWidth() else row.height())
    QTest.qWait(20)
    assert row.minimumSizeHint().width() <= 270
    for label in (row.advice, row.gaps, row.doubts):
        assert label.height() >= label.heightForWidth(label.width())
