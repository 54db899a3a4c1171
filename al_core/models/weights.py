"""Pretrained weights for the encoder: a local file, or ImageNet by download."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import segmentation_models_pytorch as smp
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ..config import IMAGENET
from ..errors import TrainingError
from ..progress import Progress, Silent, checkpoint
from .local import LOCAL
from .network import SegmentationNetwork

_RGB = 3
_NAMED = 3  # keys named in a sentence
_POLL_S = 0.1


def load_encoder(
    network: SegmentationNetwork, weights: str, progress: Progress | None = None
) -> None:
    """Put pretrained weights into the encoder of a network.

    The weights are for three channels; with another number of bands the first layer is
    adapted: repeated and scaled for more, summed or cut for fewer.

    Args:
        network: Its encoder is overwritten, whole or not at all.
        weights: "" leaves it random, IMAGENET downloads, else a safetensors file.
        progress: Hears of the download, and can cancel it.

    Raises:
        TrainingError: The file is missing or damaged or fits another encoder, or the
            download failed, or the network is the local one.
        Cancelled: The user cancelled the download.
    """
    if not weights:
        return
    spec = network.spec
    if spec.encoder == LOCAL:
        raise TrainingError(
            "The local network has no encoder to fill with weights; train it without weights, or "
            "choose another encoder."
        )
    if weights == IMAGENET:
        encoder: Any = _downloaded(spec.encoder, progress or Silent())
    else:
        encoder = smp.encoders.get_encoder(spec.encoder, in_channels=_RGB, weights=None)
        _fill(encoder, Path(weights), spec.encoder)
    if spec.in_channels != _RGB:
        encoder.set_in_channels(spec.in_channels, pretrained=True)
    network.encoder.load_state_dict(encoder.state_dict())


def _downloaded(name: str, progress: Progress) -> nn.Module:
    """Download in a thread of its own: offline, the library tries again for half a minute."""
    outcome: list[nn.Module | TrainingError] = []
    thread = threading.Thread(
        target=lambda: outcome.append(_download(name)), name="download", daemon=True
    )
    thread.start()
    while thread.is_alive():
        checkpoint(progress, 0.0, f"Downloading the ImageNet weights of {name}")
        thread.join(_POLL_S)
    if not outcome or isinstance(outcome[0], TrainingError):
        raise outcome[0] if outcome else _not_downloaded(name)  # type: ignore[misc]
    return outcome[0]


def _download(name: str) -> nn.Module | TrainingError:
    pretrained = True if name.startswith("tu-") else IMAGENET  # timm names its own weights
    try:
        encoder: nn.Module = smp.encoders.get_encoder(name, in_channels=_RGB, weights=pretrained)
    except KeyError:
        return TrainingError(
            f"There are no ImageNet weights for the encoder “{name}”; choose another encoder, "
            "a local file, or no weights."
        )
    except (OSError, RuntimeError, ValueError):
        return _not_downloaded(name)
    return encoder


def _not_downloaded(name: str) -> TrainingError:
    return TrainingError(
        f"The ImageNet weights of “{name}” could not be downloaded. Check the network "
        "connection, choose a local file, or train without weights."
    )


def _fill(encoder: nn.Module, path: Path, name: str) -> None:
    state = _tensors(path)
    own = encoder.state_dict()
    misfits = [
        *_listed("misses", own.keys() - state.keys()),
        *_listed("has the unknown", state.keys() - own.keys()),
        *_listed(
            "has another shape of",
            (key for key in own.keys() & state.keys() if own[key].shape != state[key].shape),
        ),
    ]
    if misfits:
        raise TrainingError(
            f"{path.name} does not fit the encoder “{name}”: it {' and '.join(misfits)}. "
            "Choose the encoder that the file was made for, or another file."
        )
    encoder.load_state_dict(state)


def _tensors(path: Path) -> dict[str, Tensor]:
    try:
        state: dict[str, Tensor] = load_file(path)
    except FileNotFoundError as error:
        raise TrainingError(
            f"The weights file {path} does not exist; choose another file, or no weights."
        ) from error
    except (OSError, SafetensorError) as error:
        raise TrainingError(
            f"{path} cannot be read as a safetensors file; choose another file, or no weights."
        ) from error
    return state


def _listed(what: str, keys: Iterable[str]) -> list[str]:
    names = sorted(keys)
    if not names:
        return []
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return [f"{what} {', '.join(names[:_NAMED])}{more}"]
