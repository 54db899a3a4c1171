"""The options of every verb on a project."""

from __future__ import annotations

from dataclasses import dataclass, field

from .choices import (
    Averaging,
    ClusterShare,
    Decoder,
    Device,
    GammaMode,
    GapSource,
    QuotaRule,
    Recipe,
    Start,
    Step,
    Task,
    ThresholdPolicy,
    UndefinedIou,
)

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
    task: Task = Task.SEGMENTATION


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
class TagConfig:
    """Tags of whole tiles, taken from reference labels or from what is painted.

    `source` is a raster (any grid, any CRS), or a vector file whose `attribute` holds legend
    values; empty takes the tiles' own painted masks. A class is there if it covers more than
    `coverage` of the labelled pixels; in a project of scenes the largest one is taken. A tile
    of which less than `least_labelled` is labelled gets no tags. Exactly one of `tiles`,
    `random`, `validation`, `picks`, `everywhere`.
    """

    source: str = ""
    unlabelled: tuple[float, ...] = ()
    tiles: tuple[int, ...] = ()
    random: int = 0
    validation: bool = False
    picks: bool = False
    everywhere: bool = False
    attribute: str = "value"
    coverage: float = 0.07
    least_labelled: float = 0.25
    seed: int = 0


@dataclass(frozen=True)
class PaintNextConfig:
    """A segmentation project over the images of one whose tiles are tagged.

    `count` tiles go into its first queue, class by class, the rarest first.
    """

    folder: str = ""
    count: int = 20
    seed: int = 0


@dataclass(frozen=True)
class PretrainConfig:
    """Self-supervised pre-training (MoCo v2) of an encoder on the project's own tiles.

    `weights` is what it starts from, as in TrainConfig; `name` is that of what comes of it, the
    encoder's and a number if it is empty. `tiles` = 0 takes all of the pool with data, else so
    many at random; `crop_px` = 0, `queue` = 0 and `momentum` = 0 choose the side of the views by
    the device, and the keys and their momentum by the number of tiles and steps. `minutes` ends
    it early; `resume` goes on where the last one was paused.
    """

    name: str = ""
    encoder: str = "mobilenet_v2"
    weights: str = ""
    device: Device = Device.AUTO
    epochs: int = 200
    minutes: float = 60.0
    batch_size: int = 64
    crop_px: int = 0
    tiles: int = 0
    queue: int = 0
    momentum: float = 0.0
    temperature: float = 0.2
    learning_rate: float = 0.03
    resume: bool = True
    seed: int = 0


@dataclass(frozen=True)
class TrainConfig:
    """Training of the network.

    `weights` is empty (random initialisation), a file of weights, or IMAGENET. What is None
    is as the recipe says; see `training.recipes`. `steps` = 0 means as many as the recipe
    plans for the labels that are there; `minutes` ends training early, unless the recipe is
    a paper's. `dropout` is that before the last layer, of networks that label whole tiles.
    With `learn_loss` a small network learns beside the other which tiles have the higher loss,
    for the strategy “ll”: `loss_margin` is its ξ, `loss_weight` its λ, and after the part
    `loss_stop` of the training its gradient no longer reaches the other.
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
    dropout: float | None = None
    epochs: int | None = None
    learn_loss: bool = False
    loss_margin: float = 1.0
    loss_weight: float = 1.0
    loss_stop: float = 0.6
    seed: int = 0


@dataclass(frozen=True)
class ScanConfig:
    """One pass of the network over the tiles, one row of statistics a tile.

    `strategy` is the one that will query: some need columns that cost extra. `encoder` and
    `weights` count before the first round only, for features from an encoder that has seen
    other images; they are as in TrainConfig. `passes` with dropout are averaged as `average`
    says, for the certainty of “mcfps”.
    """

    device: Device = Device.AUTO
    batch_size: int = 8
    strategy: str = "dcau_plus"
    encoder: str = "mobilenet_v2"
    weights: str = ""
    passes: int = 10
    average: Averaging = Averaging.LOGITS
    seed: int = 0


@dataclass(frozen=True)
class QueryConfig:
    """The choice of the tiles to label next.

    `quotas` belongs to the strategies that divide a batch among the classes; `rounds` is
    how many rounds are planned, for what changes from the first to the last of them; `like`
    is the tile that “similar” compares with; `without` leaves out a step of dcau_plus.
    `clustering` and `multiple` (m) are those of ll, tpd and mge: of the m·count most uncertain
    tiles the worst of each cluster; with `unit_gradients` mge compares features of one length.
    `neighbours` (k) and `skip` are those of mcfps, `cluster_share` is that of osal; without
    `normalise` these two and fps compare the features as they are, as in the paper, and those
    of great length come first.
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
    clustering: bool = True
    multiple: int = 3
    unit_gradients: bool = False
    neighbours: int = 15
    skip: float = 0.8
    normalise: bool = True
    cluster_share: ClusterShare = ClusterShare.EQUAL
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
