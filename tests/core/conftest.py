"""What the tests of the engine share."""

import os

import pytest

from .lands import make_land

# Tiny networks are faster on one core, and tests run beside each other. Read by torch.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture
def land(tmp_path):
    return make_land(tmp_path / "land")
