"""Symbolic icons in the colour of the text, and swatches in the colours of the legend."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtCore import QByteArray, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QIcon, QPainter, QPalette, QPen, QPixmap
from qgis.PyQt.QtSvg import QSvgRenderer
from qgis.PyQt.QtWidgets import QApplication, QToolButton

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "icons"
SYMBOL_COLOR = b"#7a8590"  # of the files; readable on light and on dark, replaced here
SIZES_PX = (16, 20, 24, 32, 48)
SWATCH = QSize(20, 16)
BRIGHT = 150  # above this grey level black text reads better than white


def path(name: str) -> Path:
    """Return the file of an icon."""
    return FOLDER / f"{name}.svg"


def icon(name: str) -> QIcon:
    """Return a symbolic icon in the colour of button text, as the theme has it now."""
    drawing = path(name).read_bytes().replace(SYMBOL_COLOR, _ink().name().encode())
    renderer = QSvgRenderer(QByteArray(drawing))
    result = QIcon()
    for size in SIZES_PX:
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter)
        painter.end()
        result.addPixmap(pixmap)
    return result


def swatch(color: str, text: str = "", size: QSize = SWATCH) -> QIcon:
    """Return a patch of a class colour, with a key on it if given."""
    ratio = QApplication.instance().devicePixelRatio()
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    draw_swatch(painter, QRectF(0, 0, size.width(), size.height()), QColor(color), text)
    painter.end()
    result = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected, QIcon.Mode.Disabled):
        result.addPixmap(pixmap, mode)  # a class keeps its colour in a selected row
    return result


def draw_swatch(painter: QPainter, area: QRectF, color: QColor, text: str = "") -> None:
    """Draw a patch of a class colour."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color.darker(150), 1))
    painter.setBrush(color)
    corner = area.height() * 0.2
    painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), corner, corner)
    if text:
        dark = color.red() * 0.299 + color.green() * 0.587 + color.blue() * 0.114 < BRIGHT
        painter.setPen(QColor(Qt.GlobalColor.white if dark else Qt.GlobalColor.black))
        font = painter.font()
        font.setPixelSize(round(area.height() * 0.72))
        font.setBold(True)
        painter.setFont(font)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def _ink() -> QColor:
    """Return the colour of text on buttons; QGIS's dark themes set it by style sheet only."""
    button = QToolButton()
    button.ensurePolished()
    return button.palette().color(QPalette.ColorRole.ButtonText)
