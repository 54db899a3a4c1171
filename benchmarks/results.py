"""Make docs/results.md and its plots from finished simulations.

    python benchmarks/results.py --zion DIR --dubai DIR [--paper DIR …] [--ablation DIR …] \
        --out docs/results.md
    python benchmarks/results.py --run DATA --work DIR --out docs/results.md

With --run the simulations are made first, below --work; DATA holds the imagery.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from results_page import Study, charts_of, page
from results_runs import run_all

from al_core.errors import AlCoreError
from al_core.simulation.report.summary import analyse

DUBAI_RARE = ("Road", "Vegetation", "Building")
TITLES = {
    "zion": "Zion (Landsat 8, 30 m, eight classes)",
    "dubai": "Dubai (scenes of half a metre, five classes)",
}


def main() -> int:
    """Write the page and its plots."""
    options = arguments()
    if options.run:
        run_all(options.run, options.work)
        options.zion = options.zion or options.work / "zion"
        options.dubai = options.dubai or options.work / "dubai"
        options.ablation = options.ablation or [options.work / "zion-rules"]
    try:
        write(options)
    except AlCoreError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def arguments() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--zion", type=Path, metavar="DIR")
    parser.add_argument("--dubai", type=Path, metavar="DIR")
    parser.add_argument("--paper", type=Path, metavar="DIR", nargs="*", default=[])
    parser.add_argument("--ablation", type=Path, metavar="DIR", nargs="*", default=[])
    parser.add_argument("--out", type=Path, metavar="FILE", default=Path("docs/results.md"))
    parser.add_argument("--run", type=Path, metavar="DATA", help="run the simulations first")
    parser.add_argument("--work", type=Path, metavar="DIR", default=Path("build/results"))
    options = parser.parse_args()
    if not (options.zion or options.dubai or options.run):
        parser.error("name a simulation: --zion DIR, --dubai DIR, or --run DATA")
    return options


def write(options: argparse.Namespace) -> None:
    """Write the page, and beside it the plots that it shows."""
    studies = [study(folder, name) for name in TITLES if (folder := getattr(options, name))]
    papers = [study(folder, f"paper-{folder.name}") for folder in options.paper]
    rules = [study(folder, folder.name) for folder in options.ablation]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    for one in (*studies, *papers):
        for name, svg in charts_of(one).items():
            (options.out.parent / name).write_text(svg, encoding="utf-8")
    options.out.write_text(page(studies, rules, papers), encoding="utf-8")
    print(options.out)


def study(folder: Path, name: str) -> Study:
    """Return an analysed simulation under the title that fits its folder."""
    known = next((key for key in TITLES if key in name), "")
    title = TITLES.get(known, folder.name)
    if name not in TITLES and known:
        title = f"{title}: {name}"
    rare: Sequence[str] = DUBAI_RARE if known == "dubai" else ()
    found = analyse(folder, rare)
    if not found.runs:
        raise SystemExit(f"{folder} holds no finished round; run the simulation first.")
    return Study(name, title, folder, found)


if __name__ == "__main__":
    sys.exit(main())
