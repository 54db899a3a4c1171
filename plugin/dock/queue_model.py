"""The rows of the queue and how the reason is drawn."""

from __future__ import annotations

import math

from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, QRectF, Qt
from qgis.PyQt.QtGui import QColor, QPainter, QPalette
from qgis.PyQt.QtWidgets import (
    QApplication,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ..messages import tr
from . import phrases
from .icons import draw_swatch, icon
from .rows import QueueRow

RANK, TILE, SCORE, WHY = range(4)
ROOT = QModelIndex()
BAR_ALPHA = 95
SWATCH_PX = 12
GAP_PX = 5


class QueueModel(QAbstractTableModel):
    """Tiles by rank; labelled ones carry a tick."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: tuple[QueueRow, ...] = ()
        self._tick = icon("done")

    def row(self, place: int) -> QueueRow:
        """Return what one row shows."""
        return self._rows[place]

    def place_of(self, tile_id: int) -> int | None:
        """Return the row of a tile, None if it is not in the queue."""
        return next((p for p, row in enumerate(self._rows) if row.tile_id == tile_id), None)

    def show(self, rows: tuple[QueueRow, ...]) -> bool:
        """Show these rows and tell whether they are others; the same ones keep the selection."""
        same = [row.tile_id for row in rows] == [row.tile_id for row in self._rows]
        if not same:
            self.beginResetModel()
        self._rows = rows
        if not same:
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, WHY))
        return not same

    def rowCount(self, parent: QModelIndex = ROOT) -> int:
        """Return the number of tiles."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else WHY + 1

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return one aspect of a cell."""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (row.rank, row.tile_id, score_text(row.score), row.why)[index.column()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role == Qt.ItemDataRole.DecorationRole and index.column() == RANK and row.labelled:
            return self._tick
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return the title of a column."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (tr("#"), tr("Tile"), tr("Score"), tr("Why"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _column_tips()[section]
        return None


class WhyDelegate(QStyledItemDelegate):
    """Draws the class's swatch, the reason, and the class's share as a bar."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Draw one reason."""
        row = index.data(Qt.ItemDataRole.UserRole)
        item = QStyleOptionViewItem(option)
        self.initStyleOption(item, index)
        item.text = ""
        style = item.widget.style() if item.widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, item, painter, item.widget)
        area = QRectF(option.rect).adjusted(GAP_PX, 0, -GAP_PX, 0)
        painter.save()
        selected = bool(item.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        if row.class_color:
            ink = item.palette.color(role)
            _draw_class(painter, area, row, ink if selected else QColor(row.class_color))
            area.adjust(SWATCH_PX + 2 * GAP_PX, 0, -GAP_PX, 0)
        painter.setPen(item.palette.color(role))
        text = item.fontMetrics.elidedText(row.why, Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()


def _draw_class(painter: QPainter, area: QRectF, row: QueueRow, ink: QColor) -> None:
    """Draw the swatch, and the share as a bar that the text will stand on."""
    top = area.center().y() - SWATCH_PX / 2
    draw_swatch(painter, QRectF(area.left(), top, SWATCH_PX, SWATCH_PX), QColor(row.class_color))
    painter.setPen(Qt.PenStyle.NoPen)
    bar = area.adjusted(SWATCH_PX + GAP_PX, 2, 0, -3)
    line = QRectF(bar.left(), bar.bottom(), bar.width(), 2)
    painter.fillRect(line, QColor(128, 128, 128, 90))
    for part, alpha in ((bar, BAR_ALPHA), (line, 255)):
        ink.setAlpha(alpha)
        part.setWidth(part.width() * min(max(row.share, 0.0), 1.0))
        painter.fillRect(part, ink)


def score_text(score: float) -> str:
    """Return a score with three decimals, or more where they would all be zero; NaN is a dash."""
    if math.isnan(score):
        return phrases.NONE
    return f"{score:.3f}" if abs(score) >= 0.01 or not score else f"{score:.2g}"  # noqa: PLR2004


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignLeft if column == WHY else Qt.AlignmentFlag.AlignRight
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _column_tips() -> tuple[str, ...]:
    return (
        tr("Rank in the queue; a tick marks a labelled tile"),
        tr("Number of the tile"),
        tr("Score of the query: the higher, the more there is to learn"),
        tr("The class that adds most to the score; the bar is its share"),
    )


def _tip(row: QueueRow) -> str:
    lines = [
        tr("Tile {tile}, rank {rank}, score {score}").format(
            tile=row.tile_id, rank=row.rank, score=score_text(row.score)
        ),
        row.detail or row.why,
    ]
    if row.class_color:
        lines.append(
            tr("Share of this class in the score: {share} %").format(share=round(100 * row.share))
        )
    lines.append(tr("Labelled already") if row.labelled else tr("Double click or Enter goes there"))
    return "\n".join(line for line in lines if line)
