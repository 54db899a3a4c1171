"""Where exported maps go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ..config import ExportConfig
from ..errors import ExportError, explain_disk_errors
from ..project import ImageRecord, Project

FOLDER = "exports"
DEFAULT_NAME = "map"
RASTERS = (".tif", ".tiff")


def output_files(
    project: Project, config: ExportConfig, suffixes: Sequence[str] = RASTERS
) -> tuple[Path, ...]:
    """Return where the maps will be, one an image.

    Args:
        project: Gives the images.
        suffixes: In which the name may end; the first is taken where none is given.
        config: `out` is the file of a single image; of several images each gets its own
            name added to it: map.tif becomes map_west.tif and map_east.tif. Empty means
            exports/map.tif, or with another ending, in the project folder.

    Raises:
        ExportError: The name has another ending, the folder is missing, or a file of the
            project would be overwritten.
        StorageError: The project folder cannot be written.
    """
    out = Path(config.out).absolute() if config.out else _default_file(project, suffixes[0])
    if out.suffix.lower() not in suffixes:
        known = [suffix for suffix in suffixes if suffix != ".tiff"]
        kind = "a GeoTIFF; let its name" if known == [".tif"] else "a table or a map; let its name"
        raise ExportError(f"The map “{out.name}” is to be {kind} end in {_any_of(known)}.")
    if not out.parent.is_dir():
        raise ExportError(f"There is no folder {out.parent}; make it or choose another one.")
    files = [out]
    if len(project.images) > 1:
        names = _unique_names(project.images)
        files = [out.with_name(f"{out.stem}_{name}{out.suffix}") for name in names]
    for file in files:
        _check_free(project, file)
    return tuple(files)


def _any_of(words: Sequence[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def _default_file(project: Project, suffix: str) -> Path:
    folder = project.folder / FOLDER
    with explain_disk_errors(folder):
        folder.mkdir(exist_ok=True)
    return folder / f"{DEFAULT_NAME}{suffix}"


def _unique_names(images: tuple[ImageRecord, ...]) -> Iterator[str]:
    names = [image.name for image in images]
    for image in images:
        double = names.count(image.name) > 1
        yield f"{image.name}_{image.id}" if double else image.name


def _check_free(project: Project, file: Path) -> None:
    if file.is_dir():
        raise ExportError(f"{file} is a folder; choose another name for the map.")
    rounds = project.folder / "rounds"
    ours = [image for image in project.images if file.exists() and _same(file, image.path)]
    if ours or file.is_relative_to(rounds):
        raise ExportError(f"{file} belongs to the project; choose another name for the map.")


def _same(file: Path, path: str) -> bool:
    return Path(path).exists() and file.samefile(path)
