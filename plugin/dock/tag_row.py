"""What can be said of the selected tiles, and the ways to select them."""

from __future__ import annotations

from collections.abc import Callable

from qgis.PyQt.QtCore import QSignalBlocker, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..controllers.tagging import TagState
from ..messages import tr
from . import phrases
from .buttons import icon_button, menu_button, text_button
from .icons import icon, swatch
from .job_progress import JobProgress
from .labels import small_label
from .rows import SurePrediction

SPACING_PX = 3
BESIDE = Qt.ToolButtonStyle.ToolButtonTextBesideIcon


class TagRow(QWidget):
    """The tag tool, confirm, unsure, none, take off, undo and redo; gallery and jobs below."""

    tool_toggled = pyqtSignal(bool)  # take the tag tool, or put it away
    confirm_requested = pyqtSignal()
    unsure_requested = pyqtSignal()
    none_requested = pyqtSignal()
    take_off_requested = pyqtSignal()
    undo_requested = pyqtSignal()
    redo_requested = pyqtSignal()
    go_on_toggled = pyqtSignal(bool)
    gallery_toggled = pyqtSignal(bool)
    sure_requested = pyqtSignal(int)  # class index: look at its surest predictions
    from_paint_requested = pyqtSignal()
    paint_next_requested = pyqtSignal()
    cancel_requested = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sure: Callable[[], tuple[SurePrediction, ...]] = tuple
        self.state = small_label(self)
        self.go_on = QCheckBox(tr("Then go on to the next tile"), self)
        self.go_on.setToolTip(
            tr("After a tag, or Enter, go to the next tile of the queue without tags")
        )
        self.go_on.toggled.connect(self.go_on_toggled)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING_PX)
        column.addLayout(self._make_verbs())
        column.addWidget(self.state)
        column.addWidget(self.go_on)
        column.addLayout(self._make_windows())
        self.progress = JobProgress(tr("Stop; nothing is left half done"), self)
        self.progress.cancel_requested.connect(self.cancel_requested)
        column.addWidget(self.progress)
        self.set_state(TagState())

    def set_state(self, state: TagState) -> None:
        """Show what there is to do with the selected tiles."""
        self.confirm.setEnabled(state.predicted > 0)
        self.unsure.setEnabled(state.selected > 0)
        self.none.setEnabled(state.selected > 0)
        self.take_off.setEnabled(state.tagged > 0)
        self.undo.setEnabled(state.can_undo)
        self.redo.setEnabled(state.can_redo)
        self.state.setText(_sentence(state))

    def set_active(self, active: bool) -> None:  # noqa: FBT001 - a slot
        """Show whether the tag tool is the map tool."""
        self.select.setChecked(active)

    def set_many(self, many: bool) -> None:  # noqa: FBT001 - a switch
        """Offer what makes sense only where a tile may have any number of classes."""
        self.none.setVisible(many)

    def set_go_on(self, on: bool) -> None:  # noqa: FBT001 - a switch
        """Show whether tagging goes on to the next tile, without telling anybody."""
        with QSignalBlocker(self.go_on):
            self.go_on.setChecked(on)

    def set_gallery(self, shown: bool) -> None:  # noqa: FBT001 - a slot
        """Show whether the gallery is open."""
        with QSignalBlocker(self.gallery):
            self.gallery.setChecked(shown)

    def set_sure(self, ask: Callable[[], tuple[SurePrediction, ...]]) -> None:
        """Ask this for the list of sure predictions whenever it is opened."""
        self._sure = ask

    def show_running(
        self, fraction: float = 0.0, message: str = "", time_left_s: float | None = None
    ) -> None:
        """Show how far a job with the tags is."""
        self.more.setEnabled(False)
        self.progress.report(fraction, message, time_left_s)

    def show_idle(self) -> None:
        """Show that no job is under way."""
        self.more.setEnabled(True)
        self.progress.finish()

    def _make_verbs(self) -> QHBoxLayout:
        self.select = icon_button(
            icon("tag"),
            tr("Tag"),
            tr(
                "Select tiles on the map: click, drag a box; Shift and Ctrl select several. "
                "Then press the digit of a class."
            ),
            self,
        )
        self.select.setText(tr("Tag"))
        self.select.setToolButtonStyle(BESIDE)
        self.select.setCheckable(True)
        self.confirm = icon_button(
            icon("done"), tr("Confirm"), tr("Confirm the predicted tags (Enter)"), self
        )
        self.confirm.setText(tr("Confirm"))
        self.confirm.setToolButtonStyle(BESIDE)
        self.unsure = icon_button(
            icon("unsure"),
            tr("Unsure"),
            tr("You cannot tell what is there (F); never trained on, never asked again"),
            self,
        )
        self.none = icon_button(
            icon("none"), tr("None"), tr("None of the classes is there (X)"), self
        )
        self.take_off = icon_button(
            icon("erase"), tr("Take tags off"), tr("Take the tags off (0 or Backspace)"), self
        )
        self.undo = icon_button(icon("undo"), tr("Undo"), tr("Undo tags (Ctrl+Z)"), self)
        self.redo = icon_button(icon("redo"), tr("Redo"), tr("Redo tags (Ctrl+Shift+Z)"), self)
        for button in (self.select, self.confirm, self.unsure, self.none, self.take_off):
            button.setAutoRaise(False)
        self.select.clicked.connect(self.tool_toggled)
        self.confirm.clicked.connect(self.confirm_requested)
        self.unsure.clicked.connect(self.unsure_requested)
        self.none.clicked.connect(self.none_requested)
        self.take_off.clicked.connect(self.take_off_requested)
        self.undo.clicked.connect(self.undo_requested)
        self.redo.clicked.connect(self.redo_requested)
        row = QHBoxLayout()
        row.setSpacing(SPACING_PX)
        for button in (self.select, self.confirm, self.unsure, self.none, self.take_off):
            row.addWidget(button)
        row.addStretch()
        row.addWidget(self.undo)
        row.addWidget(self.redo)
        return row

    def _make_windows(self) -> QHBoxLayout:
        self.gallery = text_button(
            icon("gallery"),
            tr("Gallery"),
            tr("Pictures of all tiles, to sort, select and tag many at once"),
            self,
        )
        self.gallery.setCheckable(True)
        self.gallery.toggled.connect(self.gallery_toggled)
        menu = QMenu(self)
        menu.aboutToShow.connect(lambda: self._fill_sure(menu))
        self.sure = menu_button(
            icon("done"),
            tr("Sure ones"),
            tr("Predictions that are nearly certain, class by class, to look at and confirm"),
            menu,
        )
        row = QHBoxLayout()
        row.setSpacing(SPACING_PX)
        row.addWidget(self.gallery, 1)
        row.addWidget(self.sure, 1)
        row.addWidget(self._make_more())
        return row

    def _make_more(self) -> QToolButton:
        self.more = icon_button(
            icon("settings"), tr("More"), tr("Tags from paint, and painting from tags"), self
        )
        menu = QMenu(self.more)
        from_paint = menu.addAction(icon("paint"), tr("Tags from painted pixels"))
        from_paint.setToolTip(tr("A class is there if it covers more than 7 % of what is painted"))
        from_paint.triggered.connect(lambda _down: self.from_paint_requested.emit())
        paint_next = menu.addAction(icon("next"), tr("Go on by painting…"))
        paint_next.setToolTip(
            tr("Make a project in which pixels are painted; it starts from these tags")
        )
        paint_next.triggered.connect(lambda _down: self.paint_next_requested.emit())
        menu.setToolTipsVisible(True)
        self.more.setMenu(menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setAutoRaise(False)
        return self.more

    def _fill_sure(self, menu: QMenu) -> None:
        menu.clear()
        found = self._sure()
        for one in found:
            text = tr("{name}: {count} tiles above {share}").format(
                name=one.name.replace("&", "&&"),
                count=phrases.exact(one.count),
                share=phrases.percent(one.share),
            )
            action = menu.addAction(swatch(one.color), text)
            action.triggered.connect(lambda _down, index=one.index: self.sure_requested.emit(index))
        if not found:
            menu.addAction(tr("No sure predictions: retrain first")).setEnabled(False)


def _sentence(state: TagState) -> str:
    if not state.selected:
        return tr("Click tiles on the map or in the gallery, then press the digit of a class.")
    if state.selected == 1:
        if state.predicted:
            return tr("1 tile selected. Enter confirms its predicted tags.")
        return tr("1 tile selected. Digits tag it.")
    counts = tr("{count} tiles selected, {tagged} of them tagged.").format(
        count=phrases.exact(state.selected), tagged=phrases.exact(state.tagged)
    )
    if not state.predicted:
        return counts
    return " ".join(
        (
            counts,
            tr("Enter confirms the predicted tags of {count}.").format(
                count=phrases.exact(state.predicted)
            ),
        )
    )
