"""The options of every job, as frozen values that travel as JSON."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar, get_type_hints

from .errors import ConfigError


class Device(enum.Enum):
    """Where the network runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class Start(enum.Enum):
    """What training starts from: the current model, fresh weights, or a mixture of both."""

    WARM = "warm"
    COLD = "cold"
    SHRINK_PERTURB = "shrink_perturb"


class Decoder(enum.Enum):
    """What turns the features of an encoder into a map.

    `light` is quick to train. Where there are starting weights it leaves the encoder as they are.
    """

    UNET = "unet"
    LIGHT = "light"


class Recipe(enum.Enum):
    """How a network is trained; METHODS 2.9."""

    PAPER = "paper"
    PLUS = "plus"
    QUICK = "quick"


class GammaMode(enum.Enum):
    """Where γ of the threshold comes from; only `fixed` is the paper's."""

    FIXED = "fixed"
    SCHEDULE = "schedule"
    FEEDBACK = "feedback"


class QuotaRule(enum.Enum):
    """How the class part of a batch is divided among the classes."""

    UNIFORM = "uniform"  # the same for every class
    GAP = "gap"  # the class weights of DCAU: the gap to the power of alpha
    CERTAIN_GAP = "certain_gap"  # the gaps, pulled together as far as they may be chance
    HEADROOM = "headroom"  # gap times IoU: neither hopeless nor finished
    GROWTH = "growth"  # headroom times how much one tile adds to the labels of the class
    PROGRESS = "progress"  # the IoU that more labels of the class have brought so far
    SCARCITY = "scarcity"  # few labelled tiles hold the class
    SCARCE_GAP = "scarce_gap"  # few labelled tiles hold the class, and its gap is wide
    AREA = "area"  # the map shows more of the class than the labels do
    LIKENESS = "likeness"  # tiles look like the class's labelled ones but are mapped otherwise
    RARE = "rare"  # only classes with less than an equal share of the labels, all alike


class Step(enum.Enum):
    """A step of dcau_plus, to be left out for the sake of comparison."""

    NONE = "none"
    GUARD = "guard"  # odd tiles come last
    COVER = "cover"  # classes that the map does not show are sought by distance alone
    SEATS = "seats"  # two thirds of what is left belong to classes
    NOISE = "noise"  # in the class pools
    VARIETY = "variety"  # weighed k-center, in place of the best first
    WORTH = "worth"  # in k-center the unsure count for more
    THETA = "theta"  # the rest comes from the tiles above the threshold


class GapSource(enum.Enum):
    """Which labels the class gaps are measured on; `auto` takes the first that is there."""

    AUTO = "auto"
    VALIDATION = "validation"
    PREQUENTIAL = "prequential"
    CROSS_VALIDATION = "cross_validation"


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

    `weights` is empty (random initialisation), a safetensors file, or IMAGENET. What is None
    is as the recipe says; see `training.recipes`. `steps` = 0 means as many as the recipe
    plans for the labels that are there; `minutes` ends training early, unless the recipe is
    the paper's.
    """

    encoder: str = "mobilenet_v2"
    decoder: Decoder = Decoder.UNET
    weights: str = ""
    start: Start = Start.WARM
    recipe: Recipe = Recipe.QUICK
    device: Device = Device.AUTO
    steps: int = 0
    minutes: float = 10.0
    batch_size: int = 8
    decoder_learning_rate: float | None = None
    encoder_learning_rate: float | None = None
    weight_decay: float | None = None
    ema_decay: float | None = None
    dice_weight: float | None = None
    stability_weight: float | None = None
    seed: int = 0


@dataclass(frozen=True)
class ScanConfig:
    """One pass of the network over the tiles, one row of statistics a tile.

    `strategy` is the one that will query: some need columns that cost extra. `encoder` and
    `weights` count before the first round only, for features from an encoder that has seen
    other images; they are as in TrainConfig.
    """

    device: Device = Device.AUTO
    batch_size: int = 8
    strategy: str = "dcau_plus"
    encoder: str = "mobilenet_v2"
    weights: str = ""
    seed: int = 0


@dataclass(frozen=True)
class QueryConfig:
    """The choice of the tiles to label next.

    `quotas` belongs to the strategies that divide a batch among the classes; `rounds` is
    how many rounds are planned, for what changes from the first to the last of them; `like`
    is the tile that “similar” compares with; `without` leaves out a step of dcau_plus.
    """

    strategy: str = "dcau_plus"
    count: int = 20
    alpha: float = 0.5
    gamma: float = 0.5
    gamma_mode: GammaMode = GammaMode.FIXED
    policy: ThresholdPolicy = ThresholdPolicy.FILL
    undefined: UndefinedIou = UndefinedIou.EXPLORE
    quotas: QuotaRule = QuotaRule.RARE
    without: Step = Step.NONE
    gap_source: GapSource = GapSource.AUTO
    rounds: int = 10
    like: int = -1
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
class SimulateConfig:
    """Active learning with an oracle: strategies compared over seeds on labelled imagery.

    Exactly one of `images` with `labels`, `images_folder` with `masks_folder`, and
    `openearthmap`. `compare` names pairs of strategies whose difference is to be tested,
    "A,B". `steps` = 0 and `minutes` = 0 leave it to the recipe; `jobs` = 0 takes what the
    computer has. `halo_px` = None is as in a project. `pool_tiles` and `validation_tiles`
    keep so many of them, drawn at random, where more would only cost time; 0 keeps all.
    `split_seed` draws the test and validation blocks, the same for all seeds
    unless `resplit`.
    """

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
