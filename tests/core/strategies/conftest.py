"""A pool that most tests of batches choose from."""

import numpy as np
import pytest

from .crowds import pool_of, state_of


@pytest.fixture
def crowd():
    """Sixty tiles in four directions, evenly unsure, the first of each direction labelled."""
    rng = np.random.default_rng(0)
    kind = np.arange(60) % 4
    features = 4 * np.eye(4)[kind] + 0.05 * rng.normal(size=(60, 4))
    shares = np.tile([[0.3, 0.3]], (60, 1)) + 0.01 * rng.random((60, 2))
    pool = pool_of(shares, features)
    return pool, state_of(pool, labelled=range(3))
