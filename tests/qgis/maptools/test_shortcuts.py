"""The brush's keys in a real main window with other things that want keys."""

import pytest
from landloop.plugin.maptools.shortcuts import ShortcutFilter
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QAction,
    QComboBox,
    QDockWidget,
    QLineEdit,
    QListWidget,
    QMainWindow,
    QSpinBox,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qgis_app, qtbot):
    """A window with a map-like widget, fields, and QGIS's own Ctrl+Z."""
    window = QMainWindow()
    qtbot.addWidget(window)
    body = QWidget()
    column = QVBoxLayout(body)
    window.list, window.line, window.spin = QListWidget(), QLineEdit(), QSpinBox()
    window.text, window.combo, window.editable = QTextEdit(), QComboBox(), QComboBox()
    window.list.addItems(["alpha", "beta"])
    window.combo.addItems(["alpha", "beta"])
    window.editable.setEditable(True)
    for widget in (
        window.list,
        window.line,
        window.spin,
        window.text,
        window.combo,
        window.editable,
    ):
        column.addWidget(widget)
    window.setCentralWidget(body)
    window.undone = []
    undo = QAction("QGIS's undo", window)
    undo.setShortcut(QKeySequence("Ctrl+Z"))
    undo.triggered.connect(lambda: window.undone.append("qgis"))
    window.addAction(undo)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    window.list.setFocus()
    qtbot.waitUntil(window.list.hasFocus)
    return window


@pytest.fixture
def keys(window):
    keys = ShortcutFilter(window)
    keys.done = []
    keys.action = {}
    for key in ("1", "B", "[", "N", "Shift+N", "Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+Y", "F7"):
        action = QAction(key, window)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda _checked, key=key: keys.done.append(key))
        window.addAction(action)
        keys.action[key] = action
        keys.add(action)
    keys.set_active(True)
    yield keys
    keys.remove()


def test_bare_keys_trigger_their_actions_once(window, keys):
    for key in (Qt.Key.Key_1, Qt.Key.Key_B, Qt.Key.Key_BracketLeft, Qt.Key.Key_N):
        QTest.keyClick(window.list, key)

    assert keys.done == ["1", "B", "[", "N"]


def test_a_widget_that_searches_by_letter_does_not_get_our_letter(window, keys):
    QTest.keyClick(window.list, Qt.Key.Key_B)

    assert window.list.currentRow() != 1


def test_shift_makes_another_key(window, keys):
    QTest.keyClick(window.list, Qt.Key.Key_N, SHIFT)

    assert keys.done == ["Shift+N"]


def test_digits_of_the_keypad_count(window, keys):
    QTest.keyClick(window.list, Qt.Key.Key_1, Qt.KeyboardModifier.KeypadModifier)

    assert keys.done == ["1"]


def test_our_undo_wins_over_that_of_qgis_while_active(window, keys):
    QTest.keyClick(window.list, Qt.Key.Key_Z, CTRL)

    assert keys.done == ["Ctrl+Z"]
    assert window.undone == []


def test_the_undo_of_qgis_works_again_when_we_are_not_active(window, keys):
    keys.set_active(False)
    QTest.keyClick(window.list, Qt.Key.Key_Z, CTRL)

    assert keys.done == []
    assert window.undone == ["qgis"]


def test_bare_keys_are_left_alone_when_not_active(window, keys):
    keys.set_active(False)
    QTest.keyClick(window.list, Qt.Key.Key_B)

    assert keys.done == []
    assert window.list.currentRow() == 1


@pytest.mark.parametrize("field", ["line", "text", "editable"])
def test_keys_typed_into_a_field_are_text(window, keys, qtbot, field):
    widget = getattr(window, field)
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus)
    QTest.keyClicks(widget, "1b")
    QTest.keyClick(widget, Qt.Key.Key_Y, CTRL)
    QTest.keyClick(widget, Qt.Key.Key_F7)  # nothing that the field itself would want

    content = {
        "line": QLineEdit.text,
        "text": QTextEdit.toPlainText,
        "editable": QComboBox.currentText,
    }
    assert content[field](widget) == "1b"
    assert keys.done == []


def test_digits_typed_into_a_spin_box_are_its_value(window, keys, qtbot):
    window.spin.setFocus()
    qtbot.waitUntil(window.spin.hasFocus)
    window.spin.selectAll()
    QTest.keyClick(window.spin, Qt.Key.Key_1)
    QTest.keyClick(window.spin, Qt.Key.Key_Z, CTRL | SHIFT)

    assert window.spin.value() == 1
    assert keys.done == []


def test_a_combo_box_that_only_chooses_takes_no_keys_from_us(window, keys, qtbot):
    window.combo.setFocus()
    qtbot.waitUntil(window.combo.hasFocus)
    QTest.keyClick(window.combo, Qt.Key.Key_B)

    assert keys.done == ["B"]


def test_the_shortcut_that_the_user_chose_counts(window, keys):
    keys.action["B"].setShortcut(QKeySequence("G"))
    QTest.keyClick(window.list, Qt.Key.Key_B)
    QTest.keyClick(window.list, Qt.Key.Key_G)

    assert keys.done == ["B"]


def test_the_key_of_a_disabled_action_does_nothing_at_all(window, keys):
    keys.action["Ctrl+Z"].setEnabled(False)
    QTest.keyClick(window.list, Qt.Key.Key_Z, CTRL)

    assert keys.done == []
    assert window.undone == []


def test_a_digit_that_needs_shift_on_this_keyboard_is_that_digit(window, keys):
    from qgis.PyQt.QtCore import QEvent
    from qgis.PyQt.QtGui import QKeyEvent
    from qgis.PyQt.QtWidgets import QApplication

    for kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
        event = QKeyEvent(kind, Qt.Key.Key_1, SHIFT, "1")
        QApplication.sendEvent(window.list, event)

    assert keys.done == ["1"]


def test_ctrl_and_a_digit_are_not_the_digit(window, keys):
    QTest.keyClick(window.list, Qt.Key.Key_1, CTRL)

    assert keys.done == []


def test_a_floating_dock_is_heard_when_watched(window, keys, qtbot):
    dock = QDockWidget("dock", window)
    dock.setWidget(QListWidget())
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    dock.setFloating(True)
    keys.watch(dock)
    with qtbot.waitExposed(dock):
        dock.show()
    dock.activateWindow()
    dock.widget().setFocus()
    qtbot.waitUntil(dock.widget().hasFocus)
    QTest.keyClick(dock.widget(), Qt.Key.Key_B)

    assert keys.done == ["B"]


def test_a_removed_filter_hears_nothing(window, keys):
    keys.remove()
    QTest.keyClick(window.list, Qt.Key.Key_B)

    assert keys.done == []
