"""An encoder on disk: its weights, and a page beside them that says what they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import torch as tensors
from torch import nn

from ..checkpoint import write_whole

ENDING = ".safetensors"


def save_encoder(path: Path, encoder: nn.Module, about: Mapping[str, Any]) -> str:
    """Write the weights of an encoder, to be loaded as weights by any network built on it.

    Args:
        path: Ends in .safetensors; the page beside it ends in .json.
        encoder: Any device.
        about: JSON values worth keeping: the encoder's name, bands, how it was trained.

    Returns:
        The SHA-256 of the weights.

    Raises:
        StorageError: The disk is full or cannot be written.
    """
    state = {
        name: tensor.detach().cpu().contiguous() for name, tensor in encoder.state_dict().items()
    }
    content = tensors.save(state)
    found = hashlib.sha256(content).hexdigest()
    page = json.dumps({**about, "sha256": found}, indent=2, ensure_ascii=False)
    # The page first: weights that are there have one.
    write_whole(path.with_suffix(".json"), page.encode())
    write_whole(path, content)
    return found
