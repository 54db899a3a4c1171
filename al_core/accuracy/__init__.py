"""Accuracy: confusion matrices and what is validated with them."""

from .metrics import confusion
from .validate import tiles_confusion

__all__ = ["confusion", "tiles_confusion"]
