"""What the user is told: translated text, the message bar and the log."""

from __future__ import annotations

import traceback

from qgis.core import Qgis, QgsMessageLog
from qgis.gui import QgsMessageBar, QgsMessageViewer
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtWidgets import QPushButton

from ..al_core.errors import AlCoreError

TAG = "LandLoop"  # the tab of the Log Messages panel, and the context of translations
SUCCESS_S = 5


def tr(text: str) -> str:
    """Return the text in the user's language."""
    return QCoreApplication.translate(TAG, text)


def log(text: str, level: Qgis.MessageLevel = Qgis.MessageLevel.Info) -> None:
    """Write to LandLoop's tab of the Log Messages panel."""
    QgsMessageLog.logMessage(text, TAG, level, notifyUser=False)


def show_info(bar: QgsMessageBar, text: str) -> None:
    """Show a piece of news until the user closes it."""
    bar.pushMessage(TAG, text, Qgis.MessageLevel.Info, 0)


def show_success(bar: QgsMessageBar, text: str) -> None:
    """Show for a moment that something worked."""
    bar.pushMessage(TAG, text, Qgis.MessageLevel.Success, SUCCESS_S)


def show_error(bar: QgsMessageBar, error: object) -> None:
    """Show an expected error as a warning, any other as an unexpected problem.

    `error` is an exception, a sentence, or an engine's failure with `message` and `details`;
    details (a traceback) mean that nobody expected it.
    """
    sentence = sentence_of(error)
    details = _details(error)
    if not details:
        log(sentence, Qgis.MessageLevel.Warning)
        bar.pushMessage(TAG, sentence, Qgis.MessageLevel.Warning, 0)
        return
    log(details, Qgis.MessageLevel.Critical)
    item = bar.createMessage(tr("Unexpected problem"), sentence)
    button = QPushButton(tr("Details"), item)
    button.clicked.connect(lambda: _show_details(bar, details))
    item.layout().addWidget(button)
    bar.pushWidget(item, Qgis.MessageLevel.Critical, 0)


def sentence_of(error: object) -> str:
    """Return what an exception, a sentence or an engine's failure says."""
    return str(getattr(error, "message", "") or error) or type(error).__name__


def _details(error: object) -> str:
    if hasattr(error, "details"):
        return str(error.details or "")
    if isinstance(error, Exception) and not isinstance(error, AlCoreError):
        return "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return ""


def _show_details(bar: QgsMessageBar, details: str) -> None:
    viewer = QgsMessageViewer(bar.window())  # deletes itself when closed
    viewer.setTitle(tr("LandLoop: unexpected problem"))
    viewer.setMessageAsPlainText(details)
    viewer.showMessage(False)  # noqa: FBT003 - QGIS: do not block
