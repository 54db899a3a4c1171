"""Self-supervised pre-training by momentum contrast."""

from .batches import Tiles
from .loop import Pretrained, pretrain
from .losses import info_nce, nt_xent
from .pause import PauseFile
from .settling import settle

__all__ = ["PauseFile", "Pretrained", "Tiles", "info_nce", "nt_xent", "pretrain", "settle"]
