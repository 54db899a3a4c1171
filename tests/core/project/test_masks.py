import numpy as np
import pytest

from al_core.errors import LabelError, ProjectError
from al_core.project.masks import decode, encode

SHAPE = (4, 5)


def mask_of(*values):
    mask = np.full(SHAPE, 255, np.uint8)
    mask.ravel()[: len(values)] = values
    return mask


def test_a_mask_comes_back_byte_for_byte():
    mask = mask_of(0, 1, 2, 254, 0)
    row = encode(7, mask, SHAPE, classes=3)
    np.testing.assert_array_equal(decode(7, row.mask, SHAPE), mask)
    assert np.frombuffer(row.counts, "<i4").tolist() == [2, 1, 1]
    assert (row.labelled_px, row.unsure_px) == (4, 1)


def test_a_mask_in_another_memory_order_is_stored_the_same():
    mask = mask_of(0, 1, 2)
    turned = np.asfortranarray(mask)
    assert encode(7, turned, SHAPE, 3) == encode(7, mask, SHAPE, 3)


def test_a_mask_without_labels_needs_no_row():
    assert encode(7, mask_of(), SHAPE, 3) is None
    assert (decode(7, None, SHAPE) == 255).all()


def test_a_mask_of_unsure_pixels_alone_is_kept():
    assert encode(7, mask_of(254), SHAPE, 3).labelled_px == 0


def test_a_class_outside_the_legend_is_named_with_its_count():
    with pytest.raises(LabelError, match=r"tile 7 hold the class index 3 \(2 px\)"):
        encode(7, mask_of(3, 3, 1), SHAPE, 3)


@pytest.mark.parametrize("mask", [np.zeros((5, 4), np.uint8), np.zeros(SHAPE, np.int32)])
def test_a_mask_of_another_shape_or_type_is_refused(mask):
    with pytest.raises(LabelError, match="must be uint8"):
        encode(7, mask, SHAPE, 3)


@pytest.mark.parametrize("blob", [b"no zlib at all", encode(7, mask_of(1), SHAPE, 3).mask[:-3]])
def test_damaged_bytes_are_a_damaged_project(blob):
    with pytest.raises(ProjectError, match="labels of tile 7 are damaged"):
        decode(7, blob, SHAPE)


def test_a_mask_of_the_wrong_size_is_a_damaged_project():
    blob = encode(7, mask_of(1), SHAPE, 3).mask
    with pytest.raises(ProjectError, match="damaged"):
        decode(7, blob, (4, 6))
