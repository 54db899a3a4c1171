"""Files of weights: safetensors, and what torch.save wrote."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ...errors import TrainingError
from . import archive

_TORCH = frozenset({".pth", ".pt", ".tar", ".bin", ".ckpt"})
_PICKLE = b"\x80"


def tensors_in(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a file by name; numbers that are no whole ones as float32.

    Args:
        path: A safetensors file, or one of torch.save; see `opcodes` for why that is safe.

    Raises:
        TrainingError: The file is missing or damaged, or of a kind that is not read.
    """
    try:
        found = archive.tensors_of(path) if is_archive(path) else _safetensors(path)
    except FileNotFoundError as error:
        raise TrainingError(
            f"The weights file {path} does not exist; choose another file, or no weights."
        ) from error
    except (OSError, ValueError, SafetensorError) as error:
        raise TrainingError(_damaged(path)) from error
    return {name: _single(tensor) for name, tensor in found.items()}


def is_archive(path: Path) -> bool:
    """Tell whether a file is of the kind that torch.save writes."""
    return _start(path) == archive.MAGIC


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(archive.MAGIC))


def _safetensors(path: Path) -> dict[str, Tensor]:
    if _start(path).startswith(_PICKLE) and path.suffix in _TORCH:
        raise TrainingError(
            f"{path} is of the kind that PyTorch wrote before version 1.6, which cannot be read "
            "without running it; load it with PyTorch where you trust it, and save it again."
        )
    found: dict[str, Tensor] = load_file(path)
    return found


def _single(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor


def _damaged(path: Path) -> str:
    kind = "a file of torch.save" if path.suffix in _TORCH else "a safetensors file"
    return f"{path} cannot be read as {kind}; choose another file, or no weights."
