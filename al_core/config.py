"""The options of every job, as frozen values that travel as JSON."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_type_hints

from .errors import ConfigError


class Device(enum.Enum):
    """Where the network runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class Start(enum.Enum):
    """What training starts from: the current model, or fresh weights."""

    WARM = "warm"
    COLD = "cold"


class ThresholdPolicy(enum.Enum):
    """What happens when too few tiles exceed the threshold: fill up, or return fewer."""

    FILL = "fill"
    STRICT = "strict"


class UndefinedIou(enum.Enum):
    """The gap of a class whose IoU is undefined."""

    EXPLORE = "explore"
    NEUTRAL = "neutral"
    EXCLUDE = "exclude"


IMAGENET = "imagenet"  # as `weights`: download, after the user has agreed


@dataclass(frozen=True)
class InitConfig:
    """A new project over one or more rasters.

    `bands` are 1-based; empty means all. `validation_share` is a share of the tiles.
    """

    images: tuple[str, ...]
    bands: tuple[int, ...] = ()
    tile_size_px: int = 256
    validation_share: float = 0.1
    seed: int = 0


@dataclass(frozen=True)
class LabelConfig:
    """Reference labels that are copied into tiles.

    `source` is a raster (any grid, any CRS) or a vector file whose `attribute` holds
    legend values. Exactly one of `tiles`, `random`, `validation`, `picks`, `everywhere`.
    """

    source: str
    unlabelled: tuple[float, ...] = ()
    tiles: tuple[int, ...] = ()
    random: int = 0
    validation: bool = False
    picks: bool = False
    everywhere: bool = False
    attribute: str = "value"
    seed: int = 0


@dataclass(frozen=True)
class TrainConfig:
    """Training of the segmentation network.

    `weights` is empty (random initialisation), a safetensors file, or IMAGENET.
    `steps` = 0 means max(600, 40 per labelled tile); `minutes` ends training early.
    """

    encoder: str = "mobilenet_v2"
    weights: str = ""
    start: Start = Start.WARM
    device: Device = Device.AUTO
    steps: int = 0
    minutes: float = 10.0
    batch_size: int = 8
    decoder_learning_rate: float = 1e-3
    encoder_learning_rate: float = 3e-4
    weight_decay: float = 1e-2
    ema_decay: float = 0.99
    dice_weight: float = 0.5
    seed: int = 0


@dataclass(frozen=True)
class ScanConfig:
    """One pass of the network over the tiles, one row of statistics a tile."""

    device: Device = Device.AUTO
    batch_size: int = 8


@dataclass(frozen=True)
class QueryConfig:
    """The choice of the tiles to label next."""

    strategy: str = "dcau"
    count: int = 20
    alpha: float = 0.5
    gamma: float = 0.5
    policy: ThresholdPolicy = ThresholdPolicy.FILL
    undefined: UndefinedIou = UndefinedIou.EXPLORE
    seed: int = 0


@dataclass(frozen=True)
class PredictConfig:
    """Maps of the whole images. `window_px` = 0 chooses a window from the tile size."""

    device: Device = Device.AUTO
    window_px: int = 0
    batch_size: int = 4


@dataclass(frozen=True)
class ExportConfig:
    """The finished map. With `labels_win` the analyst's pixels replace the model's."""

    out: str = ""
    labels_win: bool = True


@dataclass(frozen=True)
class RetrainConfig:
    """One turn of the loop: train, scan, query, predict."""

    train: TrainConfig = field(default_factory=TrainConfig)
    scan: ScanConfig = field(default_factory=ScanConfig)
    query: QueryConfig = field(default_factory=QueryConfig)
    predict: PredictConfig = field(default_factory=PredictConfig)


@dataclass(frozen=True)
class DemoConfig:
    """The procedural demo scene."""

    size_px: int = 2048
    seed: int = 0


Config = TypeVar("Config")


def to_json(config: object) -> dict[str, Any]:
    """Return a config as plain JSON values."""
    return {
        item.name: _plain(getattr(config, item.name))
        for item in dataclasses.fields(config)  # type: ignore[arg-type]
    }


def from_json(kind: type[Config], data: Mapping[str, Any]) -> Config:
    """Return a config of type `kind` from JSON values; missing ones take their default.

    Raises:
        ConfigError: An option is unknown or its value is impossible.
    """
    hints = get_type_hints(kind)
    unknown = sorted(set(data) - set(hints))
    if unknown:
        raise ConfigError(
            f"{kind.__name__} has no option “{unknown[0]}”; it has {', '.join(hints)}."
        )
    return kind(**{name: _parsed(hints[name], name, data[name]) for name in data})


def _plain(value: object) -> object:
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value):
        return to_json(value)
    return list(value) if isinstance(value, tuple) else value


def _parsed(hint: Any, name: str, value: Any) -> Any:
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        try:
            return hint(value)
        except ValueError as error:
            choices = ", ".join(str(choice.value) for choice in hint)
            raise ConfigError(f"“{value}” is not a {name}; choose one of {choices}.") from error
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return from_json(hint, value)
    return tuple(value) if isinstance(value, list) else value
