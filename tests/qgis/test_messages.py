import pytest
from landloop.al_core.errors import RasterError
from landloop.plugin import messages
from qgis.core import Qgis, QgsApplication
from qgis.gui import QgsMessageBar, QgsMessageViewer
from qgis.PyQt.QtWidgets import QPushButton


@pytest.fixture
def bar(qtbot):
    bar = QgsMessageBar()
    qtbot.addWidget(bar)
    return bar


@pytest.fixture
def logged():
    lines = []

    def note(text, tag, level):
        if tag == "LandLoop":  # QGIS logs what its message bars show, too
            lines.append((text, level))

    log = QgsApplication.messageLog()
    log.messageReceived[str, str, Qgis.MessageLevel].connect(note)
    yield lines
    log.messageReceived[str, str, Qgis.MessageLevel].disconnect(note)


def test_an_expected_error_is_a_warning_with_its_sentence(bar, logged):
    messages.show_error(bar, RasterError("The raster has no CRS. Give it one."))
    item = bar.currentItem()
    assert item.text() == "The raster has no CRS. Give it one."
    assert item.level() == Qgis.MessageLevel.Warning
    assert logged == [(item.text(), Qgis.MessageLevel.Warning)]


def test_any_other_error_is_critical_with_details_and_a_traceback_in_the_log(bar, logged):
    try:
        raise ValueError("too few values")  # noqa: TRY301
    except ValueError as error:
        messages.show_error(bar, error)
    item = bar.currentItem()
    assert item.level() == Qgis.MessageLevel.Critical
    assert item.title() == "Unexpected problem"
    assert "Traceback" in logged[0][0]
    item.findChild(QPushButton).click()
    viewer = bar.window().findChild(QgsMessageViewer)
    assert viewer is not None
    viewer.close()


class _Failed:
    def __init__(self, message, details):
        self.message = message
        self.details = details


@pytest.mark.parametrize(
    ("details", "level"),
    [("", Qgis.MessageLevel.Warning), ("Traceback …", Qgis.MessageLevel.Critical)],
)
def test_a_failure_of_the_engine_is_as_bad_as_its_details(bar, details, level):
    messages.show_error(bar, _Failed("There is no label.", details))
    assert bar.currentItem().text() == "There is no label."
    assert bar.currentItem().level() == level


def test_news_and_success_are_told_apart(bar):
    messages.show_info(bar, "12 tiles chosen.")
    assert bar.currentItem().level() == Qgis.MessageLevel.Info
    messages.show_success(bar, "Exported.")
    assert bar.currentItem().level() == Qgis.MessageLevel.Success


def test_a_text_without_translation_stays(qgis_app):
    assert messages.tr("Retrain") == "Retrain"
