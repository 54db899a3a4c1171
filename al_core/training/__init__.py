"""Training: data, sampling, augmentation, loss and the loop."""

from .data import LabelSnapshot, TrainingData
from .loop import FitResult, fit

__all__ = ["FitResult", "LabelSnapshot", "TrainingData", "fit"]
