"""The simulations behind docs/results.md, as command lines."""

import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

STRATEGIES = (
    *("random", "class_random", "entropy", "margin", "least_confidence", "bald", "coreset"),
    *("badge", "clasp", "dcau", "dcau_pool", "dcau_plus", "full"),
)
RULES = tuple(
    f"dcau_plus:quotas={rule}"
    for rule in ("uniform", "gap", "rare", "growth", "scarcity", "progress")
)
STEPS = (
    "dcau_plus",
    *(f"dcau_plus:without={step}" for step in ("guard", "seats", "noise", "variety", "theta")),
)
TEST_SCENES = (2, 6)  # of Dubai's six, whole
SCENES = range(1, 7)
COMMON = (
    *("--initial", "20", "--batch", "10", "--seeds", "0,1,2,3,4", "--recipe", "quick"),
    *("--halo", "8"),
)
# At 30 m the local network learns more from as many labels than a U-Net, in a tenth of the time.
LOCAL = ("--encoder", "local", "--tile", "64", "--rounds", "6", "--steps", "60")
LIGHT = ("--encoder", "mobilenet_v2", "--decoder", "light", "--start", "warm", "--steps", "50")
ZION_LIGHT = ("--tile", "64", "--rounds", "6")
DUBAI = ("--tile", "128", "--rounds", "5", "--pool-tiles", "400", "--validation-tiles", "40")


def commands(data: Path, out: Path) -> dict[str, list[str]]:
    """Return the command of every simulation by the name of its folder.

    `data` holds zion_landsat8, dubai_vhr, weights and make_scenes.py.
    """
    weights = str(data / "weights" / "mobilenet_v2_imagenet.safetensors")
    light = [*LIGHT, "--weights", weights]
    zion = [*_zion(data / "zion_landsat8"), *COMMON]
    dubai = [*_dubai(data, out / "scenes"), *COMMON, *light, *DUBAI]
    works = {
        "zion": ([*zion, *LOCAL], STRATEGIES),
        "zion-weights": ([*zion, *light, *ZION_LIGHT], STRATEGIES),
        "zion-rules": ([*zion, *LOCAL], RULES),
        "zion-steps": ([*zion, *LOCAL], STEPS),
        "dubai": (dubai, STRATEGIES),
        "dubai-rules": (dubai, RULES),
        "dubai-steps": (dubai, STEPS),
    }
    return {
        name: [
            *("python", "-m", "al_core", "simulate", *options),
            *("--strategies", ",".join(chosen), "--out", str(out / name)),
        ]
        for name, (options, chosen) in works.items()
    }


def _zion(folder: Path) -> list[str]:
    files = ["--image", str(folder / "landsat8_b2345_uint16.tif")]
    files += ["--labels", str(folder / "nlcd8_on_landsat_grid.tif")]
    return [*files, "--legend", str(folder / "legend.csv")]


def _dubai(data: Path, scenes: Path) -> list[str]:
    files = []
    for scene in SCENES:
        files += ["--image", str(scenes / f"dubai_T{scene}.tif")]
        files += ["--labels", str(scenes / f"dubai_T{scene}_labels.tif")]
    for scene in TEST_SCENES:
        files += ["--test-image", f"dubai_T{scene}.tif"]
    return [*files, "--legend", str(data / "dubai_vhr" / "legend.csv"), "--unlabelled", "0"]


def run(data: Path, out: Path, wanted: Iterable[Sequence[str]]) -> None:
    """Run simulations; one that is finished is over at once, a broken one goes on."""
    scenes = out / "scenes"
    if not (scenes / f"dubai_T{SCENES[-1]}_labels.tif").is_file():
        scenes.mkdir(parents=True, exist_ok=True)
        _run([str(data / "make_scenes.py"), str(scenes), *map(str, SCENES)])
    for command in wanted:
        print(" ".join(command), flush=True)
        _run(command[1:])


def _run(arguments: Sequence[str]) -> None:
    subprocess.run([sys.executable, *arguments], check=True)
