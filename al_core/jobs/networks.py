"""The network of a round, ready to look at tiles."""

from __future__ import annotations

from pathlib import Path

from ..config import Device
from ..errors import TrainingError
from ..inference.forward import Forward
from ..models import NetworkInputs, choose
from ..models import checkpoint as checkpoints
from ..project import Project, RoundRecord


def current_round(project: Project) -> RoundRecord:
    """Return the round in force.

    Raises:
        TrainingError: There is none.
    """
    current = project.rounds.current()
    if current is None:
        raise TrainingError("There is no trained network yet; label some tiles and train first.")
    return current


def load_forward(folder: Path, wanted: Device) -> Forward:
    """Load the network in a round's folder onto a device.

    Raises:
        ProjectError: It is missing or damaged.
        DeviceError: The device asked for is not usable.
    """
    device = choose(wanted).device
    found = checkpoints.load(folder, device)
    return Forward(found.network, device, found.model_hash)


def network_inputs(project: Project) -> NetworkInputs:
    """Return what the network reads of a project."""
    return NetworkInputs(project.images, project.settings, project.tiles)
