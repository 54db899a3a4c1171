"""The legend: which classes there are, their names, colours and raster values."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET  # nosec B405 - see from_qml
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .errors import LabelError, LegendError, explain_disk_errors

UNSURE = 254
UNLABELLED = 255
MIN_CLASSES = 2
MAX_CLASSES = 64
MAX_VALUE = 255
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class LegendClass:
    """One class: its raster value, its name and its colour as #rrggbb."""

    value: int
    name: str
    color: str

    @property
    def rgb(self) -> tuple[int, int, int]:
        """The colour as three numbers, 0 to 255."""
        return (
            int(self.color[1:3], 16),
            int(self.color[3:5], 16),
            int(self.color[5:7], 16),
        )


@dataclass(frozen=True)
class Legend:
    """The classes of a project; a class's index is its place in this order.

    Raises:
        LegendError: Fewer than two classes, duplicates, or an impossible entry.
    """

    classes: tuple[LegendClass, ...]

    def __post_init__(self) -> None:
        if not MIN_CLASSES <= len(self.classes) <= MAX_CLASSES:
            raise LegendError(
                f"The legend has {len(self.classes)} class(es); "
                f"give it {MIN_CLASSES} to {MAX_CLASSES}."
            )
        for entry in self.classes:
            _check_entry(entry)
        _check_unique("value", [str(entry.value) for entry in self.classes])
        _check_unique("name", [entry.name for entry in self.classes])

    def __len__(self) -> int:
        """The number of classes."""
        return len(self.classes)

    def __iter__(self) -> Iterator[LegendClass]:
        """Go through the classes by index."""
        return iter(self.classes)

    def __getitem__(self, index: int) -> LegendClass:
        """Return the class with this index."""
        return self.classes[index]

    @property
    def names(self) -> tuple[str, ...]:
        """The names by index."""
        return tuple(entry.name for entry in self.classes)

    @property
    def values(self) -> NDArray[np.uint8]:
        """(K,) raster value of each class index."""
        return np.array([entry.value for entry in self.classes], dtype=np.uint8)

    @property
    def nodata_value(self) -> int:
        """A value no class uses, for exported rasters: 255, else 0, else the highest free."""
        used = set(self.values.tolist())
        free: int = next(v for v in (255, 0, *range(254, 0, -1)) if v not in used)
        return free

    def indices_of(
        self, values: NDArray[np.generic], unlabelled: Iterable[float] = ()
    ) -> NDArray[np.uint8]:
        """Translate raster values into class indices.

        Args:
            values: Array of any shape with the values of a label raster.
            unlabelled: Values that mean "not labelled" (nodata among them).

        Returns:
            uint8 array of the same shape: 0…K-1, or UNLABELLED.

        Raises:
            LabelError: A value is neither in the legend nor unlabelled; each such
                value is named with its pixel count.
        """
        found, inverse = np.unique(np.asarray(values), return_inverse=True)
        known = {float(entry.value): index for index, entry in enumerate(self.classes)}
        empty = {float(value) for value in unlabelled}
        table = np.full(len(found), UNLABELLED, dtype=np.uint8)
        unknown = []
        for position, value in enumerate(found.tolist()):
            if value != value or value in empty:  # noqa: PLR0124 - NaN
                continue
            if value not in known:
                unknown.append(position)
                continue
            table[position] = known[value]
        if unknown:
            counts = np.bincount(inverse.ravel(), minlength=len(found))
            raise LabelError(
                unknown_values_sentence(
                    {found[place].item(): int(counts[place]) for place in unknown}
                )
            )
        return table[inverse].reshape(np.shape(values))

    def to_csv(self, path: Path) -> None:
        """Write the legend as CSV with the columns value, name, color."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["value", "name", "color"])
        writer.writerows((entry.value, entry.name, entry.color) for entry in self)
        with explain_disk_errors(path):
            path.write_text(text.getvalue(), encoding="utf-8")

    @classmethod
    def from_csv(cls, path: Path) -> Legend:
        """Read a legend from CSV with the columns value, name, color.

        Raises:
            LegendError: The file cannot be read or a row makes no sense.
        """
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise LegendError(
                f"The legend {path} cannot be read ({error}); choose a CSV file with "
                "the columns value,name,color."
            ) from error
        reader = csv.DictReader(io.StringIO(text))
        columns = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
        if not {"value", "name", "color"} <= set(columns):
            raise LegendError(
                f"The legend {path} lacks a column; its first line must be value,name,color."
            )
        return cls(
            tuple(
                LegendClass(
                    _whole_number(row[columns["value"]], f"line {reader.line_num}"),
                    (row[columns["name"]] or "").strip(),
                    (row[columns["color"]] or "").strip().lower(),
                )
                for row in reader
            )
        )

    @classmethod
    def from_qml(cls, path: Path) -> Legend:
        """Read a legend from a QGIS style with a paletted renderer.

        Raises:
            LegendError: The file is no QGIS style or holds no palette.
        """
        try:
            # Expat refuses entity bombs since 2.4.1; the file is the user's own.
            root = ET.fromstring(path.read_bytes())  # noqa: S314  # nosec B314
        except (OSError, ET.ParseError) as error:
            raise LegendError(
                f"{path} is not a QGIS style ({error}); choose a .qml file."
            ) from error
        entries = root.findall(".//paletteEntry")
        if not entries:
            raise LegendError(
                f"{path} holds no palette; choose the style of a layer that is drawn "
                "with Paletted/Unique values."
            )
        return cls(
            tuple(
                LegendClass(
                    _whole_number(entry.get("value"), "the palette"),
                    (entry.get("label") or entry.get("value") or "").strip(),
                    (entry.get("color") or "").lower()[:7],
                )
                for entry in entries
            )
        )

    @classmethod
    def from_palette(cls, colors: Mapping[int, tuple[int, int, int]]) -> Legend:
        """Make a legend from a colour table; the names are the values."""
        return cls(
            tuple(
                LegendClass(value, f"Class {value}", "#{:02x}{:02x}{:02x}".format(*rgb))
                for value, rgb in sorted(colors.items())
            )
        )


def unknown_values_sentence(counts: Mapping[float | str, int] | Mapping[float, int]) -> str:
    """Return the sentence about label values, or class names, that the legend lacks."""
    listed = ", ".join(f"{_shown(value)} ({count} px)" for value, count in [*counts.items()][:8])
    more = f" and {len(counts) - 8} more" if len(counts) > 8 else ""  # noqa: PLR2004
    return (
        f"The labels hold values that the legend lacks: {listed}{more}. Add them to the "
        "legend, or name the value that means unlabelled."
    )


def _shown(value: float | str) -> str:
    return f"“{value}”" if isinstance(value, str) else f"{value:.15g}"


def _check_entry(entry: LegendClass) -> None:
    if not entry.name:
        raise LegendError(f"The class with value {entry.value} has no name; give it one.")
    if not 0 <= entry.value <= MAX_VALUE:
        raise LegendError(
            f"Class “{entry.name}” has the value {entry.value}; use 0 to {MAX_VALUE}."
        )
    if not _COLOR.fullmatch(entry.color):
        raise LegendError(
            f"Class “{entry.name}” has the colour “{entry.color}”; write it as #rrggbb."
        )


def _check_unique(what: str, items: list[str]) -> None:
    doubles = sorted({item for item in items if items.count(item) > 1})
    if doubles:
        raise LegendError(
            f"The legend uses the {what} “{doubles[0]}” twice; make each {what} unique."
        )


def _whole_number(text: str | None, where: str) -> int:
    try:
        return int((text or "").strip())
    except ValueError as error:
        raise LegendError(
            f"“{text}” in {where} of the legend is not a whole number; class values "
            f"are 0 to {MAX_VALUE}."
        ) from error
