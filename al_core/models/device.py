"""The compute device: which one, how much memory, and why not a better one."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ..config import Device
from ..errors import DeviceError

_GIB = 2**30


@dataclass(frozen=True)
class ChosenDevice:
    """A device that works; `reason` says why it is the CPU, and is empty for a GPU."""

    device: torch.device
    name: str
    memory_gb: float | None
    reason: str = ""

    @property
    def text(self) -> str:
        """One line for the user: “NVIDIA L4, 22 GB” or “CPU, because …”."""
        if self.memory_gb is not None:
            return f"{self.name}, {self.memory_gb:.0f} GB"
        return f"{self.name}, {self.reason}" if self.reason else self.name

    @property
    def kind(self) -> str:
        """The sort of device: cuda or cpu."""
        return self.device.type


def choose(wanted: Device = Device.AUTO) -> ChosenDevice:
    """Return the GPU if there is one that works, else the CPU and why.

    Args:
        wanted: AUTO takes what is best; CPU and CUDA insist.

    Raises:
        DeviceError: CUDA was asked for and cannot be used.
    """
    if wanted is Device.CPU:
        return _cpu("as chosen")
    obstacle = _obstacle()
    if not obstacle:
        return _gpu()
    if wanted is Device.CUDA:
        raise DeviceError(
            f"CUDA cannot be used {obstacle}. Choose the device “auto” or “cpu”, or install a "
            "PyTorch and a driver that fit the GPU."
        )
    return _cpu(obstacle)


def _obstacle() -> str:
    """Return why CUDA cannot be used, "" if it can."""
    if not torch.backends.cuda.is_built():  # type: ignore[no-untyped-call]
        return "because this PyTorch was built without CUDA"
    if not torch.cuda.is_available():
        return "because no CUDA device was found"
    try:
        torch.ones(1, device="cuda").add(1).item()
    except RuntimeError as error:  # a driver too old, or a GPU that this build does not know
        first = str(error).splitlines()[0].rstrip(".")
        return f"because the GPU does not work with this PyTorch ({first})"
    return ""


def _gpu() -> ChosenDevice:
    index = torch.cuda.current_device()
    properties = torch.cuda.get_device_properties(index)
    return ChosenDevice(
        torch.device("cuda", index), properties.name, round(properties.total_memory / _GIB, 1)
    )


def _cpu(reason: str) -> ChosenDevice:
    return ChosenDevice(torch.device("cpu"), "CPU", None, reason)
