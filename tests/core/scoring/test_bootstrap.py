"""Standard errors of IoU by bootstrap over tiles."""

import warnings

import numpy as np
import pytest

from al_core.scoring import class_scores, iou_errors, miou_error, tag_confusion


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def tiles(number, hit_rate=0.7, seed=0):
    """Tiles with 100 pixels of each of two classes; the hit rate differs from tile to tile."""
    rng = np.random.default_rng(seed)
    hits = rng.binomial(100, np.clip(rng.normal(hit_rate, 0.1, (number, 2)), 0, 1))
    return np.array([[[a, 100 - a], [100 - b, b]] for a, b in hits])


def test_more_tiles_make_an_iou_surer():
    few, many = (iou_errors(tiles(n), np.random.default_rng(1)) for n in (10, 160))
    np.testing.assert_allclose(few / many, 4, rtol=0.5)
    assert miou_error(tiles(160), np.random.default_rng(1)) == pytest.approx(many.mean(), rel=0.5)


def test_the_error_agrees_with_the_spread_over_new_tiles():
    ious = []
    for seed in range(200):
        (aa, ab), (ba, _) = tiles(40, seed=seed).sum(axis=0)
        ious.append(aa / (aa + ab + ba))
    errors = iou_errors(tiles(40), np.random.default_rng(1), draws=400)
    assert errors[0] == pytest.approx(np.std(ious), rel=0.35)


def test_a_class_that_one_tile_alone_holds_has_no_known_error():
    confusions = np.pad(tiles(10), ((0, 0), (0, 2), (0, 2)))
    confusions[3, 2, 2] = 50
    errors = iou_errors(confusions, np.random.default_rng(0))
    assert np.isfinite(errors).tolist() == [True, True, False, False]


@pytest.mark.parametrize("number", [0, 1])
def test_without_two_tiles_nothing_is_known(number):
    confusions = tiles(10)[:number].reshape(number, 2, 2)
    assert np.isnan(iou_errors(confusions, np.random.default_rng(0))).all()
    assert np.isnan(miou_error(confusions, np.random.default_rng(0)))


def test_the_same_seed_gives_the_same_error():
    first, second = (iou_errors(tiles(10), np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def tagged(number, seed=0):
    """Tables (n, 3, 2, 2) of tiles with tags; one tile alone has anything of the last class."""
    rng = np.random.default_rng(seed)
    truth, right = rng.random((number, 3)) < 0.5, rng.random((number, 3)) < 0.8
    truth[:, 2] = np.arange(number) == 1
    said = np.where(right, truth, ~truth)
    said[:, 2] = False
    return np.stack(
        [tag_confusion(*pair) for pair in zip(truth[:, None], said[:, None], strict=True)]
    )


def test_more_tagged_tiles_make_an_f1_surer():
    few, many = (iou_errors(tagged(n), np.random.default_rng(1)) for n in (20, 320))
    np.testing.assert_allclose(few[:2] / many[:2], 4, rtol=0.5)
    assert np.isnan([few[2], many[2]]).all()
    assert 0 < miou_error(tagged(20), np.random.default_rng(1)) < 0.5


def test_the_error_of_an_f1_agrees_with_the_spread_over_new_tiles():
    scores = [class_scores(tagged(60, seed).sum(axis=0))[0] for seed in range(200)]
    errors = iou_errors(tagged(60), np.random.default_rng(1), draws=400)
    assert errors[0] == pytest.approx(np.std(scores), rel=0.35)


@pytest.mark.parametrize("number", [0, 1])
def test_without_two_tagged_tiles_nothing_is_known(number):
    tables = tagged(10)[:number].reshape(number, 3, 2, 2)
    assert np.isnan(iou_errors(tables, np.random.default_rng(0))).all()
    assert np.isnan(miou_error(tables, np.random.default_rng(0)))
