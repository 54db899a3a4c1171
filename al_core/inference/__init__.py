"""Inference: tile statistics for queries, classes for validation, maps of whole images."""

from .forward import Forward
from .maps import MapRequest
from .predict import predict_image
from .scan import predict_tiles, scan_tiles
from .validation import Validation, validate

__all__ = [
    "Forward",
    "MapRequest",
    "Validation",
    "predict_image",
    "predict_tiles",
    "scan_tiles",
    "validate",
]
