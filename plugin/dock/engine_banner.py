"""What is missing for the engine to run, and the button that makes it."""

from __future__ import annotations

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QFrame, QHBoxLayout, QLabel, QStyle, QVBoxLayout, QWidget

from ..messages import tr
from .buttons import text_button
from .icons import icon
from .job_progress import JobProgress
from .labels import ProblemLabel
from .rows import InstallStage, InstallState

ICON_PX = 22


class EngineBanner(QFrame):
    """Shown while the engine's environment is not there."""

    install_requested = pyqtSignal()
    cancel_requested = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        self.problem = ProblemLabel(self)
        self.install = text_button(
            icon("install"), tr("Install"), tr("Create the engine's environment now"), self
        )
        self.install.clicked.connect(self.install_requested)
        self.progress = JobProgress(tr("Stop and remove what has been installed so far"), self)
        self.progress.cancel_requested.connect(self.cancel_requested)
        self._arrange()
        self.set_state(InstallState(InstallStage.READY))

    def set_state(self, state: InstallState) -> None:
        """Show how far the environment is."""
        running = state.stage is InstallStage.RUNNING
        failed = state.stage is InstallStage.FAILED
        self.text.setText(
            tr("Installing the engine. You can go on labelling meanwhile.")
            if running
            else tr(
                "LandLoop's engine needs a Python environment of its own: about 6 GB to "
                "download and to keep. Your QGIS is left as it is."
            )
        )
        self.problem.show_problem(state.message if failed else "")
        self.install.setVisible(not running)
        self.install.setText(tr("Try again") if failed else tr("Install"))
        if running:
            self.progress.report(state.fraction, state.message)
        else:
            self.progress.finish()
        self.setVisible(state.stage is not InstallStage.READY)

    def _arrange(self) -> None:
        mark = QLabel(self)
        kind = QStyle.StandardPixmap.SP_MessageBoxInformation
        mark.setPixmap(self.style().standardIcon(kind).pixmap(ICON_PX, ICON_PX))
        top = QHBoxLayout()
        top.addWidget(mark)
        top.addWidget(self.text, 1)
        bottom = QHBoxLayout()
        bottom.addStretch()
        bottom.addWidget(self.install)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(self.problem)
        column.addWidget(self.progress)
        column.addLayout(bottom)
