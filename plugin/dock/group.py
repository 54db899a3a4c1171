"""A titled group of widgets that can be folded."""

from __future__ import annotations

from qgis.gui import QgsCollapsibleGroupBoxBasic
from qgis.PyQt.QtCore import QEvent, QObject
from qgis.PyQt.QtWidgets import QToolButton, QVBoxLayout, QWidget

from ..messages import tr

CORNER_PX = 2


def group(
    title: str, *widgets: QWidget, corner: QWidget | None = None, folded: bool = False
) -> QgsCollapsibleGroupBoxBasic:
    """Return the widgets below each other in a group; `corner` sits at the end of its title."""
    box = QgsCollapsibleGroupBoxBasic(title)
    fold = box.findChild(QToolButton)
    fold.setAccessibleName(tr("Show or hide “{title}”").format(title=title))
    fold.setToolTip(fold.accessibleName())
    column = QVBoxLayout(box)
    column.setContentsMargins(5, 2, 5, 5)
    column.setSpacing(5)
    for widget in widgets:
        column.addWidget(widget)
    if corner is not None:
        box.installEventFilter(_Corner(box, corner))
    if folded:
        box.setCollapsed(True)
    return box


class _Corner(QObject):
    """Keeps a small widget at the end of a group's title."""

    def __init__(self, box: QWidget, corner: QWidget) -> None:
        super().__init__(box)
        self._corner = corner
        corner.setParent(box)
        corner.show()

    def eventFilter(self, box: QObject, event: QEvent) -> bool:
        """Follow the group's size; takes nothing away from it."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._corner.adjustSize()
            self._corner.move(box.width() - self._corner.width() - CORNER_PX, 0)
            self._corner.raise_()
        return False
