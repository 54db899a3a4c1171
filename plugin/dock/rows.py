"""What the panels show, as frozen values."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from ...al_core.config import (
    Decoder,
    Device,
    InitConfig,
    LabelConfig,
    Recipe,
    Start,
    TagConfig,
)
from ...al_core.legend import Legend

ENOUGH_MINUTES = 600.0  # for a recipe that goes on until it is done


@dataclass(frozen=True)
class ClassRow:
    """One class: `color` as #rrggbb; the figures are None where they are not known.

    `iou_error` is one standard error, `validation_px` the validation pixels of the class, and
    `quota` the seats of the class in the last query.
    """

    index: int
    name: str
    color: str
    labelled_px: int = 0
    iou: float | None = None
    gap: float | None = None
    weight: float | None = None
    iou_error: float | None = None
    validation_px: int | None = None
    quota: int | None = None


@dataclass(frozen=True)
class QueueRow:
    """One tile worth labelling.

    `why` is short (the class's name), `detail` a sentence; `share` (0 to 1) is how much that
    class adds to the score, `terms` are what every class adds, by index; none where no
    network was asked. `strategy` is the title of the one that picked it.
    """

    tile_id: int
    rank: int
    score: float
    why: str
    share: float = 0.0
    class_color: str | None = None
    labelled: bool = False
    detail: str = ""
    strategy: str = ""
    terms: tuple[float, ...] = ()


@dataclass(frozen=True)
class RoundPoint:
    """One round in the chart; `iou` is by class index, None or NaN where undefined.

    `miou_error` is one standard error. Where tiles are tagged these are F1, and `micro` and
    `accuracy` say more; None where they are not known.
    """

    number: int
    miou: float | None
    iou: tuple[float | None, ...]
    labelled_tiles: int
    labelled_pixels: int = 0
    miou_error: float | None = None
    micro: float | None = None
    accuracy: float | None = None


@dataclass(frozen=True)
class Reliability:
    """How well confidence and accuracy agree on the validation pixels.

    `bins` are (mean confidence, accuracy, pixels); the errors are expected calibration errors
    before and after the logits are divided by `temperature`. All of them are shares of 1.
    """

    bins: tuple[tuple[float, float, int], ...] = ()
    temperature: float | None = None
    error_before: float | None = None
    error: float | None = None


@dataclass(frozen=True)
class RoundNews:
    """What the newest round says about its own figures, in whole sentences; "" for nothing.

    `caution` tells why the gaps are doubtful, `remedy` what to label to know them better.
    """

    gaps: str = ""
    caution: str = ""
    remedy: str = ""
    advice: str = ""
    stop: bool = False


@dataclass(frozen=True)
class RasterRow:
    """A raster that a project may use; any object with these three will do."""

    name: str
    path: str
    band_count: int


@dataclass(frozen=True)
class PaintState:
    """What the brush does next; `label` is a class index or UNSURE. Any object like it will do."""

    label: int = 0
    eraser: bool = False
    size_px: int = 12
    can_undo: bool = False
    can_redo: bool = False


@dataclass(frozen=True)
class LayersState:
    """Which maps are there, shown, and how opaque (0 to 1)."""

    available: bool = False  # a round has been predicted
    prediction: bool = True
    uncertainty: bool = False
    labels: bool = True
    prediction_opacity: float = 0.6
    uncertainty_opacity: float = 0.9
    labels_opacity: float = 0.55


class InstallStage(enum.Enum):
    """How far the engine's environment is."""

    READY = "ready"
    MISSING = "missing"
    RUNNING = "running"
    FAILED = "failed"


@dataclass(frozen=True)
class InstallState:
    """The engine's environment; `message` is the step under way, or why it failed."""

    stage: InstallStage
    fraction: float = 0.0
    message: str = ""


@dataclass(frozen=True)
class TrainOptions:
    """How to train; `weights` is empty, a safetensors file, or config.IMAGENET."""

    encoder: str = "mobilenet_v2"
    weights: str = ""
    start: Start = Start.WARM
    minutes: float = 5.0
    device: Device = Device.AUTO
    recipe: Recipe = Recipe.QUICK
    decoder: Decoder = Decoder.UNET

    def limit_minutes(self) -> float:
        """Return when training ends at the latest; only the quick recipe is cut short."""
        return self.minutes if self.recipe is Recipe.QUICK else ENOUGH_MINUTES


@dataclass(frozen=True)
class SetupChoice:
    """A project to create, ready for the engine."""

    folder: Path
    legend: Legend
    options: InitConfig
    labels: LabelConfig | TagConfig | None = None


@dataclass(frozen=True)
class SurePrediction:
    """Tiles without tags that are predicted to show a class with more than `share` certainty."""

    index: int
    name: str
    color: str
    count: int
    share: float
