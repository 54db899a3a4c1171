"""A plane in which rows that are alike lie together (t-SNE).

After van der Maaten and Hinton (2008). The forces are exact, on a sample of the rows; where the
others belong is read off from those that they are like.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..progress import Progress, Silent, checkpoint
from .distances import Places, Singles, blocks, squared_norms
from .pca import PLANE, principal_parts

MOST_POINTS = 3000  # laid out exactly: the time grows with the square
PERPLEXITY = 30.0

_PARTS = 50  # directions of the features that count
_FEWEST = 4  # rows; fewer have no neighbourhood
_STEPS, _EARLY = 500, 120  # of them with the attraction exaggerated
_EXAGGERATION = 12.0
_LEAST_RATE = 50.0
_START = 1e-4  # spread of the first layout
_NEAREST = 5  # rows of the sample among which another row is put
_HALVINGS = 40
_BLOCK = 256
_MESSAGE = "Laying out the tiles (t-SNE)"


def tsne(
    features: ArrayLike,
    rng: np.random.Generator,
    perplexity: float = PERPLEXITY,
    progress: Progress | None = None,
) -> Singles:
    """Return a place in the plane for each row.

    Args:
        features: (N, d).
        rng: Draws the sample, above 3000 rows, and parts equal rows by a hair.
        perplexity: About how many neighbours a row has; less where there are few rows.
        progress: Hears of every step, and may cancel.

    Returns:
        float32 (N, 2), about 0; NaN for a row that is not finite.

    Raises:
        Cancelled: The user cancelled.
    """
    watcher = progress or Silent()
    checkpoint(watcher, 0.0, _MESSAGE)
    parts = principal_parts(features, _PARTS)
    known = np.flatnonzero(np.isfinite(parts[:, 0]))
    places = np.array(parts[:, :PLANE])
    if known.size < _FEWEST:
        return places
    sample = known
    if known.size > MOST_POINTS:
        sample = np.sort(rng.choice(known, MOST_POINTS, replace=False))
    places[sample] = _laid_out(parts[sample], rng, perplexity, watcher)
    others = np.setdiff1d(known, sample)
    places[others] = _put_among(parts[others], parts[sample], places[sample])
    checkpoint(watcher, 1.0, _MESSAGE)
    return places


def affinities(points: Singles, perplexity: float) -> Singles:
    """Return how much each pair of rows belongs together.

    Args:
        points: float32 (n, d), about the origin.
        perplexity: 2 to the power of the entropy of each row's neighbours.

    Returns:
        float32 (n, n), symmetric, sums to 1; 0 on the diagonal and between rows that are not
        among the nearest of each other.
    """
    count = len(points)
    near = min(count - 1, int(3 * perplexity) + 1)
    table = np.zeros((count, count), dtype=np.float32)
    for start in range(0, count, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, count))
        gaps = _gaps(points[rows], points)
        gaps[np.arange(rows.size), rows] = np.inf
        columns = np.argpartition(gaps, near - 1, axis=1)[:, :near]
        nearest = np.take_along_axis(gaps, columns, axis=1).astype(np.float64)
        table[rows[:, None], columns] = _shares(nearest, perplexity)
    table += table.T.copy()
    table /= table.sum(dtype=np.float64)
    return table


def _shares(gaps: np.ndarray, perplexity: float) -> np.ndarray:
    """Return exp(-β·gap) of each row as shares, with β such that their perplexity is as asked."""
    gaps = gaps - gaps.min(axis=1, keepdims=True)
    low, high = np.zeros(len(gaps)), np.full(len(gaps), np.inf)
    beta = 1.0 / np.maximum(gaps.mean(axis=1), 1e-12)
    for _ in range(_HALVINGS):
        p = np.exp(-beta[:, None] * gaps)
        total = p.sum(axis=1)
        entropy = np.log(total) + beta * (p * gaps).sum(axis=1) / total
        wide = entropy > np.log(perplexity)
        low, high = np.where(wide, beta, low), np.where(wide, high, beta)
        beta = np.where(np.isinf(high), 2 * beta, (low + np.minimum(high, 1e300)) / 2)
    p = np.exp(-beta[:, None] * gaps)
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def _laid_out(
    points: Singles, rng: np.random.Generator, perplexity: float, progress: Progress
) -> Singles:
    """Return float32 (n, 2) by gradient descent, starting from the widest plane."""
    count = len(points)
    pull = affinities(points, min(perplexity, (count - 1) / 3))
    places: Singles = np.array(points[:, :PLANE])
    places *= _START / max(float(points[:, 0].std()), 1e-12)
    places += 0.01 * _START * rng.standard_normal(places.shape)
    rate = max(count / _EXAGGERATION / 4, _LEAST_RATE)
    step, gains = np.zeros_like(places), np.ones_like(places)
    for turn in range(_STEPS):
        checkpoint(progress, turn / _STEPS, _MESSAGE)
        early = turn < _EARLY
        slope = _slope(pull, places, _EXAGGERATION if early else 1.0)
        agrees = slope * step > 0
        gains = np.maximum(np.where(agrees, gains * 0.8, gains + 0.2), 0.01).astype(np.float32)
        step *= 0.5 if early else 0.8
        step -= rate * gains * slope
        places += step
        places -= places.mean(axis=0)
    return places


def _slope(pull: Singles, places: Singles, exaggeration: float) -> Singles:
    """Return the gradient of the divergence, float32 (n, 2)."""
    drawn, pushed = (np.empty((len(places), PLANE + 1), dtype=np.float32) for _ in range(2))
    sides = np.column_stack([places, np.ones(len(places), dtype=np.float32)])
    total = 0.0
    for start in range(0, len(places), _BLOCK):
        part = slice(start, start + _BLOCK)
        near = _gaps(places[part], places)
        near += 1
        np.reciprocal(near, out=near)
        near[np.arange(len(near)), np.arange(start, start + len(near))] = 0.0
        total += float(near.sum())
        drawn[part] = (pull[part] * near) @ sides
        np.square(near, out=near)
        pushed[part] = near @ sides
    forces = exaggeration * drawn - pushed / np.float32(total)
    return np.asarray(4 * (places * forces[:, PLANE:] - forces[:, :PLANE]))


def _gaps(points: Singles, others: Singles) -> Singles:
    """Return the squared distance of each point to each other, float32, not negative."""
    gaps = points @ others.T
    gaps *= -2
    gaps += squared_norms(others)
    gaps += squared_norms(points)[:, None]
    return np.asarray(np.maximum(gaps, 0.0, out=gaps))


def _put_among(points: Singles, sample: Singles, places: Singles) -> Singles:
    """Return the mean place of the nearest rows of a sample, float32 (n, 2)."""
    result = np.empty((len(points), PLANE), dtype=np.float32)
    near = min(_NEAREST, len(sample))
    for part in blocks(len(points)):
        nearest: Places = np.argpartition(_gaps(points[part], sample), near - 1, axis=1)[:, :near]
        result[part] = places[nearest].mean(axis=1)
    return result
