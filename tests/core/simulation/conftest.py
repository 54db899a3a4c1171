"""What the tests of the simulator share."""

import pytest

pytest.importorskip("torch")

from al_core.progress import Silent
from al_core.simulation.running import simulate

from .patches import make_patchwork


@pytest.fixture(scope="session")
def patchwork(tmp_path_factory):
    return make_patchwork(tmp_path_factory.mktemp("patchwork"))


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Tiny networks are faster on one core."""
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def finished(patchwork, tmp_path_factory):
    """A simulation that ran to its end in this process."""
    folder = tmp_path_factory.mktemp("finished") / "out"
    simulate(folder, patchwork.config(), {"command": "simulate"}, Silent())
    return folder
