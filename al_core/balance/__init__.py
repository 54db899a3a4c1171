"""Fair shares: seats for classes, and how uneven their areas are."""

from .imbalance import Imbalance, imbalance
from .quota import apportion

__all__ = ["Imbalance", "apportion", "imbalance"]
