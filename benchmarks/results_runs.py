"""The simulations behind docs/results.md, as command lines."""

import subprocess
import sys
from collections.abc import Container, Iterable, Sequence
from pathlib import Path

STRATEGIES = (
    *("random", "class_random", "entropy", "margin", "least_confidence", "bald", "coreset"),
    *("badge", "clasp", "dcau", "dcau_pool", "dcau_plus", "full"),
)
RULES = ("uniform", "gap", "growth", "scarcity", "progress")
STEPS = tuple(
    f"dcau_plus:without={step}"
    for step in ("guard", "cover", "seats", "noise", "variety", "worth", "theta")
)
# Of whole tiles: those of both papers, with what they are compared with there and here.
TILE_STRATEGIES = (
    *("random", "fps", "fps:normalise=off", "osal", "osal:normalise=off"),
    *("osal:normalise=off:cluster_share=proportional", "mcfps", "mcfps:normalise=off", "ll"),
    *("ll:clustering=off", "tpd", "tpd:clustering=off", "mge", "mge:clustering=off", "entropy"),
    *("badge", "coreset", "dcau", "dcau_plus", "full"),
)
# Where the ranks of ll are learnt from tiles that were left out, as in our own recipes.
RANKED = ("random", "ll", "ll:clustering=off", "mge", "full")
# The simulation that each section of the page is made from.
SOURCES = {
    "zion": "zion",
    "dubai": "dubai",
    "zion-rules": "zion-variants",
    "dubai-rules": "dubai-variants",
    "zion-steps": "zion-variants",
    "ucm-scenes": "ucm-scenes",
    "ucm-unbalanced": "ucm-unbalanced",
    "ucm-tags": "ucm-tags",
    "ucm-ranks": "ucm-ranks",
    "ucm-imagenet": "ucm-imagenet",
    "ucm-moco": "ucm-moco",
    "ucm-moco-random": "ucm-moco-random",
}
TEST_SCENES = (2, 6)  # of Dubai's six, whole
SCENES = range(1, 7)
POOL_SCENES = [scene for scene in SCENES if scene not in TEST_SCENES]
COMMON = (
    *("--initial", "20", "--batch", "10", "--seeds", "0,1,2,3,4", "--recipe", "quick"),
    *("--halo", "8"),
)
LIGHT = ("--encoder", "mobilenet_v2", "--decoder", "light", "--start", "warm", "--steps", "50")
ZION = ("--tile", "64", "--rounds", "6", *LIGHT)
DUBAI = ("--tile", "128", "--pool-tiles", "400", "--validation-tiles", "40", *LIGHT)
BY_SCENE = ("--rounds", "5", *(f"--test-image=dubai_T{scene}.tif" for scene in TEST_SCENES))
# Where strategies are tried out: the test scenes are not looked at, and blocks spread less.
BY_BLOCK = ("--rounds", "4", "--test", "0.15")
# UC Merced: the encoder stays as it is. 420 tiles are a fifth of the archive, so that budgets are
# smaller than the papers'; splits differ from seed to seed, because the test has 100 tiles only.
UCM = (
    *("--encoder", "mobilenet_v2", "--decoder", "light", "--seeds", "0,1,2,3,4", "--resplit"),
    *("--initial", "20", "--batch", "10", "--rounds", "8"),
)
UCM_SCENES = ("--recipe", "mcfps", "--test", "0.25", "--validation", "0.1")
# The letter's networks have no dropout; mcfps asks for some.
UCM_TAGS = ("--recipe", "multilabel", "--dropout", "0.2")
UCM_RANKS = (
    *("--task", "multilabel", "--recipe", "plus", "--start", "warm"),
    *("--test", "0.25", "--validation", "0.25"),
)
# With and without pre-training: one split, because its test is kept from the pre-training.
UCM_STARTS = ("random", "fps", "mge", "full")
UCM_FIXED = ("--task", "multilabel", "--recipe", "multilabel", "--dropout", "0.2")
PRETRAINED = "pretraining/mobilenet_v2_{start}_200_0.safetensors"  # by benchmarks/pretraining.py


def commands(data: Path, out: Path) -> dict[str, list[str]]:
    """Return the command of every simulation by the name of its folder.

    `data` holds zion_landsat8, dubai_vhr, ucmerced, weights and make_scenes.py.
    """
    weights = str(data / "weights" / "mobilenet_v2_imagenet.safetensors")
    zion = [*_zion(data / "zion_landsat8"), *COMMON, *ZION, "--weights", weights]
    dubai = [*COMMON, *DUBAI, "--weights", weights]
    scenes = [_dubai(data, out / "scenes", numbers) for numbers in (SCENES, POOL_SCENES)]
    # On Zion no seats are given as long as dcau_plus covers, so that the rules would not differ.
    covered = [f"dcau_plus:quotas={rule}:without=cover" for rule in RULES]
    ruled = [f"dcau_plus:quotas={rule}" for rule in RULES]
    ucm = [*_ucm(data / "ucmerced"), *UCM, "--weights", weights]
    fixed = [word for word in (*_ucm(data / "ucmerced"), *UCM, *UCM_FIXED) if word != "--resplit"]
    works = {
        "ucm-scenes": ([*ucm, *UCM_SCENES], TILE_STRATEGIES),
        "ucm-unbalanced": ([*ucm, *UCM_SCENES, "--balance", "unbalanced"], TILE_STRATEGIES),
        "ucm-tags": ([*ucm, *UCM_TAGS], TILE_STRATEGIES),
        "ucm-ranks": ([*ucm, *UCM_RANKS], RANKED),
        "ucm-imagenet": ([*fixed, "--weights", weights], UCM_STARTS),
        "ucm-moco": ([*fixed, "--weights", _pretrained(out, "weights")], UCM_STARTS),
        "ucm-moco-random": ([*fixed, "--weights", _pretrained(out, "random")], UCM_STARTS),
        "zion": (zion, STRATEGIES),
        "zion-variants": (zion, ("dcau_plus", *covered, *STEPS)),
        "dubai": ([*scenes[0], *dubai, *BY_SCENE], STRATEGIES),
        "dubai-variants": ([*scenes[1], *dubai, *BY_BLOCK], ("dcau_plus", *ruled)),
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


def _ucm(folder: Path) -> list[str]:
    return ["--images", str(folder / "images"), "--table", str(folder / "labels.csv")]


def _pretrained(out: Path, start: str) -> str:
    return str(out / PRETRAINED.format(start=start))


def _dubai(data: Path, scenes: Path, numbers: Iterable[int]) -> list[str]:
    files = []
    for scene in numbers:
        files += ["--image", str(scenes / f"dubai_T{scene}.tif")]
        files += ["--labels", str(scenes / f"dubai_T{scene}_labels.tif")]
    return [*files, "--legend", str(data / "dubai_vhr" / "legend.csv"), "--unlabelled", "0"]


def run(data: Path, out: Path, wanted: Container[str]) -> None:
    """Run simulations; one that is finished is over at once, a broken one goes on."""
    scenes = out / "scenes"
    works = {name: words for name, words in commands(data, out).items() if name in wanted}
    is_cut = (scenes / f"dubai_T{SCENES[-1]}_labels.tif").is_file()
    if not is_cut and any(name.startswith("dubai") for name in works):
        scenes.mkdir(parents=True, exist_ok=True)
        _run([str(data / "make_scenes.py"), str(scenes), *map(str, SCENES)])
    for command in works.values():
        print(" ".join(command), flush=True)
        _run(command[1:])


def _run(arguments: Sequence[str]) -> None:
    subprocess.run([sys.executable, *arguments], check=True)
