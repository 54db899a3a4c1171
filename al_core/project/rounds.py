"""The rounds of training and their folders."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ProjectError, StorageError, explain_disk_errors
from . import plainjson
from .database import Database
from .files import fresh_folder, sync_folder, sync_tree
from .records import NewRound, RoundMetrics, RoundRecord

_TEMPORARY = ".new-"
_STATISTICS = "statistics.npz"
_PREDICTIONS = "prediction*.tif"
_READ = """SELECT number, created, device, seed, model_hash, labelled_tiles,
    labelled_pixels, confusion, iou, miou, gap, weight, config, versions, insight
    FROM round ORDER BY number"""
_WRITE = """INSERT INTO round VALUES (:number, :created, :device, :seed, :model_hash,
    :labelled_tiles, :labelled_pixels, :confusion, :iou, :miou, :gap, :weight, :config,
    :versions, :insight)"""

_SET_WEIGHTS = "UPDATE round SET gap = ?, weight = ? WHERE number = ?"
_SET_INSIGHT = "UPDATE round SET insight = ? WHERE number = ?"


class RoundStore:
    """The finished rounds; each has a folder rounds/NNNN that any GIS can look into.

    A round whose folder the analyst has deleted is no longer listed: that is rollback.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder / "rounds"

    def list(self) -> tuple[RoundRecord, ...]:
        """Return the rounds in ascending order."""
        rows = self._database.rows(_READ)
        return tuple(self._record(row) for row in rows if self._place(row[0]).is_dir())

    def current(self) -> RoundRecord | None:
        """Return the newest round, whose model is in force; None before the first."""
        rounds = self.list()
        return rounds[-1] if rounds else None

    def begin(self) -> Path:
        """Return a fresh temporary folder for the files of a round to come.

        What an interrupted training has left behind is removed.

        Raises:
            StorageError: The disk is full or protected.
        """
        with explain_disk_errors(self._folder):
            self._folder.mkdir(exist_ok=True)
            for leftover in self._folder.glob(f"{_TEMPORARY}*"):
                self.discard(leftover)
            return fresh_folder(self._folder, _TEMPORARY)

    def commit(self, temp: Path, new: NewRound) -> RoundRecord:
        """Make a temporary folder the newest round: whole and on disk, or not at all.

        Args:
            temp: From begin(), with the files of the round; round.json is added.
            new: What there is to know about the round.

        Raises:
            StorageError: The disk is full or protected, or `temp` has vanished.
        """
        if not temp.is_dir():
            raise StorageError(f"The new round's files in {temp} have vanished. Train again.")
        with explain_disk_errors(temp):
            sync_tree(temp)
        # The folder's name is taken back also when it is COMMIT that fails, hence the stack.
        with ExitStack() as renaming, self._database.transaction() as connection:
            row = _row(self._next_number(), new)
            renaming.enter_context(self._renamed(temp, row))
            connection.execute(_WRITE, row)
        return self._record(tuple(row.values()))

    def set_weights(self, number: int, gap: tuple[float, ...], weight: tuple[float, ...]) -> None:
        """Keep the class gaps and weights that a query worked with.

        Raises:
            ProjectError: There is no such round.
        """
        self._update(number, _SET_WEIGHTS, plainjson.dumps(gap), plainjson.dumps(weight))

    def set_insight(self, number: int, insight: dict[str, Any]) -> None:
        """Replace what else is known about a round.

        Raises:
            ProjectError: There is no such round.
        """
        self._update(number, _SET_INSIGHT, plainjson.dumps(insight))

    def _update(self, number: int, statement: str, *values: str) -> None:
        with self._database.transaction() as connection:
            if not connection.execute(statement, (*values, number)).rowcount:
                raise ProjectError(f"The project has no round {number}. Train one first.")

    def discard(self, temp: Path) -> None:
        """Remove a temporary folder; harmless if it is gone."""
        shutil.rmtree(temp, ignore_errors=True)

    def _place(self, number: int) -> Path:
        return self._folder / f"{number:04d}"

    def _next_number(self) -> int:
        """Return a number that neither a round nor an orphaned folder has."""
        known = [number for (number,) in self._database.rows("SELECT number FROM round")]
        there = [int(path.name) for path in self._folder.iterdir() if path.name.isdecimal()]
        return int(max([0, *known, *there])) + 1

    @contextmanager
    def _renamed(self, temp: Path, row: dict[str, Any]) -> Iterator[None]:
        """Give the folder its final name, and take that back if the block fails."""
        place = self._place(row["number"])
        with explain_disk_errors(temp):
            (temp / "round.json").write_text(_as_json(row), encoding="utf-8")
            sync_tree(temp)
            temp.rename(place)
            sync_folder(self._folder)
        try:
            yield
        except BaseException:
            place.rename(temp)
            raise

    def _record(self, row: tuple[Any, ...]) -> RoundRecord:
        number, created, device, seed, model_hash, tiles, pixels, *texts = row
        confusion, iou, miou, gap, weight, config, versions, insight = texts
        place = self._place(number)
        return RoundRecord(
            number=number,
            created=created,
            folder=place,
            device=device,
            seed=seed,
            model_hash=model_hash,
            labelled_tiles=tiles,
            labelled_pixels=pixels,
            metrics=RoundMetrics(
                confusion=np.array(json.loads(confusion), dtype=np.int64),
                iou=plainjson.numbers(iou),
                miou=math.nan if miou is None else miou,
                gap=plainjson.numbers(gap),
                weight=plainjson.numbers(weight),
            ),
            config=json.loads(config),
            versions=json.loads(versions),
            scanned=(place / _STATISTICS).is_file(),
            predicted=any(place.glob(_PREDICTIONS)),
            insight=json.loads(insight),
        )


def _row(number: int, new: NewRound) -> dict[str, Any]:
    """Return a row of `round`, in the order of _READ."""
    metrics = new.metrics
    return {
        "number": number,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "device": new.device,
        "seed": int(new.seed),
        "model_hash": new.model_hash,
        "labelled_tiles": int(new.labelled_tiles),
        "labelled_pixels": int(new.labelled_pixels),
        "confusion": plainjson.dumps(metrics.confusion),
        "iou": plainjson.dumps(metrics.iou),
        "miou": None if math.isnan(metrics.miou) else float(metrics.miou),
        "gap": plainjson.dumps(metrics.gap),
        "weight": plainjson.dumps(metrics.weight),
        "config": plainjson.dumps(new.config),
        "versions": plainjson.dumps(new.versions),
        "insight": plainjson.dumps(new.insight),
    }


def _as_json(row: dict[str, Any]) -> str:
    nested = {"confusion", "iou", "gap", "weight", "config", "versions", "insight"}
    plain = {name: json.loads(row[name]) if name in nested else row[name] for name in row}
    return plainjson.dumps(plain, indent=2) + "\n"
