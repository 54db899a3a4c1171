"""Confusion counted by hand."""

import numpy as np
import pytest

from al_core.accuracy import confusion, tiles_confusion


def test_rows_are_truth_and_columns_prediction():
    truth = np.array([[0, 0, 1], [2, 2, 2]], dtype=np.uint8)
    predicted = np.array([[0, 1, 1], [2, 2, 0]], dtype=np.uint8)
    assert confusion(truth, predicted, 3).tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 2]]


def test_unsure_unlabelled_and_nodata_pixels_do_not_count():
    truth = np.array([0, 254, 255, 1], dtype=np.uint8)
    predicted = np.array([0, 0, 0, 255], dtype=np.uint8)
    assert confusion(truth, predicted, 2).tolist() == [[1, 0], [0, 0]]


def test_many_classes_do_not_overflow_a_byte():
    classes = np.arange(64, dtype=np.uint8)
    assert np.array_equal(confusion(classes, classes, 64), np.eye(64))


def test_arrays_of_different_shape_are_refused():
    with pytest.raises(ValueError, match="truth is"):
        confusion(np.zeros(3, np.uint8), np.zeros(4, np.uint8), 2)


def test_tiles_add_up():
    labels = {4: np.array([[0, 1]], np.uint8), 9: np.array([[1, 255]], np.uint8)}
    predictions = [(4, np.array([[0, 0]], np.uint8)), (9, np.array([[1, 1]], np.uint8))]
    assert tiles_confusion(predictions, labels.__getitem__, 2).tolist() == [[1, 0], [1, 1]]


def test_no_tiles_give_an_empty_confusion():
    assert tiles_confusion([], lambda tile_id: None, 2).tolist() == [[0, 0], [0, 0]]
