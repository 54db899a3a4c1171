"""The statistics on the device are those of the numpy definition."""

import numpy as np
import pytest
import torch

from al_core.inference.statistics import batch_statistics
from al_core.scoring import entropy, tile_statistics


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 4, 12, 10, generator=generator) * 3
    mask = torch.rand(3, 12, 10, generator=generator) > 0.3
    mask[2] = False
    return logits, mask


def test_every_column_agrees_with_the_definition(batch):
    logits, mask = batch
    columns = batch_statistics(logits, mask)
    for tile in range(3):
        p = logits[tile].double().softmax(0).numpy()
        expected = tile_statistics(p, mask[tile].numpy())
        for name in ("n", "sum_entropy", "sum_entropy_p", "sum_p", "sum_margin"):
            assert columns[name][tile].numpy() == pytest.approx(getattr(expected, name), abs=1e-3)
        assert float(columns["sum_least_confidence"][tile]) == pytest.approx(
            expected.sum_least_confidence, abs=1e-3
        )
        counted = p.argmax(0)[mask[tile].numpy()]
        assert columns["histogram"][tile].tolist() == np.bincount(counted, minlength=4).tolist()


def test_the_highest_fifth_of_the_entropies_is_averaged(batch):
    logits, mask = batch
    columns = batch_statistics(logits, mask)
    p = logits[0].softmax(0).numpy()
    found = np.sort(entropy(p, axis=0)[mask[0].numpy()])[::-1]
    taken = int(np.ceil(len(found) / 5))
    assert float(columns["top20_entropy"][0]) == pytest.approx(found[:taken].mean(), abs=1e-5)


def test_a_tile_without_pixels_has_zeros_and_no_nan(batch):
    columns = batch_statistics(*batch)
    for column in columns.values():
        assert (column[2] == 0).all()


def test_logits_without_limits_give_no_nan():
    logits = torch.tensor([1000.0, 0.0, -1000.0]).reshape(1, 3, 1, 1)
    columns = batch_statistics(logits, torch.ones(1, 1, 1, dtype=torch.bool))
    assert float(columns["sum_entropy"][0]) == 0
    assert all(torch.isfinite(column).all() for column in columns.values())
