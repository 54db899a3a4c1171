"""Networks that label whole tiles: an encoder, a dropout and one linear layer.

Beside them, where it is asked for, a small network learns which tiles have the higher loss.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import segmentation_models_pytorch as smp
import torch
from safetensors import torch as tensors
from torch import Tensor, nn
from torch.nn import functional

from ..config import Task
from .local import LOCAL, LocalStatistics
from .network import unusable
from .ranking import LEVELS, LossNetwork

HEAD_SPREAD = 0.01

_RECTIFIED_LATE = "densenet"  # ends in a normalisation; its own classifier rectifies after it


@dataclass(frozen=True)
class TaggingSpec:
    """What a network that labels tiles is built from; `task` is a value of Task."""

    encoder: str
    in_channels: int
    classes: int
    task: str
    dropout: float = 0.2
    learns_loss: bool = False

    @property
    def has_one_class(self) -> bool:
        """Whether a tile has exactly one class."""
        return self.task == Task.SCENE.value


class TaggingNetwork(nn.Module):
    """From the pixels of a tile to one number a class.

    The pass has two halves, so that the first can be kept where the encoder is not trained:
    `pool` looks at pixels, `judge` at what they were pooled to.
    """

    def __init__(self, spec: TaggingSpec) -> None:
        """Build the network with random weights; the last layer starts near 0."""
        super().__init__()
        self.spec = spec
        self.encoder, widths = _encoder(spec)
        self.features = widths[-1]
        last = nn.Linear(self.features, spec.classes)
        nn.init.normal_(last.weight, std=HEAD_SPREAD)
        nn.init.zeros_(last.bias)
        self.head: nn.Sequential = nn.Sequential(nn.Dropout(spec.dropout), last)
        self.loss_network = LossNetwork(widths) if spec.learns_loss else None

    @property
    def last(self) -> nn.Linear:
        """The linear layer."""
        layer = self.head[-1]
        if not isinstance(layer, nn.Linear):
            raise TypeError("the head ends in a linear layer")
        return layer

    @property
    def pooled(self) -> int:
        """The numbers that `pool` returns for a tile; the features are the last of them."""
        return sum(self.loss_network.widths) if self.loss_network else self.features

    def pool(self, pixels: Tensor) -> Tensor:
        """Return the means of the encoder's maps.

        Args:
            pixels: float (N, B, H, W), normalised; H and W are multiples of 32.

        Returns:
            float (N, d), the features; where there is a loss network float (N, L), the levels
            that it looks at side by side, the features last.
        """
        maps = self.encoder(pixels)
        if self.spec.encoder == LOCAL:
            return _moments(maps[-1])
        if self.spec.encoder.startswith(_RECTIFIED_LATE):
            maps = [*maps[:-1], functional.relu(maps[-1])]
        taken = maps[-LEVELS:] if self.loss_network else maps[-1:]
        return torch.cat([values.mean(dim=(2, 3)) for values in taken], dim=1)

    def judge(self, pooled: Tensor, *, is_stopped: bool = False) -> tuple[Tensor, Tensor | None]:
        """Return logits, and the ranks of the losses.

        Args:
            pooled: float (N, d) or (N, L), from `pool`.
            is_stopped: The gradient of the loss network ends here.

        Returns:
            float (N, K) and float (N,), or None without a loss network.
        """
        logits: Tensor = self.head(pooled[:, -self.features :])
        if self.loss_network is None:
            return logits, None
        return logits, self.loss_network(pooled.detach() if is_stopped else pooled)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return logits float (N, K) for pixels float (N, B, H, W)."""
        return self.judge(self.pool(pixels))[0]


def build_tagging(spec: TaggingSpec, seed: int = 0) -> TaggingNetwork:
    """Return a network with random weights, the same for the same seed.

    Args:
        spec: Its encoder is a name that segmentation_models_pytorch knows, such as
            "densenet121", or LOCAL.
        seed: Of the random weights; the global generator is left as it was.

    Raises:
        TrainingError: There is no such encoder, or it cannot be used.
    """
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return TaggingNetwork(spec)
    except (KeyError, ValueError, RuntimeError, TypeError, AttributeError) as error:
        raise unusable(spec.encoder) from error


def encoder_hash(network: TaggingNetwork) -> str:
    """Return what tells two encoders apart, whatever is built on them."""
    state = {
        name: tensor.detach().cpu().contiguous()
        for name, tensor in network.encoder.state_dict().items()
    }
    digest = hashlib.sha256(tensors.save(state))
    digest.update(repr((network.spec.encoder, network.spec.in_channels, network.pooled)).encode())
    return digest.hexdigest()


def _encoder(spec: TaggingSpec) -> tuple[nn.Module, tuple[int, ...]]:
    """Return the encoder and the channels of the maps that are pooled."""
    if spec.encoder == LOCAL:
        local = LocalStatistics(spec.in_channels)
        return local, (2 * local.out_channels,)
    encoder = smp.encoders.get_encoder(spec.encoder, in_channels=spec.in_channels, weights=None)
    return encoder, tuple(encoder.out_channels[-LEVELS:])


def _moments(values: Tensor) -> Tensor:
    """Return mean and standard deviation of each channel, float (N, 2C) for (N, C, H, W)."""
    flat = values.flatten(2)
    return torch.cat([flat.mean(dim=2), flat.std(dim=2, unbiased=False)], dim=1)
