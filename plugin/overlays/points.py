"""Many points at once between numpy and QGIS."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray
from qgis.core import Qgis, QgsCoordinateTransform, QgsCsException, QgsGeometry

Points = NDArray[np.float64]  # (N, 2) x, y
LINE_HEADER = struct.Struct("<BII")  # of well-known binary: little-endian, type, count
RING_HEADER = struct.Struct("<BIII")  # the same with one ring
LINE, POLYGON, MULTI_LINE = 2, 3, 5


def reproject(
    points: Points,
    transform: QgsCoordinateTransform,
    direction: Qgis.TransformDirection = Qgis.TransformDirection.Forward,
) -> Points:
    """Transform all points in one call; those that cannot be placed become NaN."""
    doubled = points if len(points) > 1 else np.repeat(points, 2, axis=0)
    line = QgsGeometry()
    line.fromWkb(LINE_HEADER.pack(1, LINE, len(doubled)) + doubled.astype("<f8").tobytes())
    try:
        outcome = line.transform(transform, direction)
    except QgsCsException:
        return np.full_like(points, np.nan)
    if outcome != QgsGeometry.OperationResult.Success:
        return np.full_like(points, np.nan)
    moved = np.frombuffer(bytes(line.asWkb()), dtype="<f8", offset=LINE_HEADER.size).reshape(-1, 2)
    return np.where(np.isfinite(moved), moved, np.nan)[: len(points)]


def polygon(ring: Points) -> QgsGeometry:
    """Return a polygon of one closed ring, (N, 2)."""
    shape = QgsGeometry()
    shape.fromWkb(RING_HEADER.pack(1, POLYGON, 1, len(ring)) + ring.astype("<f8").tobytes())
    return shape
