"""The tensors of a file that torch.save wrote."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import torch
from torch import Tensor

from .opcodes import Storage, StoredTensor, read

MAGIC = b"PK\x03\x04"
_PROGRAM = "data.pkl"
_DTYPES: Mapping[str, torch.dtype] = MappingProxyType(
    {
        "DoubleStorage": torch.float64,
        "FloatStorage": torch.float32,
        "HalfStorage": torch.float16,
        "BFloat16Storage": torch.bfloat16,
        "LongStorage": torch.int64,
        "IntStorage": torch.int32,
        "ShortStorage": torch.int16,
        "CharStorage": torch.int8,
        "ByteStorage": torch.uint8,
        "BoolStorage": torch.bool,
    }
)


def tensors_of(path: Path) -> dict[str, Tensor]:
    """Return every tensor in a file, by the keys that lead to it, joined by dots.

    Args:
        path: A `.pth` file as torch has written them since version 1.6.

    Raises:
        ValueError: It is damaged, or no such file.
        OSError: It cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = _Archive(archive)
            return {name: found.tensor(place) for name, place in found.tensors()}
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError) as error:
        raise ValueError(str(error)) from error


class _Archive:
    """The entries of the archive; each block of numbers is read once."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        programs = [name for name in archive.namelist() if name.endswith(f"/{_PROGRAM}")]
        if len(programs) != 1:
            raise ValueError("it was not written by torch.save")
        self._root = programs[0].removesuffix(_PROGRAM)
        self._blocks: dict[Storage, Tensor] = {}

    def tensors(self) -> Iterator[tuple[str, StoredTensor]]:
        """Yield the tensors by name."""
        yield from _named(read(self._bytes(_PROGRAM)), "", set())

    def tensor(self, place: StoredTensor) -> Tensor:
        """Return the numbers of a tensor."""
        if place.storage not in self._blocks:
            self._blocks[place.storage] = self._block(place.storage)
        block = self._blocks[place.storage]
        if math.prod(place.shape) > len(block):
            raise ValueError("a tensor is larger than what is stored of it")
        return block.as_strided(place.shape, place.stride, place.offset).contiguous()

    def _block(self, storage: Storage) -> Tensor:
        if storage.kind not in _DTYPES:
            raise ValueError(f"it holds numbers of the type {storage.kind}")
        content = bytearray(self._bytes(f"data/{storage.key}"))
        if not content:
            return torch.empty(0, dtype=_DTYPES[storage.kind])
        return torch.frombuffer(content, dtype=_DTYPES[storage.kind])

    def _bytes(self, name: str) -> bytes:
        entry = self._archive.getinfo(self._root + name)
        if entry.compress_type != zipfile.ZIP_STORED:  # torch does not, but a zip bomb does
            raise ValueError("it is compressed")
        return self._archive.read(entry)


def _named(value: object, name: str, seen: set[int]) -> Iterator[tuple[str, StoredTensor]]:
    """Yield the tensors in nested dicts; a dict that is met again is not looked at again."""
    if isinstance(value, StoredTensor):
        yield name, value
    elif isinstance(value, dict) and id(value) not in seen:
        seen.add(id(value))
        for key, item in value.items():
            yield from _named(item, f"{name}.{key}" if name else str(key), seen)
