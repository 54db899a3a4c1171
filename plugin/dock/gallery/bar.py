"""Which tiles the gallery shows, in which order, and how large."""

from __future__ import annotations

from qgis.PyQt.QtCore import QSignalBlocker, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QWidget

from ....al_core.legend import Legend
from ...controllers.tag_order import ANY, Listing, Show, Sort
from ...messages import tr
from .. import phrases
from ..buttons import icon_button
from ..icons import icon, swatch
from ..labels import ElidedLabel

SIZES_PX = (64, 80, 96, 112, 128, 160, 192, 224, 256)
SLIDER_PX = 90


class GalleryBar(QWidget):
    """Three lists to choose from, a button to sort anew, and the size of the pictures."""

    changed = pyqtSignal(object)  # Listing
    refresh_requested = pyqtSignal()
    size_changed = pyqtSignal(int)  # side in pixels
    chart_toggled = pyqtSignal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.show_box = self._make_box(tr("Tiles"), _shows(), tr("Which tiles to show"))
        self.label_box = self._make_box(
            tr("Class"), {}, tr("Only tiles of this class, by tag or else by prediction")
        )
        self.sort_box = self._make_box(tr("Order"), _sorts(), tr("What comes first"))
        self.refresh = icon_button(
            icon("retrain"),
            tr("Sort anew"),
            tr("Sort anew, and leave out what no longer fits"),
            self,
        )
        self.refresh.clicked.connect(self.refresh_requested)
        self.state = ElidedLabel(self)
        self.size = QSlider(Qt.Orientation.Horizontal, self)
        self.size.setRange(0, len(SIZES_PX) - 1)
        self.size.setFixedWidth(SLIDER_PX)
        self.size.setAccessibleName(tr("Size of the pictures"))
        self.size.setToolTip(tr("Size of the pictures"))
        self.size.valueChanged.connect(lambda step: self.size_changed.emit(SIZES_PX[step]))
        self.chart = icon_button(
            icon("points"),
            tr("Show likeness"),
            tr("Show all tiles as points: those that look alike lie together"),
            self,
        )
        self.chart.setCheckable(True)
        self.chart.toggled.connect(self.chart_toggled)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 2, 4, 2)
        row.addWidget(self.show_box)
        row.addWidget(self.label_box)
        row.addWidget(QLabel(tr("by"), self))
        row.addWidget(self.sort_box)
        row.addWidget(self.refresh)
        row.addWidget(self.state, 1)
        row.addWidget(self.size)
        row.addWidget(self.chart)
        self.set_legend(None)

    def listing(self) -> Listing:
        """Return what is chosen."""
        return Listing(
            self.show_box.currentData(), self.label_box.currentData(), self.sort_box.currentData()
        )

    def set_listing(self, listing: Listing) -> None:
        """Choose, without telling anybody."""
        for box, value in (
            (self.show_box, listing.show),
            (self.label_box, listing.label),
            (self.sort_box, listing.sort),
        ):
            with QSignalBlocker(box):
                box.setCurrentIndex(max(_index(box, value), 0))

    def set_legend(self, legend: Legend | None) -> None:
        """Offer these classes."""
        with QSignalBlocker(self.label_box):
            self.label_box.clear()
            self.label_box.addItem(tr("All classes"), ANY)
            for index, entry in enumerate(legend or ()):
                self.label_box.addItem(swatch(entry.color), entry.name, index)

    def set_size(self, side_px: int) -> None:
        """Show the size of the pictures, without telling anybody."""
        with QSignalBlocker(self.size):
            self.size.setValue(min(range(len(SIZES_PX)), key=lambda k: abs(SIZES_PX[k] - side_px)))

    def set_state(self, tiles: int, selected: int, outdated: int) -> None:
        """Say how many tiles there are, and how many of them no longer belong here."""
        parts = [tr("{count} tiles").format(count=phrases.exact(tiles))]
        if selected:
            parts.append(tr("{count} selected").format(count=phrases.exact(selected)))
        if outdated:
            parts.append(tr("{count} no longer fit").format(count=phrases.exact(outdated)))
        self.state.show_text(" · ".join(parts))
        self.refresh.setEnabled(tiles > 0 or outdated > 0)

    def _make_box(self, name: str, titles: dict[object, str], tip: str) -> QComboBox:
        box = QComboBox(self)
        for value, title in titles.items():
            box.addItem(title, value)
        box.setAccessibleName(name)
        box.setToolTip(tip)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        box.currentIndexChanged.connect(lambda _place: self.changed.emit(self.listing()))
        return box


def _index(box: QComboBox, value: object) -> int:
    values = [box.itemData(place) for place in range(box.count())]
    return values.index(value) if value in values else -1


def _shows() -> dict[object, str]:
    return {
        Show.ALL: tr("All tiles"),
        Show.OPEN: tr("Without tags"),
        Show.TAGGED: tr("Tagged"),
        Show.UNSURE: tr("Unsure"),
        Show.QUEUE: tr("In the queue"),
        Show.VALIDATION: tr("Validation"),
    }


def _sorts() -> dict[object, str]:
    return {
        Sort.QUEUE: tr("queue"),
        Sort.UNCERTAIN: tr("most uncertain first"),
        Sort.CERTAIN: tr("most certain first"),
        Sort.CLASS: tr("class"),
        Sort.LIKENESS: tr("likeness to the selected tile"),
        Sort.POSITION: tr("place on the map"),
    }
