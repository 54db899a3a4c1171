"""Small projects to try the verbs on."""

from al_core import jobs
from al_core.config import InitConfig, LabelConfig, PredictConfig, TrainConfig
from al_core.legend import Legend
from al_core.progress import Silent

from ..lands import TILE_PX

QUICK = TrainConfig(steps=3, batch_size=2)
PREDICT = PredictConfig(window_px=64)


class CancelAt(Silent):
    """Cancels as soon as the job says something."""

    def __init__(self, words):
        self.words = words
        self.heard = False

    def report(self, _fraction, message):
        self.heard = self.heard or self.words in message

    def is_cancelled(self):
        return self.heard


class OnMessage(Silent):
    """Does something once, as soon as the job says something."""

    def __init__(self, words, action):
        self.words = words
        self.action = action

    def report(self, _fraction, message):
        if self.words in message and self.action:
            action, self.action = self.action, None
            action()


def make(folder, land, **options):
    options = {
        "images": (str(land.image),),
        "tile_size_px": TILE_PX,
        "validation_share": 0.2,
    } | options
    config = InitConfig(**options)
    return jobs.create_project(folder, Legend.from_csv(land.legend), config, Silent())


def label(project, land, **choice):
    return jobs.import_labels(project, LabelConfig(str(land.labels), **choice), Silent())


def pool_tiles(project, *wanted):
    """Those of the tiles that are not kept for validation."""
    return tuple(tile for tile in wanted if project.tiles.role[tile] == 0)


def rounds_on_disk(project):
    return sorted(path.name for path in (project.folder / "rounds").iterdir())


def read(path):
    import rasterio

    with rasterio.open(path) as source:
        return source.read(1), source.profile
