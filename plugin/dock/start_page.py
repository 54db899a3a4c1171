"""The first page: make a project, or open one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QCommandLinkButton, QLabel, QVBoxLayout, QWidget

from ..messages import tr
from . import icons
from .buttons import text_button

LOGO_PX = 72
MAX_RECENT = 5
BUTTON_PX = 190


class StartPage(QWidget):
    """New, open, and the projects of before."""

    new_requested = pyqtSignal()
    browse_requested = pyqtSignal()
    recent_requested = pyqtSignal(str)  # folder

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.new = text_button(
            icons.icon("new"), tr("New project…"), tr("Choose imagery and classes"), self
        )
        self.open = text_button(
            icons.icon("open"), tr("Open project…"), tr("Choose a project folder"), self
        )
        self.new.clicked.connect(self.new_requested)
        self.open.clicked.connect(self.browse_requested)
        self.recent_title = QLabel(tr("Recent"), self)
        self.recent = QVBoxLayout()
        self.recent.setSpacing(0)
        self._arrange()
        self.set_recent(())

    def set_recent(self, folders: Sequence[str]) -> None:
        """Offer these projects, the newest first."""
        while self.recent.count():
            self.recent.takeAt(0).widget().deleteLater()
        for folder in folders[:MAX_RECENT]:
            path = Path(folder)
            button = QCommandLinkButton(path.stem.replace("&", "&&"), str(path.parent), self)
            button.setIcon(icons.icon("open"))
            button.setToolTip(folder)
            button.clicked.connect(lambda _down, at=folder: self.recent_requested.emit(at))
            self.recent.addWidget(button)
        self.recent_title.setVisible(bool(folders))

    def _arrange(self) -> None:
        logo = QLabel(self)
        logo.setPixmap(QIcon(str(icons.path("landloop"))).pixmap(LOGO_PX, LOGO_PX))
        title = QLabel(tr("LandLoop"), self)
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        font.setBold(True)
        title.setFont(font)
        purpose = QLabel(
            tr(
                "Paint a little, let the network learn, and label the tiles from which it "
                "learns most."
            ),
            self,
        )
        purpose.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 12, 24, 12)
        column.addStretch(1)
        for widget in (logo, title, purpose):
            widget.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(widget)
        column.addSpacing(14)
        for button in (self.new, self.open):
            button.setMinimumWidth(BUTTON_PX)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(18)
        column.addWidget(self.recent_title)
        column.addLayout(self.recent)
        column.addStretch(2)
