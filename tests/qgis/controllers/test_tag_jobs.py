"""Jobs with tags in the real engine, and pre-training with a scripted one."""

import numpy as np
import pytest
from landloop.al_core.config import PretrainConfig, Task, from_json
from landloop.plugin.controllers.pretraining import PretrainingController
from landloop.plugin.dock import dialogs
from landloop.plugin.engine.job import CancelledEvent, Failed, Job, Progressed, Succeeded
from landloop.plugin.engine.task import EngineTask
from qgis.core import QgsApplication

JOB_MS = 60_000
TOWN = 2


@pytest.fixture
def painted(make_tag_bench):
    """Tiles 4 and 5 are painted as Town, a corner of 6 too."""
    bench = make_tag_bench("multilabel")
    full = np.full((64, 64), TOWN, dtype=np.uint8)
    corner = np.full((64, 64), 255, dtype=np.uint8)
    corner[:8, :8] = TOWN
    bench.session.project.labels.write({4: full, 5: full, 6: corner})
    return bench


def test_painted_pixels_become_tags(painted, qtbot):
    row = painted.dock.work_panel.tags
    with qtbot.waitSignal(painted.tag_jobs.succeeded, timeout=JOB_MS) as told:
        row.from_paint_requested.emit()
        assert not row.more.isEnabled()
    assert "2 tiles" in told.args[0]
    assert "25 %" in told.args[0]  # of tile 6 too little is painted
    assert row.more.isEnabled()
    ids, tags = painted.session.project.tags.table()
    assert ids.tolist() == [4, 5]
    assert tags.tolist() == [[0, 0, 1]] * 2
    assert painted.tagging.states.judged[4]
    assert painted.queue.labelled_tiles() == {4, 5}


def test_without_paint_there_is_nothing_to_take_tags_from(make_tag_bench, qtbot):
    bench = make_tag_bench()
    with qtbot.waitSignal(bench.tag_jobs.failed, timeout=JOB_MS) as told:
        bench.tag_jobs.tag_from_paint()
    assert "painted" in told.args[0].message
    assert not bench.tag_jobs.is_running
    assert bench.session.project.tags.table()[0].size == 0


def test_a_job_can_be_stopped(painted, qtbot):
    painted.tag_jobs.tag_from_paint()
    with qtbot.waitSignal(painted.tag_jobs.ended, timeout=JOB_MS):
        painted.dock.work_panel.tags.progress.cancel_requested.emit()
    assert not painted.tag_jobs.is_running


def test_tags_go_on_as_a_project_to_paint_which_is_opened(
    make_tag_bench, qtbot, tmp_path, monkeypatch
):
    bench = make_tag_bench()
    bench.selection.select([4, 5, 6])
    bench.tagging.confirm()
    asked = []

    def answer(_parent, _title, proposal, _kinds):
        asked.append(proposal)
        return str(tmp_path / "next")

    monkeypatch.setattr(dialogs, "save_file", answer)
    with qtbot.waitSignal(bench.tag_jobs.project_made, timeout=JOB_MS):
        bench.dock.work_panel.tags.paint_next_requested.emit()
    assert asked == [str(bench.session.folder.parent / "scene_painted.landloop")]
    assert bench.session.folder == tmp_path / "next.landloop"
    project = bench.session.project
    assert project.settings.task is Task.SEGMENTATION
    assert {pick.tile_id for pick in bench.queue.picks()} == {4, 5, 6}
    assert project.tags.table()[0].tolist() == [4, 5, 6]
    assert bench.dock.work_panel.tags.isHidden()


def test_backing_out_of_the_question_makes_nothing(make_tag_bench, monkeypatch):
    bench = make_tag_bench()
    monkeypatch.setattr(dialogs, "save_file", lambda *_: "")
    bench.dock.work_panel.tags.paint_next_requested.emit()
    assert not bench.tag_jobs.is_running


class Script:
    """An engine that does what it is told, one job at a time."""

    is_ready = True

    def __init__(self):
        self.asked = []
        self.job = None

    def run(self, title, verb, folder, options):
        self.asked.append((verb, folder, options))
        self.job = Job(lambda job: job.put(CancelledEvent()))
        self.task = EngineTask(title, lambda: self.job)
        QgsApplication.taskManager().addTask(self.task)
        return self.task


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def pretraining(make_tag_bench, script):
    bench = make_tag_bench()
    return PretrainingController(bench.session, script)


RESULT = {
    "name": "resnet18-1",
    "path": "/p/encoders/resnet18-1.safetensors",
    "encoder": "resnet18",
    "tiles": 47,
    "before": {"accuracy": 0.41},
    "after": {"accuracy": 0.58},
    "notes": ["The features differ in every direction."],
}


def test_pretraining_tells_what_it_was_worth(pretraining, script, qtbot):
    options = PretrainConfig(encoder="resnet18", minutes=5)
    with qtbot.waitSignal(pretraining.succeeded, timeout=JOB_MS) as told:
        pretraining.pretrain(options)
        pretraining.pretrain(options)  # one at a time
        script.job.put(Progressed(0.5, "Learning", None))
        script.job.put(Succeeded(RESULT))
    [(verb, _, sent)] = script.asked
    assert verb == "pretrain"
    assert from_json(PretrainConfig, sent) == options
    text, path, encoder = told.args
    assert (path, encoder) == (RESULT["path"], "resnet18")
    assert "41%" in text
    assert "58%" in text
    assert "47 tiles" in text
    assert not pretraining.is_running


def test_pretraining_without_labels_says_nothing_of_a_probe(pretraining, script, qtbot):
    with qtbot.waitSignal(pretraining.succeeded, timeout=JOB_MS) as told:
        pretraining.pretrain(PretrainConfig())
        script.job.put(Succeeded({**RESULT, "before": None, "after": None}))
    assert "probe" not in told.args[0]


def test_pretraining_that_is_stopped_can_go_on(pretraining, script, qtbot, make_tag_bench):
    with qtbot.waitSignal(pretraining.paused, timeout=JOB_MS):
        pretraining.pretrain(PretrainConfig())
        pretraining.pause()
    assert not pretraining.is_paused  # nothing was learned yet
    folder = script.asked[0][1] / "encoders"
    folder.mkdir()
    (folder / "paused.state").write_bytes(b"")
    assert pretraining.is_paused


def test_pretraining_that_fails_is_told(pretraining, script, qtbot):
    with qtbot.waitSignal(pretraining.failed, timeout=JOB_MS) as told:
        pretraining.pretrain(PretrainConfig())
        script.job.put(Failed("TrainingError", "Too few tiles."))
    assert told.args[0].message == "Too few tiles."
    assert not pretraining.is_running


def test_the_next_training_starts_from_the_encoder_that_has_learned(make_tag_bench):
    bench = make_tag_bench()
    train = bench.dock.work_panel.train
    before = train.train_options()
    bench.pretraining.succeeded.emit("It paid off.", "/p/encoders/e.safetensors", "resnet18")
    options = train.train_options()
    assert (options.encoder, options.weights) == ("resnet18", "/p/encoders/e.safetensors")
    assert "It paid off." in train.status.text() or train._outcome == "It paid off."
    train.set_train_options(before)
    train.options_changed.emit(before)  # the settings remember, too


def test_the_dialog_asks_for_what_training_is_set_to(make_tag_bench, qtbot):
    bench = make_tag_bench()
    wishes = []
    dialog = bench.presenter._pretrain_dialog
    dialog.wanted.disconnect()
    dialog.wanted.connect(wishes.append)
    bench.dock.work_panel.train.pretrain_requested.emit()
    assert dialog.isVisible()
    assert dialog.resume.isHidden()
    dialog.minutes.setValue(15)
    dialog.accept()
    [wish] = wishes
    assert (wish.encoder, wish.minutes) == (
        bench.dock.work_panel.train.train_options().encoder,
        15,
    )
