"""The network of the round before, for a scan that compares."""

from __future__ import annotations

from ..errors import ProjectError
from ..inference import Before, Forward
from ..models import checkpoint as checkpoints
from ..project import Project, RoundRecord
from .networks import OWN, SCALING, Working, network_inputs

Notes = tuple[str, ...]

NOTHING_TO_COMPARE = "There is nothing to compare with: {reason}"


def network_before(
    project: Project, of_round: RoundRecord | None, working: Working
) -> tuple[Before | None, Notes]:
    """Return the network to compare with, and a note if there should be one but it is of no use.

    Args:
        project: Its rounds.
        of_round: The round of the network that looks, None if it is not one yet.
        working: That network; the other one goes where it is.
    """
    earlier = earlier_rounds(project, of_round)
    if not earlier:
        return None, ()
    number, device = earlier[-1].number, working.forward.device
    try:
        found = checkpoints.load(earlier[-1].folder, device)
    except ProjectError as error:
        return None, (NOTHING_TO_COMPARE.format(reason=error),)
    forward = Forward(found.network, device, found.model_hash)
    inputs = network_inputs(project, found.about.get(SCALING, OWN))
    before = Before.of(forward, inputs, found.about.get("classes", ()), project.legend.names)
    if before is None or found.network.spec.in_channels != inputs.bands:
        reason = f"round {number} has other classes or bands."
        return None, (NOTHING_TO_COMPARE.format(reason=reason),)
    return before, ()


def earlier_rounds(project: Project, of_round: RoundRecord | None) -> list[RoundRecord]:
    """Return the rounds before one, oldest first; all of them where it is not one yet."""
    return [
        record
        for record in project.rounds.list()
        if of_round is None or record.number < of_round.number
    ]
