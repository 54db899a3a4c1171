"""A project folder, opened."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType

from ..coords import RowCol, TileGrid
from ..errors import ProjectError, explain_disk_errors
from ..legend import Legend
from .answers import Answers
from .contents import Contents, read_contents, write_contents
from .database import Database
from .files import fresh_folder, sync_folder, sync_tree
from .journal import Journal
from .labels import LabelStore
from .lock import Access, ProjectLock
from .picks import PickStore
from .records import ImageRecord, NewProject, ProjectSettings
from .rounds import RoundStore
from .tags import TagStore
from .tiles import TileTable

DATABASE_NAME = "project.db"
LOCK_NAME = "project.lock"


class Project:
    """A project folder, opened; use it in the thread that opened it.

    Attributes:
        folder: Absolute path of the project folder.
        settings: What was fixed when the project started.
        legend: The classes.
        images: The rasters, in the order of their tiles.
        tiles: The table of all tiles.
        labels: The label masks.
        journal: The strokes, for undo and redo.
        tags: What is said of whole tiles, with its own undo and redo.
        answers: What the network learns from: `tags` if the task labels tiles, else `labels`.
        rounds: The finished rounds.
        picks: The tiles chosen to be labelled next.
    """

    def __init__(
        self, folder: Path, database: Database, contents: Contents, lock: ProjectLock | None
    ) -> None:
        self.folder = folder
        self.settings: ProjectSettings = contents.settings
        self.legend: Legend = contents.legend
        self.images: tuple[ImageRecord, ...] = contents.images
        self.tiles: TileTable = contents.tiles
        self.labels = LabelStore(database, contents)
        self.journal = Journal(database, contents)
        self.tags = TagStore(database, contents)
        task = contents.settings.task
        self.answers: Answers = self.tags if task.labels_tiles else self.labels
        self.rounds = RoundStore(database, folder)
        self.picks = PickStore(database)
        self._database = database
        self._lock = lock
        self._image_by_id = {image.id: image for image in contents.images}

    @classmethod
    def create(
        cls, folder: Path, new: NewProject, fill: Callable[[Project], None] | None = None
    ) -> Project:
        """Make a project folder and open it exclusively; on failure nothing is left behind.

        Args:
            folder: Must be missing or empty; folders above it are made.
            new: What the project starts from.
            fill: Writes labels, tags or picks into the project before anybody can see it.

        Raises:
            ProjectError: The folder holds something already.
            StorageError: The disk is full or protected.
            ValueError: The parts of `new` do not fit each other.
        """
        folder = folder.absolute()
        with explain_disk_errors(folder), _parents(folder):
            _check_free(folder)
            temporary = fresh_folder(folder.parent, f".{folder.name}.")
            try:
                with closing(Database.create(temporary / DATABASE_NAME)) as database:
                    write_contents(database, new, folder)
                    if fill is not None:
                        fill(cls(folder, database, read_contents(database, folder), None))
                sync_tree(temporary)
                _rename(temporary, folder)
            except BaseException:
                shutil.rmtree(temporary, ignore_errors=True)
                raise
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path, access: Access = Access.EXCLUSIVE) -> Project:
        """Open a project folder.

        Raises:
            ProjectError: It is missing, damaged, no project, or of a newer version.
            ProjectLockedError: Another program has it open (EXCLUSIVE only).
            StorageError: The disk is full or protected.
        """
        folder = folder.absolute()
        path = folder / DATABASE_NAME
        if not path.is_file():
            raise ProjectError(_absent_sentence(folder))
        with ExitStack() as undo:
            lock = ProjectLock(folder / LOCK_NAME) if access is Access.EXCLUSIVE else None
            if lock is not None:
                undo.callback(lock.release)
            database = Database.open(path)
            undo.callback(database.close)
            project = cls(folder, database, read_contents(database, folder), lock)
            undo.pop_all()
        return project

    def grid(self, image_id: int) -> TileGrid:
        """Return the tiles over an image.

        Raises:
            ProjectError: There is no such image.
        """
        return self.image(image_id).grid(self.settings.tile_size_px, self.settings.halo_px)

    def image(self, image_id: int) -> ImageRecord:
        """Return an image by its id.

        Raises:
            ProjectError: There is no such image.
        """
        try:
            return self._image_by_id[image_id]
        except KeyError:
            known = ", ".join(map(str, self._image_by_id))
            raise ProjectError(
                f"The project has no image {image_id}; choose one of {known}."
            ) from None

    def image_of(self, tile_id: int) -> ImageRecord:
        """Return the image that a tile lies on."""
        return self._image_by_id[int(self.tiles.image[tile_id])]

    def tile_at(self, image_id: int, at: RowCol) -> int | None:
        """Return the tile whose core holds a pixel position, None outside the image."""
        image = self.image(image_id)
        if not (0 <= at.row < image.height and 0 <= at.col < image.width):
            return None
        grid = self.grid(image_id)
        row, col = math.floor(at.row) // grid.core_px, math.floor(at.col) // grid.core_px
        return image.first_tile + row * grid.cols + col

    def close(self) -> None:
        """Close the database and release the lock; harmless when that was done before."""
        self._database.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Project:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the project."""
        self.close()


def _check_free(folder: Path) -> None:
    if (folder / DATABASE_NAME).exists():
        raise ProjectError(
            f"{folder} already holds a LandLoop project. Open it, or choose another folder."
        )
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise ProjectError(
            f"{folder} already holds something else. Choose a new or an empty folder."
        )


@contextmanager
def _parents(folder: Path) -> Iterator[None]:
    """Make the folders above; if the block fails, remove those that were made."""
    missing = [parent for parent in folder.parents if not parent.exists()]
    for parent in folder.parents:
        if parent.is_file():
            raise ProjectError(f"{parent} is a file, not a folder. Choose another folder.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for parent in missing:
            with suppress(OSError):
                parent.rmdir()
        raise


def _rename(temporary: Path, folder: Path) -> None:
    if os.name == "nt" and folder.exists():
        folder.rmdir()  # empty, as checked; Windows does not rename onto it
    temporary.rename(folder)
    sync_folder(folder.parent)


def _absent_sentence(folder: Path) -> str:
    if not folder.exists():
        return f"There is no project {folder}. Check the path, or make a new project."
    return f"{folder} is not a LandLoop project: it has no {DATABASE_NAME}. Choose another folder."
