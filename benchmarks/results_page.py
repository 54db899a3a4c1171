"""docs/results.md, written from finished simulations: tables, plots and what they say."""

import enum
import math
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from results_papers import CLAIMS, PAPERS, why

from al_core.simulation.report.analysis import FULL
from al_core.simulation.report.charts import learning_curves, pick_bars
from al_core.simulation.report.efficiency import budget_table, label_table, level_table
from al_core.simulation.report.pairs import ENOUGH_SEEDS, Pair, compare
from al_core.simulation.report.style import standalone
from al_core.simulation.report.summary import Analysis, average
from al_core.simulation.report.tables import (
    Table,
    area_table,
    final_table,
    number,
    pair_table,
    time_table,
)
from al_core.simulation.report.words import (
    BASELINE,
    HALF_TARGET,
    focus,
    notes,
    pair_text,
    ranking,
    signed,
    spread_text,
    summary,
)
from al_core.simulation.report.yardstick import PIXELS, SCENES

NAMED = ("random", "entropy", "coreset", "dcau")  # what dcau_plus has to beat
HALF = 0.5
LINE = 110  # characters of a command


INTRODUCTION = (
    "# Results on real imagery\n\n"
    "Made by `benchmarks/results.py` from the simulations named below; every number and every "
    "sentence below is computed from their `rounds.csv`. Areas are mean heights of the budget "
    "curve; ± after a level is the standard deviation over seeds, after a difference one "
    "standard error of the paired difference.\n\n"
    "dcau_plus was settled on blocks of Dubai's four other scenes and on six other splits of "
    "Zion. Two earlier forms had been seen on the split of Zion that is shown here, where they "
    "fell behind core-set: the search went on because of that, though the form that ended it "
    "was chosen on the other splits. That fps, mcfps and osal compare features of one length, and "
    "when mcfps begins to look at the certainty, was settled on four splits of UC Merced that are "
    "not among those shown."
)


class Chapter(enum.Enum):
    """The parts of the page."""

    SHORT = "short"
    MAIN = "main"
    RULES = "rules"
    STEPS = "steps"
    STARTS = "starts"


# The heading of each chapter and what is said below it; the main sections have their own.
CHAPTERS = {
    Chapter.SHORT: ("In short", ""),
    Chapter.MAIN: ("", ""),
    Chapter.RULES: (
        "How the batch is divided among the classes",
        "The same strategy under different quota rules. Differences are to uniform quotas, paired "
        "by seed; with many rules beside one another, one in twenty would be called clear by "
        "chance. As long as the map lacks a labelled class, dcau_plus gives no seats but covers. "
        "On Zion it lacks one to the end: there the rules are compared without that step, and "
        "the default is the whole strategy, whose class-aware rule is to cover.",
    ),
    Chapter.STEPS: (
        "What each step of dcau_plus is worth",
        "The strategy with one of its steps left out. Differences are to the whole strategy, "
        "paired by seed: what is below it shows that the step helps.",
    ),
    Chapter.STARTS: ("What pre-training on the tiles themselves is worth", ""),
}


@dataclass(frozen=True)
class Study:
    """A finished simulation: `name` is part of file names, `title` heads its section."""

    name: str
    title: str
    folder: Path
    found: Analysis


def in_short(study: Study) -> str:
    """Return, for one data set, which of the claims hold."""
    found = study.found
    name = focus(found)
    lines = [f"**{study.title}**", ""]
    if study.name in CLAIMS:
        for key, first, second in CLAIMS[study.name]:
            if {first, second} <= set(ranking(found, key)):
                pair = compare(first, second, found.areas(key))
                lines.append(f"- {found.name_of(key)}: {_claim(first, pair)}")
        return "\n".join(lines)
    for key in (key for key in found.yardstick.told if key in found.metrics):
        areas = found.areas(key)
        others = [o for o in NAMED if o in ranking(found, key) and o != name]
        lines += [
            f"- {found.name_of(key)}: {_claim(name, compare(name, o, areas))}" for o in others
        ]
    if found.full():
        lines.append(f"- {_halved(found, name)}")
    return "\n".join(lines)


def _claim(name: str, pair: Pair) -> str:
    verb = "is above" if pair.difference > 0 else "is **not** above"
    if pair.seeds < ENOUGH_SEEDS:
        doubt = "; too few seeds to call it clear"
    else:
        doubt = ", clearly" if pair.is_clear else "; not clearly"
    return f"{name} {verb} {pair.second}, {pair_text(pair)}{doubt}."


def _halved(found: Analysis, name: str) -> str:
    ours = found.needed(name, HALF_TARGET).of_mean if found.complete(name) else None
    theirs = found.needed(BASELINE, HALF_TARGET).of_mean if found.complete(BASELINE) else None
    goal = f"{HALF_TARGET:.0%} of full supervision"
    if ours is None:
        end = found.complete(BASELINE)
        finals = found.finals(found.yardstick.main)
        level = average(finals.get(name, {}))[0] / average(found.full())[0]
        share = f" (it ends at {level:.0%})" if end and math.isfinite(level) else ""
        return f"{name} does **not** reach {goal} within the budget{share}."
    if theirs is None:
        return f"{name} reaches {goal} with {ours:.0f} tiles; {BASELINE} not within the budget."
    verdict = "at most half of" if ours <= HALF * theirs else "**more** than half of"
    return (
        f"{name} reaches {goal} with {ours:.0f} tiles, {ours / theirs:.0%} of {BASELINE}'s "
        f"{theirs:.0f}: {verdict} its labels."
    )


def section(study: Study) -> str:
    """Return the section of one simulation."""
    found = study.found
    charts = [
        f"![{found.name_of(key)} by labelled tiles]({study.name}-{key}.svg)"
        for key in found.yardstick.told
        if key in found.metrics
    ]
    name = focus(found)
    parts = [
        f"## {study.title}",
        "\n".join(f"- {sentence}" for sentence in summary(found)),
        PAPERS.get(study.name, ""),
        why(study.name, study.folder),
        *charts,
        "### Area under the budget curve",
        area_table(found).markdown(),
        f"### {name} against each",
        pair_table(found, name).markdown(),
        "### Labels needed for a share of full supervision",
        label_table(found).markdown() if found.full() else "There is no fully supervised run.",
        *_budgets(found),
        "### After the last round",
        final_table(found).markdown(),
        "### Time of one seed",
        time_table(found, study.folder).markdown(),
        f"![Picked {found.yardstick.labels} by class]({study.name}-picks.svg)"
        if found.picks
        else "",
        "### Notes and command",
        "\n".join(f"- {note}" for note in notes(found)),
        f"```\n{command(found)}\n```",
    ]
    return "\n\n".join(part.strip() for part in parts if part)


def _budgets(found: Analysis) -> list[str]:
    """Return the tables that the papers on whole tiles have."""
    if found.yardstick is PIXELS:
        return []
    parts = []
    if found.yardstick is SCENES:
        parts += ["### Labels needed for a level of accuracy", level_table(found).markdown()]
    parts.append("### What so many labels give (in brackets the difference to random)")
    return parts + [budget_table(found, key).markdown() for key in found.yardstick.told]


def command(found: Analysis) -> str:
    """Return the command, broken into lines at its options; of paths the last two parts."""
    words = found.facts.command
    try:
        parts = [shlex.quote(_short(part)) for part in shlex.split(words)]
    except ValueError:
        return words
    lines = [""]
    for part in parts:
        if len(lines[-1]) + len(part) > LINE and part.startswith("--"):
            lines.append("    " + part)
        else:
            lines[-1] = f"{lines[-1]} {part}".lstrip() if len(lines) == 1 else f"{lines[-1]} {part}"
    return " \\\n".join(lines)


def _short(part: str) -> str:
    """Return a path as one would find it from its own folder; anything else as it is."""
    path = Path(part)
    return str(Path(*path.parts[-2:])) if path.is_absolute() else part


def charts_of(study: Study) -> dict[str, str]:
    """Return the plots of a simulation as SVG files by name."""
    found = study.found
    drawn = {
        f"{study.name}-{key}.svg": learning_curves(found, key)
        for key in found.yardstick.told
        if key in found.metrics
    }
    if found.picks:
        drawn[f"{study.name}-picks.svg"] = pick_bars(found)
    return {name: standalone(svg) for name, svg in drawn.items() if svg.startswith("<svg")}


def ablation(study: Study, base_label: str, kind: str, plain: str) -> str:
    """Return the variants of a strategy beside one of them.

    Args:
        study: The simulation.
        base_label: What the variant is called that the others are compared with: the one that
            has it in its name, or the first.
        kind: What the variants differ in.
        plain: What the variant without any option is called.
    """
    found = study.found
    areas = {key: found.areas(key) for key in found.metrics if key != "macro_f1"}
    names = [name for name in found.strategies if name != FULL]
    labels = {
        name: name.partition("=")[2].replace(":without=", ", without ") or plain for name in names
    }
    base = next((name for name in names if base_label in name), names[0])
    rows = [
        [labels[name], *(cell for key in areas for cell in _against(name, base, areas[key]))]
        for name in names
    ]
    head = [kind, *(c for k in areas for c in (found.name_of(k), f"− {base_label}", "p"))]
    table = Table(head, rows).markdown()
    said = "\n".join(
        f"- {found.name_of(key)}: {_verdict(areas[key], base, labels, base_label)}" for key in areas
    )
    tail = f"```\n{command(found)}\n```"
    return f"### {study.title}\n\n{said}\n\n{table}\n{tail}"


def _against(name: str, base: str, areas: dict[str, dict[int, float]]) -> list[str]:
    pair = compare(name, base, areas)
    level = spread_text(areas.get(name, {}))
    if name == base or not pair.seeds:
        return [level, "–", "–"]
    error = f" ± {pair.error:.3f}" if pair.error is not None else ""
    return [level, f"{signed(pair.difference)}{error} ({pair.wins}/{pair.seeds})", number(pair.p)]


def _verdict(
    areas: dict[str, dict[int, float]], base: str, labels: Mapping[str, str], base_label: str
) -> str:
    pairs = [compare(name, base, areas) for name in labels if name != base]
    pairs = [pair for pair in pairs if pair.seeds]
    if not pairs:
        return f"nothing is finished beside {base_label}."
    clear = [pair for pair in pairs if pair.is_clear]
    sides = {
        "above": [labels[pair.first] for pair in clear if pair.difference > 0],
        "below": [labels[pair.first] for pair in clear if pair.difference < 0],
    }
    said = [
        f"clearly {side} {base_label}: {', '.join(those)}" for side, those in sides.items() if those
    ]
    head = "; ".join(said) or f"none of {len(pairs)} is clearly above or below {base_label}"
    ends = sorted(pairs, key=lambda pair: -pair.difference)
    best, least = (f"{labels[pair.first]}, {pair_text(pair)}" for pair in (ends[0], ends[-1]))
    return f"{head}; the highest is {best}" + (f", the lowest {least}." if ends[1:] else ".")
