"""Buttons that a keyboard and a screen reader can use."""

from __future__ import annotations

from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QMenu, QPushButton, QToolButton, QWidget

ICON = QSize(18, 18)
ARROW_PX = 12


def icon_button(icon: QIcon, name: str, tip: str, parent: QWidget) -> QToolButton:
    """Return a button that shows only an icon; `name` is what a screen reader says."""
    button = QToolButton(parent)
    button.setIcon(icon)
    button.setIconSize(ICON)
    button.setToolTip(tip)
    button.setAccessibleName(name)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def text_button(icon: QIcon, text: str, tip: str, parent: QWidget) -> QPushButton:
    """Return an ordinary button with an icon and a word."""
    button = QPushButton(icon, text, parent)
    button.setToolTip(tip)
    button.setAccessibleName(text.replace("…", ""))
    button.setAutoDefault(False)
    return button


def menu_button(icon: QIcon, text: str, tip: str, menu: QMenu) -> QPushButton:
    """Return a button that opens a menu; it belongs to the menu's parent."""
    button = text_button(icon, text, tip, menu.parentWidget())
    button.setMenu(menu)
    # QGIS's dark themes forget the arrow when they measure.
    button.setMinimumWidth(button.sizeHint().width() + ARROW_PX)
    return button
