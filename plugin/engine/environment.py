"""Finds, makes and removes the engine's own Python environment; runs without QGIS too.

python3 plugin/engine/environment.py path|python|status|install|remove
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

if __package__:
    from . import building
else:  # as a script this file has no package
    import building

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
DATA_DIR_VARIABLE = "LANDLOOP_DATA_DIR"
TORCH_INDEX_VARIABLE = "LANDLOOP_TORCH_INDEX"
NEEDED_GB = 10.0  # 6 GB stay; pip unpacks beside them
MARKER = "complete.json"  # written last: without it the environment is half-made

InstallCancelled = building.InstallCancelled
InstallError = building.InstallError
clean_environment = building.clean_environment


def data_folder() -> Path:
    """Return the user's folder for what LandLoop keeps outside its projects."""
    chosen = os.environ.get(DATA_DIR_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    if os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "LandLoop"


def folder_for(version: tuple[int, int], requirements: Path = REQUIREMENTS) -> Path:
    """Return where the environment for a Python version and a list of requirements lies."""
    text = "\n".join(building.requirement_lines(requirements))
    key = hashlib.sha256(text.encode()).hexdigest()[:8]
    return data_folder() / "engines" / f"py{version[0]}.{version[1]}-{key}"


def find(requirements: Path = REQUIREMENTS) -> Path | None:
    """Return the folder of a whole environment, or None; this Python's version goes first."""
    mine = folder_for(sys.version_info[:2], requirements)
    key = mine.name.rpartition("-")[2]
    others = sorted(mine.parent.glob(f"py3.*-{key}"), reverse=True)
    whole = (folder for folder in (mine, *others) if (folder / MARKER).is_file())
    return next((folder for folder in whole if building.python_in(folder).exists()), None)


def is_complete(requirements: Path = REQUIREMENTS) -> bool:
    """Tell whether the environment is there and whole."""
    return find(requirements) is not None


def python_path(requirements: Path = REQUIREMENTS) -> Path:
    """Return the environment's interpreter.

    Raises:
        InstallError: There is no environment yet.
    """
    folder = find(requirements)
    if folder is None:
        raise InstallError("The engine's environment is not there; install it first.")
    return building.python_in(folder)


def status(requirements: Path = REQUIREMENTS) -> dict[str, object]:
    """Return what there is, as plain JSON values."""
    folder = find(requirements)
    if folder is None:
        wanted = folder_for(sys.version_info[:2], requirements)
        return {"complete": False, "folder": str(wanted), "python": None}
    made = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    return {
        "complete": True,
        "folder": str(folder),
        "python": str(building.python_in(folder)),
        **made,
    }


def install(
    report: Callable[[float, str], None],
    is_cancelled: Callable[[], bool],
    requirements: Path = REQUIREMENTS,
    needed_gb: float = NEEDED_GB,
) -> Path:
    """Make the environment, unless it is there, and return its interpreter.

    Args:
        report: Called with a fraction, 0 to 1, and a sentence.
        is_cancelled: Asked five times a second.
        requirements: The packages, in pip's format.
        needed_gb: The free disk space without which nothing is begun.

    Raises:
        InstallError: It cannot be made; what had been made is removed.
        InstallCancelled: The user cancelled; what had been made is removed.
    """
    found = find(requirements)
    if found is not None:
        return building.python_in(found)
    report(0.0, "Looking for Python")
    base, version = building.base_interpreter()
    folder = folder_for(version, requirements)
    index = os.environ.get(TORCH_INDEX_VARIABLE, "")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _check_space(folder.parent, needed_gb)
        with _alone(folder):
            _remove_tree(folder)  # a half-made one of an earlier try
            _build(building.Builder(base, folder, requirements, report, is_cancelled, index))
    except OSError as error:
        raise InstallError(
            f"{folder} cannot be written ({error}); free some space there, or name another "
            f"folder in the variable {DATA_DIR_VARIABLE}."
        ) from error
    report(1.0, "The engine's environment is ready")
    return building.python_in(folder)


def remove(requirements: Path = REQUIREMENTS) -> None:
    """Remove the environment, if there is one.

    Raises:
        InstallError: It is being made at this moment, or one of its files is in use.
    """
    while (folder := find(requirements)) is not None:
        with _alone(folder):
            _remove_tree(folder)


def _build(builder: building.Builder) -> None:
    started = time.monotonic()
    try:
        builder.build()
        seconds = round(time.monotonic() - started)
        made = {"base": str(builder.base), "torch_index": builder.torch_index, "seconds": seconds}
        (builder.folder / MARKER).write_text(json.dumps(made), encoding="utf-8")
    except BaseException:
        _remove_tree(builder.folder)
        raise


def _check_space(folder: Path, needed_gb: float) -> None:
    free_gb = shutil.disk_usage(folder).free / 1e9
    if free_gb < needed_gb:
        raise InstallError(
            f"The engine needs {needed_gb:.0f} GB of disk space and {folder} has {free_gb:.1f} GB "
            f"left; free some, or name another folder in the variable {DATA_DIR_VARIABLE}."
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other windows from a folder; SQLite's lock ends with the process, however it ends."""
    lock = sqlite3.connect(folder.with_name(f"{folder.name}.lock"), timeout=0)
    try:
        lock.execute("BEGIN EXCLUSIVE")
        yield
    except sqlite3.OperationalError as error:
        raise InstallError(
            "Another window is installing the engine; wait until it has finished."
        ) from error
    finally:
        lock.close()


def _remove_tree(folder: Path) -> None:
    try:
        (folder / MARKER).unlink(missing_ok=True)  # first: half an environment is none
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise InstallError(
            f"{folder} cannot be removed ({error}); close every QGIS window that uses it and "
            "try again."
        ) from error


def main(arguments: list[str]) -> int:
    """Run as a script: progress and errors on stderr, the answer alone on stdout."""
    parser = argparse.ArgumentParser(description="The engine's own Python environment.")
    parser.add_argument("verb", choices=("path", "python", "status", "install", "remove"))
    verbs: dict[str, Callable[[], object]] = {
        "path": lambda: status()["folder"],
        "python": python_path,
        "status": lambda: json.dumps(status(), indent=2),
        "install": lambda: install(_Terminal().show, lambda: False),
        "remove": remove,
    }
    try:
        answer = verbs[parser.parse_args(arguments).verb]()
    except InstallError as error:
        sys.stderr.write(f"\n{error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    if answer is not None:
        sys.stdout.write(f"{answer}\n")
    return 0


class _Terminal:
    """Shows progress: on one line of a terminal, otherwise a line for each new thing."""

    def __init__(self) -> None:
        self._last = ""

    def show(self, fraction: float, message: str) -> None:
        """Show how far it is."""
        topic = message.partition(" (")[0]
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{fraction:4.0%} {message}")
            sys.stderr.write("\n" if fraction >= 1 else "")
        elif topic != self._last:
            sys.stderr.write(f"{fraction:4.0%} {topic}\n")
        self._last = topic
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
