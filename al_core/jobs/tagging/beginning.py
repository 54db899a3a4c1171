"""The network that a training on whole tiles starts from."""

from __future__ import annotations

from dataclasses import dataclass

from ...config import IMAGENET, Start, TrainConfig
from ...models import (
    ChosenDevice,
    TaggingNetwork,
    TaggingSpec,
    build_tagging,
    load_encoder,
    shrink_perturb,
    taken_over,
)
from ...models import checkpoint as checkpoints
from ...progress import Progress, checkpoint
from ...project import Project
from ...training.tagging import tag_settings_of
from ..networks import OWN, SCALING, scaling_of


@dataclass(frozen=True, eq=False)
class Beginning:
    """The network that training starts from, and what there is to say about it."""

    network: TaggingNetwork
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
    is_cold = config.start is Start.COLD or tag_settings_of(config).is_cold
    if is_cold or current is None:
        return fresh(project, config, progress)
    checkpoint(progress, 0.0, f"Loading the network of round {current.number}")
    found = checkpoints.load_tagging(current.folder, device.device)
    misfit = _misfit(project, found, config)
    if misfit:
        begun = fresh(project, config, progress)
        note = f"Started cold, because round {current.number} has {misfit}."
        return Beginning(begun.network, (*begun.notes, note))
    network = build_tagging(spec_of(project, config), config.seed)
    if config.start is Start.WARM:
        return Beginning(taken_over(network, found.network))
    shrunk = taken_over(network, found.network)
    begun = fresh(project, config, progress)
    if tag_settings_of(config).encoder_learning_rate:
        shrink_perturb(shrunk, begun.network)
    else:
        shrink_perturb(shrunk.head, begun.network.head)
    return Beginning(shrunk, begun.notes)


def fresh(project: Project, config: TrainConfig, progress: Progress) -> Beginning:
    """Return a network that has learnt nothing of this project.

    Raises:
        TrainingError: The encoder or its weights cannot be used.
    """
    network = build_tagging(spec_of(project, config), config.seed)
    if config.weights == IMAGENET:
        checkpoint(progress, 0.0, "Downloading the ImageNet weights, unless they are here")
    found = load_encoder(network, config.weights, progress, project.settings.normalisation)
    return Beginning(network, (found.text,) if found.text else ())


def spec_of(project: Project, config: TrainConfig) -> TaggingSpec:
    """Return what the network of a config is built from."""
    return TaggingSpec(
        encoder=config.encoder,
        in_channels=len(project.settings.bands),
        classes=len(project.legend),
        task=project.settings.task.value,
        dropout=tag_settings_of(config).dropout,
        learns_loss=config.learn_loss,
    )


def _misfit(
    project: Project, found: checkpoints.Checkpoint[TaggingNetwork], config: TrainConfig
) -> str:
    if found.network.spec.encoder != config.encoder:
        return f"the encoder {found.network.spec.encoder}"
    if found.about.get("classes") != list(project.legend.names):
        return "other classes"
    if found.about.get("bands") != list(project.settings.bands):
        return "other bands"
    if found.about.get(SCALING, OWN) != scaling_of(project, config.recipe):
        return "another normalisation"
    return ""
