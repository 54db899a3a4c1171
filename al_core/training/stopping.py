"""A cancel in the middle of a step: without a GPU one step takes seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn

from ..errors import Cancelled
from ..progress import Progress


@contextmanager
def stoppable(network: nn.Module, progress: Progress) -> Iterator[None]:
    """Look for a cancel at every convolution, forward and backward, while the block lasts.

    Args:
        network: Its passes raise Cancelled when the user asked to stop.
        progress: Is asked.
    """

    def stop() -> None:
        if progress.is_cancelled():
            raise Cancelled

    # A hook on the output, not on the module: those break activations that work in place.
    def look(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        stop()
        if output.requires_grad:
            output.register_hook(lambda _gradient: stop())  # type: ignore[no-untyped-call]

    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    handles = [module.register_forward_hook(look) for module in convolutions]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
