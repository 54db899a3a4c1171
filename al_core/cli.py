"""The verbs from a shell: python -m al_core VERB …."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import enum
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
from typing import Any, NoReturn, TextIO, TypeVar

from . import __version__, jobs
from .config import (
    IMAGENET,
    Config,
    DemoConfig,
    Device,
    ExportConfig,
    InitConfig,
    LabelConfig,
    PredictConfig,
    QueryConfig,
    RetrainConfig,
    ScanConfig,
    Start,
    ThresholdPolicy,
    TrainConfig,
    UndefinedIou,
    from_json,
)
from .errors import AlCoreError, Cancelled, ConfigError
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
    debug = "--debug" in (sys.argv if arguments is None else arguments) or bool(
        os.environ.get("LANDLOOP_DEBUG")
    )
    try:
        options = _parser().parse_args(arguments)
        _run(options, debug)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Cancelled:
        return _complain("Cancelled; everything is as it was before.", EXIT_CANCELLED)
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


def _retrain(options: argparse.Namespace, progress: Progress) -> object:
    _announce_download(options)
    config = RetrainConfig(
        train=_config(TrainConfig, options),
        scan=ScanConfig(device=_config(TrainConfig, options).device),
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
    "train": _train,
    "scan": _on_project(jobs.scan, ScanConfig, Access.EXCLUSIVE),
    "query": _on_project(jobs.query, QueryConfig, Access.EXCLUSIVE),
    "predict": _on_project(jobs.predict, PredictConfig, Access.EXCLUSIVE),
    "export": _on_project(jobs.export, ExportConfig, Access.SHARED),
    "retrain": _retrain,
    "status": _status,
    "doctor": _doctor,
}


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage."""
        raise ConfigError(f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.")


def _parser() -> _Parser:
    parser = _Parser(
        prog="python -m al_core", description="Land-cover maps with few labels, from a shell."
    )
    parser.add_argument("--version", action="version", version=__version__)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)

    def verb(name: str, purpose: str, *folders: str) -> argparse._ArgumentGroup:
        sub = verbs.add_parser(
            name, help=purpose, description=purpose, argument_default=argparse.SUPPRESS
        )
        for folder in folders:
            sub.add_argument(folder, type=Path, metavar=folder.upper())
        sub.add_argument("--json", action="store_true", default=False, help="machine-readable")
        sub.add_argument("--debug", action="store_true", default=False, help="show tracebacks")
        return sub.add_argument_group(f"options of {name}")

    demo = verb("demo", "Write the demo scene, its reference labels and its legend.", "folder")
    demo.add_argument("--size", dest="size_px", type=int, metavar="PX")
    demo.add_argument("--seed", type=int)
    _add_init(verb("init", "Make a project over one or more rasters.", "project"))
    _add_label(verb("label", "Copy reference labels into tiles.", "project"))
    _add_train(verb("train", "Train the network on the labels.", "project"))
    scan = verb("scan", "Let the network look at every tile of the pool once.", "project")
    query = verb("query", "Choose the tiles to label next.", "project")
    _add_query(query)
    query.add_argument("--seed", type=int)
    predict = verb("predict", "Make the maps of the current round.", "project")
    predict.add_argument("--window", dest="window_px", type=int, metavar="PX")
    for group in (scan, predict):
        _add_device(group)
    export = verb("export", "Write the finished map.", "project")
    export.add_argument("--out", required=True, metavar="MAP.tif")
    export.add_argument(
        "--model-only", dest="labels_win", action="store_false", help="leave out your own labels"
    )
    retrain = verb("retrain", "Train, scan, query and predict in one go.", "project")
    _add_train(retrain)
    _add_query(retrain)
    verb("status", "Tell tiles, labels and rounds.", "project")
    verb("doctor", "Tell versions and devices.")
    verb("serve", "Be the engine of QGIS: JSON lines on standard input and output.")
    return parser


def _add_init(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--image", dest="images", action="append", required=True, metavar="R.tif")
    group.add_argument("--legend", type=Path, required=True, metavar="L.csv")
    group.add_argument("--bands", type=_whole_numbers, metavar="3,2,1")
    group.add_argument("--tile", dest="tile_size_px", type=int, metavar="PX")
    group.add_argument("--validation", dest="validation_share", type=float, metavar="SHARE")
    group.add_argument("--seed", type=int)


def _add_label(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--from", dest="source", required=True, metavar="LABELS")
    group.add_argument("--unlabelled", type=_numbers, metavar="0", help="values without meaning")
    group.add_argument("--attribute", metavar="NAME", help="of polygons: where the value is")
    group.add_argument("--tiles", type=_whole_numbers, metavar="3,17")
    group.add_argument("--random", type=int, metavar="N")
    for name in ("validation", "picks", "everywhere"):
        group.add_argument(f"--{name}", action="store_true")
    group.add_argument("--seed", type=int)


def _add_train(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--steps", type=int)
    group.add_argument("--minutes", type=float)
    group.add_argument("--encoder", metavar="NAME")
    group.add_argument("--weights", metavar="FILE", help=f"safetensors file, or {IMAGENET}")
    group.add_argument("--start", metavar=_choices(Start))
    group.add_argument("--seed", type=int)
    _add_device(group)


def _add_query(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--strategy", metavar="NAME")
    group.add_argument("--count", type=int)
    group.add_argument("--alpha", type=float)
    group.add_argument("--gamma", type=float)
    group.add_argument("--policy", metavar=_choices(ThresholdPolicy))
    group.add_argument("--undefined", metavar=_choices(UndefinedIou))


def _add_device(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--device", metavar=_choices(Device))
    group.add_argument("--batch-size", type=int)


def _choices(kind: type[enum.Enum]) -> str:
    return "|".join(str(choice.value) for choice in kind)


def _whole_numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        message = f"“{text}” is not a list of whole numbers such as 3,2,1"
        raise argparse.ArgumentTypeError(message) from error


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        message = f"“{text}” is not a list of numbers such as 0,255"
        raise argparse.ArgumentTypeError(message) from error


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
