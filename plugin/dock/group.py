"""A titled group of widgets that can be folded."""

from __future__ import annotations

from qgis.gui import QgsCollapsibleGroupBoxBasic
from qgis.PyQt.QtWidgets import QToolButton, QVBoxLayout, QWidget

from ..messages import tr


def group(title: str, *widgets: QWidget) -> QgsCollapsibleGroupBoxBasic:
    """Return the widgets below each other in a group."""
    box = QgsCollapsibleGroupBoxBasic(title)
    fold = box.findChild(QToolButton)
    fold.setAccessibleName(tr("Show or hide “{title}”").format(title=title))
    fold.setToolTip(fold.accessibleName())
    column = QVBoxLayout(box)
    column.setContentsMargins(7, 2, 7, 6)
    column.setSpacing(5)
    for widget in widgets:
        column.addWidget(widget)
    return box
