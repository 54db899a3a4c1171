import pytest
from landloop.al_core.config import Device
from landloop.plugin.dock.rows import TrainOptions
from landloop.plugin.dock.train_row import TrainRow
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def row(shown):
    return shown(TrainRow())


def test_retrain_is_one_click(row, heard):
    wishes = heard(row.retrain_requested)
    QTest.mouseClick(row.retrain, LEFT)
    assert len(wishes) == 1


def test_without_labels_it_says_what_is_missing(row, heard):
    wishes = heard(row.retrain_requested)
    row.set_ready(False, "Paint a few areas of at least two classes first.")
    QTest.mouseClick(row.retrain, LEFT)
    assert wishes == []
    assert row.status.text().startswith("Paint")
    row.set_ready(True)
    assert not row.status.isVisible()


def test_a_hint_gives_way_to_what_came_of_the_last_round(row):
    row.show_idle("Round 3 · mIoU 0.61")
    row.set_ready(False, "Paint more.")
    row.set_ready(True)
    assert row.status.text() == "Round 3 · mIoU 0.61"


def test_while_running_it_shows_progress_time_left_and_cancel(row):
    row.show_running(0.43, "Training, step 258 of 600", 104)
    assert not row.retrain.isVisible()
    assert row.progress.bar.value() == 430
    assert row.progress.status.text() == "Training, step 258 of 600 · about 2 min left"
    assert row.progress.cancel.isVisible()


def test_cancel_is_asked_for_once_and_the_next_run_can_be_cancelled_again(row, heard):
    wishes = heard(row.cancel_requested)
    row.show_running(0.1, "Training")
    QTest.mouseClick(row.progress.cancel, LEFT)
    QTest.mouseClick(row.progress.cancel, LEFT)
    row.show_running(0.2, "Training")
    assert row.progress.status.text() == "Stopping…"
    assert len(wishes) == 1
    row.show_idle("Cancelled.")
    row.show_running(0.0, "Training")
    QTest.mouseClick(row.progress.cancel, LEFT)
    assert len(wishes) == 2


def test_afterwards_it_tells_what_came_of_it(row):
    row.show_running(0.9)
    row.show_idle("Round 3 · mIoU 0.61 · 24 tiles · 1 min 40 s")
    assert row.retrain.isVisible()
    assert not row.progress.isVisible()
    assert row.status.text() == "Round 3 · mIoU 0.61 · 24 tiles · 1 min 40 s"


@pytest.mark.parametrize("fraction", [-0.5, 1.7])
def test_a_fraction_out_of_range_does_no_harm(row, fraction):
    row.show_running(fraction)
    assert row.progress.bar.value() in (0, 1000)


def test_the_settings_open_without_blocking(row, qtbot):
    QTest.mouseClick(row.options, LEFT)
    assert row.settings.isVisible()
    QTest.keyClick(row.settings, Qt.Key.Key_Escape)
    assert not row.settings.isVisible()


def test_options_go_in_and_out(row, heard):
    options = TrainOptions("resnet18", minutes=3.5, device=Device.CPU)
    changes = heard(row.options_changed)
    row.set_train_options(options)
    assert row.train_options() == options
    assert changes == []
