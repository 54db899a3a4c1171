"""Keys of a tool: they work while it is in the hand, and never while text is typed."""

from __future__ import annotations

from collections.abc import Iterable

from qgis.PyQt import sip
from qgis.PyQt.QtCore import QEvent, QObject, Qt
from qgis.PyQt.QtGui import QKeyEvent, QKeySequence
from qgis.PyQt.QtWidgets import (
    QAbstractSpinBox,
    QAction,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

TEXT_WIDGETS = (QLineEdit, QTextEdit, QPlainTextEdit, QAbstractSpinBox)
TEXT_CLASSES = ("QsciScintilla", "QWebEngineView", "QWebView")  # not in every QGIS
NOT_PART_OF_A_KEY = Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.GroupSwitchModifier

ALTGR_ON_WINDOWS = (Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier)


class ShortcutFilter(QObject):
    """Triggers actions by their current shortcuts, before anything else in the window.

    Qt asks the focused widget and its parents with a ShortcutOverride event whether
    somebody wants a key for himself; whoever says yes gets it as an ordinary key press. The
    filter says yes for the window, then takes that press wherever it arrives.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._windows = [window]
        self._actions: list[QAction] = []
        self._active = False
        self._surfaces: tuple[QWidget, ...] = ()
        self._awaited: QAction | None = None
        window.installEventFilter(self)

    def watch(self, window: QWidget) -> None:
        """Listen in another window, too: a dock that floats is one."""
        self._windows.append(window)
        window.installEventFilter(self)

    def add(self, action: QAction) -> None:
        """Serve an action by the shortcuts that it has at the time of the key press."""
        # Qt's own handling would make bare keys fire always, and Ctrl+Z ambiguous.
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._actions.append(action)

    def set_active(self, active: bool) -> None:  # noqa: FBT001 - a switch
        """Serve keys or leave them alone."""
        self._active = active

    def set_surfaces(self, surfaces: Iterable[QWidget]) -> None:
        """Serve keys wherever one of these widgets, or a part of it, has the focus."""
        self._surfaces = tuple(surfaces)

    def remove(self) -> None:
        """Stop listening for good."""
        self._stop_waiting()
        for window in self._windows:
            window.removeEventFilter(self)
        self._windows, self._actions, self._surfaces = [], [], ()
        self._active = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claim our keys, and trigger their actions when they arrive."""
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride and (self._active or self._has_focus()):
            return self._claim(event)
        if self._awaited is not None and kind == QEvent.Type.KeyPress:
            return self._take(event)
        return super().eventFilter(watched, event)

    def _has_focus(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and any(
            surface is focus or surface.isAncestorOf(focus)
            for surface in self._surfaces
            if not sip.isdeleted(surface)
        )

    def _claim(self, event: QKeyEvent) -> bool:
        action = None if _types_text(QApplication.focusWidget()) else self._action_for(event)
        if action is None:
            return False
        if self._awaited is None:
            QApplication.instance().installEventFilter(self)  # for this one key press
        self._awaited = action
        event.accept()
        return True

    def _take(self, event: QKeyEvent) -> bool:
        action = self._awaited
        self._stop_waiting()
        if action is not self._action_for(event):
            return False  # the claimed key went elsewhere
        if action.isEnabled() and (action.autoRepeat() or not event.isAutoRepeat()):
            action.trigger()
        return True

    def _stop_waiting(self) -> None:
        if self._awaited is not None:
            self._awaited = None
            QApplication.instance().removeEventFilter(self)

    def _action_for(self, event: QKeyEvent) -> QAction | None:
        for sequence in (_sequence(event), _typed(event)):
            for action in self._actions:
                if sequence is not None and sequence in action.shortcuts():
                    return action
        return None


def _sequence(event: QKeyEvent) -> QKeySequence:
    """Return the key with its modifiers, from a keypad or not."""
    modifiers = event.modifiers() & ~NOT_PART_OF_A_KEY
    return QKeySequence(int(getattr(modifiers, "value", modifiers)) | event.key())


def _typed(event: QKeyEvent) -> QKeySequence | None:
    """Return the character as a key: on other keyboards 1, [ or ] need Shift or AltGr."""
    held = [bool(event.modifiers() & modifier) for modifier in ALTGR_ON_WINDOWS]
    text = event.text()
    is_sign = len(text) == 1 and text.isprintable() and not text.isalpha()
    return QKeySequence(text) if is_sign and len(set(held)) == 1 else None


def _types_text(widget: QWidget | None) -> bool:
    """Tell whether keys pressed now are text for a field."""
    if isinstance(widget, QComboBox):
        return widget.isEditable()
    return isinstance(widget, TEXT_WIDGETS) or (
        widget is not None and any(widget.inherits(name) for name in TEXT_CLASSES)
    )
