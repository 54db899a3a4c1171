"""What comes of each verb, as frozen values that travel as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..project import PickRecord


@dataclass(frozen=True)
class InitResult:
    """A new project."""

    folder: Path
    tiles: int
    validation_tiles: int
    images: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabelResult:
    """Labels that were copied into tiles; `class_pixels` by class index."""

    tiles: int
    pixels: int
    class_pixels: tuple[int, ...]


@dataclass(frozen=True)
class TagResult:
    """Tags that were given to whole tiles; `class_tiles` by class index."""

    tiles: int
    class_tiles: tuple[int, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PaintNextResult:
    """A segmentation project that starts from tags; `picks` are the tiles to paint first."""

    folder: Path
    tiles: int
    tagged_tiles: int
    painted_tiles: int
    picks: tuple[PickRecord, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrainResult:
    """A trained network; IoU is None where it is undefined.

    Where whole tiles are labelled `measure` is “macro F1”, and F1 stands in the place of IoU.
    """

    round: int
    steps: int
    seconds: float
    images_per_s: float
    miou: float | None
    iou: tuple[float | None, ...]
    device: str
    notes: tuple[str, ...] = ()
    measure: str = "mIoU"


@dataclass(frozen=True)
class ProbeFigures:
    """What a linear probe on labelled tiles says of an encoder, cross-validated.

    Means and standard deviations over the folds; `accuracy` is the share of tiles whose class
    is right, of tags that of the tags.
    """

    accuracy: float
    accuracy_spread: float
    macro_f1: float
    macro_f1_spread: float
    tiles: int
    classes: int


@dataclass(frozen=True)
class PretrainResult:
    """A pre-trained encoder; the probes are None where too little is labelled.

    `spread` is that of the features, 1 where they differ in every direction.
    """

    name: str
    path: Path
    encoder: str
    tiles: int
    steps: int
    seconds: float
    images_per_s: float
    loss: float
    spread: float
    before: ProbeFigures | None
    after: ProbeFigures | None
    device: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScanResult:
    """A pass of the network over the pool."""

    tiles: int
    tiles_per_s: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class QueryResult:
    """The tiles to label next, best first."""

    picks: tuple[PickRecord, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PredictResult:
    """The maps of a round, one file an image."""

    round: int
    prediction: tuple[str, ...]
    uncertainty: tuple[str, ...]
    confidence: tuple[str, ...]
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExportResult:
    """The files of an export."""

    files: tuple[str, ...]


@dataclass(frozen=True)
class RetrainResult:
    """One turn of the loop; `scan` is None when every tile is labelled."""

    train: TrainResult
    scan: ScanResult | None
    query: QueryResult
    predict: PredictResult


@dataclass(frozen=True)
class DemoResult:
    """The files of the demo scene."""

    scene: Path
    labels: Path
    legend: Path


@dataclass(frozen=True)
class SimulateResult:
    """A finished simulation: strategies times seeds, and all their rounds."""

    folder: Path
    runs: int
    rounds: int
    report: Path
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeviceResult:
    """What the network runs on: `kind` is cpu or cuda."""

    text: str
    kind: str
    memory_gb: float | None


@dataclass(frozen=True)
class TileResult:
    """Why a tile scores as it does: s_k and w_k·s_k by class, and the mean entropy."""

    tile: int
    shares: tuple[float, ...]
    terms: tuple[float, ...]
    entropy: float
