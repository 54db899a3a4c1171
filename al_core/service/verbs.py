"""From the name of a verb and plain JSON to a piece of work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from .. import jobs
from ..config import (
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
    TagConfig,
    TrainConfig,
    from_json,
)
from ..errors import EngineError, LegendError
from ..legend import Legend, LegendClass
from ..progress import Progress
from ..project import Access, Project


@dataclass(frozen=True)
class Work:
    """One job, ready to run; `learns` tells that it needs the network."""

    run: Callable[[Progress], object]
    learns: bool


_ON_PROJECTS: dict[str, tuple[type, Callable[[Project, Any, Progress], object], bool]] = {
    "label": (LabelConfig, jobs.import_labels, False),
    "tag": (TagConfig, jobs.tag, False),
    "train": (TrainConfig, jobs.train, True),
    "pretrain": (PretrainConfig, jobs.pretrain, True),
    "scan": (ScanConfig, jobs.scan, True),
    "query": (QueryConfig, jobs.query, False),
    "predict": (PredictConfig, jobs.predict, True),
    "export": (ExportConfig, jobs.export, False),
    "retrain": (RetrainConfig, jobs.retrain, True),
    "paint_next": (PaintNextConfig, jobs.paint_next, False),
}
_NEW = ("init", "demo")


def prepare(verb: str, folder: Path, options: Mapping[str, Any]) -> Work:
    """Return the work that `verb` means, its options checked.

    Args:
        verb: init, demo, label, tag, train, pretrain, scan, query, predict, export,
            retrain or paint_next.
        folder: The project, or the folder that will be one.
        options: The verb's config as JSON; `init` has the legend's entries beside it.

    Raises:
        EngineError: There is no such verb.
        ConfigError: An option is unknown or impossible.
        LegendError: The legend of `init` is malformed.
    """
    if verb in _ON_PROJECTS:
        kind, function, learns = _ON_PROJECTS[verb]
        return Work(partial(_run_on, folder, function, from_json(kind, options)), learns)
    if verb == "demo":
        return Work(partial(jobs.write_demo, folder, from_json(DemoConfig, options)), learns=False)
    if verb == "init":
        rest = {name: value for name, value in options.items() if name != "legend"}
        legend = _legend(options.get("legend", ()))
        config = from_json(InitConfig, rest)
        return Work(partial(jobs.create_project, folder, legend, config), learns=False)
    raise EngineError(f"There is no job “{verb}”; choose one of {', '.join(names())}.")


def names() -> tuple[str, ...]:
    """Return the verbs that `prepare` knows."""
    return (*_NEW, *_ON_PROJECTS)


def _run_on(
    folder: Path,
    function: Callable[[Project, Any, Progress], object],
    config: object,
    progress: Progress,
) -> object:
    # Shared: the lock belongs to the window that asked for this job.
    with Project.open(folder, Access.SHARED) as project:
        return function(project, config, progress)


def _legend(entries: Any) -> Legend:
    try:
        return Legend(
            tuple(
                LegendClass(int(entry["value"]), str(entry["name"]), str(entry["color"]))
                for entry in entries
            )
        )
    except (KeyError, TypeError, ValueError) as error:
        raise LegendError(
            "Each entry of the legend needs a value (0 to 255), a name and a color (#rrggbb)."
        ) from error
