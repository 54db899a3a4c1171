"""The composition root: builds everything, wires it together, and unloads it in reverse."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProject
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QObject, Qt
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction

from .messages import tr

ICON = Path(__file__).resolve().parents[1] / "resources" / "icons" / "landloop.svg"


class LandLoopPlugin:
    """What QGIS loads: one action; the rest is built when it is first used."""

    def __init__(self, iface: QgisInterface) -> None:
        self._iface = iface
        self._action: QAction | None = None
        self._workbench: QObject | None = None

    def initGui(self) -> None:
        """Add the action that shows the dock; called by QGIS."""
        self._action = QAction(QIcon(str(ICON)), tr("LandLoop"), self._iface.mainWindow())
        self._action.setObjectName("LandLoopShowDock")
        self._action.setCheckable(True)
        self._action.setMenuRole(QAction.MenuRole.NoRole)
        self._action.setToolTip(tr("LandLoop: land-cover maps with few labels"))
        self._action.toggled.connect(self._toggle)
        self._iface.addRasterToolBarIcon(self._action)
        self._iface.addPluginToRasterMenu(tr("LandLoop"), self._action)

    def unload(self) -> None:
        """Take everything back, in reverse; called by QGIS."""
        if self._workbench is not None:
            for action in self._workbench.keys.actions:
                self._iface.unregisterMainWindowAction(action)
            self._iface.removeDockWidget(self._workbench.gallery)
            self._iface.removeDockWidget(self._workbench.dock)
            self._workbench.unload()
            self._workbench = None
        if self._action is not None:
            self._iface.removePluginRasterMenu(tr("LandLoop"), self._action)
            self._iface.removeRasterToolBarIcon(self._action)
            self._action.deleteLater()
            self._action = None

    @property
    def workbench(self) -> QObject:
        """Everything behind the dock, built when it is first asked for."""
        if self._workbench is None:
            self._workbench = self._build()
        return self._workbench

    def _build(self) -> QObject:
        from .workbench import Workbench  # noqa: PLC0415 - opening QGIS costs nothing

        workbench = Workbench(
            self._iface.mainWindow(),
            self._iface.mapCanvas(),
            self._iface.messageBar(),
            QgsProject.instance(),
        )
        for action in workbench.keys.actions:
            shortcuts = action.shortcuts()
            self._iface.registerMainWindowAction(action, shortcuts[0].toString())
            if action.shortcut() == shortcuts[0]:  # not changed by the user
                action.setShortcuts(shortcuts)  # QGIS has kept the first one only
        self._iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, workbench.dock)
        width = workbench.dock.sizeHint().width()  # QGIS gives a new dock too little
        self._iface.mainWindow().resizeDocks([workbench.dock], [width], Qt.Orientation.Horizontal)
        self._iface.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, workbench.gallery)
        workbench.gallery.hide()
        workbench.dock.closed.connect(lambda: self._action.setChecked(False))
        return workbench

    def show_dock(self) -> None:
        """Open the dock."""
        self._action.setChecked(True)

    def open_project(self, folder: Path) -> None:
        """Open a LandLoop project."""
        self.workbench.setup.open(folder)

    def _toggle(self, shown: bool) -> None:  # noqa: FBT001 - a slot
        if shown or self._workbench is not None:
            self.workbench.dock.setUserVisible(shown)
