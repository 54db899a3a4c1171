"""The lock that keeps a second program out of a project."""

from __future__ import annotations

import enum
import errno
import json
import os
import socket
import sys
from datetime import datetime
from pathlib import Path

from ..errors import ProjectLockedError, StorageError, explain_disk_errors

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_TAKEN = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}
_LOCKED_BYTE = 1 << 30  # Windows locks bytes: one far behind the text, so that it stays readable


class Access(enum.Enum):
    """EXCLUSIVE takes the project's lock; SHARED works for whoever holds it, or reads."""

    EXCLUSIVE = "exclusive"
    SHARED = "shared"


class ProjectLock:
    """An operating-system lock on a file, gone with the process however that ends.

    Raises:
        ProjectLockedError: Another program holds it; the sentence names which.
        StorageError: The file cannot be written, or the disk knows no locks.
    """

    def __init__(self, path: Path) -> None:
        with explain_disk_errors(path.parent):
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            self._acquire(path)
            with explain_disk_errors(path.parent):
                os.ftruncate(self._handle, 0)
                os.lseek(self._handle, 0, os.SEEK_SET)
                os.write(self._handle, json.dumps(_this_program()).encode())
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Give the lock back; harmless when that was done before."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _acquire(self, path: Path) -> None:
        try:
            _lock(self._handle)
        except OSError as error:
            if error.errno in _TAKEN:
                raise ProjectLockedError(_taken_sentence(path)) from error
            raise StorageError(
                f"{path.parent} is on a disk that cannot lock files ({error.strerror}). "
                "Move the project to a local disk."
            ) from error


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _this_program() -> dict[str, str | int]:
    in_qgis = any(name == "qgis" or name.startswith("qgis.") for name in sys.modules)
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "program": "QGIS" if in_qgis else "the LandLoop command line",
        "since": datetime.now().astimezone().isoformat(timespec="minutes"),
    }


def _taken_sentence(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        who = (
            f"in {holder['program']} (process {holder['pid']} on {holder['host']}, "
            f"since {holder['since']})"
        )
    except (OSError, ValueError, KeyError, TypeError):
        who = "in another program"
    return f"The project {path.parent} is already open {who}. Close it there and try again."
