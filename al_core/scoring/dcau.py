"""The DCAU score: entropy weighted by what the validation says about each class."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .entropy import as_float, entropy

FEW_SHARE = 0.25
PRIOR_SHARE = 0.05


def class_shares(sum_entropy_p: ArrayLike, n: ArrayLike) -> NDArray[np.float64]:
    """Return s_k, the mean of entropy times probability; Σ_k s_k is the mean entropy.

    Args:
        sum_entropy_p: (N, K) sums over the scorable pixels.
        n: (N,) scorable pixels.

    Returns:
        float64 (N, K) nats; NaN where n = 0.
    """
    return _mean(np.asarray(sum_entropy_p, dtype=np.float64), np.asarray(n)[:, None])


def dcau(sum_entropy_p: ArrayLike, n: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
    """Return the score of each tile, Σ_k w_k·s_k (DCAU-AL, arXiv 2604.08965, eq. 4 to 6).

    Args:
        sum_entropy_p: (N, K) sums over the scorable pixels.
        n: (N,) scorable pixels.
        weights: (K,) class weights.

    Returns:
        float64 (N,), 0 to log(K)·max(weights); NaN where n = 0.
    """
    sums = np.asarray(sum_entropy_p, dtype=np.float64) @ np.asarray(weights, dtype=np.float64)
    return _mean(sums, np.asarray(n))


def dcau_pixels(p: ArrayLike, weights: ArrayLike, axis: int = 0) -> NDArray[np.float32]:
    """Return the pixel value of the uncertainty map: H·⟨w, p⟩ on a scale of 0 to 1.

    Args:
        p: Array of any shape; class probabilities along `axis`, such as (K, H, W).
        weights: (K,) class weights.
        axis: The axis of the K classes.

    Returns:
        float32, the shape of `p` without `axis`; 1 is log(K)·max(weights), which no
        pixel exceeds, so that maps of different rounds share one scale.
    """
    probabilities = as_float(p)
    factors = np.asarray(weights, dtype=probabilities.dtype)
    top = float(np.log(factors.size) * factors.max())
    weighted = np.tensordot(factors, probabilities, axes=(0, axis))
    values = entropy(probabilities, axis=axis) * weighted / (top if top > 0 else 1.0)
    return np.asarray(np.clip(values, 0.0, 1.0), dtype=np.float32)


def reliability(n: ArrayLike, tile_px: int) -> NDArray[np.float64]:
    """Return the factor that keeps a nearly finished tile from topping the list.

    A mean over few pixels is noisy; below a quarter of a tile it is pulled towards 0.

    Args:
        n: (N,) scorable pixels.
        tile_px: Pixels of a whole tile.

    Returns:
        float64 (N,): n / (n + 0.05·tile_px) where n < 0.25·tile_px, else 1.
    """
    pixels = np.asarray(n, dtype=np.float64)
    few = pixels < FEW_SHARE * tile_px
    factors = np.ones(pixels.shape)
    np.divide(pixels, pixels + PRIOR_SHARE * tile_px, out=factors, where=few)
    return factors


def _mean(sums: NDArray[np.float64], n: NDArray[np.int64]) -> NDArray[np.float64]:
    means = np.full(sums.shape, np.nan)
    np.divide(sums, n, out=means, where=n > 0)
    return means
