"""Pretrained weights for the encoder: a local file, or ImageNet by download."""

from .filling import fill_encoder, load_encoder
from .keeping import save_encoder
from .report import WeightsReport

__all__ = ["WeightsReport", "fill_encoder", "load_encoder", "save_encoder"]
