"""Weights that were made for reflectance, given the normalised values that our networks read.

Files of Sentinel-2 weights expect each band over 10 000. The first layer and what follows it take
that over: w·(raw / 10 000) is another kernel of the normalised values, plus a constant.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ...geo.reader import Scaling

# The mean reflectance of each band at level 1C, over the 50 000 scenes of SSL4EO-S12: what
# a band that the project lacks is taken to be.
_USUAL: Mapping[str, float] = MappingProxyType(
    {
        "B1": 0.1606,
        "B2": 0.1391,
        "B3": 0.1315,
        "B4": 0.1364,
        "B5": 0.1549,
        "B6": 0.2092,
        "B7": 0.2372,
        "B8": 0.2300,
        "B8A": 0.2560,
        "B9": 0.0830,
        "B10": 0.0022,
        "B11": 0.2177,
        "B12": 0.1524,
    }
)
_SHARES, _BYTES, _COUNTS = 1.0, 255.0, 10_000.0  # of reflectance 1, in ways to store it


def for_normalised(
    kernel: Tensor, known: Sequence[str], names: Sequence[str], scaling: Scaling
) -> tuple[Tensor, Tensor]:
    """Return a first layer for normalised values that does what it did for reflectance.

    Args:
        kernel: (out, M, h, w), for reflectance.
        known: The names of its M bands.
        names: Those of the project's B bands, in its order.
        scaling: How the project's raw values are normalised; B entries.

    Returns:
        (out, B, h, w) for normalised values; bands that the kernel does not know get zeros. And
        (out,), what is missing in its results.
    """
    unit = _unit(scaling)
    low, high, mean, std = (
        np.array(part) for part in (scaling.low, scaling.high, scaling.mean, scaling.std)
    )
    factor, base = (high - low) * std / unit, (low + (high - low) * mean) / unit
    total = kernel.sum(dim=(2, 3))  # of a patch that is the same all over
    parts, missing = [], torch.zeros_like(total[:, 0])
    for place, name in enumerate(names):
        at = known.index(name) if name in known else None
        parts.append(
            torch.zeros_like(kernel[:, 0]) if at is None else kernel[:, at] * factor[place]
        )
        if at is not None:
            missing = missing + total[:, at] * float(base[place])
    for at, name in enumerate(known):
        if name not in names:
            missing = missing + total[:, at] * _USUAL[name]
    return torch.stack(parts, dim=1), missing


def make_up(
    encoder: nn.Module, state: MutableMapping[str, Tensor], key: str, missing: Tensor
) -> None:
    """Add what is missing behind a first layer to the tensors of an encoder.

    Args:
        encoder: Says what follows the layer.
        state: Its tensors by name; changed.
        key: The name of the layer's kernel.
        missing: (out,), from `for_normalised`.
    """
    layer = key.removesuffix(".weight")
    if f"{layer}.bias" in state:
        state[f"{layer}.bias"] = state[f"{layer}.bias"] + missing
        return
    is_behind = False
    for name, module in encoder.named_modules():
        if is_behind and isinstance(module, _BatchNorm) and module.num_features == len(missing):
            mean = f"{name}.running_mean"
            state[mean] = state[mean] - missing
            return
        is_behind = is_behind or name == layer


def _unit(scaling: Scaling) -> float:
    """Return what is stored for reflectance 1, by what values there are."""
    highest = max(scaling.high)
    if highest > _BYTES:
        return _COUNTS
    return _BYTES if highest > 2 * _SHARES else _SHARES
