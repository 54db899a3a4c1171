"""The options of a simulation, and the protocols of papers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from .choices import Balance, Decoder, Device, QuotaRule, Recipe, Start, Task


@dataclass(frozen=True)
class SimulateConfig:
    """Active learning with an oracle: strategies compared over seeds on labelled imagery.

    Exactly one of `images` with `labels`, `images_folder` with `masks_folder`, and
    `openearthmap`. `compare` names pairs of strategies whose difference is to be tested,
    "A,B". `steps` = 0, `minutes` = 0 and `dropout` = None leave it to the recipe; `jobs` = 0
    takes what the computer has. `halo_px` = None is as in a project. `pool_tiles` and
    `validation_tiles` keep so many of them, drawn at random, where more would only cost time;
    0 keeps all. `split_seed` draws the test and validation blocks, the same for all seeds
    unless `resplit`. `loss_margin`, `loss_weight` and `loss_stop` are as in TrainConfig.

    With a `task` that labels whole tiles, each file of `images_folder` is a tile; `table` names
    its classes, or the folders below do. `balance` removes tiles of the pool class by class,
    others for each seed. `tile_size_px` = 0 is then the size of most of the files.
    """

    task: Task = Task.SEGMENTATION
    table: str = ""
    balance: Balance = Balance.AS_IS

    images: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    images_folder: str = ""
    masks_folder: str = ""
    openearthmap: str = ""
    legend: str = ""
    bands: tuple[int, ...] = ()
    unlabelled: tuple[float, ...] = ()
    strategies: tuple[str, ...] = ("random", "entropy", "dcau", "full")
    compare: tuple[str, ...] = ()
    initial: int = 20
    batch: int = 10
    rounds: int = 8
    seeds: tuple[int, ...] = (0, 1, 2)
    recipe: Recipe = Recipe.PLUS
    encoder: str = "mobilenet_v2"
    decoder: Decoder = Decoder.UNET
    weights: str = ""
    start: Start = Start.COLD
    device: Device = Device.AUTO
    steps: int = 0
    minutes: float = 0.0
    dropout: float | None = None
    loss_margin: float = 1.0
    loss_weight: float = 1.0
    loss_stop: float = 0.6
    tile_size_px: int = 256
    halo_px: int | None = None
    pool_tiles: int = 0
    validation_tiles: int = 0
    test_share: float = 0.2
    validation_share: float = 0.1
    test_images: tuple[str, ...] = ()
    split_seed: int = 0
    resplit: bool = False
    alpha: float = 0.5
    gamma: float = 0.5
    quotas: QuotaRule = QuotaRule.RARE
    jobs: int = 0


# Active learning on OpenEarthMap as in DCAU-AL, arXiv 2604.08965, section 4.
OPENEARTHMAP_PROTOCOL: Mapping[str, Any] = MappingProxyType(
    {"initial": 500, "batch": 50, "rounds": 20, "tile_size_px": 512}
)
# Recipes for whole tiles, as their papers tried them: MCFPS on EuroSAT (arXiv 2405.13285 and the
# script of its experiments; that has no validation, which ours takes from the pool's share), the
# letter on LL, TPD and MGE (IEEE GRSL 2023) on UC Merced.
PROTOCOLS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        Recipe.MCFPS.value: {
            "task": Task.SCENE.value,
            "strategies": ("random", "fps", "osal", "mcfps", "full"),
            "initial": 64,
            "batch": 64,
            "rounds": 8,
            "test_share": 0.2,
            "validation_share": 0.1,
        },
        Recipe.MULTILABEL.value: {
            "task": Task.MULTILABEL.value,
            "strategies": ("random", "ll", "tpd", "mge", "full"),
            "initial": 40,
            "batch": 20,
            "rounds": 18,
            "test_share": 0.25,
            "validation_share": 0.25,
            "start": Start.WARM.value,
        },
    }
)
_LOOSE_TILES: Mapping[str, Any] = MappingProxyType({"tile_size_px": 0})


def protocol_for(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what follows from the options that are given, for those that are not.

    Args:
        given: Options of SimulateConfig by name, as JSON values.
    """
    if "openearthmap" in given:
        return dict(OPENEARTHMAP_PROTOCOL)
    found = PROTOCOLS.get(str(given.get("recipe")), {})
    task = given.get("task", found.get("task", Task.SEGMENTATION.value))
    return dict(found) if task == Task.SEGMENTATION.value else {**_LOOSE_TILES, **found}
