"""The first layer of a network, made for other bands than those that are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import torch
from torch import Tensor

from ...errors import TrainingError

RGB = 3
SENTINEL_2 = (
    *("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B10", "B11", "B12"),
)  # as in level 1C, and in SSL4EO-S12 and torchgeo
_WITHOUT_CIRRUS = tuple(band for band in SENTINEL_2 if band != "B10")  # level 2A
MADE_FOR: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {len(bands): bands for bands in (SENTINEL_2, _WITHOUT_CIRRUS)}
)
# What a project's bands are taken for where nobody says so.
_USUAL: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        13: SENTINEL_2,
        12: _WITHOUT_CIRRUS,
        10: tuple(band for band in _WITHOUT_CIRRUS if band not in {"B1", "B9"}),
        4: ("B2", "B3", "B4", "B8"),
        3: ("B4", "B3", "B2"),
    }
)


def parse(text: str) -> tuple[str, ...]:
    """Return the bands of Sentinel-2 that a text like “B04,B03,B02” names.

    Raises:
        TrainingError: One of them is no such band.
    """
    names = tuple(_plain(part) for part in text.split(",") if part.strip())
    unknown = [name for name in names if name not in SENTINEL_2]
    if unknown or not names:
        raise TrainingError(
            f"“{text}” does not name bands of Sentinel-2; write such as B2,B3,B4,B8 behind the #."
        )
    return names


def is_first_layer(own: Tensor, given: Tensor, bands: int) -> bool:
    """Tell whether two kernels (out, in, h, w) differ in nothing but the bands they are for."""
    same = own.ndim == given.ndim == 4 and own.shape[0] == given.shape[0]  # noqa: PLR2004
    return same and own.shape[2:] == given.shape[2:] and own.shape[1] == bands != given.shape[1]


def chosen(made_for: int, bands: int, named: Sequence[str]) -> tuple[str, ...] | None:
    """Return the names of a project's bands, where the weights are for bands with names.

    Args:
        made_for: Bands that the weights are for.
        bands: Bands of the project.
        named: What the user says that they are; may be empty.

    Returns:
        None if there is no rule for such weights.

    Raises:
        TrainingError: They would have to be named, or are named to no purpose.
    """
    if named and made_for not in MADE_FOR:
        raise TrainingError(
            f"The weights are for {made_for} bands, not for Sentinel-2; leave out what stands "
            "behind the #."
        )
    if named and len(named) != bands:
        raise TrainingError(
            f"{len(named)} bands are named behind the #, but the project has {bands}; name each."
        )
    if made_for not in MADE_FOR or (made_for == bands and not named):
        return None
    if not named and bands not in _USUAL:
        raise TrainingError(
            f"The weights are for the {made_for} bands of Sentinel-2 and the project has {bands}; "
            "name them behind the file, such as weights.pth#B2,B3,B4,B8."
        )
    return tuple(named) or _USUAL[bands]


def adapted(kernel: Tensor, bands: int, names: Sequence[str] | None) -> Tensor | None:
    """Return a first layer for other bands.

    Args:
        kernel: (out, in, h, w).
        bands: How many the project has.
        names: Of these bands, from `chosen`. What the weights have no band for gets zeros.

    Returns:
        (out, bands, h, w). Of weights for colours as in segmentation_models_pytorch: summed for
        one band, else repeated and scaled. None if there is no rule.
    """
    made_for = kernel.shape[1]
    if names is not None:
        known = MADE_FOR[made_for]
        empty = torch.zeros_like(kernel[:, 0])
        parts = [kernel[:, known.index(name)] if name in known else empty for name in names]
        return torch.stack(parts, dim=1)
    if made_for != RGB:
        return None
    if bands == 1:
        return kernel.sum(dim=1, keepdim=True)
    return kernel[:, torch.arange(bands) % RGB] * (RGB / bands)


def _plain(name: str) -> str:
    """Return B2 for “b02 ”."""
    bare = name.strip().upper().removeprefix("B").lstrip("0")
    return f"B{bare}"


def told(
    made_for: int, bands: int, names: Sequence[str] | None, *, is_reflectance: bool = False
) -> str:
    """Return what was done to the first layer, in words."""
    listed = f" ({', '.join(names)})" if names and tuple(names) != SENTINEL_2 else ""
    reads = "reads the bands as reflectance"
    if bands != made_for and names:
        what = "cut" if bands < made_for else "widened"
        done = f"was {what} from {made_for} to {bands} bands{listed}"
    elif names:
        done = f"has the bands in another order{listed}"
    elif is_reflectance:
        return f"the first layer {reads}"
    else:
        done = f"was made for {bands} bands from one for {made_for} colours"
    return f"the first layer {done}" + (f" and {reads}" if is_reflectance else "")
