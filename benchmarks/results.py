"""Make docs/results.md and its plots from finished simulations.

    python benchmarks/results.py NAME=DIR … --out docs/results.md
    python benchmarks/results.py --run DATA [NAME …] --work DIR --out docs/results.md

NAME is that of a section, see results_runs.py. Sections that are not named stay as they are in
the page. With --run the simulations are made first, below --work; DATA holds the imagery.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from results_page import Chapter, Study, ablation, charts_of, in_short, section
from results_runs import commands, run
from results_sections import Sections

from al_core.errors import AlCoreError
from al_core.simulation.report.summary import analyse

DUBAI_RARE = ("Road", "Vegetation", "Building")
ZION, DUBAI = (
    "Zion (Landsat 8, 30 m, eight classes)",
    "Dubai (scenes of half a metre, five classes)",
)
TITLES = {
    "zion": ZION,
    "zion-weights": "Zion with ImageNet weights and the light decoder",
    "dubai": DUBAI,
    "zion-rules": ZION,
    "dubai-rules": DUBAI,
    "zion-steps": ZION,
    "dubai-steps": DUBAI,
}


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
        wanted = {name: words for name, words in commands(options.run, options.work).items()
                  if not named or name in named}  # fmt: skip
        run(options.run, options.work, wanted.values())
        named |= {name: str(options.work / name) for name in wanted}
    return {name: Path(named[name] or options.work / name) for name in TITLES if name in named}


def write(found: dict[str, Path], out: Path) -> None:
    """Write the page, and beside it the plots that it shows."""
    sections = Sections.read(out)
    for name, folder in found.items():
        one = study(folder, name)
        if name.endswith("-rules"):
            sections.put(Chapter.RULES, one.title, ablation(one, "uniform", "rule"))
        elif name.endswith("-steps"):
            sections.put(Chapter.STEPS, one.title, ablation(one, "all steps", "left out"))
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
    found = analyse(folder, rare)
    if not found.runs:
        raise SystemExit(f"{folder} holds no finished round; run the simulation first.")
    return Study(name, TITLES[name], folder, found)


if __name__ == "__main__":
    sys.exit(main())
