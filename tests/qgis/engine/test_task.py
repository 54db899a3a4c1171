"""The task of QGIS that watches a job, in the real task manager."""

import threading

import pytest
from landloop.plugin.engine.job import CancelledEvent, Failed, Job, Progressed, Succeeded
from landloop.plugin.engine.task import EngineTask
from qgis.core import QgsApplication, QgsTask


@pytest.fixture
def job():
    return Job(lambda _job: None)


class Outcome:
    """Everything that a task has told, and in which thread."""

    def __init__(self, task):
        self.told = []
        self.progress = []
        self.threads = set()
        task.succeeded.connect(lambda result: self.note("succeeded", result))
        task.failed.connect(lambda error: self.note("failed", error))
        task.cancelled.connect(lambda: self.note("cancelled", None))
        task.progressed.connect(lambda *news: self.progress.append(news))

    def note(self, how, what):
        self.told.append((how, what))
        self.threads.add(threading.current_thread())


@pytest.fixture
def run(qtbot):
    """Hand a task to the task manager and return its outcome once it has ended."""

    def run(task, meanwhile=None):
        outcome = Outcome(task)
        QgsApplication.taskManager().addTask(task)
        if meanwhile is not None:
            meanwhile(task, outcome)
        qtbot.waitUntil(lambda: bool(outcome.told), timeout=10_000)
        qtbot.waitUntil(lambda: QgsApplication.taskManager().countActiveTasks() == 0)
        assert outcome.threads == {threading.main_thread()}
        return outcome

    return run


def test_a_job_that_succeeds_hands_back_its_result(run, job):
    job.put(Progressed(0.5, "Training", 12.0))
    job.put(Succeeded({"round": 0}))
    outcome = run(EngineTask("a test", lambda: job))
    assert outcome.told == [("succeeded", {"round": 0})]
    assert outcome.progress == [(0.5, "Training", 12.0)]


def test_an_empty_result_is_a_success_too(run, job):
    job.put(Succeeded({}))
    assert run(EngineTask("a test", lambda: job)).told == [("succeeded", {})]


def test_a_job_that_fails_hands_on_its_sentence_and_details(run, job):
    failure = Failed("TrainingError", "Label two classes.", "a trace")
    job.put(failure)
    assert run(EngineTask("a test", lambda: job)).told == [("failed", failure)]


def test_a_job_that_cannot_be_started_fails_with_the_exception(run):
    error = OSError("no engine")

    def start():
        raise error

    assert run(EngineTask("a test", start)).told == [("failed", error)]


def test_cancelling_in_the_task_manager_cancels_the_job_once(run, qtbot):
    asked = []
    job = Job(asked.append)  # it takes its time to stop

    def cancel(task, outcome):
        job.put(Progressed(0.1, "Training", None))
        qtbot.waitUntil(lambda: bool(outcome.progress))
        task.cancel()
        qtbot.wait(500)
        assert outcome.told == []
        job.put(CancelledEvent())

    assert run(EngineTask("a test", lambda: job), cancel).told == [("cancelled", None)]
    assert asked == [job]


def test_a_job_that_ends_before_it_hears_of_the_cancel_keeps_its_result(run, qtbot):
    job = Job(lambda job: job.put(Succeeded({"round": 3})))

    def cancel(task, outcome):
        job.put(Progressed(0.9, "Training", None))
        qtbot.waitUntil(lambda: bool(outcome.progress))
        task.cancel()

    assert run(EngineTask("a test", lambda: job), cancel).told == [("succeeded", {"round": 3})]


def test_a_task_that_is_cancelled_while_it_waits_never_starts_its_job(run):
    started = []
    blocker = QgsTask.fromFunction("blocker", lambda _task: release.wait(10))
    release = threading.Event()
    task = EngineTask("a test", lambda: started.append(1))
    task.addSubTask(blocker, [], QgsTask.SubTaskDependency.ParentDependsOnSubTask)

    def cancel(task, _outcome):
        task.cancel()
        release.set()

    assert run(task, cancel).told == [("cancelled", None)]
    assert started == []


def test_the_task_shows_its_progress_in_the_task_manager(run, job, qtbot):
    shown = []
    task = EngineTask("a test", lambda: job)
    task.progressChanged.connect(shown.append)
    job.put(Progressed(0.25, "Training", None))
    job.put(Succeeded({}))
    run(task)
    assert 25.0 in shown
