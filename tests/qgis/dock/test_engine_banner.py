import pytest
from landloop.plugin.dock.engine_banner import EngineBanner
from landloop.plugin.dock.rows import InstallStage, InstallState
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def banner(shown):
    banner = shown(EngineBanner())
    banner.resize(380, 160)
    return banner


def test_it_takes_no_room_when_nothing_is_missing(banner):
    banner.set_state(InstallState(InstallStage.READY))
    assert not banner.isVisible()


def test_it_says_what_is_missing_and_installs(banner, heard):
    wishes = heard(banner.install_requested)
    banner.set_state(InstallState(InstallStage.MISSING))
    assert banner.isVisible()
    assert "6 GB" in banner.text.text()
    QTest.mouseClick(banner.install, LEFT)
    assert len(wishes) == 1


def test_installing_shows_progress_and_can_be_cancelled(banner, heard):
    wishes = heard(banner.cancel_requested)
    banner.set_state(InstallState(InstallStage.RUNNING, 0.35, "Downloading torch"))
    assert banner.progress.bar.value() == 350
    assert banner.progress.status.text() == "Downloading torch"
    assert not banner.install.isVisible()
    QTest.mouseClick(banner.progress.cancel, LEFT)
    assert len(wishes) == 1


def test_a_failure_is_told_and_can_be_tried_again(banner, heard):
    wishes = heard(banner.install_requested)
    banner.set_state(InstallState(InstallStage.RUNNING, 0.5, "…"))
    banner.set_state(InstallState(InstallStage.FAILED, message="The disk is full."))
    assert banner.problem.text() == "The disk is full."
    assert banner.install.text() == "Try again"
    assert not banner.progress.isVisible()
    QTest.mouseClick(banner.install, LEFT)
    assert len(wishes) == 1
    banner.set_state(InstallState(InstallStage.MISSING))
    assert not banner.problem.isVisible()
