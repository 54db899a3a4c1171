"""The strategies by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..errors import QueryError
from .base import Strategy
from .dcau import Dcau
from .entropy import Entropy
from .random_tiles import RandomTiles

_ALL: tuple[Strategy, ...] = (RandomTiles(), Entropy(), Dcau())
_BY_NAME: Mapping[str, Strategy] = MappingProxyType({item.name: item for item in _ALL})


def names() -> tuple[str, ...]:
    """Return the names of the strategies."""
    return tuple(_BY_NAME)


def get(name: str) -> Strategy:
    """Return the strategy with this name.

    Raises:
        QueryError: There is none.
    """
    if name not in _BY_NAME:
        raise QueryError(
            f"There is no query strategy “{name}”; choose one of {', '.join(_BY_NAME)}."
        )
    return _BY_NAME[name]
