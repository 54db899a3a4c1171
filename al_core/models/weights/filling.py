"""Put pretrained weights into an encoder, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from torch import Tensor, nn

from ...config import IMAGENET
from ...errors import TrainingError
from ...geo.reader import Scaling
from ...progress import Progress, Silent
from ..local import LOCAL
from . import bands as first
from .download import downloaded
from .files import is_archive, tensors_in
from .naming import match
from .reflectance import for_normalised, make_up
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
    network: HasEncoder,
    weights: str,
    progress: Progress | None = None,
    scaling: Scaling | None = None,
) -> WeightsReport:
    """Put pretrained weights into the encoder of a network; see `fill_encoder`."""
    encoder, spec = network.encoder, network.spec
    return fill_encoder(encoder, spec.encoder, spec.in_channels, weights, progress, scaling)


def fill_encoder(
    encoder: nn.Module,
    name: str,
    in_channels: int,
    weights: str,
    progress: Progress | None = None,
    scaling: Scaling | None = None,
) -> WeightsReport:
    """Put pretrained weights into an encoder.

    A file may call the tensors as segmentation_models_pytorch does, or as torchvision, timm and
    torchgeo do, with anything before it, as in the checkpoints of MoCo; a classifier or a second
    encoder beside it is left out. Each tensor of the encoder has to be there.

    Where the bands differ in number, a first layer for colours is summed for one band, else
    repeated and scaled. One for the 13 bands of Sentinel-2 (or the 12 of level 2A) is cut to the
    bands that are named behind a “#” (weights.pth#B4,B3,B2), or else taken to be: all 13, 12
    without B10, 10 without B1 and B9 too, 4 as B2, B3, B4, B8, and 3 as B4, B3, B2. If it comes
    from torch.save, as those of torchgeo and SSL4EO-S12 do, it was made for reflectance, and is
    turned into one for normalised values.

    Args:
        encoder: Of segmentation_models_pytorch; overwritten whole or not at all.
        name: What it is called there.
        in_channels: The bands that it was built for.
        weights: "" leaves it as it is, IMAGENET downloads, else a file: safetensors, or as
            torch.save writes it.
        progress: Hears of a download, and can cancel it.
        scaling: How the network's input is normalised; None leaves a layer for reflectance as
            it is.

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
    found = match(own, source.state)
    state = {mine: source.state[theirs] for mine, theirs in found.names.items()}
    adapted = _adapt(encoder, state, in_channels, source, scaling)
    report = WeightsReport(
        source=source.text,
        encoder=name,
        total=len(own),
        matched=len(state),
        missing=found.missing,
        unexpected=(*found.foreign, *found.others),
        reshaped=tuple(sorted(key for key in state if state[key].shape != own[key].shape)),
        adapted=adapted,
    )
    if report.missing or report.reshaped or found.foreign:
        raise TrainingError(report.complaint)
    encoder.load_state_dict({**own, **state})
    return report


@dataclass(frozen=True, eq=False)
class _Source:
    """Weights and where they are from; `named` are bands of Sentinel-2."""

    text: str
    state: Mapping[str, Tensor]
    named: tuple[str, ...] = ()
    is_of_torch: bool = False


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
    return _Source(path.name, state, first.parse(names) if names else (), is_archive(path))


def _adapt(
    encoder: nn.Module,
    state: dict[str, Tensor],
    in_channels: int,
    source: _Source,
    scaling: Scaling | None,
) -> str:
    """Make the first layer fit the bands, as far as there is a rule; tell what was done."""
    own = encoder.state_dict()
    keys = [key for key in state if first.is_first_layer(own[key], state[key], in_channels)]
    keys = keys or _first_layers(own, state, in_channels)
    if not keys:
        return ""
    made_for = state[keys[0]].shape[1]
    names = first.chosen(made_for, in_channels, source.named)
    known = first.MADE_FOR.get(made_for)
    if known and scaling is not None and source.is_of_torch:
        for key in keys:
            state[key], missing = for_normalised(state[key], known, names or known, scaling)
            make_up(encoder, state, key, missing)
        return first.told(made_for, in_channels, names, is_reflectance=True)
    if made_for == in_channels and names is None:
        return ""
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
