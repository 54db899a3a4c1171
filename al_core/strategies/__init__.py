"""Query strategies: which tiles to label next."""

from .base import LoopState, Need, PastRound, Pick, Reason, Strategy, eligible_tiles
from .registry import get, names

__all__ = [
    "LoopState",
    "Need",
    "PastRound",
    "Pick",
    "Reason",
    "Strategy",
    "eligible_tiles",
    "get",
    "names",
]
