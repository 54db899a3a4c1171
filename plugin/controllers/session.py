"""The LandLoop project that is open, and the one place that holds it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...al_core.project import Access, ImageRecord, PaintSurface, Patch, Project


class Session(QObject):
    """Owns the open project and its paint surfaces; tells when anything changes."""

    opened = pyqtSignal()
    closed = pyqtSignal()
    labels_changed = pyqtSignal(list)  # tile ids
    rounds_changed = pyqtSignal()
    picks_changed = pyqtSignal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project: Project | None = None
        self._surfaces: dict[int, PaintSurface] = {}

    @property
    def is_open(self) -> bool:
        """Whether a project is open."""
        return self._project is not None

    @property
    def project(self) -> Project:
        """The open project; ask `is_open` first."""
        if self._project is None:
            raise RuntimeError("no project is open")
        return self._project

    @property
    def folder(self) -> Path | None:
        """The folder of the open project."""
        return self._project.folder if self._project else None

    def open(self, folder: Path) -> None:
        """Open a project, closing the one before.

        Raises:
            AlCoreError: The project cannot be opened; the one before stays open.
        """
        if self._project is not None and self._project.folder == folder:
            return
        project = Project.open(folder, Access.EXCLUSIVE)
        self.close()
        self._project = project
        self._surfaces = {image.id: _surface(project, image) for image in project.images}
        self.opened.emit()

    def close(self) -> None:
        """Close the project; everything in it is on disk already."""
        if self._project is None:
            return
        project, self._project = self._project, None
        self._surfaces = {}
        self.closed.emit()
        project.close()

    def surface(self, image: ImageRecord) -> PaintSurface:
        """Return what is painted on an image."""
        return self._surfaces[image.id]

    def local_tile(self, tile_id: int) -> tuple[ImageRecord, int]:
        """Return the image of a tile and the tile's place on it."""
        image = self.project.image_of(tile_id)
        return image, tile_id - image.first_tile

    def apply(self, patches: tuple[Patch, ...]) -> None:
        """Show patches that the journal has put in force (undo, redo)."""
        for patch in patches:
            image, index = self.local_tile(patch.tile_id)
            mask = self.surface(image).tile(index)
            mask[patch.window.rows, patch.window.cols] = patch.after


def _surface(project: Project, image: ImageRecord) -> PaintSurface:
    settings = project.settings
    grid = image.grid(settings.tile_size_px, settings.halo_px)
    return PaintSurface(grid, partial(_load, project.labels.read, image.first_tile))


def _load(read: Callable[[int], object], first_tile: int, index: int) -> object:
    return read(first_tile + index)
