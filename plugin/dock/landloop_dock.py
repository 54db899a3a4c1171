"""The dock: header, engine banner, the page of the moment, device line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import QSize, pyqtSignal
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ...al_core.legend import Legend
from ..messages import tr
from . import dialogs, icons
from .buttons import menu_button
from .engine_banner import EngineBanner
from .labels import ElidedLabel
from .setup_panel import SetupPanel
from .start_page import StartPage
from .work_panel import WorkPanel

WIDTH_PX, HEIGHT_PX = 390, 860
LOGO_PX = 20


class LandLoopDock(QgsDockWidget):
    """Shows one of three pages: start, setup, work."""

    new_requested = pyqtSignal()
    open_requested = pyqtSignal(str)  # folder
    close_requested = pyqtSignal()

    def __init__(
        self,
        band_count: Callable[[str], int],
        legend_of_raster: Callable[[str], Legend],
        parent: QWidget | None = None,
        pixel_size_m: Callable[[str], float | None] = lambda _path: None,
    ) -> None:
        super().__init__(tr("LandLoop"), parent)
        self.setObjectName("LandLoopDock")
        self._recent_folder = ""
        self.banner = EngineBanner(self)
        self.start_page = StartPage(self)
        self.setup_panel = SetupPanel(band_count, legend_of_raster, self, pixel_size_m)
        self.work_panel = WorkPanel(self)
        self.pages = QStackedWidget(self)
        for page in (self.start_page, self.setup_panel, self.work_panel):
            self.pages.addWidget(page)
        body = QWidget(self)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._make_header())
        column.addWidget(self.banner)
        column.addWidget(self.pages, 1)
        column.addWidget(self._make_footer())
        self.setWidget(body)
        self.start_page.new_requested.connect(self.new_requested)
        self.start_page.browse_requested.connect(self._ask_folder)
        self.start_page.recent_requested.connect(self.open_requested)
        self.setup_panel.back_requested.connect(self.show_start)
        self.show_start()

    def show_start(self) -> None:
        """Offer to make or to open a project."""
        self._show(self.start_page, tr("No project open"))

    def show_setup(self) -> None:
        """Ask for what a new project needs."""
        self._show(self.setup_panel, tr("New project"))
        self.setup_panel.setFocus()

    def show_work(self, folder: Path) -> None:
        """Show the panels for an open project."""
        self._show(self.work_panel, folder.stem)
        self.name.setToolTip(str(folder))

    def set_device(self, text: str) -> None:
        """Show what the engine computes on."""
        self.device.show_text(text or tr("Engine not started"))

    def set_recent(self, folders: list[str]) -> None:
        """Offer these projects; the first tells where to look for others."""
        self._recent_folder = str(Path(folders[0]).parent) if folders else ""
        self.start_page.set_recent(folders)

    def sizeHint(self) -> QSize:
        """Ask for the size that needs no scrolling."""
        return QSize(WIDTH_PX, HEIGHT_PX)

    def _show(self, page: QWidget, title: str) -> None:
        self.pages.setCurrentWidget(page)
        self.name.show_text(title)
        self.close_action.setEnabled(page is self.work_panel)

    def _make_header(self) -> QWidget:
        header = QWidget(self)
        logo = QLabel(header)
        logo.setPixmap(QIcon(str(icons.path("landloop"))).pixmap(LOGO_PX, LOGO_PX))
        self.name = ElidedLabel(header)
        self.name.setAccessibleName(tr("Project"))
        font = self.name.font()
        font.setBold(True)
        self.name.setFont(font)
        self.menu = menu_button(
            icons.icon("open"),
            tr("Project"),
            tr("New, open or close a project"),
            self._make_menu(),
        )
        self.menu.setFlat(True)
        row = QHBoxLayout(header)
        row.setContentsMargins(8, 3, 6, 3)
        row.addWidget(logo)
        row.addWidget(self.name, 1)
        row.addWidget(self.menu)
        return header

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        self.new_action = menu.addAction(icons.icon("new"), tr("New project…"))
        self.open_action = menu.addAction(icons.icon("open"), tr("Open project…"))
        menu.addSeparator()
        self.close_action = menu.addAction(icons.icon("cancel"), tr("Close project"))
        self.new_action.triggered.connect(self.new_requested)
        self.open_action.triggered.connect(self._ask_folder)
        self.close_action.triggered.connect(self.close_requested)
        return menu

    def _make_footer(self) -> QWidget:
        footer = QFrame(self)
        footer.setFrameShape(QFrame.Shape.StyledPanel)
        self.device = ElidedLabel(footer)
        self.device.setAccessibleName(tr("Device"))
        row = QHBoxLayout(footer)
        row.setContentsMargins(8, 2, 8, 2)
        row.addWidget(self.device)
        self.set_device("")
        return footer

    def _ask_folder(self) -> None:
        folder = dialogs.open_folder(self, tr("Open a LandLoop project"), self._recent_folder)
        if folder:
            self.open_requested.emit(folder)
