"""Before the first round an encoder that has seen other images looks at the tiles."""

import numpy as np
import pytest

from al_core import jobs
from al_core.config import QueryConfig, ScanConfig
from al_core.errors import QueryError
from al_core.inference.tagging import TagForward
from al_core.jobs.picking import COLD_STATISTICS
from al_core.models import build_tagging, save_encoder
from al_core.models.tagging import TaggingSpec
from al_core.progress import Silent
from al_core.scoring import PoolStatistics

ENCODER = "tu-test_resnet"


@pytest.fixture
def weights(project):
    path = project.folder / "encoder.safetensors"
    save_encoder(path, build_tagging(TaggingSpec(ENCODER, 3, 3, "scene"), 4).encoder, {})
    return str(path)


def scan(project, **options):
    return jobs.scan(project, ScanConfig(encoder=ENCODER, **options), Silent())


def test_the_features_serve_a_query_before_anything_is_trained(project, weights):
    told = scan(project, weights=weights)
    pool = np.flatnonzero(project.tiles.role == 0)
    assert told.tiles == len(pool)
    assert "tensors of" in told.notes[0]
    found = PoolStatistics.load(project.folder / COLD_STATISTICS)
    assert found.tile_ids.tolist() == pool.tolist()
    assert found.features.shape == (len(pool), 96)
    assert (found.n == 1).all()
    tagged = set(project.answers.counts()[0].tolist())
    for strategy in ("fps", "mcfps", "herding"):
        picks = jobs.query(project, QueryConfig(strategy, count=3), Silent()).picks
        assert len(picks) == 3
        assert not tagged & {pick.tile_id for pick in picks}


def test_random_weights_are_told(project):
    assert any("random weights" in note for note in scan(project).notes)


def test_what_needs_a_trained_network_says_so(project, weights):
    scan(project, weights=weights)
    with pytest.raises(QueryError, match="needs a trained network"):
        jobs.query(project, QueryConfig("entropy", count=3), Silent())


def test_what_an_encoder_made_of_the_tiles_is_kept(project, weights, monkeypatch):
    def pool(*_):
        pytest.fail("the encoder looked again")

    first = scan(project, weights=weights)
    monkeypatch.setattr(TagForward, "pool", pool)
    assert scan(project, weights=weights).tiles == first.tiles
