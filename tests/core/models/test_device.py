"""The device line says which device and why."""

import pytest
import torch

from al_core.config import Device
from al_core.errors import DeviceError
from al_core.models import choose


@pytest.fixture
def cuda(monkeypatch):
    """Pretend how far CUDA gets: built, found."""

    def pretend(*, built, found):
        monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: built)
        monkeypatch.setattr(torch.cuda, "is_available", lambda: found)

    return pretend


@pytest.mark.parametrize(
    ("built", "reason"),
    [
        (False, "CPU, because this PyTorch was built without CUDA"),
        (True, "CPU, because no CUDA device was found"),
    ],
)
def test_a_cpu_says_why_it_is_no_gpu(cuda, built, reason):
    cuda(built=built, found=False)
    chosen = choose(Device.AUTO)
    assert chosen.text == reason
    assert (chosen.kind, chosen.memory_gb) == ("cpu", None)


def test_a_cpu_that_was_asked_for_says_that():
    assert choose(Device.CPU).text == "CPU, as chosen"


def test_cuda_that_is_asked_for_and_missing_is_an_error_with_advice(cuda):
    cuda(built=True, found=False)
    with pytest.raises(DeviceError, match=r"because no CUDA device was found\. Choose .*“cpu”"):
        choose(Device.CUDA)


def test_a_gpu_that_does_not_work_is_not_used(cuda, monkeypatch):
    def broken(*args, **options):
        raise RuntimeError("CUDA error: no kernel image is available.\nmore")

    cuda(built=True, found=True)
    monkeypatch.setattr(torch, "ones", broken)
    assert "does not work with this PyTorch (CUDA error: no kernel image is available)" in (
        choose(Device.AUTO).text
    )


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_a_gpu_is_named_with_its_memory():
    chosen = choose(Device.AUTO)
    assert chosen.kind == "cuda"
    assert chosen.text == f"{chosen.name}, {chosen.memory_gb:.0f} GB"
