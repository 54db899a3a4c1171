"""The rows that a scan keeps of a batch: the sums of every scan, and what a strategy asks for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..config import Averaging
from ..coords import Window
from ..errors import QueryError
from ..models import Look
from ..strategies import Need
from ..strategies.ll import NOT_LEARNT
from .before import Before, Pixels
from .dropout import PASSES
from .forward import Forward
from .passes import Certainty, Disagreement, Measure
from .statistics import batch_statistics, head_gradients
from .windows import TileBatch, bounds


@dataclass(frozen=True, eq=False)
class ScanOptions:
    """What a scan looks for beside what every scan looks for.

    Attributes:
        needs: DROPOUT, CERTAINTY, GRADIENTS, BEFORE and LOSS ask for columns that cost extra.
        temperature: Divides the logits before anything else is done with them.
        seed: Of the dropout.
        passes: With dropout.
        average: What is averaged over the passes for the certainty.
        before: The network of the round before, None if there is none.
    """

    needs: frozenset[Need] = frozenset()
    temperature: float = 1.0
    seed: int = 0
    passes: int = PASSES
    average: Averaging = Averaging.LOGITS
    before: Before | None = None

    @property
    def compares(self) -> Before | None:
        """The network to compare with, None if that is not asked for, or not there."""
        return self.before if Need.BEFORE in self.needs else None

    @property
    def before_hash(self) -> str | None:
        """What the statistics say of the comparison."""
        if Need.BEFORE not in self.needs:
            return None
        return self.before.forward.model_hash if self.before is not None else ""

    def measures(self) -> dict[str, Measure]:
        """Return what is to see the passes with dropout, by the name of its column."""
        found: dict[str, Measure] = {}
        if Need.DROPOUT in self.needs:
            found["sum_bald"] = Disagreement()
        if Need.CERTAINTY in self.needs:
            found["sum_certainty"] = Certainty(self.average)
        return found


class Rows:
    """Looks at a batch and returns its rows of the statistics, still on the device."""

    def __init__(self, forward: Forward, options: ScanOptions) -> None:
        """Prepare what the options ask for.

        Raises:
            QueryError: The network cannot give it.
        """
        needs = options.needs
        self._forward, self._options = forward, options
        self._gradients = Need.GRADIENTS in needs
        self._ranks = Need.LOSS in needs
        if self._ranks and not forward.spec.learns_loss:
            raise QueryError(NOT_LEARNT)
        thinned = needs & {Need.DROPOUT, Need.CERTAINTY}
        seed, passes = options.seed, options.passes
        self._dropout = forward.dropout_head(seed, passes) if thinned else None

    def __call__(
        self, batch: TileBatch, then: Pixels, mask: NDArray[np.bool_]
    ) -> dict[str, Tensor]:
        """Return tensors by name of a column.

        Args:
            batch: Windows of n tiles.
            then: float32 (n, B, T, T), the same as the network of the round before reads them.
            mask: bool (n, T, T), the pixels that count.
        """
        temperature, before = self._options.temperature, self._options.compares
        look, part = self._look(batch.pixels), bounds(batch.cores)
        counted = torch.from_numpy(mask[:, part.rows, part.cols]).to(self._forward.device)
        cut = look.logits[:, :, part.rows, part.cols] / temperature
        rows = batch_statistics(cut, counted)
        rows["features"] = look.features.half()
        if self._gradients and look.inputs is not None:
            inside = look.inputs[:, :, part.rows, part.cols]
            rows["gradients"] = head_gradients(cut, counted, inside).half()
        rows |= self._thinned(look, part, counted)
        if before is not None:
            rows["sum_discrepancy"] = before.distances(cut, then, part, counted, temperature)
        if self._ranks and look.ranks is not None:
            rows["predicted_loss"] = look.ranks
        return rows

    def _look(self, pixels: Pixels) -> Look:
        """Return what the network gives, the head's inputs only if something is made of them."""
        if self._gradients or self._ranks or self._dropout is not None:
            return self._forward.look(pixels)
        logits, features = self._forward.run(pixels)
        return Look(logits, features, None, None)

    def _thinned(self, look: Look, part: Window, counted: Tensor) -> dict[str, Tensor]:
        """Return what passes with dropout say."""
        if self._dropout is None or look.inputs is None:
            return {}
        measures = self._options.measures()
        self._dropout.show(look.inputs, part, self._options.temperature, measures.values())
        mask = counted.flatten(1)
        return {name: (measure.result() * mask).sum(dim=1) for name, measure in measures.items()}
