"""Whether pre-training on the tiles themselves pays off: the same simulation from other weights."""

import json
from pathlib import Path

from results_page import Study, command

from al_core.simulation.report.analysis import FULL
from al_core.simulation.report.pairs import compare
from al_core.simulation.report.tables import Table
from al_core.simulation.report.words import pair_text, spread_text

# By simulation: what it starts from, and the start of benchmarks/pretraining.py that made it.
STARTS = {
    "ucm-imagenet": ("ImageNet", "weights", "before"),
    "ucm-moco": ("ImageNet, then pre-trained on the tiles", "weights", "after"),
    "ucm-moco-random": ("random, then pre-trained on the tiles", "random", "after"),
}
BASE = "ucm-imagenet"
PROBES = Path("pretraining") / "probes.json"
KEY = "macro_f1"


def starts(studies: dict[str, Study]) -> str:
    """Return the section, from the simulations that are there; the first is compared with."""
    base = studies[BASE]
    probes = _probes(base.folder.parent / PROBES)
    names = [name for name in base.found.strategies if name != FULL]
    rows = []
    for name, study in studies.items():
        label, start, when = STARTS[name]
        areas = study.found.areas(KEY)
        probed = [probes.get(f"{start}_{what}_{when}", "–") for what in _PROBED]
        rows.append([label, *probed, *(spread_text(areas.get(item, {})) for item in names)])
    head = ["starts from", "probe, scenes (%)", "probe, tags (%)", *names]
    said = [
        f"- {item}, {STARTS[name][0]} against ImageNet alone: {_against(base, study, item)}."
        for name, study in studies.items()
        if name != BASE
        for item in names
    ]
    words = (
        "The encoder is not trained in the simulations. Pre-training (MoCo v2, 200 epochs, views "
        "of 96 px) has seen no test tile; the linear probes learn from ten images of each scene "
        "and look at the others, whether seen in pre-training or not: accuracy of scenes, "
        "macro-F1 of tags. The other columns are areas under the macro-F1 curve."
    )
    table = Table(head, rows).markdown()
    tail = f"```\n{command(base.found)}\n```"
    return "\n\n".join([f"### {base.title}", words, "\n".join(said), table, tail])


_PROBED = ("scenes_accuracy", "tags_macro_f1")


def _probes(path: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def _against(base: Study, study: Study, name: str) -> str:
    """Return the difference of the areas, paired by seed."""
    ours, theirs = study.found.areas(KEY), base.found.areas(KEY)
    return pair_text(compare("after", "before", {"after": ours[name], "before": theirs[name]}))
