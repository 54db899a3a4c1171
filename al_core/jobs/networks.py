"""The network of a round, ready to look at tiles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ..config import Device, Recipe
from ..errors import TrainingError
from ..geo import normalise
from ..inference.forward import Forward
from ..models import NetworkInputs, choose
from ..models import checkpoint as checkpoints
from ..project import Normalisation, Project, RoundRecord

SCALING = "normalisation"  # what model.json says of it: OWN or IMAGENET
OWN, IMAGENET = "project", "imagenet"


@dataclass(frozen=True, eq=False)
class Working:
    """A network, and what it reads of a project: scaled as when it was trained."""

    forward: Forward
    inputs: NetworkInputs


def current_round(project: Project) -> RoundRecord:
    """Return the round in force.

    Raises:
        TrainingError: There is none.
    """
    current = project.rounds.current()
    if current is None:
        raise TrainingError("There is no trained network yet; label some tiles and train first.")
    return current


def load_working(project: Project, folder: Path, wanted: Device) -> Working:
    """Load the network in a round's folder onto a device.

    Raises:
        ProjectError: It is missing or damaged.
        DeviceError: The device asked for is not usable.
    """
    device = choose(wanted).device
    found = checkpoints.load(folder, device)
    forward = Forward(found.network, device, found.model_hash)
    return Working(forward, network_inputs(project, found.about.get(SCALING, OWN)))


def scaling_of(project: Project, recipe: Recipe) -> str:
    """Return how a recipe wants the pixels: as on ImageNet for the paper's, where that fits."""
    bands, dtypes = len(project.settings.bands), {image.dtype for image in project.images}
    fits = all(normalise.suits_imagenet(bands, dtype) for dtype in dtypes)
    return IMAGENET if recipe is Recipe.PAPER and fits else OWN


def network_inputs(project: Project, scaling: str = OWN) -> NetworkInputs:
    """Return what a network reads of a project.

    Args:
        project: Its images and tiles.
        scaling: OWN is the normalisation measured when the project began.
    """
    settings = project.settings
    if scaling == IMAGENET:
        known = normalise.IMAGENET
        settings = replace(
            settings, normalisation=Normalisation(known.low, known.high, known.mean, known.std)
        )
    return NetworkInputs(project.images, settings, project.tiles)
