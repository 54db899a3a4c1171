"""Chunks hold a tile and its surroundings, and are read once."""

import numpy as np
import pytest

from al_core.models import OpenImages
from al_core.training.chunks import ChunkReader, chunk_px


@pytest.mark.parametrize(("tile_id", "corner"), [(0, (0, 0)), (14, (32, 32)), (35, (96, 96))])
def test_a_chunk_lies_inside_the_image_and_holds_the_core(scene, tile_id, corner):
    with OpenImages(scene.inputs) as images:
        chunk = ChunkReader(scene.data((tile_id,)), images).read(tile_id)
    assert chunk.labels.shape == (96, 96)
    rows, cols = slice(corner[0], corner[0] + 96), slice(corner[1], corner[1] + 96)
    assert np.array_equal(chunk.pixels, scene.pixels[:, rows, cols].astype(np.float16))
    core = chunk.core
    assert np.array_equal(chunk.labels[core.rows, core.cols], scene.mask(tile_id))


def test_invalid_pixels_have_no_label(scene):
    scene.valid[40:50, 40:50] = False
    with OpenImages(scene.inputs) as images:
        chunk = ChunkReader(scene.data((7,)), images).read(7)
    inside = chunk.labels[chunk.core.rows, chunk.core.cols]
    assert (inside[8:18, 8:18] == 254).all()
    assert (inside == 254).sum() == 100


def test_a_chunk_is_read_once_while_the_budget_lasts(scene):
    with OpenImages(scene.inputs) as images:
        one = ChunkReader(scene.data(), images, budget_bytes=96 * 96 * 5)
        first = [one.read(tile_id) for tile_id in (7, 8, 7, 8)]
    assert len(scene.readers[0].windows) == 3, "8 did not fit and was read again"
    assert np.array_equal(first[1].pixels, first[3].pixels)


def test_an_image_smaller_than_a_chunk_is_padded(make_scene):
    scene = make_scene(64)
    with OpenImages(scene.inputs) as images:
        chunk = ChunkReader(scene.data((3,)), images).read(3)
    assert (chunk.extent.height, chunk.extent.width) == (64, 64)
    assert (chunk.labels[64:] == 254).all()


def test_there_is_room_for_the_jitter_and_for_the_smallest_scale():
    assert chunk_px(128, 32) == 192
    assert chunk_px(256, 32) == 342
