"""Put pretrained weights into an encoder, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from torch import Tensor, nn

from ...config import IMAGENET
from ...errors import TrainingError
from ...progress import Progress, Silent
from ..local import LOCAL
from . import bands as first
from .download import downloaded
from .files import tensors_in
from .naming import match
from .report import WeightsReport

_BANDS = "#"  # between a file and the bands that it is to be cut to


class Spec(Protocol):
    """What a network is built from."""

    @property
    def encoder(self) -> str:
        """The encoder's name."""

    @property
    def in_channels(self) -> int:
        """The number of bands."""


class HasEncoder(Protocol):
    """Any network of ours."""

    @property
    def spec(self) -> Spec:
        """What it was built from."""

    @property
    def encoder(self) -> nn.Module:
        """The part that is filled."""


def load_encoder(
    network: HasEncoder, weights: str, progress: Progress | None = None
) -> WeightsReport:
    """Put pretrained weights into the encoder of a network; see `fill_encoder`."""
    spec = network.spec
    return fill_encoder(network.encoder, spec.encoder, spec.in_channels, weights, progress)


def fill_encoder(
    encoder: nn.Module,
    name: str,
    in_channels: int,
    weights: str,
    progress: Progress | None = None,
) -> WeightsReport:
    """Put pretrained weights into an encoder.

    A file may call the tensors as segmentation_models_pytorch does, or as torchvision, timm and
    torchgeo do, with anything before it, as in the checkpoints of MoCo; a classifier or a second
    encoder beside it is left out. Each tensor of the encoder has to be there.

    Where the bands differ in number, a first layer for colours is summed for one band, else
    repeated and scaled. One for the 13 bands of Sentinel-2 (or the 12 of level 2A) is cut to the
    bands that are named behind a “#” (weights.pth#B4,B3,B2), or else taken to be: all 13, 12
    without B10, 10 without B1 and B9 too, 4 as B2, B3, B4, B8, and 3 as B4, B3, B2.

    Args:
        encoder: Of segmentation_models_pytorch; overwritten whole or not at all.
        name: What it is called there.
        in_channels: The bands that it was built for.
        weights: "" leaves it as it is, IMAGENET downloads, else a file: safetensors, or as
            torch.save writes it.
        progress: Hears of a download, and can cancel it.

    Returns:
        What was filled, for a note to the user; its text is empty without weights.

    Raises:
        TrainingError: The file is missing or damaged or does not fit, which keys; or the
            download failed, or the network is the local one.
        Cancelled: The user cancelled the download.
    """
    if not weights:
        return WeightsReport()
    if name == LOCAL:
        raise TrainingError(
            "The local network has no encoder to fill with weights; train it without weights, or "
            "choose another encoder."
        )
    source = _source(name, weights, progress or Silent())
    own = encoder.state_dict()
    report, state = _fitted(own, source, name, in_channels)
    if report.missing or report.reshaped or state is None:
        raise TrainingError(report.complaint)
    encoder.load_state_dict({**own, **state})
    return report


@dataclass(frozen=True, eq=False)
class _Source:
    """Weights and where they are from; `named` are bands of Sentinel-2."""

    text: str
    state: Mapping[str, Tensor]
    named: tuple[str, ...] = ()


def _source(name: str, weights: str, progress: Progress) -> _Source:
    if weights == IMAGENET:
        return _Source("ImageNet", downloaded(name, progress))
    path, names = Path(weights), ""
    if _BANDS in weights and not path.exists():
        file, _, names = weights.rpartition(_BANDS)
        path = Path(file)
    state = tensors_in(path)
    if not state:
        raise TrainingError(f"{path} holds no weights; choose another file, or no weights.")
    return _Source(path.name, state, first.parse(names) if names else ())


def _fitted(
    own: Mapping[str, Tensor], source: _Source, name: str, in_channels: int
) -> tuple[WeightsReport, dict[str, Tensor] | None]:
    """Return the report, and the encoder's new tensors if no unknown one is of its own kind."""
    found = match(own, source.state)
    state = {mine: source.state[theirs] for mine, theirs in found.names.items()}
    adapted = _adapt(own, state, in_channels, source.named)
    misfits = (key for key in state if state[key].shape != own[key].shape)
    report = WeightsReport(
        source=source.text,
        encoder=name,
        total=len(own),
        matched=len(state),
        missing=found.missing,
        unexpected=(*found.foreign, *found.others),
        reshaped=tuple(sorted(misfits)),
        adapted=adapted,
    )
    return report, None if found.foreign else state


def _adapt(
    own: Mapping[str, Tensor], state: dict[str, Tensor], in_channels: int, named: Sequence[str]
) -> str:
    """Make the first layer fit the bands, as far as there is a rule; tell what was done."""
    keys = [key for key in state if first.is_first_layer(own[key], state[key], in_channels)]
    if named and not keys:  # as many bands, in another order
        keys = _first_layers(own, state, in_channels)
    if not keys:
        return ""
    made_for = state[keys[0]].shape[1]
    names = first.chosen(made_for, in_channels, named)
    for key in keys:
        kernel = first.adapted(state[key], in_channels, names)
        if kernel is None:
            return ""
        state[key] = kernel
    return first.told(made_for, in_channels, names)


def _first_layers(
    own: Mapping[str, Tensor], state: Mapping[str, Tensor], in_channels: int
) -> list[str]:
    """Return the kernels that look at the bands: the first such, and those beside it."""
    keys = [key for key in own if key in state and state[key].ndim > 1]
    found = [key for key in keys if state[key].shape[1] == in_channels]
    return [key for key in found if key.split(".")[0] == found[0].split(".")[0]]
