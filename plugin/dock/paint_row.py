"""The tools of the brush, in one row."""

from __future__ import annotations

from qgis.PyQt.QtCore import QSignalBlocker, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QResizeEvent
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QToolButton, QWidget

from ...al_core.legend import UNSURE
from ..messages import tr
from .buttons import icon_button
from .icons import icon
from .rows import PaintState

MAX_SIZE_PX = 1000
SPACING_PX = 3
BESIDE = Qt.ToolButtonStyle.ToolButtonTextBesideIcon


class PaintRow(QWidget):
    """Paint, erase, unsure, size, undo and redo; of the first three at most one is down."""

    paint_toggled = pyqtSignal(bool)  # paint with the class chosen last, or put the tool away
    eraser_requested = pyqtSignal()
    unsure_requested = pyqtSignal()
    size_changed = pyqtSignal(int)  # diameter in image pixels
    undo_requested = pyqtSignal()
    redo_requested = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = PaintState()
        self._active = False
        self._make_tools()
        self._make_size()
        self._make_steps()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING_PX)
        for widget in (self.paint, self.eraser, self.unsure):
            row.addWidget(widget)
        row.addStretch()
        row.addWidget(self.size_label)
        row.addWidget(self.size)
        row.addStretch()
        for widget in (self.undo, self.redo):
            row.addWidget(widget)
        self._show()

    def set_state(self, state: PaintState) -> None:
        """Show what the brush does next."""
        self._state = state
        self._show()

    def set_active(self, active: bool) -> None:  # noqa: FBT001 - a slot
        """Show whether the paint tool is the map tool."""
        self._active = active
        self._show()

    def minimumSizeHint(self) -> QSize:
        """Need the room of the buttons, not of the words beside them."""
        words = self.paint.sizeHint().width() - self.eraser.sizeHint().width()
        if self.paint.toolButtonStyle() != BESIDE:
            words = 0
        return QSize(self._width() - words, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out words where the dock is narrow; what they say is in the tooltips, too."""
        super().resizeEvent(event)
        self.paint.setToolButtonStyle(BESIDE)
        if self._width() > self.width():
            self.paint.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        label = self.size_label.sizeHint().width() + 2 * SPACING_PX
        self.size_label.setVisible(self._width() + label <= self.width())

    def _width(self) -> int:
        """Return the width of everything but the word beside the size."""
        widgets = (self.paint, self.eraser, self.unsure, self.size, self.undo, self.redo)
        return sum(widget.sizeHint().width() + SPACING_PX for widget in widgets) + SPACING_PX

    def _make_tools(self) -> None:
        self.paint = icon_button(
            icon("paint"),
            tr("Paint"),
            tr("Paint with the active class (B). Right button or Ctrl erases."),
            self,
        )
        self.paint.setText(tr("Paint"))
        self.paint.setToolButtonStyle(BESIDE)
        self.eraser = icon_button(icon("erase"), tr("Eraser"), tr("Erase labels (E)"), self)
        self.unsure = icon_button(
            icon("unsure"),
            tr("Unsure"),
            tr("Mark what you cannot tell (F); it is never trained on"),
            self,
        )
        for button in (self.paint, self.eraser, self.unsure):
            _make_tool(button)
        self.paint.clicked.connect(self._toggle_paint)
        self.eraser.clicked.connect(self._toggle_eraser)
        self.unsure.clicked.connect(self._toggle_unsure)

    def _make_size(self) -> None:
        self.size = QSpinBox(self)
        self.size.setRange(1, MAX_SIZE_PX)
        self.size.setSuffix(tr(" px"))
        self.size.setKeyboardTracking(False)
        self.size.setAccessibleName(tr("Brush size"))
        self.size.setToolTip(tr("Brush diameter in image pixels ([ and ], or Shift+wheel)"))
        self.size_label = QLabel(tr("Size"), self)
        self.size_label.setBuddy(self.size)
        self.size.valueChanged.connect(self.size_changed)

    def _make_steps(self) -> None:
        self.undo = icon_button(icon("undo"), tr("Undo"), tr("Undo stroke (Ctrl+Z)"), self)
        self.redo = icon_button(icon("redo"), tr("Redo"), tr("Redo stroke (Ctrl+Shift+Z)"), self)
        self.undo.clicked.connect(self.undo_requested)
        self.redo.clicked.connect(self.redo_requested)

    def _toggle_paint(self, down: bool) -> None:  # noqa: FBT001 - a slot
        self.paint_toggled.emit(down)
        self._show()  # what is down is what the state says, not what was clicked

    def _toggle_eraser(self, down: bool) -> None:  # noqa: FBT001 - a slot
        if down:
            self.eraser_requested.emit()
        else:
            self.paint_toggled.emit(False)  # noqa: FBT003 - a signal
        self._show()

    def _toggle_unsure(self, down: bool) -> None:  # noqa: FBT001 - a slot
        if down:
            self.unsure_requested.emit()
        else:
            self.paint_toggled.emit(False)  # noqa: FBT003 - a signal
        self._show()

    def _show(self) -> None:
        state, active = self._state, self._active
        unsure = state.label == UNSURE
        self.paint.setChecked(active and not state.eraser and not unsure)
        self.eraser.setChecked(active and state.eraser)
        self.unsure.setChecked(active and unsure and not state.eraser)
        self.undo.setEnabled(state.can_undo)
        self.redo.setEnabled(state.can_redo)
        with QSignalBlocker(self.size):
            self.size.setValue(state.size_px)


def _make_tool(button: QToolButton) -> None:
    button.setCheckable(True)
    button.setAutoRaise(False)
