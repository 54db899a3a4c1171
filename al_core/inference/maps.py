"""The three maps of an image: what is written, and how probabilities become values."""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..coords import Window
from ..geo.writer import MapFormat, MapWriter
from ..legend import Legend
from ..project import ImageRecord

_ROWS_AT_ONCE = 64  # bounds the memory of what is computed on the way


@dataclass(frozen=True, eq=False)
class MapRequest:
    """What to write about an image.

    Attributes:
        image: Gives grid and CRS.
        legend: Gives values and colours of the prediction.
        weights: float64 (K,) class weights of the uncertainty; one of them is above 0.
        prediction: Path of the uint8 map of legend values.
        uncertainty: Path of the float32 map of H·<w, p> / (ln K · max w), 0 to 1.
        confidence: Path of the float32 map of the highest probability.
        tags: Metadata of all three.
        temperature: Divides the logits, so that the confidence can be believed.
    """

    image: ImageRecord
    legend: Legend
    weights: NDArray[np.float64]
    prediction: Path
    uncertainty: Path
    confidence: Path
    tags: dict[str, str] = field(default_factory=dict)
    temperature: float = 1.0


class Piece(NamedTuple):
    """A rectangle of the maps.

    `classes` is uint8 (h, w) class index; `uncertainty` and `confidence` are float32
    (h, w), NaN where invalid; `valid` is bool (h, w).
    """

    window: Window
    classes: NDArray[np.uint8]
    uncertainty: NDArray[np.float32]
    confidence: NDArray[np.float32]
    valid: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Scale:
    """Turns probabilities into classes, uncertainty and confidence."""

    weights: Tensor  # float32 (K,), divided by ln K times the highest

    @classmethod
    def of(cls, weights: NDArray[np.float64], device: torch.device) -> Scale:
        """Prepare class weights (K,)."""
        scaled = weights / (math.log(len(weights)) * weights.max())
        return cls(torch.from_numpy(scaled.astype(np.float32)).to(device))

    def piece(self, p: Tensor, valid: NDArray[np.bool_], window: Window) -> Piece:
        """Return the values of a rectangle.

        Args:
            p: float32 (K, h, w) probabilities.
            valid: bool (h, w).
            window: Where they belong.
        """
        blocks = [self._values(block) for block in torch.split(p, _ROWS_AT_ONCE, dim=1)]
        classes, uncertainty, confidence = (
            np.concatenate(parts) for parts in zip(*blocks, strict=True)
        )
        uncertainty[~valid] = np.nan
        confidence[~valid] = np.nan
        return Piece(window, classes, uncertainty, confidence, valid)

    def _values(
        self, p: Tensor
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
        entropy = torch.special.entr(p).sum(dim=0)
        weight = torch.tensordot(self.weights, p, dims=1)
        confidence, classes = p.max(dim=0)
        return (
            classes.to(torch.uint8).cpu().numpy(),
            (entropy * weight).clamp_(0, 1).cpu().numpy(),
            confidence.cpu().numpy(),
        )


class MapSet:
    """The three maps being written; they take their names together, or are removed."""

    def __init__(self, request: MapRequest) -> None:
        """Open nothing yet."""
        self._request = request
        self._stack = ExitStack()
        self._values = request.legend.values
        self._nodata = request.legend.nodata_value

    def __enter__(self) -> MapSet:
        """Create the files."""
        request = self._request
        colors = {entry.value: entry.rgb for entry in request.legend}
        paletted = MapFormat("uint8", nodata=self._nodata, colors=colors, tags=request.tags)
        plain = MapFormat("float32", nodata=math.nan, tags=request.tags)
        with ExitStack() as opened:
            self._prediction, self._uncertainty, self._confidence = (
                opened.enter_context(MapWriter(path, request.image, form))
                for path, form in (
                    (request.prediction, paletted),
                    (request.uncertainty, plain),
                    (request.confidence, plain),
                )
            )
            self._stack = opened.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the maps, or remove them."""
        self._stack.__exit__(kind, error, trace)

    def write(self, piece: Piece) -> None:
        """Write a rectangle of all three.

        Raises:
            StorageError: The disk is full or gone.
        """
        values = self._values[piece.classes]
        values[~piece.valid] = self._nodata
        self._prediction.write(piece.window, values)
        self._uncertainty.write(piece.window, piece.uncertainty)
        self._confidence.write(piece.window, piece.confidence)
