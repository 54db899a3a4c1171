"""Labels that shorten themselves, and labels that say what is wrong."""

from __future__ import annotations

from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QColor, QPainter, QPaintEvent, QPalette
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

COMBO_PADDING_PX = 4  # styles keep a little distance from the frame
SMALLER = 0.92  # of the font
DARK = 128  # a background below this lightness is a dark theme's


class ElidedLabel(QLabel):
    """One line that ends in … where it is too long; the tooltip has all of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str) -> None:
        """Show a text."""
        self.setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        """Need no width at all."""
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Draw what fits."""
        painter = QPainter(self)
        role = QPalette.ColorRole.WindowText
        painter.setPen(self.palette().color(self.foregroundRole() or role))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(self.alignment()), text)
        painter.end()


class ElidedCombo(QComboBox):
    """A list to choose from that may be narrower than its texts: they end in … then."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Draw what fits."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        area = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox,
            option,
            QStyle.SubControl.SC_ComboBoxEditField,
            self,
        )
        option.currentText = self.fontMetrics().elidedText(
            option.currentText, Qt.TextElideMode.ElideRight, area.width() - COMBO_PADDING_PX
        )
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()


def small_label(parent: QWidget) -> QLabel:
    """Return a label for text that explains: a little smaller, and as many lines as it takes."""
    label = QLabel(parent)
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * SMALLER)
    label.setFont(font)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


class ProblemLabel(QLabel):
    """Says what is wrong, in red; takes no room when nothing is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.hide()

    def show_problem(self, text: str) -> None:
        """Show a problem, or hide when the text is empty."""
        # A palette would lose against the style sheet of QGIS's dark themes.
        self.setStyleSheet(f"color: {problem_color(self.palette()).name()}")
        self.setText(text)
        self.setVisible(bool(text))


def problem_color(palette: QPalette) -> QColor:
    """Return a red that can be read on this theme's background."""
    dark = palette.color(QPalette.ColorRole.Window).lightness() < DARK
    return QColor("#ff8a80" if dark else "#b3261e")


def warning_color(palette: QPalette) -> QColor:
    """Return an amber that can be seen on this theme's background."""
    dark = palette.color(QPalette.ColorRole.Window).lightness() < DARK
    return QColor("#ffb74d" if dark else "#b26a00")
