"""What is drawn, how often, and where it is cut."""

from itertools import islice

import numpy as np
import pytest

from al_core.models import OpenImages
from al_core.training.chunks import ChunkReader
from al_core.training.sampling import Cutting, TileDraw, batches


def drawn(data, count=600, share=0.5):
    rng = np.random.default_rng(0)
    draw = TileDraw(data.labels, share)
    return [sample for _ in range(count // 6) for sample in draw.draw(rng, 6, 0)]


def test_half_of_the_draws_take_the_classes_in_turn_however_rare(scene):
    data = scene.data()
    wanted = [wanted for _, wanted in drawn(data)]
    shares = [wanted.count(index) / 600 for index in range(-1, 3)]
    assert shares[0] == pytest.approx(1 / 2, abs=0.05)
    assert shares[1:] == pytest.approx([1 / 6] * 3, abs=0.05)


def test_a_tile_is_drawn_for_a_class_in_proportion_to_its_pixels(scene):
    labels = scene.data().labels
    chosen = [tile_id for tile_id, wanted in drawn(scene.data(), 3000, 1.0) if wanted == 2]
    for row, tile_id in enumerate(labels.ids):
        expected = labels.counts[row, 2] / labels.counts[:, 2].sum()
        assert chosen.count(tile_id) / len(chosen) == pytest.approx(expected, abs=0.06)


def test_the_other_draws_take_every_tile_alike(scene):
    chosen = [tile_id for tile_id, _ in drawn(scene.data(), share=0.0)]
    assert {tile_id: chosen.count(tile_id) for tile_id in set(chosen)} == {
        tile_id: pytest.approx(100, abs=30) for tile_id in (7, 8, 9, 10, 20, 27)
    }


def take(scene, count, first_step=0, **changes):
    data = scene.data()
    recipe = Cutting(**({"tile_size_px": 64, "batch_size": 4, "seed": 5} | changes))
    with OpenImages(scene.inputs) as images:
        chunks = ChunkReader(data, images)
        return list(islice(batches(TileDraw(data.labels), chunks, recipe, first_step), count))


def test_a_batch_depends_on_seed_and_step_alone(scene):
    straight, resumed, other = take(scene, 3), take(scene, 1, 2), take(scene, 3, seed=6)
    for name in ("pixels", "affine", "gain", "boxes", "partner"):
        assert np.array_equal(getattr(straight[2], name), getattr(resumed[0], name)), name
    assert not np.array_equal(straight[2].affine, other[2].affine)


def corners(affine, side=96):
    """Return top, left, bottom, right of a window in the pixels of its chunk."""
    half = np.abs(affine[:, :2]).sum(1)
    low, high = (affine[:, 2] - half + 1) * side / 2, (affine[:, 2] + half + 1) * side / 2
    return *low[::-1], *high[::-1]


def test_windows_stay_inside_the_chunk_and_vary_in_place_scale_and_turn(scene):
    affines = [affine for batch in take(scene, 20) for affine in batch.affine]
    for affine in affines:
        top, left, bottom, right = corners(affine)
        assert min(top, left) > -1e-3
        assert max(bottom, right) < 96 + 1e-3
        assert 64 / 1.25 - 1 < bottom - top < 64 / 0.75 + 1
    assert len({tuple(affine[:, 2].round(3)) for affine in affines}) > 40
    turns = {tuple(np.sign(affine[:, :2]).ravel()) for affine in affines}
    assert len(turns) == 8


def test_a_window_drawn_for_a_rare_class_shows_it(scene):
    from al_core.training.augmentation import augment

    data = scene.data((7, 8))
    recipe = Cutting(64, 8, 0, cutmix_share=0.0)
    with OpenImages(scene.inputs) as images:
        chunks = ChunkReader(data, images)
        source = batches(TileDraw(data.labels, 1.0), chunks, recipe)
        for batch in islice(source, 10):
            _, labels = augment(batch, 64, "cpu")
            assert ((labels < 3).flatten(1).sum(1) > 0).all()
            assert (labels == 2).any()
