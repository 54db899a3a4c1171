"""Inference: tile statistics for queries, classes for validation, maps of whole images."""

from .before import Before
from .forward import Forward
from .maps import MapRequest
from .predict import predict_image
from .rows import ScanOptions
from .scan import predict_tiles, scan_tiles
from .validation import Validation, validate

__all__ = [
    "Before",
    "Forward",
    "MapRequest",
    "ScanOptions",
    "Validation",
    "predict_image",
    "predict_tiles",
    "scan_tiles",
    "validate",
]
