"""Whether pre-training on images without labels pays off: linear probes before and after.

    python benchmarks/pretraining.py IMAGES LABELS.csv --weights ENCODER.safetensors --out DIR

IMAGES holds pictures; LABELS.csv names each in its first column and its class in the
second, and has a column of 0 and 1 for each tag behind them, as UC Merced's does. Both starts,
from the weights and from random ones, are pre-trained on all images, or on those that are not among
the test tiles of a finished simulation (--without FOLDER), which can then be run with the new
weights; the probes learn from ten images a class and look at ten others, in five random splits.
Takes half an hour a start on one core; called again it goes on where it was interrupted. Run with
the engine's Python.
"""

import argparse
import copy
import csv
import json
import time
from pathlib import Path

import numpy as np
import rasterio
import torch
from rasterio.enums import Resampling
from report import report

from al_core.config import PretrainConfig, SimulateConfig, from_json, to_json
from al_core.coords import GeoTransform, Window
from al_core.geo.normalise import IMAGENET
from al_core.inference.tagging import TagForward, pool_tiles
from al_core.models import (
    NetworkInputs,
    TaggingSpec,
    build_tagging,
    choose,
    load_encoder,
    save_encoder,
)
from al_core.progress import Silent
from al_core.project import ImageRecord, Normalisation, ProjectSettings
from al_core.project.tiles import tile_table
from al_core.simulation.setting import Setting
from al_core.training.contrast import PauseFile, Tiles, pretrain, settle
from al_core.training.probe import ProbeResult, linear_probe

SIDE = 256
LEARNT, SPLITS = 10, 5


class Printed(Silent):
    """Prints a line every minute."""

    def __init__(self) -> None:
        """Start the clock."""
        self.next = time.monotonic() + 10

    def report(self, fraction: float, message: str) -> None:
        """Print how far it is."""
        if time.monotonic() > self.next:
            self.next = time.monotonic() + 60
            print(f"{fraction:4.0%} {message}", flush=True)


class Held:
    """A picture in memory, as a reader."""

    def __init__(self, pixels: np.ndarray) -> None:
        """Hold float32 (3, 256, 256)."""
        self.pixels = pixels

    def read(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Return the pixels in a window, all of them valid."""
        part = self.pixels[:, window.rows, window.cols]
        return part, np.ones(part.shape[1:], dtype=bool)

    def close(self) -> None:
        """Do nothing."""


def main() -> None:
    """Pre-train from each start, probe and print."""
    options = arguments()
    names, scenes, tags = labels_of(options.labels)
    inputs = inputs_of([file_of(options.images, name) for name in names])
    splits = splits_of(scenes.argmax(axis=1))
    tiles = Tiles(inputs, learnt_of(inputs, options.without))
    options.out.mkdir(parents=True, exist_ok=True)
    figures: dict[str, object] = {"images": len(tiles), "view_px": options.crop}
    for start in options.starts:
        found = figures_of(tiles, (scenes, tags), splits, start, options)
        figures |= {f"{start}_{name}": value for name, value in found.items()}
        keep(options.out / "probes.json", figures)
    report("Pre-training by momentum contrast", figures)


def keep(path: Path, figures: dict[str, object]) -> None:
    """Add figures to those of earlier starts."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps(known | figures, indent=1), encoding="utf-8")


def arguments() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--weights", default="", metavar="FILE")
    parser.add_argument("--without", type=Path, metavar="SIMULATION")
    parser.add_argument("--starts", nargs="+", default=("weights", "random"))
    parser.add_argument("--encoder", default="mobilenet_v2")
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--batch", type=int, default=60)
    parser.add_argument("--crop", type=int, default=96)
    parser.add_argument("--rate", type=float, default=0.03)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("build/pretraining"))
    return parser.parse_args()


def figures_of(
    tiles: Tiles,
    truth: tuple[np.ndarray, np.ndarray],
    splits: list[tuple[np.ndarray, np.ndarray]],
    start: str,
    options: argparse.Namespace,
) -> dict[str, object]:
    """Return the probes before and after, and the speed."""
    inputs, weights = tiles.inputs, options.weights if start == "weights" else ""
    torch.set_num_threads(options.threads)
    spec = TaggingSpec(options.encoder, inputs.bands, truth[0].shape[1], "scene")
    network = build_tagging(spec, options.seed)
    print(load_encoder(network, weights).text or "Random weights.", flush=True)
    untaught, device = copy.deepcopy(network), choose().device
    if not weights:  # before they know any tile, random layers say nothing at all
        settle(untaught, tiles, device, options.seed, Silent())
    figures = probes(untaught, inputs, truth, splits, "before")
    config = PretrainConfig(
        encoder=options.encoder,
        weights=weights,
        epochs=options.epochs,
        minutes=60.0 * 24,
        batch_size=options.batch,
        crop_px=options.crop,
        learning_rate=options.rate,
        seed=options.seed,
    )
    name = f"{options.encoder}_{start}_{options.epochs}_{options.seed}"
    pause = PauseFile(options.out / f"{name}.paused")
    done = pretrain(tiles, network, config, device, Printed(), pause=pause)
    save_encoder(options.out / f"{name}.safetensors", network.encoder, to_json(config))
    pause.remove()
    figures |= probes(network, inputs, truth, splits, "after")
    kept = ("steps", "seconds", "images_per_s", "loss", "spread", "queue")
    return figures | {key: getattr(done, key) for key in kept}


def learnt_of(inputs: NetworkInputs, without: Path | None) -> np.ndarray:
    """Return the tiles to learn from, int64 (M,): all, or those that are in no test."""
    test = test_of(without) if without else set()
    names = [Path(image.path).stem for image in inputs.images]  # an image is a tile
    if missing := test.difference(names):
        raise SystemExit(f"{len(missing)} test tiles of {without} are not among the images.")
    return inputs.tiles.ids[[name not in test for name in names]]


def test_of(folder: Path) -> set[str]:
    """Return the names of a simulation's test tiles, which are the same for all its seeds."""
    kept = json.loads((folder / "simulation.json").read_text(encoding="utf-8"))["config"]
    if kept["resplit"]:
        raise SystemExit(f"{folder} has another test for each seed; none can be left out.")
    config = from_json(SimulateConfig, kept)
    setting = Setting.load(folder, config)
    images = setting.world.tiles.image[setting.split_of(config.seeds[0]).test]
    return {Path(setting.world.images[int(image)].path).stem for image in images}


def probes(
    network: torch.nn.Module,
    inputs: NetworkInputs,
    truth: tuple[np.ndarray, np.ndarray],
    splits: list[tuple[np.ndarray, np.ndarray]],
    when: str,
) -> dict[str, object]:
    """Return what linear probes of scenes and of tags find."""
    forward = TagForward(network, choose().device)
    features = pool_tiles(forward, inputs, inputs.tiles.ids, 16, Silent())[:, 0]
    figures: dict[str, object] = {}
    for kind, states in zip(("scenes", "tags"), truth, strict=True):
        found = linear_probe(features, states, is_scene=kind == "scenes", splits=splits)
        figures |= {f"{kind}_{name}_{when}": text for name, text in in_words(found).items()}
    print(figures, flush=True)
    return figures


def in_words(found: ProbeResult) -> dict[str, str]:
    """Return accuracy and macro F1 in per cent, with the spread over the splits."""
    return {
        "accuracy": f"{100 * found.accuracy:.1f} ± {100 * found.accuracy_spread:.1f}",
        "macro_f1": f"{100 * found.macro_f1:.1f} ± {100 * found.macro_f1_spread:.1f}",
    }


def labels_of(path: Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the files, and uint8 (N, K) scenes and tags."""
    with path.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    classes = sorted({row[1] for row in rows})
    scenes = np.array([[row[1] == name for name in classes] for row in rows], dtype=np.uint8)
    return [row[0] for row in rows], scenes, np.array([row[2:] for row in rows]).astype(np.uint8)


def file_of(folder: Path, name: str) -> Path:
    """Return the picture of a name, which may lack its ending."""
    found = sorted(folder.glob(f"{name}*"))
    if len(found) != 1:
        raise SystemExit(f"{len(found)} files in {folder} begin with {name}; one is needed.")
    return found[0]


def inputs_of(paths: list[Path]) -> NetworkInputs:
    """Return pictures as what a network reads, all resized to 256 px."""
    size = (3, SIDE, SIDE)
    held = []
    mean, std = (np.array(part, "f4")[:, None, None] for part in (IMAGENET.mean, IMAGENET.std))
    for path in paths:
        with rasterio.open(path) as file:
            raw = file.read(out_shape=size, resampling=Resampling.bilinear)
        held.append((raw.astype(np.float32) / 255 - mean) / std)
    place = GeoTransform(0, 0, 1, -1)
    images = tuple(
        ImageRecord(number, str(path), path.name, SIDE, SIDE, "", place, "uint8", None, number, 1)
        for number, path in enumerate(paths)
    )
    scaling = Normalisation(IMAGENET.low, IMAGENET.high, IMAGENET.mean, IMAGENET.std)
    settings = ProjectSettings(SIDE, 0, (1, 2, 3), scaling, 0, "")
    count = len(paths)
    tiles = tile_table(images, settings, np.full(count, SIDE**2), np.zeros(count, np.uint8))
    return NetworkInputs(images, settings, tiles, lambda image: Held(held[image.id]))


def splits_of(kind: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return five times ten images of each class to learn from, and the others to look at."""
    splits = []
    for number in range(SPLITS):
        rng = np.random.default_rng(number)
        learnt = np.concatenate(
            [rng.permutation(np.flatnonzero(kind == index))[:LEARNT] for index in np.unique(kind)]
        )
        splits.append((np.sort(learnt), np.setdiff1d(np.arange(len(kind)), learnt)))
    return splits


if __name__ == "__main__":
    main()
