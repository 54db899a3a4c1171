"""The network that a training starts from."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from ..config import IMAGENET, Recipe, Start, TrainConfig
from ..models import (
    LOCAL,
    ChosenDevice,
    SegmentationNetwork,
    build,
    load_encoder,
    shrink_perturb,
    taken_over,
)
from ..models import checkpoint as checkpoints
from ..progress import Progress, checkpoint
from ..project import Project
from .networks import OWN, SCALING, scaling_of


@dataclass(frozen=True, eq=False)
class Beginning:
    """The network that training starts from, and the one whose map the analyst knows."""

    network: SegmentationNetwork
    anchor: SegmentationNetwork | None = None
    notes: tuple[str, ...] = ()


def begin(
    project: Project, config: TrainConfig, device: ChosenDevice, progress: Progress
) -> Beginning:
    """Return what training starts from, and a note if it is not what was asked for.

    Raises:
        TrainingError: The encoder or its weights cannot be used.
        ProjectError: The network of the current round is damaged.
    """
    current = project.rounds.current()
    if config.start is Start.COLD or config.recipe is Recipe.PAPER or current is None:
        return fresh(project, config, progress)
    checkpoint(progress, 0.0, f"Loading the network of round {current.number}")
    found = checkpoints.load(current.folder, device.device)
    misfit = _misfit(project, found, config)
    if misfit:
        note = f"Started cold, because round {current.number} has {misfit}."
        begun = fresh(project, config, progress)
        return Beginning(begun.network, notes=(note, *begun.notes))
    network = _with_or_without_loss(project, found.network, config)
    if config.start is Start.WARM:
        return Beginning(network, anchor=found.network)
    shrunk = copy.deepcopy(network)
    begun = fresh(project, config, progress)
    shrink_perturb(shrunk, begun.network)
    return Beginning(shrunk, anchor=found.network, notes=begun.notes)


def fresh(project: Project, config: TrainConfig, progress: Progress) -> Beginning:
    """Return a network that has learnt nothing of this project, and how its weights fitted.

    Raises:
        TrainingError: The encoder or its weights cannot be used.
    """
    network = _random(project, config)
    if config.weights == IMAGENET:
        checkpoint(progress, 0.0, "Downloading the ImageNet weights, unless they are here")
    report = load_encoder(network, config.weights, progress, project.settings.normalisation)
    return Beginning(network, notes=report.notes)


def _random(project: Project, config: TrainConfig) -> SegmentationNetwork:
    return build(
        config.encoder,
        len(project.settings.bands),
        len(project.legend),
        config.seed,
        config.decoder.value,
        learns_loss=config.learn_loss,
    )


def _with_or_without_loss(
    project: Project, network: SegmentationNetwork, config: TrainConfig
) -> SegmentationNetwork:
    """Return the network, with a loss network only if one is to learn; a new one is random."""
    if network.spec.learns_loss == config.learn_loss:
        return network
    return taken_over(_random(project, config), network)


def _misfit(
    project: Project, found: checkpoints.Checkpoint[SegmentationNetwork], config: TrainConfig
) -> str:
    spec = found.network.spec
    if spec.encoder != config.encoder:
        return f"the encoder {spec.encoder}"
    if spec.decoder != config.decoder.value and spec.encoder != LOCAL:
        return f"the decoder {spec.decoder}"
    if found.about.get("classes") != list(project.legend.names):
        return "other classes"
    if found.about.get("bands") != list(project.settings.bands):
        return "other bands"
    if found.about.get(SCALING, OWN) != scaling_of(project, config.recipe):
        return "another normalisation"
    return ""
