"""ImageNet weights by download, after the user has agreed."""

from __future__ import annotations

import threading

import segmentation_models_pytorch as smp
from torch import Tensor, nn

from ...config import IMAGENET
from ...errors import TrainingError
from ...progress import Progress, checkpoint

_RGB = 3
_POLL_S = 0.1


def downloaded(name: str, progress: Progress) -> dict[str, Tensor]:
    """Return the ImageNet weights of an encoder by the encoder's own names.

    Raises:
        TrainingError: There are none, or they could not be downloaded.
        Cancelled: The user cancelled.
    """
    # In a thread of its own: offline, the library tries again for half a minute.
    outcome: list[nn.Module | TrainingError] = []
    thread = threading.Thread(
        target=lambda: outcome.append(_download(name)), name="download", daemon=True
    )
    thread.start()
    while thread.is_alive():
        checkpoint(progress, 0.0, f"Downloading the ImageNet weights of {name}")
        thread.join(_POLL_S)
    found = outcome[0] if outcome else _not_downloaded(name)
    if isinstance(found, TrainingError):
        raise found
    return dict(found.state_dict())


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
