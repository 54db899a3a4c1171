"""Options that make no sense are refused before any work begins."""

from __future__ import annotations

import math

from ..errors import ConfigError


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
