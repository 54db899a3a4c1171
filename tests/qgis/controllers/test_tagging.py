"""From the selection and the keys to tags on disk."""

import numpy as np
from landloop.al_core.errors import StorageError
from landloop.al_core.legend import UNSURE
from landloop.al_core.project import Project
from landloop.plugin.overlays.tile_states import Kind


def stored(bench, tile):
    tags = bench.session.project.tags.read(tile)
    return None if tags is None else tags.tolist()


def complaints(bench):
    told = []
    bench.tagging.failed.connect(lambda error: told.append(str(error)))
    return told


def test_a_class_goes_to_all_selected_tiles_and_to_the_disk(make_tag_bench):
    bench = make_tag_bench()
    bench.selection.select([4, 9])
    bench.tagging.tag(1)
    assert stored(bench, 4) == stored(bench, 9) == [0, 1, 0]
    assert stored(bench, 5) is None
    assert bench.tagging.states.kind[[4, 5]].tolist() == [Kind.TAGGED, Kind.PREDICTED]


def test_a_scene_has_one_class_the_newest(make_tag_bench):
    bench = make_tag_bench()
    bench.selection.select([4])
    bench.tagging.tag(1)
    bench.tagging.tag(2)
    assert stored(bench, 4) == [0, 0, 1]


def test_where_there_may_be_many_a_class_comes_and_goes(make_tag_bench):
    bench = make_tag_bench("multilabel", predicted=False)
    bench.selection.select([4])
    bench.tagging.tag(1)
    bench.tagging.tag(2)
    assert stored(bench, 4) == [0, 1, 1]
    bench.tagging.tag(1)
    assert stored(bench, 4) == [0, 0, 1]


def test_a_class_that_some_of_the_selected_tiles_have_goes_to_all_of_them(make_tag_bench):
    bench = make_tag_bench("multilabel", predicted=False)
    bench.selection.select([4])
    bench.tagging.tag(1)
    bench.selection.select([4, 5])
    bench.tagging.tag(1)
    assert stored(bench, 4) == stored(bench, 5) == [0, 1, 0]
    bench.tagging.tag(1)
    assert stored(bench, 4) == stored(bench, 5) == [0, 0, 0]


def test_a_first_tag_corrects_the_prediction_and_keeps_the_rest_of_it(make_tag_bench):
    bench = make_tag_bench("multilabel")
    bench.selection.select([4])  # predicted: class 1
    bench.tagging.tag(2)
    assert stored(bench, 4) == [0, 1, 1]


def test_confirming_makes_predictions_tags_and_leaves_tags_alone(make_tag_bench, qtbot):
    bench = make_tag_bench()
    bench.selection.select([4])
    bench.tagging.tag(0)
    bench.selection.select([4, 5, 6])
    with qtbot.waitSignal(bench.tagging.confirmed):
        bench.tagging.confirm()
    assert [stored(bench, tile) for tile in (4, 5, 6)] == [[1, 0, 0], [0, 0, 1], [1, 0, 0]]


def test_without_a_prediction_there_is_nothing_to_confirm(make_tag_bench):
    bench = make_tag_bench()
    told = complaints(bench)
    bench.selection.select([47])
    bench.tagging.confirm()
    assert stored(bench, 47) is None
    assert "Retrain" in told[0]


def test_without_a_selection_nothing_is_tagged(make_tag_bench):
    bench = make_tag_bench()
    told = complaints(bench)
    bench.tagging.tag(1)
    assert bench.session.project.tags.table()[0].size == 0
    assert told == ["No tile is selected: click tiles on the map or in the gallery."]


def test_a_class_that_the_legend_lacks_does_nothing(make_tag_bench):
    bench = make_tag_bench()
    bench.selection.select([4])
    bench.tagging.tag(3)
    assert stored(bench, 4) is None


def test_too_many_tiles_at_once_are_refused(make_tag_bench, monkeypatch):
    bench = make_tag_bench()
    told = complaints(bench)
    monkeypatch.setattr("landloop.plugin.controllers.tagging.MOST_AT_ONCE", 3)
    bench.selection.select(range(4))
    bench.tagging.tag(1)
    bench.tagging.confirm()
    assert bench.session.project.tags.table()[0].size == 0
    assert len(told) == 2
    assert "4 tiles" in told[0]


def test_unsure_none_and_taken_off(make_tag_bench):
    bench = make_tag_bench("multilabel", predicted=False)
    bench.selection.select([4])
    bench.tagging.mark_unsure()
    assert stored(bench, 4) == [UNSURE] * 3
    assert bench.tagging.states.kind[4] == Kind.UNSURE
    bench.tagging.mark_none()
    assert stored(bench, 4) == [0, 0, 0]
    assert bench.tagging.states.kind[4] == Kind.TAGGED
    bench.tagging.doubt(1)
    assert stored(bench, 4) == [0, UNSURE, 0]
    bench.tagging.take_off()
    assert stored(bench, 4) is None
    assert bench.tagging.states.kind[4] == Kind.OPEN


def test_a_scene_is_unsure_as_a_whole_and_is_never_none_of_the_classes(make_tag_bench):
    bench = make_tag_bench()
    bench.selection.select([4])
    bench.tagging.mark_none()
    assert stored(bench, 4) is None
    bench.tagging.doubt(1)
    assert stored(bench, 4) == [UNSURE] * 3


def test_undo_and_redo_take_one_step_for_all_tiles_of_it(make_tag_bench):
    bench = make_tag_bench()
    bench.selection.select([4, 5])
    bench.tagging.tag(1)
    bench.tagging.tag(2)
    bench.tagging.undo()
    assert stored(bench, 4) == stored(bench, 5) == [0, 1, 0]
    bench.tagging.undo()
    assert stored(bench, 4) is None
    assert bench.tagging.states.kind[4] == Kind.PREDICTED
    assert not bench.tagging.state.can_undo
    bench.tagging.redo()
    assert stored(bench, 5) == [0, 1, 0]
    assert bench.tagging.states.kind[5] == Kind.TAGGED


def test_the_engine_the_queue_and_the_tables_hear_of_tags(make_tag_bench, qtbot):
    bench = make_tag_bench()
    bench.selection.select([4, 5])
    with qtbot.waitSignal(bench.session.labels_changed) as heard:
        bench.tagging.tag(1)
    assert heard.args[0] == [4, 5]
    assert bench.queue.labelled_tiles() == {4, 5}


def test_tags_that_cannot_be_written_are_not_shown(make_tag_bench, monkeypatch):
    bench = make_tag_bench()
    told = complaints(bench)

    def fail(_changes, _user):
        raise StorageError("The disk is full.")

    monkeypatch.setattr(bench.session.project.tags, "set", fail)
    bench.selection.select([4])
    bench.tagging.tag(1)
    assert told == ["The disk is full."]
    assert bench.tagging.states.kind[4] == Kind.PREDICTED
    assert bench.tagging.states.shown[4].tolist() == [False, True, False]


def test_the_state_says_what_there_is_to_do(make_tag_bench):
    bench = make_tag_bench("multilabel")
    bench.selection.select([4])
    bench.tagging.tag(0)  # besides the predicted class 1
    bench.selection.select([4, 7, 47])  # 7 is predicted to be of class 1
    state = bench.tagging.state
    assert (state.selected, state.tagged, state.predicted) == (3, 1, 1)
    assert state.some == {0, 1}
    assert state.on == frozenset()
    bench.selection.select([4, 7])
    assert bench.tagging.state.on == {1}


def test_tags_of_another_program_show_after_a_reload(make_tag_bench):
    bench = make_tag_bench()
    row = np.array([0, 0, 1], dtype=np.uint8)
    bench.session.project.tags.write({8: row})
    assert bench.tagging.states.kind[8] == Kind.PREDICTED
    bench.tagging.reload()
    assert bench.tagging.states.kind[8] == Kind.TAGGED


def test_a_project_opens_with_the_tags_it_has(make_tag_bench, make_bench):
    bench = make_tag_bench()
    bench.selection.select([4])
    bench.tagging.tag(1)
    folder = bench.session.folder
    bench.session.close()
    assert not bench.tagging.is_active
    with Project.open(folder) as project:
        assert project.tags.read(4).tolist() == [0, 1, 0]
    bench.setup.open(folder)
    assert bench.tagging.states.kind[4] == Kind.TAGGED
    assert bench.selection.count == 0


def test_a_project_of_masks_has_no_tags_to_set(make_bench, paint_project):
    bench = make_bench(paint_project, has_scan=False)
    bench.selection.select([4])
    bench.tagging.tag(1)
    bench.tagging.confirm()
    bench.tagging.undo()
    assert bench.session.project.tags.table()[0].size == 0
