"""What the tests of the simulator share."""

import pytest

pytest.importorskip("torch")

from .patches import make_patchwork


@pytest.fixture(scope="session")
def patchwork(tmp_path_factory):
    return make_patchwork(tmp_path_factory.mktemp("patchwork"))
