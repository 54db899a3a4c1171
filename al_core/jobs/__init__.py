"""The verbs: each takes a project and a frozen config and reports through Progress.

What they need is imported when they are called, so that naming a verb costs nothing and
torch and rasterio are loaded by the engine process alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..config import (
    DemoConfig,
    ExportConfig,
    InitConfig,
    LabelConfig,
    PaintNextConfig,
    PredictConfig,
    PretrainConfig,
    QueryConfig,
    RetrainConfig,
    ScanConfig,
    SimulateConfig,
    TagConfig,
    TrainConfig,
)
from ..legend import Legend
from ..progress import Progress
from ..project import Project
from .results import (
    DemoResult,
    DeviceResult,
    ExportResult,
    InitResult,
    LabelResult,
    PaintNextResult,
    PredictResult,
    PretrainResult,
    QueryResult,
    RetrainResult,
    ScanResult,
    SimulateResult,
    TagResult,
    TileResult,
    TrainResult,
)

__all__ = [
    "DemoResult",
    "DeviceResult",
    "ExportResult",
    "InitResult",
    "LabelResult",
    "PaintNextResult",
    "PredictResult",
    "PretrainResult",
    "QueryResult",
    "RetrainResult",
    "ScanResult",
    "SimulateResult",
    "TagResult",
    "TileResult",
    "TrainResult",
    "create_project",
    "doctor",
    "explain_tile",
    "export",
    "find_device",
    "import_labels",
    "paint_next",
    "predict",
    "pretrain",
    "query",
    "retrain",
    "scan",
    "simulate",
    "status",
    "tag",
    "train",
    "write_demo",
]


def create_project(
    folder: Path, legend: Legend, config: InitConfig, progress: Progress
) -> InitResult:
    """Inspect the rasters, draw the validation tiles and write the project folder.

    Args:
        folder: Where the project goes; it must not exist, or be empty.
        legend: The classes.
        config: The images, bands, tile size, validation share and seed.
        progress: The watcher.

    Raises:
        RasterError: A raster cannot be used, the bands differ, or no pixel has data.
        ConfigError: The tile size or the validation share makes no sense.
        ProjectError: The folder holds something already.
        StorageError: The folder cannot be written.
    """
    from .creation import create

    return create(folder, legend, config, progress)


def import_labels(project: Project, config: LabelConfig, progress: Progress) -> LabelResult:
    """Copy reference labels into the tiles that the config names; all of them or none.

    Raises:
        LabelError: Values outside the legend (named, with their counts), no overlap, or
            nothing labelled there.
        ConfigError: Not exactly one choice of tiles, or tiles that do not exist.
    """
    from .references import copy_labels

    return copy_labels(project, config, progress)


def tag(project: Project, config: TagConfig, progress: Progress) -> TagResult:
    """Give tags to the tiles that the config names, from reference labels or their own masks.

    Raises:
        LabelError: Values outside the legend (named, with their counts), no overlap, or
            too little labelled there.
        ConfigError: Not exactly one choice of tiles, tiles that do not exist, or a share
            that makes no sense.
    """
    from .tag_import import tag_tiles

    return tag_tiles(project, config, progress)


def train(project: Project, config: TrainConfig, progress: Progress) -> TrainResult:
    """Train the network on the labels that are there now; commit a new round.

    Validation tiles are never read for training. If this is cancelled or fails, the
    previous round stays in force and nothing is left behind.

    Raises:
        TrainingError: There is nothing to learn from, or the weights do not fit.
        DeviceError: The device asked for is not usable.
    """
    if project.settings.task.labels_tiles:
        from .tagging.learning import train_round
    else:
        from .learning import train_round
    return train_round(project, config, progress)


def pretrain(project: Project, config: PretrainConfig, progress: Progress) -> PretrainResult:
    """Pre-train an encoder on the tiles of the pool, without looking at a label.

    It lies in the project's folder “encoders” afterwards, and is used by its path as `weights`.
    What is cancelled is only paused: the same call goes on from there.

    Raises:
        TrainingError: There are too few tiles, the weights do not fit, all tiles look alike to
            the encoder, or what is paused was begun with other options.
        ConfigError: An option makes no sense, or the name is taken.
        DeviceError: The device asked for is not usable.
        StorageError: The disk is full.
    """
    from .pretraining import pretrain_encoder

    return pretrain_encoder(project, config, progress)


def scan(project: Project, config: ScanConfig, progress: Progress) -> ScanResult:
    """Let the current round's network look at the tiles of the pool, labelled ones too.

    Before the first round the encoder that the config names looks instead; its features are
    enough for strategies that compare tiles, such as “fps”, “mcfps”, “herding” and “similar”.

    Raises:
        QueryError: There is no tile to pick, no such strategy, or it needs dropout that the
            network does not have.
        TrainingError: The encoder or its weights cannot be used.
    """
    if project.settings.task.labels_tiles:
        from .tagging.turn import scan_round
    else:
        from .scanning import scan_round
    return scan_round(project, config, progress)


def query(project: Project, config: QueryConfig, progress: Progress) -> QueryResult:
    """Rank the tiles of the pool and put the best ones into the queue.

    Raises:
        QueryError: There is no such strategy, nothing is left to choose from, or the
            strategy needs a scan that the current network has not made.
        ConfigError: `count` or `alpha` makes no sense.
    """
    from .picking import choose

    return choose(project, config, progress)


def explain_tile(folder: Path, tile_id: int) -> TileResult:
    """Return what the current round's scan says about one tile.

    Raises:
        QueryError: The tile has not been scanned.
    """
    from .picking import explain

    return explain(folder, tile_id)


def predict(project: Project, config: PredictConfig, progress: Progress) -> PredictResult:
    """Make the maps of the current round; the old ones stay until all are whole.

    Raises:
        TrainingError: There is no round yet.
        RasterError: An image has vanished or changed.
        StorageError: The disk is full.
    """
    if project.settings.task.labels_tiles:
        from .tagging.turn import predict_round
    else:
        from .mapping import predict_round
    return predict_round(project, config, progress)


def export(project: Project, config: ExportConfig, progress: Progress) -> ExportResult:
    """Write the finished map, the analyst's labels burnt in where asked.

    Raises:
        ExportError: There is no map to export yet, or the name makes no sense.
        StorageError: The file cannot be written.
    """
    from .product import export_map

    return export_map(project, config, progress)


def retrain(project: Project, config: RetrainConfig, progress: Progress) -> RetrainResult:
    """Train, scan, predict and query in one go; the round counts when all of it is whole.

    Raises:
        TrainingError: There is nothing to learn from, or the weights do not fit.
        StorageError: The disk is full.
    """
    if project.settings.task.labels_tiles:
        from .tagging.turn import retrain_round
    else:
        from .turn import retrain_round
    return retrain_round(project, config, progress)


def paint_next(project: Project, config: PaintNextConfig, progress: Progress) -> PaintNextResult:
    """Make a segmentation project over the images of one whose tiles are tagged.

    Tags, masks and validation tiles are taken along; its queue holds tagged tiles of every
    class, the rarest first. The project it starts from is not changed.

    Raises:
        ConfigError: The project is for painting already, or an option makes no sense.
        QueryError: No tile shows a class.
        ProjectError: The folder holds something already.
        StorageError: The folder cannot be written.
    """
    from .painting_next import paint_next as make

    return make(project, config, progress)


def status(project: Project) -> dict[str, Any]:
    """Return tiles, labels by class, rounds with their accuracy, and the queue's length."""
    from .overview import overview

    return overview(project)


def write_demo(folder: Path, config: DemoConfig, progress: Progress) -> DemoResult:
    """Write the procedural demo scene, its reference labels and its legend.

    Raises:
        ConfigError: The files are there already.
        StorageError: The folder cannot be written.
    """
    from .demo_scene import write

    return write(folder, config, progress)


def simulate(
    folder: Path, config: SimulateConfig, command: tuple[str, ...], progress: Progress
) -> SimulateResult:
    """Let strategies compete on labelled imagery; an oracle answers from reference labels.

    The same call goes on where an earlier one stopped, however that ended.

    Args:
        folder: Where tables, maps and the report go: new, empty, or from the same call.
        config: Sources, strategies, seeds and sizes.
        command: The words that it was asked for with; kept with the results.
        progress: The watcher.

    Raises:
        ConfigError: Options or files make no sense; nothing is written.
        LabelError: The labels do not fit images or legend; nothing is written.
    """
    from .simulating import run

    return run(folder, config, command, progress)


def doctor() -> dict[str, Any]:
    """Return versions, the device and its memory, and why CPU if CPU."""
    from .health import cores, versions

    try:
        device = find_device()
    except (ImportError, OSError, RuntimeError) as error:
        text = f"No network can run here ({error}); install the engine's environment again."
        device = DeviceResult(text, "none", None)
    return {"device": device, "cores": cores(), "versions": versions()}


def find_device() -> DeviceResult:
    """Return what the network will run on if nothing else is asked for.

    Raises:
        ImportError: torch is missing.
    """
    from .devices import find

    return find()
