"""The gallery in the plugin: with the map, the queue, the keys and the tags."""

import numpy as np
import pytest
from landloop.al_core.project import PickRecord
from landloop.plugin import settings
from landloop.plugin.controllers.tag_order import ANY, Listing, Show, Sort
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest

KEY = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
WAIT_MS = 5000


@pytest.fixture
def open_gallery(make_tag_bench, window, give_focus, qtbot):
    """Open the gallery of a tagged project by its button; its view has the focus."""

    def open_it(task="scene", **how):
        bench = make_tag_bench(task, **how)
        window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, bench.gallery)
        bench.dock.work_panel.tags.gallery.click()
        qtbot.waitUntil(bench.gallery.view.isVisible, timeout=WAIT_MS)
        give_focus(window, bench.gallery.view)
        bench.gallery.bar.size.setValue(8)  # so large that a page does not hold all tiles
        return bench

    yield open_it
    settings.PICTURE_PX.set(settings.PICTURE_PX.default)


def order(bench, show=Show.ALL, label=ANY, sort=Sort.POSITION):
    bench.gallery.bar.set_listing(Listing(show, label, sort))
    bench.gallery.bar.refresh.click()
    return bench.gallery.view.tiles.tolist()


def press(bench, key, keys=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(bench.gallery.view, key, keys)


def stored(bench):
    ids, tags = bench.session.project.tags.table()
    return dict(zip(ids.tolist(), tags.argmax(axis=1).tolist(), strict=True))


def test_the_gallery_shows_every_tile_with_its_picture(open_gallery, qtbot):
    bench = open_gallery()
    assert order(bench) == list(range(48))
    seen = bench.gallery.view.page_tiles().tolist()
    assert seen
    qtbot.waitUntil(lambda: all(bench.pictures.picture(t) for t in seen), timeout=WAIT_MS)


def test_lists_and_orders(open_gallery):
    bench = open_gallery()
    assert order(bench, Show.VALIDATION) == [3]
    assert order(bench, label=2) == [tile for tile in range(47) if tile % 3 == 2]
    by_class = order(bench, sort=Sort.CLASS)
    assert [tile % 3 for tile in by_class[:-1]] == sorted(tile % 3 for tile in range(47))
    assert by_class[-1] == 47  # nobody has looked at it
    picks = (PickRecord(1, 20, 1.0, {}, 1, "entropy"), PickRecord(2, 9, 1.0, {}, 1, "entropy"))
    bench.session.project.picks.replace(picks, "entropy", 1, {})
    bench.session.picks_changed.emit()
    assert order(bench, sort=Sort.QUEUE)[:2] == [20, 9]
    assert order(bench, Show.QUEUE) == [9, 20]


def test_the_order_by_likeness_begins_with_the_tile_itself(open_gallery, qtbot):
    bench = open_gallery()
    bench.selection.select([7])
    order(bench, sort=Sort.LIKENESS)
    qtbot.waitUntil(lambda: bench.gallery.view.tiles[0] == 7, timeout=WAIT_MS)
    nearest = bench.gallery.view.tiles[:10] % 3
    assert (nearest == 1).all()  # features tell the classes apart


def test_likeness_without_a_tile_says_what_to_do(open_gallery):
    bench = open_gallery()
    assert order(bench, sort=Sort.LIKENESS) == []
    assert "Select a tile" in bench.gallery.view._hint


def test_digits_tag_what_is_selected_in_the_gallery_without_any_tool(open_gallery):
    bench = open_gallery()
    order(bench)
    bench.selection.select([4, 5])
    press(bench, KEY.Key_3)
    assert stored(bench) == {4: 2, 5: 2}
    press(bench, KEY.Key_0)
    assert stored(bench) == {}
    press(bench, KEY.Key_Z, CTRL)
    assert stored(bench) == {4: 2, 5: 2}


def test_a_page_is_confirmed_by_two_keys_and_the_next_by_one(open_gallery):
    bench = open_gallery()
    order(bench, Show.OPEN, sort=Sort.CLASS)
    page = bench.gallery.view.page_tiles().tolist()
    press(bench, KEY.Key_A)
    assert bench.selection.ids.tolist() == sorted(page)
    press(bench, KEY.Key_Return)
    assert stored(bench) == {tile: tile % 3 for tile in page}
    second = bench.gallery.view.page_tiles().tolist()
    assert bench.selection.ids.tolist() == sorted(set(second) - set(page))
    press(bench, KEY.Key_Space)
    assert set(stored(bench)) == set(page) | set(second)


def test_a_held_enter_does_not_confirm_page_after_page(open_gallery):
    bench = open_gallery()
    [action] = [a for a in bench.keys.actions if "Confirm" in a.text()]
    assert not action.autoRepeat()


def test_the_list_stays_while_tags_change_and_says_what_no_longer_fits(open_gallery):
    bench = open_gallery()
    before = order(bench, Show.OPEN)
    bench.selection.select([4, 5])
    press(bench, KEY.Key_1)
    assert bench.gallery.view.tiles.tolist() == before
    assert "2 no longer fit" in bench.gallery.bar.state.text()
    bench.gallery.bar.refresh.click()
    assert bench.gallery.view.tiles.tolist() == [tile for tile in before if tile not in (4, 5)]
    assert "no longer" not in bench.gallery.bar.state.text()


def test_map_and_gallery_select_the_same_tiles(open_gallery):
    bench = open_gallery()
    order(bench)
    press(bench, KEY.Key_Right)
    press(bench, KEY.Key_Right)
    assert bench.selection.ids.tolist() == [1]
    bench.selection.select([47])
    view = bench.gallery.view
    assert view._mask.nonzero()[0].tolist() == [47]
    assert view.cells.rect(47).bottom() <= view._shift() + view.cells.height


def test_a_double_click_flies_to_the_tile_on_the_map(open_gallery):
    bench = open_gallery()
    order(bench)
    bench.gallery.view.opened.emit(20)
    assert bench.queue.current == 20
    assert bench.selection.ids.tolist() == [20]


def test_the_sure_ones_of_a_class_come_selected_and_ready_to_confirm(open_gallery):
    bench = open_gallery()
    bench.gallery.setUserVisible(False)
    row = bench.dock.work_panel.tags
    sure = row._sure()
    assert [(one.name, one.count) for one in sure] == [("Water", 16), ("Land", 16), ("Town", 15)]
    row.sure_requested.emit(1)
    view = bench.gallery.view
    assert (view.tiles % 3 == 1).all()
    assert bench.selection.count == len(view.page_tiles())
    bench.tagging.confirm()
    assert set(stored(bench).values()) == {1}


def test_one_tile_after_the_other_with_go_on(open_gallery):
    bench = open_gallery()
    order(bench)
    bench.dock.work_panel.tags.go_on.setChecked(True)
    bench.selection.select([0])
    for key in (KEY.Key_2, KEY.Key_Return, KEY.Key_3):
        press(bench, key)
    assert stored(bench) == {0: 1, 1: 1, 2: 2}
    assert bench.selection.ids.tolist() == [3]
    bench.dock.work_panel.tags.go_on.setChecked(False)


def test_the_button_follows_the_window(open_gallery):
    bench = open_gallery()
    button = bench.dock.work_panel.tags.gallery
    assert button.isChecked()
    bench.gallery.close()
    assert not button.isChecked()
    button.click()
    assert bench.gallery.isVisible()


def test_a_closed_project_closes_its_gallery(open_gallery):
    bench = open_gallery()
    bench.session.close()
    assert not bench.gallery.isVisible()
    assert bench.gallery.view.tiles.size == 0


def test_larger_pictures_are_kept_for_the_next_project(open_gallery, qtbot):
    bench = open_gallery()
    bench.gallery.bar.size.setValue(6)
    assert settings.PICTURE_PX.get() == 192
    assert bench.pictures.side_px == 192
    qtbot.waitUntil(lambda: bench.pictures.picture(0) is not None, timeout=WAIT_MS)
    assert bench.pictures.picture(0).width() == 192


def test_another_round_is_listed_anew(open_gallery, predict, qtbot):
    bench = open_gallery(predicted=False)
    order(bench, sort=Sort.UNCERTAIN)
    assert not bench.tagging.states.shown.any()
    sure = np.linspace(0.5, 0.99, 48)
    folder = bench.session.folder
    bench.session.close()
    predict(folder, sure)
    bench.setup.open(folder)
    bench.gallery.setUserVisible(True)
    qtbot.waitUntil(lambda: bench.predictions.current is not None, timeout=WAIT_MS)
    assert order(bench, sort=Sort.CERTAIN)[:3] == [47, 46, 45]
