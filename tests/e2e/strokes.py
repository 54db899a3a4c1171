"""Strokes that a careful analyst would paint in a tile, from its reference labels."""

import numpy as np


def inner_part(mask, radius_px):
    """Return the pixels of a bool mask whose square neighbourhood is all inside."""
    padded = np.pad(mask, radius_px)
    size = 2 * radius_px + 1
    sums = np.pad(padded.astype(np.int32), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    boxes = sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
    return boxes == size * size


def strokes_for(labels, radius_px, most_per_class=4, shortest_px=4):
    """Plan horizontal strokes inside each class of a tile.

    Args:
        labels: (h, w) class indices; 254 and above are left alone.
        radius_px: Radius of the brush.
        most_per_class: How many strokes a class gets, the longest ones.
        shortest_px: Shorter strokes are left out.

    Returns:
        List of (class index, (row, start column), (row, end column)).
    """
    planned = []
    for label in [value for value in np.unique(labels) if value < 254]:
        inside = inner_part(labels == label, radius_px)
        rows = range(radius_px, labels.shape[0], 2 * radius_px + 1)
        runs = [(end - start, row, start, end) for row in rows for start, end in _runs(inside[row])]
        runs = [run for run in sorted(runs, reverse=True) if run[0] >= shortest_px]
        planned += [
            (int(label), (row, start), (row, end)) for _, row, start, end in runs[:most_per_class]
        ]
    return planned


def _runs(line):
    """Return (first, last) of each run of True in a line."""
    edges = np.flatnonzero(np.diff(np.pad(line.astype(np.int8), 1)))
    return [(int(start), int(end) - 1) for start, end in zip(edges[::2], edges[1::2], strict=True)]
