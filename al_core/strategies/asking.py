"""What a query may ask for."""

from __future__ import annotations

import math

from ..config import QueryConfig
from ..errors import ConfigError


def check_numbers(config: QueryConfig) -> None:
    """Make sure that the numbers of mcfps, ll, tpd and mge make sense.

    Raises:
        ConfigError: One does not.
    """
    for name, value in (("multiple", config.multiple), ("neighbours", config.neighbours)):
        if value < 1:
            raise ConfigError(f"{name} is {value}; choose 1 or more.")
    if not (math.isfinite(config.skip) and 0 <= config.skip <= 1):
        raise ConfigError(f"skip is {config.skip:g}; choose a certainty between 0 and 1.")
