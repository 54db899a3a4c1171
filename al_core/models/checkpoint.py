"""Networks on disk: model.safetensors and model.json, nothing that could be executed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from safetensors import SafetensorError
from safetensors import torch as tensors

from ..errors import ProjectError, TrainingError, explain_disk_errors
from .network import NetworkSpec, SegmentationNetwork, build
from .tagging import TaggingNetwork, TaggingSpec, build_tagging

WEIGHTS_FILE = "model.safetensors"
ABOUT_FILE = "model.json"
FORMAT = 1
_DAMAGE = (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError, TrainingError)


Network = TypeVar("Network", SegmentationNetwork, TaggingNetwork)


@dataclass(frozen=True, eq=False)
class Checkpoint(Generic[Network]):
    """A network from disk in eval mode, its hash, and what was noted about it."""

    network: Network
    model_hash: str
    about: dict[str, Any]


def save(
    folder: Path, network: SegmentationNetwork | TaggingNetwork, about: Mapping[str, Any]
) -> str:
    """Write a network.

    Args:
        folder: Exists; each file is written under a temporary name and renamed.
        network: Any device.
        about: JSON values worth keeping with it: classes, bands, seed.

    Returns:
        The SHA-256 of the weights file: the model hash.

    Raises:
        StorageError: The disk is full or cannot be written.
    """
    state = {
        name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()
    }
    content = tensors.save(state)
    model_hash = hashlib.sha256(content).hexdigest()
    description = {
        "format": FORMAT,
        "network": _description(network.spec),
        "sha256": model_hash,
        "about": dict(about),
    }
    write_whole(folder / WEIGHTS_FILE, content)
    write_whole(folder / ABOUT_FILE, json.dumps(description, indent=2, ensure_ascii=False).encode())
    return model_hash


def load(folder: Path, device: torch.device) -> Checkpoint[SegmentationNetwork]:
    """Read the segmentation network that `save` wrote.

    Args:
        folder: Holds both files.
        device: Where the network goes.

    Raises:
        ProjectError: A file is missing, damaged, or made by a newer version.
    """
    return _load(folder, device, lambda found: build(**asdict(NetworkSpec(**found))))


def load_tagging(folder: Path, device: torch.device) -> Checkpoint[TaggingNetwork]:
    """Read the network that labels tiles, as `load` does."""
    return _load(folder, device, lambda found: build_tagging(TaggingSpec(**found)))


def _load(
    folder: Path, device: torch.device, built: Callable[[dict[str, Any]], Network]
) -> Checkpoint[Network]:
    try:
        description = json.loads((folder / ABOUT_FILE).read_text(encoding="utf-8"))
        _check_format(folder, description["format"])
        content = (folder / WEIGHTS_FILE).read_bytes()
        model_hash = _checked_hash(content, description["sha256"])
        network = built(description["network"])
        network.load_state_dict(tensors.load(content))
    except _DAMAGE as error:
        raise _damaged(folder, error) from error
    return Checkpoint(network.eval().to(device), model_hash, description["about"])


def _description(spec: NetworkSpec | TaggingSpec) -> dict[str, Any]:
    """Return the fields of a spec, without switches that are off: older versions know none."""
    return {name: value for name, value in asdict(spec).items() if value is not False}


def _checked_hash(content: bytes, expected: str) -> str:
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ValueError(f"{WEIGHTS_FILE} is not the file that was saved")
    return found


def _check_format(folder: Path, found: int) -> None:
    if found > FORMAT:
        raise ProjectError(
            f"The model in {folder} was made by a newer LandLoop (format {found}, this one "
            f"knows {FORMAT}). Update the plugin."
        )


def _damaged(folder: Path, error: Exception) -> ProjectError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return ProjectError(
        f"The model in {folder} cannot be read ({reason}); retrain with a cold start to make "
        "a new one."
    )


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name and rename it when it is on the disk.

    Raises:
        StorageError: The disk is full or cannot be written; an older file stays as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with explain_disk_errors(path):
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
