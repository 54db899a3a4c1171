"""The simulations behind docs/results.md, as command lines."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from al_core.config import QuotaRule

STRATEGIES = (
    *("random", "class_random", "entropy", "margin", "least_confidence", "bald", "coreset"),
    *("badge", "clasp", "dcau", "dcau_pool", "dcau_plus", "full"),
)
RULES = (*(f"dcau_plus:quotas={rule.value}" for rule in QuotaRule), "full")
SEEDS = "0,1,2,3,4"
TEST_SCENE = 6  # of Dubai, the whole of it
SCENES = (1, 2, 3, 4, 5, 6)
BUDGET = ("--initial", "20", "--batch", "10", "--rounds", "8", "--seeds", SEEDS)
PROTOCOL = (*BUDGET, "--test", "0.2", "--validation", "0.1")


def commands(data: Path, out: Path, recipe: str) -> dict[str, list[str]]:
    """Return the command of every simulation by the name of its folder.

    `data` holds zion_landsat8, dubai_vhr, weights and make_scenes.py.
    """
    weights = ["--encoder", "mobilenet_v2"]
    weights += ["--weights", str(data / "weights" / "mobilenet_v2_imagenet.safetensors")]
    common = [*PROTOCOL, "--recipe", recipe, *weights]
    sources = {"zion": _zion(data / "zion_landsat8"), "dubai": _dubai(data, out / "scenes")}
    return {
        f"{name}{suffix}": [
            *("python", "-m", "al_core", "simulate", *source),
            *("--strategies", ",".join(chosen), *common, "--out", str(out / f"{name}{suffix}")),
        ]
        for suffix, chosen in (("", STRATEGIES), ("-rules", RULES))
        for name, source in sources.items()
    }


def _zion(folder: Path) -> list[str]:
    files = ["--image", str(folder / "landsat8_b2345_uint16.tif")]
    files += ["--labels", str(folder / "nlcd8_on_landsat_grid.tif")]
    return [*files, "--legend", str(folder / "legend.csv"), "--tile", "64"]


def _dubai(data: Path, scenes: Path) -> list[str]:
    files = []
    for scene in SCENES:
        files += ["--image", str(scenes / f"dubai_T{scene}.tif")]
        files += ["--labels", str(scenes / f"dubai_T{scene}_labels.tif")]
    test = str(scenes / f"dubai_T{TEST_SCENE}.tif")
    legend = str(data / "dubai_vhr" / "legend.csv")
    return [*files, "--test-image", test, "--legend", legend, "--unlabelled", "0", "--tile", "256"]


def run_all(data: Path, out: Path, recipe: str) -> None:
    """Run every simulation; one that is finished is over at once, a broken one goes on."""
    scenes = out / "scenes"
    if not (scenes / f"dubai_T{TEST_SCENE}_labels.tif").is_file():
        scenes.mkdir(parents=True, exist_ok=True)
        _run([str(data / "make_scenes.py"), str(scenes), *map(str, SCENES)])
    for command in commands(data, out, recipe).values():
        print(" ".join(command), flush=True)
        _run(command[1:])


def _run(arguments: Sequence[str]) -> None:
    subprocess.run([sys.executable, *arguments], check=True)
