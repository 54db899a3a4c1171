"""Tables that name the classes of images, as they come: wide, long, or with lists of tags."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..config import Task
from ..errors import LabelError

IMAGE = ("image", "file", "filename")
ONE_CLASS = ("scene_class", "scene", "class", "label")
TAGS = ("tags", "labels", "classes")
_FLAGS = {"0": False, "1": True, "0.0": False, "1.0": True, "false": False, "true": True}
_BETWEEN_TAGS = re.compile(r"[;|]")
_NAMED = 5  # in a sentence
_SEVERAL = 2

Tags = tuple[str, ...]


@dataclass(frozen=True)
class TagTable:
    """What a table says.

    `tags` are the classes of each image, by the name that the table has for it; `classes` are
    all that it names, shown by an image or not.
    """

    classes: Tags
    tags: Mapping[str, Tags]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Sheet:
    """The cells of a table, trimmed; `lines` are those of the file, one a row."""

    path: Path
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def column(self, names: Sequence[str]) -> int | None:
        """Return the place of the first of these names that is there, whatever its case."""
        known = [name.casefold() for name in self.head]
        return next((known.index(name) for name in names if name in known), None)

    def others(self, *taken: int | None) -> list[int]:
        """Return the places of all other columns that have a name."""
        return [at for at, name in enumerate(self.head) if name and at not in taken]


def read_table(path: Path, task: Task) -> TagTable:
    """Read which classes the images of a table show.

    Scenes come as `image,scene_class` (or class, label), several classes as one column of 0 and 1
    a class, as a row for each pair of `image,class`, or as `image,tags` with semicolons; more
    columns do no harm.

    Args:
        path: A CSV file.
        task: SCENE or MULTILABEL.

    Raises:
        LabelError: It cannot be read, lacks a column, repeats rows, or contradicts itself.
    """
    sheet = _sheet(path)
    image = sheet.column(IMAGE)
    if image is None:
        raise LabelError(
            f"The table {path} has no column “image”; its first line must name one, beside those "
            "of the classes."
        )
    _check_images(sheet, image)
    found = _scenes(sheet, image) if task is Task.SCENE else _tags(sheet, image)
    if task is Task.SCENE:
        check_one_class(path, found.tags)
    return found


def check_one_class(path: Path, tags: Mapping[str, Tags]) -> None:
    """Make sure that every image has exactly one class.

    Raises:
        LabelError: Some have none, or several.
    """
    several = next((name for name, shown in tags.items() if len(shown) > 1), None)
    if several is not None:
        raise LabelError(
            f"{path} gives “{several}” {len(tags[several])} classes, {listed(tags[several])}; a "
            "scene has one: keep one row and one class for it, or choose --task multilabel."
        )
    without = [name for name, shown in tags.items() if not shown]
    if without:
        raise LabelError(
            f"{path} gives no class to {listed(without)}; fill it in, or remove the rows."
        )


def listed(names: Iterable[str]) -> str:
    """Return the first of some names for a sentence, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - _NAMED} more" if len(every) > _NAMED else ""
    return ", ".join(every[:_NAMED]) + more


def _sheet(path: Path) -> _Sheet:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LabelError(
            f"The table {path} cannot be read ({error}); choose a CSV file that names an image "
            "and its classes in each row."
        ) from error
    first = text.partition("\n")[0]
    mark = "\t" if "\t" in first else ";" if ";" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    head = tuple(cell.strip() for cell in next(reader, []))
    rows, lines = [], []
    for row in reader:
        if any(cell.strip() for cell in row):
            padded = [*row, *[""] * len(head)][: len(head)]
            rows.append(tuple(cell.strip() for cell in padded))
            lines.append(reader.line_num)
    if not rows:
        raise LabelError(f"The table {path} has no row; choose one that names images.")
    return _Sheet(path, head, tuple(rows), tuple(lines))


def _check_images(sheet: _Sheet, image: int) -> None:
    for row, line in zip(sheet.rows, sheet.lines, strict=True):
        if not row[image]:
            raise LabelError(
                f"Line {line} of the table {sheet.path} names no image; fill it in, or remove it."
            )


def _scenes(sheet: _Sheet, image: int) -> TagTable:
    """Return the class of each image: a column of classes, or a 1 in one of several columns."""
    column = sheet.column((*ONE_CLASS, *TAGS))
    if column is not None:
        return _long(sheet, image, column)
    flags, notes = _flag_columns(sheet, sheet.others(image))
    if len(flags) < _SEVERAL:
        raise _no_classes(sheet)
    return _wide(sheet, image, flags, notes)


def _tags(sheet: _Sheet, image: int) -> TagTable:
    """Return the classes of each image: a list, columns of 0 and 1, or a row for each."""
    lists, one = sheet.column(TAGS), sheet.column(ONE_CLASS)
    if lists is not None:
        return _long(sheet, image, lists)
    flags, notes = _flag_columns(sheet, sheet.others(image, one))
    if len(flags) >= _SEVERAL:
        return _wide(sheet, image, flags, notes)
    if one is None:
        raise _no_classes(sheet)
    return _long(sheet, image, one)


def _no_classes(sheet: _Sheet) -> LabelError:
    return LabelError(
        f"The table {sheet.path} names no classes; give it a column “class”, a column “tags” with "
        "semicolons, or a column of 0 and 1 for each class."
    )


def _long(sheet: _Sheet, image: int, column: int) -> TagTable:
    """Return the classes of a column that holds names; an image may have several rows."""
    pairs: list[tuple[str, str]] = []
    tags: dict[str, list[str]] = {}
    for row in sheet.rows:
        shown = [part.strip() for part in _BETWEEN_TAGS.split(row[column])]
        shown = list(dict.fromkeys(part for part in shown if part))
        pairs += [(row[image], name) for name in shown or [""]]
        tags.setdefault(row[image], []).extend(shown)
    repeated = list(dict.fromkeys(name for (name, _), n in Counter(pairs).items() if n > 1))
    _check_repeated(sheet, repeated)
    classes = {name for shown in tags.values() for name in shown}
    return TagTable(
        tuple(sorted(classes)), {name: tuple(sorted(shown)) for name, shown in tags.items()}
    )


def _wide(sheet: _Sheet, image: int, flags: Sequence[int], notes: tuple[str, ...]) -> TagTable:
    """Return the classes of columns that hold 0 and 1."""
    names = [sheet.head[at] for at in flags]
    _check_columns(sheet, names)
    counted = Counter(row[image] for row in sheet.rows)
    _check_repeated(sheet, [name for name, number in counted.items() if number > 1])
    tags = {
        row[image]: tuple(sorted(sheet.head[at] for at in flags if _FLAGS[row[at].casefold()]))
        for row in sheet.rows
    }
    return TagTable(tuple(sorted(names)), tags, notes)


def _check_repeated(sheet: _Sheet, names: Sequence[str]) -> None:
    if names:
        raise LabelError(
            f"The table {sheet.path} has the same row twice or more for {listed(names)}; keep one "
            "of each."
        )


def _check_columns(sheet: _Sheet, names: Sequence[str]) -> None:
    twice = [name for name, number in Counter(names).items() if number > 1]
    if twice:
        raise LabelError(
            f"The table {sheet.path} has two columns “{twice[0]}”; rename or remove one."
        )


def _flag_columns(sheet: _Sheet, candidates: Iterable[int]) -> tuple[list[int], tuple[str, ...]]:
    """Return the columns of 0 and 1, and a note on others; a few other values are a slip."""
    flags, others = [], []
    for at in candidates:
        wrong = [place for place, row in enumerate(sheet.rows) if row[at].casefold() not in _FLAGS]
        if not wrong:
            flags.append(at)
        elif len(wrong) * _SEVERAL < len(sheet.rows):
            raise LabelError(
                f"The column “{sheet.head[at]}” of {sheet.path} holds "
                f"“{sheet.rows[wrong[0]][at]}” in line {sheet.lines[wrong[0]]}; write 0 or 1."
            )
        else:
            others.append(sheet.head[at])
    note = f"Columns of the table that are no classes were left out: {listed(others)}."
    return flags, (note,) if others and flags else ()
