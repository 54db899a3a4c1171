"""Where the cells of a grid lie; nothing but arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

from qgis.PyQt.QtCore import QPoint, QRect


@dataclass(frozen=True)
class Cells:
    """`count` cells in rows, in a viewport of `width` x `height`; all lengths in pixels.

    The cells share the width that is left over, so that they begin and end with the viewport.
    """

    count: int
    width: int
    height: int
    cell_width: int
    cell_height: int

    @property
    def columns(self) -> int:
        """How many cells are side by side."""
        return max(1, self.width // self.cell_width)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return -(-self.count // self.columns)

    @property
    def total_height(self) -> int:
        """The height of all rows."""
        return self.rows * self.cell_height

    @property
    def page(self) -> int:
        """How many cells can be seen as a whole."""
        return max(1, self.height // self.cell_height) * self.columns

    def rect(self, position: int) -> QRect:
        """Return where a cell lies, counted from the top of the first row."""
        row, column = divmod(position, self.columns)
        left = column * self.width // self.columns
        right = (column + 1) * self.width // self.columns
        return QRect(left, row * self.cell_height, right - left, self.cell_height)

    def position_at(self, point: QPoint) -> int | None:
        """Return the cell at a point, None where there is none."""
        if not (0 <= point.x() < self.width and point.y() >= 0):
            return None
        column = min((point.x() + 1) * self.columns // self.width, self.columns - 1)
        while column > 0 and column * self.width // self.columns > point.x():
            column -= 1
        position = point.y() // self.cell_height * self.columns + column
        return position if position < self.count else None

    def touched(self, area: QRect) -> list[int]:
        """Return the cells that a rectangle touches, ascending."""
        first = max(area.top() // self.cell_height, 0)
        last = min(area.bottom() // self.cell_height, self.rows - 1)
        return [
            position
            for row in range(first, last + 1)
            for position in range(row * self.columns, min((row + 1) * self.columns, self.count))
            if self.rect(position).intersects(area)
        ]

    def seen(self, top: int, bottom: int) -> range:
        """Return the cells of the rows between two heights."""
        first = max(top // self.cell_height, 0) * self.columns
        last = (max(bottom, 0) // self.cell_height + 1) * self.columns
        return range(min(first, self.count), min(last, self.count))
