"""Small pictures as PNG data URIs, by zlib alone."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PALETTE, TRUE_COLOUR = 3, 2
EMPTY = 255  # the index of pixels without a class; drawn transparent


def palette_png(indices: NDArray[np.uint8], colors: Sequence[tuple[int, int, int]]) -> bytes:
    """Return a PNG of class indices.

    Args:
        indices: (H, W) uint8; 255 and whatever has no colour is transparent.
        colors: Red, green, blue of each index, 0 to 255.
    """
    known = list(colors)[:EMPTY]
    table = b"".join(bytes(color) for color in known) + b"\x00\x00\x00"
    drawn = np.where(indices < len(known), indices, len(known)).astype(np.uint8)
    alpha = b"\xff" * len(known) + b"\x00"
    chunks = _chunk(b"PLTE", table) + _chunk(b"tRNS", alpha)
    return _png(drawn[..., None], PALETTE, chunks)


def rgb_png(image: NDArray[np.uint8]) -> bytes:
    """Return a PNG of an image, (H, W, 3) uint8."""
    return _png(image, TRUE_COLOUR, b"")


def data_uri(png: bytes) -> str:
    """Return the address of a picture that is its own content."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def shrunk(array: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """Return every n-th row and column, so that no side is above `longest`."""
    step = max(1, -(-max(array.shape[:2]) // longest))
    return array[::step, ::step]


def _png(pixels: NDArray[np.uint8], kind: int, extra: bytes) -> bytes:
    """Return a PNG of (H, W, bytes per pixel), rows unfiltered."""
    height, width = pixels.shape[:2]
    rows = pixels.reshape(height, -1)
    raw = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    data = _chunk(b"IDAT", zlib.compress(raw, 9))
    return SIGNATURE + _chunk(b"IHDR", header) + extra + data + _chunk(b"IEND", b"")


def _chunk(name: bytes, body: bytes) -> bytes:
    check = zlib.crc32(name + body)
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)
