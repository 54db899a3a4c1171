import pytest
from landloop.plugin.dock.reliability import ReliabilityBox, figures, meaning
from landloop.plugin.dock.rows import Reliability
from qgis.PyQt.QtCore import QLocale, Qt
from qgis.PyQt.QtGui import QPalette
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QToolTip

STATE = Reliability(((0.42, 0.4, 100), (0.8, 0.71, 400), (0.97, 0.96, 500)), 1.42, 0.079, 0.031)
NO_BREAK = "\N{NO-BREAK SPACE}"


@pytest.fixture
def box(shown):
    QLocale.setDefault(QLocale("en_US"))
    box = shown(ReliabilityBox())
    box.resize(300, 260)
    box.show_reliability(STATE)
    return box


def test_one_sentence_says_what_it_means(box):
    assert box.sentence.text().replace(NO_BREAK, " ") == (
        "At 80 % confidence the map is right 71 % of the time: too sure."
    )


@pytest.mark.parametrize(
    ("accuracy", "ending"), [(0.7, "too sure."), (0.79, "as it should be."), (0.9, "too cautious.")]
)
def test_the_sentence_says_which_way_it_errs(accuracy, ending):
    assert meaning(Reliability(((0.8, accuracy, 10),))).endswith(ending)


def test_a_rare_confidence_is_not_what_the_sentence_speaks_of():
    state = Reliability(((0.8, 0.1, 1), (0.6, 0.6, 500), (0.95, 0.95, 500)))
    assert meaning(state).replace(NO_BREAK, " ").startswith("At 95 % confidence")


def test_the_figures_tell_the_error_before_and_after_and_the_temperature(box):
    text = box.figures.text().replace(NO_BREAK, " ")
    assert text == "Calibration error 7.9 % → 3.1 % with temperature 1.42"
    assert figures(Reliability(STATE.bins)) == ""


def test_without_validation_labels_it_says_what_to_do(box):
    box.show_reliability(Reliability())
    assert not box.sentence.isVisible()
    assert not box.figures.isVisible()
    assert "validation tiles" in box.diagram.accessibleDescription()
    assert not box.diagram.grab().isNull()


def test_bars_are_as_high_as_the_accuracy_and_paler_for_fewer_pixels(box):
    diagram = box.diagram
    image = diagram.viewport().grab().toImage()
    spots = diagram._spots()
    plot = diagram._plot()
    assert [round((plot.bottom() - spot.y()) / plot.height(), 2) for spot in spots] == [
        0.4,
        0.71,
        0.96,
    ]
    blue = diagram.palette().color(QPalette.ColorRole.Highlight)

    def distance(spot):
        color = image.pixelColor(round(spot.x()) - 3, round(plot.bottom()) - 4)
        return abs(color.red() - blue.red()) + abs(color.green() - blue.green())

    few, many, most = (distance(spot) for spot in spots)
    assert few > many > most


def test_a_strip_shows_how_many_pixels_there_are(box):
    diagram = box.diagram
    image = diagram.viewport().grab().toImage()
    bottom = round(diagram._plot().bottom())
    base = image.pixelColor(2, bottom + 30)

    def inked(spot):
        column = range(bottom + 18, bottom + 34)
        return sum(image.pixelColor(round(spot.x()), y) != base for y in column)

    few, many, most = (inked(spot) for spot in diagram._spots())
    assert few < many < most


def test_mouse_and_arrow_keys_read_off_a_bin(box):
    diagram = box.diagram
    QTest.mouseMove(diagram.viewport(), diagram._spots()[1].toPoint())
    QTest.qWait(20)
    assert "40.0" in QToolTip.text()
    QTest.keyClick(diagram, Qt.Key.Key_Right)
    said = diagram.accessibleDescription().replace(NO_BREAK, " ")
    assert said == "Confidence 97 %: right 96 % of the time\n50.0 % of the labels"


@pytest.mark.parametrize("bins", [((1.0, 1.0, 5),), ((0.0, 0.0, 5),), ((0.5, 0.5, 0),)])
def test_extremes_draw(box, bins):
    box.show_reliability(Reliability(bins))
    assert not box.grab().isNull()
