"""Several trainings beside each other: a thread of the processor, or a stream of the GPU, each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def own_share(device: torch.device) -> Iterator[None]:
    """Keep to one share of a device while the block lasts.

    On a CPU one thread: the result then does not depend on how many lanes there are. On a
    GPU a stream, so that kernels of several threads can run at the same time.

    Args:
        device: What the block computes on.
    """
    if device.type == "cuda":
        stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        with torch.cuda.device(device), torch.cuda.stream(stream):
            yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
