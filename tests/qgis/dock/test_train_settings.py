import pytest
from landloop.al_core.config import IMAGENET, Device, Start
from landloop.plugin.dock.rows import TrainOptions
from landloop.plugin.dock.train_settings import DOWNLOAD, LOCAL, RANDOM, TrainSettings
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QDialogButtonBox

OPTIONS = TrainOptions("resnet34", "/w/enc.safetensors", Start.COLD, 12.0, Device.CUDA)


@pytest.fixture
def dialog(shown):
    return shown(TrainSettings())


def _press(dialog, button):
    QTest.mouseClick(dialog.buttons.button(button), Qt.MouseButton.LeftButton)


def _choose_weights(dialog, choice):
    """Choose in the list that drops down, as a user does."""
    dialog.weights.showPopup()
    view = dialog.weights.view()
    at = view.visualRect(dialog.weights.model().index(choice, 0)).center()
    QTest.mouseMove(view.viewport(), at)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    dialog.weights.hidePopup()


def test_ok_puts_what_is_shown_in_force(dialog, heard):
    changes = heard(dialog.options_changed)
    dialog.set_options(OPTIONS)
    QTest.keyClick(dialog.encoder, Qt.Key.Key_Down)
    _press(dialog, QDialogButtonBox.StandardButton.Ok)
    expected = TrainOptions("efficientnet-b0", *_rest(OPTIONS))
    assert changes == [expected]
    assert dialog.options() == expected


def _rest(options):
    return options.weights, options.start, options.minutes, options.device


def test_cancel_forgets_what_was_changed(dialog, heard):
    changes = heard(dialog.options_changed)
    dialog.set_options(OPTIONS)
    QTest.keyClick(dialog.device, Qt.Key.Key_Up)
    _press(dialog, QDialogButtonBox.StandardButton.Cancel)
    assert changes == []
    assert dialog.options() == OPTIONS
    assert dialog.device.currentData() == Device.CUDA


def test_defaults_come_back(dialog):
    dialog.set_options(OPTIONS)
    _press(dialog, QDialogButtonBox.StandardButton.RestoreDefaults)
    assert dialog.options() == OPTIONS  # not before OK
    _press(dialog, QDialogButtonBox.StandardButton.Ok)
    assert dialog.options() == TrainOptions()


def test_imagenet_is_only_selected_after_a_yes(dialog, heard):
    wishes = heard(dialog.imagenet_requested)
    _choose_weights(dialog, DOWNLOAD)
    assert wishes == ["mobilenet_v2"]
    assert dialog.weights.currentIndex() == RANDOM
    dialog.allow_imagenet(False)
    assert dialog.weights.currentIndex() == RANDOM
    dialog.allow_imagenet(True)
    _press(dialog, QDialogButtonBox.StandardButton.Ok)
    assert dialog.options().weights == IMAGENET


def test_an_answer_may_come_before_the_wish_returns(dialog):
    dialog.imagenet_requested.connect(lambda _encoder: dialog.allow_imagenet(True))
    _choose_weights(dialog, DOWNLOAD)
    assert dialog.weights.currentIndex() == DOWNLOAD


def test_the_file_field_is_there_for_local_weights_only(dialog):
    assert not dialog.file.isVisible()
    _choose_weights(dialog, LOCAL)
    assert dialog.file.isVisible()
    _choose_weights(dialog, RANDOM)
    assert not dialog.file.isVisible()


def test_local_weights_without_a_file_are_refused_with_a_sentence(dialog):
    _choose_weights(dialog, LOCAL)
    _press(dialog, QDialogButtonBox.StandardButton.Ok)
    assert dialog.isVisible()
    assert "file" in dialog.problem.text()
    dialog.file.setFilePath("/w/enc.safetensors")
    _press(dialog, QDialogButtonBox.StandardButton.Ok)
    assert not dialog.isVisible()
    assert dialog.options().weights == "/w/enc.safetensors"
