"""What a run has done, one line a finished round, safe against a sudden end."""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ..errors import explain_disk_errors

Table = tuple[tuple[int | tuple[int, ...], ...], ...]


@dataclass(frozen=True)
class Choice:
    """A tile that was picked; `px` are its true pixels by class."""

    rank: int
    tile: int
    score: float
    class_name: str | None
    term: str
    value: float
    share: float
    text: str
    px: tuple[int, ...]


@dataclass(frozen=True)
class Entry:
    """One finished round.

    `confusion` (test) and `validation` are counts, rows truth: K x K of pixels, or K x 2 x 2 of
    tiles with tags; `labelled` are ids; `picks` were chosen by this round's network and are
    learnt from in the next; `accuracy` is the share of test tiles all of whose tags are right.
    """

    round: int
    labelled: tuple[int, ...]
    labelled_px: tuple[int, ...]
    confusion: Table
    validation: Table
    weight: tuple[float, ...]
    temperature: float
    ece: float
    picks: tuple[Choice, ...]
    steps: int
    fit_s: float
    scan_s: float
    query_s: float
    evaluate_s: float
    seconds: float
    notes: tuple[str, ...] = ()
    accuracy: float = math.nan

    def as_json(self) -> dict[str, Any]:
        """Return the round as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Entry:
        """Return the round that `as_json` wrote."""
        known = {item.name: _tuples(data[item.name]) for item in fields(cls) if item.name in data}
        known["picks"] = tuple(
            Choice(**{name: _tuples(value) for name, value in pick.items()})
            for pick in data["picks"]
        )
        return cls(**known)


class Journal:
    """The finished rounds of one run, in a file of JSON lines."""

    def __init__(self, path: Path) -> None:
        """Read nothing yet."""
        self.path = path

    def read(self) -> tuple[Entry, ...]:
        """Return the finished rounds in order; a line that was torn by a sudden end is none."""
        if not self.path.exists():
            return ()
        entries: list[Entry] = []
        for line in self.path.read_bytes().split(b"\n")[:-1]:
            try:
                entry = Entry.from_json(json.loads(line))
            except (ValueError, KeyError, TypeError):
                break
            if entry.round != len(entries):
                break
            entries.append(entry)
        return tuple(entries)

    def append(self, entry: Entry) -> None:
        """Add a round; on return it is on the disk.

        Raises:
            StorageError: The disk is full.
        """
        line = json.dumps(entry.as_json(), ensure_ascii=False).encode() + b"\n"
        with explain_disk_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())

    def mend(self) -> None:
        """Cut off a torn last line, so that the next one starts on its own.

        Raises:
            StorageError: The file cannot be written.
        """
        if not self.path.exists():
            return
        content = self.path.read_bytes()
        whole = b"".join(line + b"\n" for line in content.split(b"\n")[: len(self.read())])
        if whole != content:
            with explain_disk_errors(self.path):
                os.truncate(self.path, len(whole))


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
