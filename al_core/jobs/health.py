"""What this environment has to work with."""

from __future__ import annotations

import os
import platform
from importlib import metadata

from .. import __version__

PACKAGES = (
    "torch",
    "torchvision",
    "segmentation-models-pytorch",
    "safetensors",
    "rasterio",
    "geopandas",
    "pyogrio",
    "numpy",
)


def versions() -> dict[str, str | None]:
    """Return the version of everything that has a say in a result; None where missing."""
    found: dict[str, str | None] = {
        "landloop": __version__,
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
    }
    return found | {name: _version(name) for name in PACKAGES}


def present_versions() -> dict[str, str]:
    """Return the versions of what is there."""
    return {name: version for name, version in versions().items() if version is not None}


def cores() -> int:
    """Return the number of processor cores that may be used."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
