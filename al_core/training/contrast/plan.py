"""What a pre-training is going to do, and whether that can be done."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import torch

from ...config import PretrainConfig, to_json
from ...errors import TrainingError
from ...models import TaggingNetwork
from .batches import Tiles

FEWEST_TILES = 64
CPU_VIEW_PX, GPU_VIEW_PX = 128, 224
_STEP_PX = 32
_MAY_CHANGE = {"device", "minutes", "resume", "name"}  # while it is paused


def check_tiles(tiles: int, batch_size: int) -> None:
    """Make sure that there are enough tiles to tell apart.

    Raises:
        TrainingError: There are too few.
    """
    if tiles >= max(FEWEST_TILES, 2 * batch_size):
        return
    advice = (
        f"choose a batch of {tiles // 2} or fewer"
        if tiles >= FEWEST_TILES
        else "use smaller tiles or more imagery, or start from weights that are there"
    )
    raise TrainingError(
        f"Pre-training needs at least {max(FEWEST_TILES, 2 * batch_size)} tiles for batches of "
        f"{batch_size}, but there are {tiles}; {advice}."
    )


def plan_of(tiles: Tiles, network: TaggingNetwork, config: PretrainConfig) -> dict[str, Any]:
    """Return all that has to stay the same for a pre-training to be gone on with, as JSON."""
    options = {name: value for name, value in to_json(config).items() if name not in _MAY_CHANGE}
    ids = hashlib.sha256(tiles.ids.astype("<i8").tobytes()).hexdigest()
    return {**options, "bands": network.spec.in_channels, "tile_ids": ids}


def check_plan(paused: Mapping[str, Any], plan: Mapping[str, Any]) -> None:
    """Make sure that what is paused was begun alike.

    Raises:
        TrainingError: It was not; names what differs.
    """
    other = [name for name in plan if paused.get(name) != plan[name]]
    if other:
        names = ", ".join(name.replace("_", " ") for name in other)
        raise TrainingError(
            f"A pre-training is paused that was begun otherwise ({names}). Go on with the options "
            "that it has, or start anew, which gives up what it has learnt."
        )


def view_px(wanted: int, tile_size_px: int, device: torch.device) -> int:
    """Return the side of the views: what is wanted, or a multiple of 32 that is fast enough."""
    if wanted:
        return wanted
    most = CPU_VIEW_PX if device.type == "cpu" else GPU_VIEW_PX
    return max(min(tile_size_px, most) // _STEP_PX, 1) * _STEP_PX
