"""A pre-training that is paused: all that it goes on from, in one file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ...errors import TrainingError
from ...models.checkpoint import write_whole

_FACTS = "facts"  # in the head of the file, beside the tensors: so it is whole or not there


@dataclass(frozen=True, eq=False)
class Paused:
    """What was kept: tensors by name, and plain JSON values."""

    tensors: dict[str, Tensor]
    facts: dict[str, Any]


class PauseFile:
    """Where a paused pre-training lies; safetensors, so nothing in it can be executed."""

    def __init__(self, path: Path) -> None:
        """Read and write nothing yet; the folder exists."""
        self.path = path

    def facts(self) -> dict[str, Any] | None:
        """Return the plain values alone, None if nothing is paused.

        Raises:
            TrainingError: The file is damaged.
        """
        found = self._read(wants_tensors=False)
        return None if found is None else found.facts

    def load(self) -> Paused | None:
        """Return what is paused, None if nothing is.

        Raises:
            TrainingError: The file is damaged.
        """
        return self._read(wants_tensors=True)

    def save(self, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        """Keep a state in place of the one before; a failure leaves that one as it was.

        Raises:
            StorageError: The disk is full or cannot be written.
        """
        plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        text = json.dumps(dict(facts), ensure_ascii=False)
        write_whole(self.path, save(plain, {_FACTS: text}))

    def remove(self) -> None:
        """Forget what was paused; harmless if nothing is."""
        self.path.unlink(missing_ok=True)

    def _read(self, *, wants_tensors: bool) -> Paused | None:
        if not self.path.exists():
            return None
        try:
            with safe_open(self.path, framework="pt") as file:
                facts = json.loads(file.metadata()[_FACTS])
                names = file.keys() if wants_tensors else ()
                return Paused({name: file.get_tensor(name) for name in names}, facts)
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise TrainingError(
                f"The paused pre-training in {self.path} is damaged; start anew without going on "
                "from it."
            ) from error
