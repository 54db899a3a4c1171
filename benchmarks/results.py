"""Make docs/results.md and its plots from finished simulations.

    python benchmarks/results.py NAME=DIR … --out docs/results.md
    python benchmarks/results.py --run DATA [NAME …] --work DIR --out docs/results.md

NAME is that of a section, see results_runs.py. Sections that are not named stay as they are in
the page. With --run the simulations are made first, below --work; DATA holds the imagery.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from results_page import Chapter, Study, ablation, charts_of, in_short, section
from results_runs import SOURCES, run
from results_sections import Sections
from results_starts import BASE, STARTS, starts

from al_core.errors import AlCoreError
from al_core.simulation.report.summary import Analysis, analyse
from al_core.simulation.report.yardstick import PIXELS

DUBAI_RARE = ("Road", "Vegetation", "Building")
ZION = "Zion (Landsat 8, 30 m, eight classes)"
BLOCKS = "Dubai, blocks of four scenes"
TITLES = {
    "zion": ZION,
    "dubai": "Dubai (scenes of half a metre, five classes)",
    "zion-rules": ZION,
    "dubai-rules": BLOCKS,
    "zion-steps": ZION,
    "ucm-scenes": "UC Merced, scenes (21 classes, as many tiles of each)",
    "ucm-unbalanced": "UC Merced, scenes, unbalanced (0 to 80 % of each class removed)",
    "ucm-tags": "UC Merced, tags (17 classes, any number a tile)",
    "ucm-ranks": "UC Merced, tags, with the ranks of ll learnt from tiles left out",
    **dict.fromkeys(STARTS, "UC Merced, tags (17 classes), by what the encoder starts from"),
}
OPTION = {"rules": ":quotas=", "steps": ":without="}  # by which variants of a strategy are told
WHOLE = "dcau_plus"


def main() -> int:
    """Write the page and its plots."""
    options = arguments()
    try:
        write(folders(options), options.out)
    except AlCoreError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def arguments() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sections", nargs="*", metavar="NAME[=DIR]", help=", ".join(TITLES))
    parser.add_argument("--out", type=Path, metavar="FILE", default=Path("docs/results.md"))
    parser.add_argument("--run", type=Path, metavar="DATA", help="run the simulations first")
    parser.add_argument("--work", type=Path, metavar="DIR", default=Path("build/results"))
    options = parser.parse_args()
    if not (options.sections or options.run):
        parser.error("name a section and its simulation, such as dubai=DIR, or --run DATA")
    for name in (text.partition("=")[0] for text in options.sections):
        if name not in TITLES:
            parser.error(f"“{name}” is no section; choose from {', '.join(TITLES)}")
    return options


def folders(options: argparse.Namespace) -> dict[str, Path]:
    """Return the folder of each simulation by the name of its section; make what is missing."""
    named = dict(text.partition("=")[::2] for text in options.sections)
    if options.run:
        named = named or dict.fromkeys(TITLES, "")
        run(options.run, options.work, {SOURCES[name] for name in named})
    return {
        name: Path(named[name] or options.work / SOURCES[name]) for name in TITLES if name in named
    }


def write(found: dict[str, Path], out: Path) -> None:
    """Write the page, and beside it the plots that it shows."""
    sections = Sections.read(out)
    begun = {name: study(found[name], name) for name in STARTS if name in found}
    if BASE in begun:
        sections.put(Chapter.STARTS, TITLES[BASE], starts(begun))
    for name, folder in found.items():
        if name in STARTS:
            continue
        one = study(folder, name)
        if name.endswith("-rules"):
            sections.put(
                Chapter.RULES, one.title, ablation(one, "uniform", "rule", default_rule(one))
            )
        elif name.endswith("-steps"):
            sections.put(Chapter.STEPS, one.title, ablation(one, WHOLE, "left out", "nothing"))
        else:
            sections.put(Chapter.SHORT, one.title, in_short(one))
            sections.put(Chapter.MAIN, one.title, section(one))
            for file, svg in charts_of(one).items():
                (out.parent / file).write_text(svg, encoding="utf-8")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(sections.page(list(dict.fromkeys(TITLES.values()))), encoding="utf-8")
    print(out)


def study(folder: Path, name: str) -> Study:
    """Return an analysed simulation under the title of its section."""
    rare: Sequence[str] = DUBAI_RARE if name.startswith("dubai") else ()
    found = chosen(analyse(folder, rare), name)
    if not found.runs:
        raise SystemExit(f"{folder} holds no finished round; run the simulation first.")
    return Study(name, TITLES[name], folder, found)


def default_rule(one: Study) -> str:
    """Return the quota rule of a strategy that names none."""
    return f"cover, then {one.found.facts.raw['config']['quotas']} (the default)"


def chosen(found: Analysis, name: str) -> Analysis:
    """Return of a simulation what belongs into a section: variants, or strategies as they are."""
    option = OPTION.get(name.rpartition("-")[2], "")

    def belongs(strategy: str) -> bool:
        if found.yardstick is not PIXELS:
            return True
        return ":" not in strategy or bool(option and strategy.startswith(WHOLE + option))

    runs = tuple(run for run in found.runs if belongs(run.strategy))
    picks = {strategy: picked for strategy, picked in found.picks.items() if belongs(strategy)}
    return replace(found, runs=runs, picks=picks)


if __name__ == "__main__":
    sys.exit(main())
