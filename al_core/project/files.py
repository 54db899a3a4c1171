"""Files and folders that survive a power cut."""

from __future__ import annotations

import errno
import os
import uuid
from pathlib import Path

_SYNC_MODE = "r+b" if os.name == "nt" else "rb"  # Windows syncs only what it may write
_UNKNOWN_TO_THE_DISK = {errno.EINVAL, errno.ENOTSUP}  # some network disks sync no folders


def fresh_folder(parent: Path, prefix: str) -> Path:
    """Make a folder with a name of its own, with the rights that folders get here.

    `tempfile.mkdtemp` would lock everybody else out of what is renamed from it later.
    """
    folder = parent / f"{prefix}{uuid.uuid4().hex[:12]}"
    folder.mkdir()
    return folder


def sync_tree(folder: Path) -> None:
    """Wait until a folder and every file below it are on the disk."""
    for root, _, names in os.walk(folder):
        for name in names:
            with (Path(root) / name).open(_SYNC_MODE) as file:
                os.fsync(file.fileno())
        sync_folder(Path(root))


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk; Windows does so by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _UNKNOWN_TO_THE_DISK:
            raise
    finally:
        os.close(handle)
