"""What the passes of a head with its dropout on say together, pixel by pixel."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from ..config import Averaging


class Measure(Protocol):
    """Sees the passes one after the other, and keeps no more of them than it needs."""

    def add(self, logits: Tensor) -> None:
        """Take a pass in, float32 (n, K, P)."""

    def result(self) -> Tensor:
        """Return the measure of every pixel, float32 (n, P)."""


class Disagreement:
    """The mutual information between the class and what is dropped (BALD), in nats."""

    def __init__(self) -> None:
        """Begin with no pass."""
        self._passes = 0
        self._p = self._entropies = torch.zeros(())

    def add(self, logits: Tensor) -> None:
        """Take a pass in."""
        logp = logits.log_softmax(dim=1)
        p = logp.exp()
        self._p = self._p + p
        self._entropies = self._entropies - (p * logp).sum(dim=1)
        self._passes += 1

    def result(self) -> Tensor:
        """Return the entropy of the mean less the mean entropy, at least 0."""
        mean = self._p / self._passes
        gain: Tensor = torch.special.entr(mean).sum(dim=1) - self._entropies / self._passes
        return gain.clamp(min=0)


class Certainty:
    """The first probability of the mean over the passes (MCFPS, arXiv 2405.13285)."""

    def __init__(self, average: Averaging = Averaging.LOGITS) -> None:
        """Begin with no pass; `average` is what the mean is taken of."""
        self._average = average
        self._passes = 0
        self._sum = torch.zeros(())

    def add(self, logits: Tensor) -> None:
        """Take a pass in."""
        of_logits = self._average is Averaging.LOGITS
        self._sum = self._sum + (logits if of_logits else logits.softmax(dim=1))
        self._passes += 1

    def result(self) -> Tensor:
        """Return the certainty, 1/K to 1."""
        mean = self._sum / self._passes
        p = mean.softmax(dim=1) if self._average is Averaging.LOGITS else mean
        return p.amax(dim=1)
