"""Small pictures of tiles, read from the rasters in a thread and kept for a while."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from osgeo import gdal
from qgis.core import Qgis
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QImage

from ...al_core.coords import Window
from ...al_core.project import Project
from ..messages import log
from .session import Session

MEMORY_BYTES = 192 * 2**20
REST_S = 0.002  # after each picture, for the window: two threads of Python wait for each other
GATHER_MS = 30  # pictures are taken over in batches: each one makes the window draw
DEFAULT_PX = 96


@dataclass(frozen=True)
class Source:
    """How one image is shown: its file, bands (1-based), and what is black and white in each."""

    path: str
    bands: tuple[int, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def sources_of(project: Project, preferred: dict[str, tuple[int, ...]]) -> dict[int, Source]:
    """Return how each image is shown, by its id.

    Args:
        project: Gives files, bands and the stretch of each band.
        preferred: By path, the bands that the map shows as red, green and blue; they are
            taken where the project knows their stretch.
    """
    bands, stretch = project.settings.bands, project.settings.normalisation
    low = dict(zip(bands, stretch.low, strict=True))
    high = dict(zip(bands, stretch.high, strict=True))
    found = {}
    for image in project.images:
        wanted = preferred.get(image.path, ())
        chosen = wanted if wanted and set(wanted) <= set(bands) else bands[:3]
        if len(chosen) < 3:  # noqa: PLR2004 - red, green and blue
            chosen = chosen[:1]
        found[image.id] = Source(
            image.path,
            chosen,
            tuple(low[band] for band in chosen),
            tuple(high[band] for band in chosen),
        )
    return found


class Pictures(QObject):
    """Keeps pictures of tiles; what is wanted last is read first."""

    arrived = pyqtSignal(list)  # tiles whose pictures are at hand now
    _done = pyqtSignal()  # from the thread to ours

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._side = DEFAULT_PX
        self._kept: OrderedDict[int, QImage] = OrderedDict()
        self._bytes = 0
        self._reader: _Reader | None = None
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(GATHER_MS)
        self._gather.timeout.connect(self._take)
        self._done.connect(self._gather.start)
        session.closed.connect(self._stop)

    @property
    def side_px(self) -> int:
        """The side of the pictures."""
        return self._side

    def start(self, preferred: dict[str, tuple[int, ...]]) -> None:
        """Be ready for the tiles of the open project; see `sources_of`."""
        self._stop()
        project = self._session.project
        tiles = project.tiles
        places = np.stack([tiles.image, tiles.row, tiles.col, tiles.height, tiles.width], axis=1)
        self._reader = _Reader(sources_of(project, preferred), places, self._done.emit)
        self._reader.side = self._side

    def set_side(self, side_px: int) -> None:
        """Make pictures of this size from now on."""
        if side_px != self._side:
            self._side = side_px
            self._kept.clear()
            self._bytes = 0
            if self._reader is not None:
                self._reader.side = side_px

    def picture(self, tile: int) -> QImage | None:
        """Return a tile's picture, None if it is not at hand."""
        found = self._kept.get(tile)
        if found is not None:
            self._kept.move_to_end(tile)
        return found

    def want(self, tiles: Sequence[int]) -> None:
        """Read these pictures, the first ones first, instead of those that were wanted before."""
        if self._reader is not None:
            self._reader.want([tile for tile in tiles if tile not in self._kept])

    def want_now(self, tile: int) -> None:
        """Read this picture before all others that are wanted."""
        if self._reader is not None and tile not in self._kept:
            self._reader.want_first(tile)

    def unload(self) -> None:
        """Stop reading."""
        self._stop()

    def _stop(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        self._kept.clear()
        self._bytes = 0

    def _take(self) -> None:
        if self._reader is None:
            return
        pictures, problems = self._reader.harvest()
        for problem in problems:
            log(problem, Qgis.MessageLevel.Warning)
        fresh = {tile: picture for tile, picture in pictures if picture.width() == self._side}
        for tile, picture in fresh.items():
            if tile not in self._kept:
                self._bytes += picture.sizeInBytes()
            self._kept[tile] = picture
        while self._bytes > MEMORY_BYTES and len(self._kept) > len(fresh):
            _, old = self._kept.popitem(last=False)
            self._bytes -= old.sizeInBytes()
        if fresh:
            self.arrived.emit(list(fresh))


class _Reader:
    """The thread: takes tiles from a list that may be replaced at any time."""

    def __init__(
        self, sources: dict[int, Source], places: NDArray[np.int32], tell: Callable[[], None]
    ) -> None:
        self.side = DEFAULT_PX
        self._sources = sources
        self._places = places
        self._tell = tell
        self._wanted: list[int] = []
        self._found: list[tuple[int, QImage]] = []
        self._problems: list[str] = []
        self._files: dict[int, gdal.Dataset | None] = {}
        self._complained: set[str] = set()
        self._is_closed = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="landloop pictures", daemon=True)
        self._thread.start()

    def want(self, tiles: list[int]) -> None:
        with self._news:
            self._wanted = tiles[::-1]  # taken from the end
            self._news.notify()

    def want_first(self, tile: int) -> None:
        with self._news:
            self._wanted.append(tile)
            self._news.notify()

    def harvest(self) -> tuple[list[tuple[int, QImage]], list[str]]:
        """Return what is there: pictures by tile, and sentences about what cannot be read."""
        with self._news:
            found, self._found = self._found, []
            problems, self._problems = self._problems, []
        return found, problems

    def close(self) -> None:
        with self._news:
            self._is_closed = True
            self._wanted = []
            self._news.notify()
        self._thread.join()

    def _run(self) -> None:
        while (tile := self._next()) is not None:
            picture = self._read(tile)
            with self._news:
                is_first = not self._found
                self._found.append((tile, picture))
            if is_first:
                self._tell()
            time.sleep(REST_S)

    def _next(self) -> int | None:
        with self._news:
            while not self._wanted and not self._is_closed:
                self._news.wait()
            return None if self._is_closed else self._wanted.pop()

    def _read(self, tile: int) -> QImage:
        image, row, col, height, width = (int(number) for number in self._places[tile])
        source, side = self._sources[image], self.side
        values = None
        try:
            if image not in self._files:
                self._files[image] = gdal.Open(source.path)
            if self._files[image] is not None:
                window = Window(row, col, height, width)
                values = _values(self._files[image], source, window, side)
        except RuntimeError:  # where GDAL raises; elsewhere it returns nothing
            self._files.setdefault(image, None)
        if values is None:
            self._complain(source)
        return _framed(values, side)

    def _complain(self, source: Source) -> None:
        sentence = f"{source.path} cannot be read; the gallery shows no pictures of it."
        if source.path not in self._complained:
            self._complained.add(source.path)
            with self._news:
                self._problems.append(sentence)


def _values(
    file: gdal.Dataset, source: Source, window: Window, side: int
) -> NDArray[np.uint8] | None:
    """Return uint8 (h, w, 3), no side longer than `side`; None if it cannot be read."""
    scale = side / max(window.height, window.width)
    height, width = (max(1, round(length * scale)) for length in (window.height, window.width))
    raw = file.ReadRaster(
        window.col,
        window.row,
        window.width,
        window.height,
        width,
        height,
        gdal.GDT_Float32,
        list(source.bands),
        resample_alg=gdal.GRIORA_Average if scale < 1 else gdal.GRIORA_Bilinear,
    )
    if raw is None:
        return None
    bands = np.frombuffer(raw, dtype=np.float32).reshape(len(source.bands), height, width)
    low, high = (
        np.array(part, dtype=np.float32)[:, None, None] for part in (source.low, source.high)
    )
    span = np.where(high > low, high - low, 1)
    scaled = np.clip((np.nan_to_num(bands) - low) / span, 0, 1) * 255
    picture = scaled.astype(np.uint8).transpose(1, 2, 0)
    return np.ascontiguousarray(np.broadcast_to(picture, (height, width, 3)))


def _framed(values: NDArray[np.uint8] | None, side: int) -> QImage:
    """Return a square picture; tiles at the border of an image do not fill theirs."""
    square = np.full((side, side, 4), (96, 96, 96, 255), dtype=np.uint8)
    if values is not None:
        height, width, _ = values.shape
        square[:height, :width, :3] = values[:, :, ::-1]  # blue first
        square[height:] = 0
        square[:, width:] = 0
    picture = QImage(square.data, side, side, 4 * side, QImage.Format.Format_ARGB32_Premultiplied)
    return picture.copy()
