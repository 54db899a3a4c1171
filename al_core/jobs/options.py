"""Options that make no sense are refused before any work begins."""

from __future__ import annotations

import math

from ..config import TrainConfig
from ..errors import ConfigError

SHORTEST_MINUTES = 0.01


def check_training(config: TrainConfig) -> None:
    """Make sure that the numbers of a training make sense.

    Raises:
        ConfigError: One does not.
    """
    check_at_least(0, seed=config.seed, number_of_steps=config.steps)
    check_at_least(1, batch_size=config.batch_size)
    check_at_least(SHORTEST_MINUTES, number_of_minutes=config.minutes)
    check_at_least(1, number_of_epochs=1 if config.epochs is None else config.epochs)
    check_at_least(0, margin_of_the_ranks=config.loss_margin)
    check_at_least(0, weight_of_the_ranks=config.loss_weight, stop_of_the_ranks=config.loss_stop)
    if config.dropout is not None and not 0 <= config.dropout < 1:
        raise ConfigError(
            f"The dropout is {config.dropout:g}; choose a share from 0 to below 1, such as 0.5."
        )


def check_at_least(least: float, **options: float) -> None:
    """Make sure that numbers are finite and not too small.

    Args:
        least: The smallest value that makes sense.
        options: Values by the names that the user knows, with _ for a blank.

    Raises:
        ConfigError: One is smaller, or no number.
    """
    for name, value in options.items():
        if not (math.isfinite(value) and value >= least):
            raise ConfigError(
                f"The {name.replace('_', ' ')} is {value:g}; choose {least:g} or more."
            )
