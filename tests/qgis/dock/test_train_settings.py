from dataclasses import replace

import pytest
from landloop.al_core.config import IMAGENET, Decoder, Device, Recipe, Start, Task
from landloop.plugin.dock.rows import TrainOptions
from landloop.plugin.dock.train_settings import DOWNLOAD, LOCAL, RANDOM, TrainSettings
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QDialogButtonBox

OPTIONS = TrainOptions(
    *("resnet34", "/w/enc.safetensors", Start.COLD, 12.0, Device.CUDA, Recipe.PLUS, Decoder.LIGHT)
)


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
    expected = replace(OPTIONS, encoder="efficientnet-b0")
    assert changes == [expected]
    assert dialog.options() == expected


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


def _choose_recipe(dialog, recipe):
    dialog.recipe.setFocus()
    dialog.recipe.setCurrentIndex(dialog.recipe.findData(recipe))


OFFERED = {
    Task.SEGMENTATION: (Recipe.QUICK, Recipe.PLUS, Recipe.PAPER),
    Task.SCENE: (Recipe.QUICK, Recipe.PLUS, Recipe.PAPER, Recipe.MCFPS),
    Task.MULTILABEL: (Recipe.QUICK, Recipe.PLUS, Recipe.PAPER, Recipe.MULTILABEL),
}


@pytest.mark.parametrize(
    ("task", "recipe"), [(task, recipe) for task in OFFERED for recipe in OFFERED[task]]
)
def test_a_recipe_comes_with_a_sentence_and_goes_in_and_out(dialog, task, recipe):
    dialog.set_task(task)
    options = TrainOptions(recipe=recipe)
    dialog.set_options(options)
    assert dialog.about.text().endswith(".")
    _press(dialog, QDialogButtonBox.StandardButton.Ok)
    expected = Start.COLD if recipe in (Recipe.PAPER, Recipe.MCFPS) else Start.WARM
    assert dialog.options() == replace(options, start=expected)


def test_the_paper_starts_cold_and_the_choice_comes_back_after_it(dialog):
    dialog.set_options(TrainOptions(start=Start.SHRINK_PERTURB))
    _choose_recipe(dialog, Recipe.PAPER)
    assert dialog.start.currentData() is Start.COLD
    assert not dialog.start.isEnabled()
    _choose_recipe(dialog, Recipe.QUICK)
    assert dialog.start.currentData() is Start.SHRINK_PERTURB
    assert dialog.start.isEnabled()


def test_only_the_quick_recipe_has_a_time_limit(dialog):
    dialog.set_task(Task.SCENE)
    for recipe in OFFERED[Task.SCENE]:
        _choose_recipe(dialog, recipe)
        assert dialog.minutes.isEnabled() == (recipe is Recipe.QUICK)
        options = TrainOptions(minutes=2.0, recipe=recipe)
        assert (options.limit_minutes() == 2.0) == (recipe is Recipe.QUICK)


@pytest.mark.parametrize("points", [9, 11])
def test_the_sentences_are_not_cut_off(dialog, points):
    font = dialog.font()
    font.setPointSize(points)
    dialog.setFont(font)
    for task, recipes in OFFERED.items():
        dialog.set_task(task)
        for recipe in recipes:
            _choose_recipe(dialog, recipe)
            QTest.qWait(20)
            about = dialog.about
            assert about.height() >= about.heightForWidth(about.width())


@pytest.mark.parametrize("task", OFFERED)
def test_each_task_offers_its_recipes_and_encoders(dialog, task):
    dialog.set_task(task)
    offered = [dialog.recipe.itemData(place) for place in range(dialog.recipe.count())]
    assert tuple(offered) == OFFERED[task]
    encoders = {dialog.encoder.itemText(place) for place in range(dialog.encoder.count())}
    assert ("densenet121" in encoders) == task.labels_tiles


def test_what_another_task_knows_is_replaced_and_comes_back_with_it(dialog):
    dialog.set_task(Task.SCENE)
    options = TrainOptions("resnet50", recipe=Recipe.MCFPS, start=Start.COLD)
    dialog.set_options(options)
    dialog.set_task(Task.SEGMENTATION)
    assert dialog.options().recipe is Recipe.QUICK
    assert dialog.options().encoder == "mobilenet_v2"
    dialog.set_task(Task.SCENE)
    assert dialog.options() == options


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


def test_the_local_network_has_no_starting_weights(dialog):
    dialog.set_options(OPTIONS)
    for _ in range(2):
        QTest.keyClick(dialog.encoder, Qt.Key.Key_Down)
    assert dialog.encoder.currentText() == "local"
    assert not dialog.weights.isEnabled()
    assert not dialog.decoder.isEnabled()
    assert not dialog.file.isVisible()
    _press(dialog, QDialogButtonBox.StandardButton.Ok)
    assert (dialog.options().encoder, dialog.options().weights) == ("local", "")
    QTest.keyClick(dialog.encoder, Qt.Key.Key_Up)
    assert dialog.weights.isEnabled()
    assert dialog.decoder.isEnabled()


def test_the_decoder_is_chosen_by_key(dialog):
    dialog.set_options(TrainOptions())
    QTest.keyClick(dialog.decoder, Qt.Key.Key_Down)
    _press(dialog, QDialogButtonBox.StandardButton.Ok)
    assert dialog.options() == TrainOptions(decoder=Decoder.LIGHT)
