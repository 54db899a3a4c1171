"""Networks, their weights and checkpoints, what they read and where they run."""

from .checkpoint import Checkpoint
from .device import ChosenDevice, choose
from .fusion import for_inference
from .inputs import NetworkInputs, OpenImages
from .layout import training_format
from .local import LOCAL
from .mixing import shrink_perturb, taken_over
from .network import Look, NetworkSpec, SegmentationNetwork, build
from .tagging import TaggingNetwork, TaggingSpec, build_tagging
from .weights import WeightsReport, fill_encoder, load_encoder, save_encoder

__all__ = [
    "LOCAL",
    "Checkpoint",
    "ChosenDevice",
    "Look",
    "NetworkInputs",
    "NetworkSpec",
    "OpenImages",
    "SegmentationNetwork",
    "TaggingNetwork",
    "TaggingSpec",
    "WeightsReport",
    "build",
    "build_tagging",
    "choose",
    "fill_encoder",
    "for_inference",
    "load_encoder",
    "save_encoder",
    "shrink_perturb",
    "taken_over",
    "training_format",
]
