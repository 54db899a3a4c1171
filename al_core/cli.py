"""The verbs from a shell: python -m al_core VERB …."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import logging
import os
import shutil
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO, TypeVar

from . import jobs
from .arguments import parser
from .config import (
    IMAGENET,
    Config,
    DemoConfig,
    ExportConfig,
    InitConfig,
    LabelConfig,
    PaintNextConfig,
    PredictConfig,
    PretrainConfig,
    QueryConfig,
    RetrainConfig,
    ScanConfig,
    SimulateConfig,
    TagConfig,
    TrainConfig,
    from_json,
    protocol_for,
)
from .errors import AlCoreError, Cancelled
from .jobs.summary import duration, lines
from .legend import Legend
from .progress import Clock, Progress
from .project import Access, Project
from .service import protocol

EXIT_UNEXPECTED = 1
EXIT_FAILED = 2
EXIT_CANCELLED = 130
REPORT_EVERY_S = 0.1

_Handler = Callable[[argparse.Namespace, Progress], object]
Result = TypeVar("Result")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code: 0, 1 unexpected, 2 failed, 130 cancelled."""
    words = tuple(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words or bool(os.environ.get("LANDLOOP_DEBUG"))
    try:
        options = parser().parse_args(words)
        options.command = ("python", "-m", "al_core", *words)
        _run(options, debug)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Cancelled as outcome:
        sentence = str(outcome) or "Cancelled; everything is as it was before."
        return _complain(sentence, EXIT_CANCELLED)
    except KeyboardInterrupt:
        return _complain("Stopped.", EXIT_CANCELLED)
    except AlCoreError as error:
        return _complain(str(error), EXIT_FAILED)
    except Exception as error:  # noqa: BLE001 - the process boundary
        if debug:
            traceback.print_exc()
        sentence = f"Unexpected problem: {error or type(error).__name__}"
        return _complain(" ".join(sentence.split()), EXIT_UNEXPECTED)
    return 0


def _complain(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code


def _run(options: argparse.Namespace, debug: bool) -> None:  # noqa: FBT001 - one caller
    if options.verb == "serve":
        from .service import server  # noqa: PLC0415 - starts nothing for the other verbs

        server.run()
    outputs = contextlib.redirect_stdout(sys.stderr) if debug else _libraries_silenced()
    with outputs, _Terminal() as terminal:
        result = _HANDLERS[options.verb](options, terminal)
    _show(options, result)


@contextlib.contextmanager
def _libraries_silenced() -> Iterator[None]:
    """Keep both outputs to ourselves: libraries speak to developers, not to the user."""
    logging.getLogger().addHandler(logging.NullHandler())
    with (
        warnings.catch_warnings(),
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
        _descriptor_silenced(nowhere),
    ):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _descriptor_silenced(nowhere: TextIO) -> Iterator[None]:
    """Send what C libraries write to descriptor 2 nowhere; our own stderr stays."""
    try:
        ours = os.dup(sys.stderr.fileno())
    except OSError:  # a stderr that is no file: nothing that C could write to
        yield
        return
    with os.fdopen(ours, "w", encoding=sys.stderr.encoding, errors="replace") as stream:
        os.dup2(nowhere.fileno(), 2)
        try:
            with contextlib.redirect_stderr(stream):
                yield
        finally:
            os.dup2(ours, 2)


@dataclass
class _Terminal:
    """Shows progress in one line of a terminal; Ctrl-C cancels, a second one stops at once."""

    clock: Clock = field(default_factory=Clock)
    shown: int = 0
    last_report: float = 0.0
    cancelled: threading.Event = field(default_factory=threading.Event)
    before: dict[int, Any] = field(default_factory=dict)

    def __enter__(self) -> _Terminal:
        """Take over Ctrl-C and the request to terminate."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self.before[number] = signal.signal(number, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        """Give the signals back and wipe the line."""
        for number, handler in self.before.items():
            signal.signal(number, handler)
        self._write("")

    def report(self, fraction: float, message: str) -> None:
        """Show the progress and the time left."""
        now = time.monotonic()
        if now - self.last_report < REPORT_EVERY_S:
            return
        self.last_report = now
        left = self.clock.time_left_s(fraction)
        rest = "" if left is None else f" · {duration(left)} left"
        self._write(f"{fraction:4.0%} · {message}{rest}")

    def is_cancelled(self) -> bool:
        """Tell whether Ctrl-C was pressed."""
        return self.cancelled.is_set()

    def _interrupt(self, _signal: int, _frame: object) -> None:
        if self.cancelled.is_set():
            raise KeyboardInterrupt
        self.cancelled.set()

    def _write(self, text: str) -> None:
        if sys.stderr.isatty() and (text or self.shown):
            text = text[: shutil.get_terminal_size().columns - 1]
            end = "" if text else "\r"
            print(f"\r{text:<{self.shown}}", end=end, file=sys.stderr, flush=True)
            self.shown = len(text)


def _on_project(
    verb: Callable[[Project, Any, Progress], Result], kind: type[Config], access: Access
) -> Callable[[argparse.Namespace, Progress], Result]:
    def handle(options: argparse.Namespace, progress: Progress) -> Result:
        config = _config(kind, options)
        with Project.open(options.project, access) as project:
            return verb(project, config, progress)

    return handle


def _init(options: argparse.Namespace, progress: Progress) -> object:
    legend = Legend.from_csv(options.legend)
    return jobs.create_project(options.project, legend, _config(InitConfig, options), progress)


def _demo(options: argparse.Namespace, progress: Progress) -> object:
    return jobs.write_demo(options.folder, _config(DemoConfig, options), progress)


def _train(options: argparse.Namespace, progress: Progress) -> object:
    _announce_download(options)
    return _on_project(jobs.train, TrainConfig, Access.EXCLUSIVE)(options, progress)


def _pretrain(options: argparse.Namespace, progress: Progress) -> object:
    _announce_download(options)
    try:
        return _on_project(jobs.pretrain, PretrainConfig, Access.EXCLUSIVE)(options, progress)
    except Cancelled as outcome:
        raise Cancelled("Paused; the same command goes on from here.") from outcome


def _scan(options: argparse.Namespace, progress: Progress) -> object:
    _announce_download(options)
    return _on_project(jobs.scan, ScanConfig, Access.EXCLUSIVE)(options, progress)


def _retrain(options: argparse.Namespace, progress: Progress) -> object:
    _announce_download(options)
    config = RetrainConfig(
        train=_config(TrainConfig, options),
        scan=_config(ScanConfig, options),
        query=_config(QueryConfig, options),
        predict=PredictConfig(device=_config(TrainConfig, options).device),
    )
    with Project.open(options.project, Access.EXCLUSIVE) as project:
        return jobs.retrain(project, config, progress)


def _announce_download(options: argparse.Namespace) -> None:
    if _config(TrainConfig, options).weights == IMAGENET:
        print(
            "The ImageNet weights of the encoder are downloaded from the internet now, "
            "unless they are on this computer already.",
            file=sys.stderr,
        )


def _simulate(options: argparse.Namespace, progress: Progress) -> object:
    _announce_download(options)
    given = argparse.Namespace(**{**protocol_for(vars(options)), **vars(options)})
    config = _config(SimulateConfig, given)
    try:
        return jobs.simulate(options.out, config, options.command, progress)
    except Cancelled as outcome:
        raise Cancelled("Stopped; the same command goes on from here.") from outcome


def _status(options: argparse.Namespace, _progress: Progress) -> object:
    with Project.open(options.project, Access.SHARED) as project:
        return jobs.status(project)


def _doctor(_options: argparse.Namespace, _progress: Progress) -> object:
    return jobs.doctor()


def _config(kind: type[Config], options: argparse.Namespace) -> Config:
    names = {item.name for item in dataclasses.fields(kind)}  # type: ignore[arg-type]
    return from_json(kind, {name: value for name, value in vars(options).items() if name in names})


_HANDLERS: dict[str, _Handler] = {
    "demo": _demo,
    "init": _init,
    "label": _on_project(jobs.import_labels, LabelConfig, Access.EXCLUSIVE),
    "tag": _on_project(jobs.tag, TagConfig, Access.EXCLUSIVE),
    "train": _train,
    "pretrain": _pretrain,
    "scan": _scan,
    "query": _on_project(jobs.query, QueryConfig, Access.EXCLUSIVE),
    "predict": _on_project(jobs.predict, PredictConfig, Access.EXCLUSIVE),
    "export": _on_project(jobs.export, ExportConfig, Access.SHARED),
    "retrain": _retrain,
    "paint-next": _on_project(jobs.paint_next, PaintNextConfig, Access.SHARED),
    "simulate": _simulate,
    "status": _status,
    "doctor": _doctor,
}


def _show(options: argparse.Namespace, result: object) -> None:
    if not options.json:
        for line in lines(result):
            print(line)
        return
    if isinstance(result, jobs.QueryResult):
        result = [
            {"tile": pick.tile_id, "rank": pick.rank, "score": pick.score, "reason": pick.reason}
            for pick in result.picks
        ]
    print(json.dumps(protocol.plain(result), ensure_ascii=False, indent=2, allow_nan=False))
