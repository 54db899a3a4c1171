"""The simulations behind docs/results.md, as command lines."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

STRATEGIES = (
    *("random", "class_random", "entropy", "margin", "least_confidence", "bald", "coreset"),
    *("badge", "clasp", "dcau", "dcau_pool", "dcau_plus", "full"),
)
RULES = tuple(
    f"dcau_plus:quotas={rule}"
    for rule in ("uniform", "gap", "rare", "growth", "scarcity", "progress")
)
SCENES = (1, 2, 3, 4)
TEST_SCENE = 2  # of Dubai, the whole of it
COMMON = (
    *("--tile", "64", "--halo", "8", "--initial", "20", "--batch", "10"),
    *("--seeds", "0,1,2,3,4", "--recipe", "quick"),
)
# At 30 m the local network learns more from as many labels than a U-Net, in a tenth of the time.
ZION = ("--encoder", "local", "--rounds", "6", "--steps", "60")
DUBAI = (
    *("--encoder", "mobilenet_v2", "--start", "warm", "--rounds", "4", "--steps", "40"),
    *("--pool-tiles", "600", "--validation-tiles", "100"),
)


def commands(data: Path, out: Path) -> dict[str, list[str]]:
    """Return the command of every simulation by the name of its folder.

    `data` holds zion_landsat8, dubai_vhr, weights and make_scenes.py.
    """
    weights = str(data / "weights" / "mobilenet_v2_imagenet.safetensors")
    zion = [*_zion(data / "zion_landsat8"), *COMMON, *ZION]
    dubai = [*_dubai(data, out / "scenes"), *COMMON, *DUBAI, "--weights", weights]
    works = {"zion": (zion, STRATEGIES), "dubai": (dubai, STRATEGIES), "zion-rules": (zion, RULES)}
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
    legend = str(data / "dubai_vhr" / "legend.csv")
    test = f"dubai_T{TEST_SCENE}.tif"
    return [*files, "--test-image", test, "--legend", legend, "--unlabelled", "0"]


def run_all(data: Path, out: Path) -> None:
    """Run every simulation; one that is finished is over at once, a broken one goes on."""
    scenes = out / "scenes"
    if not (scenes / f"dubai_T{TEST_SCENE}_labels.tif").is_file():
        scenes.mkdir(parents=True, exist_ok=True)
        _run([str(data / "make_scenes.py"), str(scenes), *map(str, SCENES)])
    for command in commands(data, out).values():
        print(" ".join(command), flush=True)
        _run(command[1:])


def _run(arguments: Sequence[str]) -> None:
    subprocess.run([sys.executable, *arguments], check=True)
