"""The segmentation network: an encoder, a U-Net's or a light decoder, a dropout and a head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import segmentation_models_pytorch as smp
import torch
from torch import Tensor, nn

from ..config import Decoder
from ..errors import TrainingError
from .light import LIGHT_OUT, LightDecoder
from .local import HIDDEN, LOCAL, LocalStatistics, PixelLayers
from .ranking import LEVELS, LossNetwork

HEAD_DROPOUT = 0.1
_NAMED = 6  # encoders named in a sentence


@dataclass(frozen=True)
class NetworkSpec:
    """What a network is built from."""

    encoder: str
    in_channels: int
    classes: int
    decoder: str = Decoder.UNET.value
    learns_loss: bool = False


class Look(NamedTuple):
    """What one pass of a network gives.

    Attributes:
        logits: float (N, K, H, W).
        features: float (N, d), the mean of the deepest feature map.
        inputs: float (N, c, H, W), what the head was given; None where it was not kept.
        ranks: float (N,), how high the loss of each window is beside others, in no unit; None
            where there is no loss network.
    """

    logits: Tensor
    features: Tensor
    inputs: Tensor | None
    ranks: Tensor | None


class SegmentationNetwork(nn.Module):
    """Any of the networks; it also gives its deepest features.

    The U-Net of segmentation_models_pytorch has no dropout layer; the one before the head
    is what Monte Carlo dropout needs later. Where it is asked for, a small network beside it
    learns from the encoder's last maps which windows have the higher loss.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        """Build the network with random weights.

        Args:
            spec: A known encoder, at least one channel, at least two classes.
        """
        super().__init__()
        self.spec = spec
        self.encoder, self.decoder, last = _parts(spec)
        self.head: nn.Sequential = nn.Sequential(nn.Dropout2d(HEAD_DROPOUT), last)
        # Built last, so that the weights of all else are the same with it and without.
        self.loss_network = LossNetwork(_widths(self.encoder)) if spec.learns_loss else None

    def forward(self, pixels: Tensor) -> Tensor:
        """Return logits.

        Args:
            pixels: float (N, B, H, W), normalised; H and W are multiples of 32.

        Returns:
            float (N, K, H, W).
        """
        return self.forward_with_features(pixels)[0]

    def forward_with_features(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits, and the mean of the deepest feature map.

        Args:
            pixels: float (N, B, H, W), normalised; H and W are multiples of 32.

        Returns:
            float (N, K, H, W) and float (N, d).
        """
        found = self.look(pixels)
        return found.logits, found.features

    def look(self, pixels: Tensor, *, is_stopped: bool = False) -> Look:
        """Return all that a pass gives.

        Args:
            pixels: float (N, B, H, W), normalised; H and W are multiples of 32.
            is_stopped: The gradient of the loss network ends at the encoder's maps.
        """
        maps: list[Tensor] = self.encoder(pixels)
        inputs: Tensor = self.decoder(maps)
        logits: Tensor = self.head(inputs)
        features = maps[-1].mean(dim=(2, 3))
        return Look(logits, features, inputs, self._ranks(maps, is_stopped=is_stopped))

    def _ranks(self, maps: list[Tensor], *, is_stopped: bool) -> Tensor | None:
        if self.loss_network is None:
            return None
        taken = maps[-len(self.loss_network.widths) :]
        pooled = torch.cat([values.mean(dim=(2, 3)) for values in taken], dim=1)
        ranks: Tensor = self.loss_network(pooled.detach() if is_stopped else pooled)
        return ranks


def _parts(spec: NetworkSpec) -> tuple[nn.Module, nn.Module, nn.Module]:
    """Return encoder, decoder and the last convolution."""
    if spec.encoder == LOCAL:
        local = LocalStatistics(spec.in_channels)
        return local, PixelLayers(local.out_channels), nn.Conv2d(HIDDEN, spec.classes, 1)
    if spec.decoder == Decoder.LIGHT.value:
        encoder = smp.encoders.get_encoder(spec.encoder, in_channels=spec.in_channels, weights=None)
        light = LightDecoder(encoder.out_channels)
        return encoder, light, nn.Conv2d(LIGHT_OUT, spec.classes, 1)
    unet = smp.Unet(
        spec.encoder, encoder_weights=None, in_channels=spec.in_channels, classes=spec.classes
    )
    return unet.encoder, unet.decoder, unet.segmentation_head


def _widths(encoder: nn.Module) -> tuple[int, ...]:
    """Return the channels of the last maps of an encoder; the image itself is none of them."""
    if isinstance(encoder, LocalStatistics):
        return (encoder.out_channels,)
    channels: Sequence[int] = encoder.out_channels  # type: ignore[assignment]
    return tuple(channels[1:][-LEVELS:])


def build(
    encoder: str,
    in_channels: int,
    classes: int,
    seed: int = 0,
    decoder: str = Decoder.UNET.value,
    *,
    learns_loss: bool = False,
) -> SegmentationNetwork:
    """Return a network with random weights, the same for the same seed.

    Args:
        encoder: A name that segmentation_models_pytorch knows, such as "mobilenet_v2", or
            LOCAL.
        in_channels: Bands of the images.
        classes: K.
        seed: Of the random weights; the global generator is left as it was.
        decoder: The local network has its own.
        learns_loss: Build a loss network beside it; the other weights stay the same.

    Raises:
        TrainingError: There is no such encoder, or no U-Net can be built on it.
    """
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            spec = NetworkSpec(encoder, in_channels, classes, decoder, learns_loss)
            return SegmentationNetwork(spec)
    except (KeyError, ValueError, RuntimeError, TypeError, AttributeError) as error:
        raise unusable(encoder) from error


def unusable(encoder: str) -> TrainingError:
    """Return what to say of an encoder from which no network can be built."""
    known = ", ".join(sorted(smp.encoders.get_encoder_names(), key=len)[:_NAMED])
    return TrainingError(
        f"The encoder “{encoder}” cannot be used; choose another one, such as mobilenet_v2, "
        f"resnet34 or one of {known}."
    )
