"""What two views of a tile may differ in, and what not."""

import dataclasses

import numpy as np
import pytest
import torch

from al_core.training.contrast.views import ViewDraw, draw_views, views_of

BLACK = torch.tensor([-1.0, -2.0, -0.5])


@pytest.fixture
def pixels():
    return torch.rand((2, 3, 64, 64), generator=torch.Generator().manual_seed(0))


def plain(count=2, bands=3):
    """The whole tile, as it is."""
    one = np.ones(count, np.float32)
    return ViewDraw(
        boxes=np.tile(np.array([0, 0, 1, 1], np.float32), (count, 1)),
        turn=np.zeros(count, np.int64),
        contrast=one,
        brightness=one,
        blur=0 * one,
        mix=np.tile(np.eye(bands, dtype=np.float32), (count, 1, 1)),
    )


def seen(pixels, side=64, **changes):
    return views_of(pixels, dataclasses.replace(plain(), **changes), side, BLACK)


def test_a_draw_that_changes_nothing_shows_the_tile(pixels):
    assert torch.allclose(seen(pixels), pixels, atol=1e-6)


def test_a_part_is_enlarged_and_a_wide_one_is_averaged(pixels):
    boxes = np.array([[0.5, 0.25, 0.5, 0.5], [0, 0, 1, 1]], np.float32)
    steps = torch.arange(64.0).repeat(2, 3, 64, 1)
    views = seen(steps, 32, boxes=boxes)
    assert views.shape == (2, 3, 32, 32)
    assert views[0, 0, 0, 1:-1].tolist() == pytest.approx(np.arange(17.0, 47))
    assert views[1, 0, 0, 2:-2].tolist() == pytest.approx(np.arange(4.5, 60, 2), abs=1e-4)


def test_a_chequered_tile_becomes_grey_not_a_pattern_that_is_not_there():
    chequered = (torch.arange(64)[:, None] + torch.arange(64)).remainder(2).float()
    views = seen(chequered.repeat(2, 3, 1, 1), 32)
    assert (views[:, :, 2:-2, 2:-2] - 0.5).abs().max() < 0.05


def test_tiles_are_turned_one_by_one(pixels):
    views = seen(pixels, turn=np.array([1, 4]))
    assert torch.allclose(views[0], torch.rot90(pixels[0], 1, (1, 2)), atol=1e-6)
    assert torch.allclose(views[1], pixels[1].flip(2), atol=1e-6)


def test_brightness_is_a_factor_of_the_light(pixels):
    views = seen(pixels, brightness=np.array([1.4, 0.6], np.float32))
    light = pixels - BLACK[:, None, None]
    assert torch.allclose(views[0] - BLACK[:, None, None], 1.4 * light[0], atol=1e-5)
    assert torch.allclose(views[1] - BLACK[:, None, None], 0.6 * light[1], atol=1e-5)


def test_contrast_keeps_the_mean_of_a_view(pixels):
    views = seen(pixels, contrast=np.array([0.6, 1.4], np.float32))
    assert torch.allclose(views.mean((1, 2, 3)), pixels.mean((1, 2, 3)), atol=1e-5)
    assert views[0].std().item() == pytest.approx(0.6 * pixels[0].std().item(), rel=1e-4)


def test_bands_are_mixed_in_the_views_that_the_draw_says(pixels):
    mix = plain().mix.copy()
    mix[1] = 1 / 3
    views = seen(pixels, mix=mix)
    assert torch.allclose(views[0], pixels[0], atol=1e-6)
    assert torch.allclose(views[1], pixels[1].mean(0).expand(3, -1, -1), atol=1e-5)


def test_a_blur_smoothes_and_keeps_the_mean(pixels):
    views = seen(pixels, blur=np.array([0, 2.0], np.float32))
    assert torch.allclose(views[0], pixels[0], atol=1e-6)
    assert views[1].std() < pixels[1].std() / 3
    assert views[1].mean().item() == pytest.approx(pixels[1].mean().item(), abs=0.01)
    point = torch.zeros(2, 3, 64, 64)
    point[:, :, 32, 32] = 1
    views = seen(point, blur=np.array([2.0, 1.0], np.float32))
    at = torch.arange(64.0) - 32
    for view, sigma in ((views[0], 2.0), (views[1], 1.0)):
        variance = (view[0].sum(0) * at**2).sum().item()
        assert variance == pytest.approx(sigma**2, rel=0.05)


def test_what_is_drawn_stays_within_bounds():
    draw = draw_views(np.random.default_rng(0), 4000, 4, 112)
    top, left, height, width = draw.boxes.T
    assert min(top.min(), left.min()) >= 0
    assert max((top + height).max(), (left + width).max()) <= 1 + 1e-6
    assert 0.15 <= (height * width).min() <= 0.25
    assert 0.95 <= (height * width).max() <= 1
    assert set(draw.turn) == set(range(8))
    assert (draw.contrast.min(), draw.contrast.max()) == pytest.approx((0.6, 1.4), abs=0.01)
    assert (draw.blur > 0).mean() == pytest.approx(0.5, abs=0.05)
    assert draw.blur.max() == pytest.approx(1.0, abs=0.05)  # half of 2 px, for half the side
    changed = (draw.mix != np.eye(4)).any(axis=(1, 2))
    assert changed.mean() == pytest.approx(0.2 * (0.5 + 0.5 * (1 - 0.8**4)), abs=0.03)


@pytest.mark.parametrize(("bands", "kinds"), [(1, {1.0}), (3, {1.0, 1 / 3})])
def test_colours_become_grey_and_a_single_band_stays(bands, kinds):
    mix = draw_views(np.random.default_rng(0), 200, bands, 64).mix
    assert {round(float(value), 6) for value in mix[:, 0, 0]} == {round(k, 6) for k in kinds}


def test_the_same_chance_draws_the_same_views():
    one, other = (draw_views(np.random.default_rng(7), 5, 3, 64) for _ in range(2))
    for name in vars(one):
        assert np.array_equal(getattr(one, name), getattr(other, name))
