"""The strategies by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..errors import QueryError
from .badge import Badge
from .base import Strategy
from .clasp import Clasp
from .class_random import ClassRandom
from .coreset import Coreset
from .dcau import Dcau
from .dcau_plus import DcauPlus
from .dcau_pool import DcauPool
from .entropy import Entropy
from .fps import Fps
from .herding import Herding
from .ll import LL
from .mcfps import Mcfps
from .mge import MGE
from .osal import Osal
from .random_tiles import RandomTiles
from .ranked import BALD, LEAST_CONFIDENCE, MARGIN
from .similar import Similar
from .tpd import Tpd

_ALL: tuple[Strategy, ...] = (
    DcauPlus(),
    DcauPool(),
    Dcau(),
    Clasp(),
    Coreset(),
    Mcfps(),
    Fps(),
    Osal(),
    Badge(),
    MGE,
    LL,
    Tpd(),
    Entropy(),
    MARGIN,
    LEAST_CONFIDENCE,
    BALD,
    ClassRandom(),
    RandomTiles(),
    Herding(),
    Similar(),
)
_BY_NAME: Mapping[str, Strategy] = MappingProxyType({item.name: item for item in _ALL})


def names() -> tuple[str, ...]:
    """Return the names of the strategies, the recommended one first."""
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
