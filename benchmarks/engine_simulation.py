"""A round of the simulator against the plainest PyTorch loop that does the same work.

Both train the same network for as many steps of as many windows, look at the validation and
test tiles, scan the pool and take the ten tiles of highest entropy. The plain loop has all
pixels in memory as floats, does not augment, averages no weights and fits no temperature.
Run with the engine's Python from the repository root.
"""

import argparse
import csv
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from report import report
from torch import nn

from al_core import jobs
from al_core.config import DemoConfig, Device, Recipe, SimulateConfig
from al_core.coords import Window
from al_core.models import SegmentationNetwork, build
from al_core.progress import Silent
from al_core.simulation.setting import Setting

ENCODER, TILE_PX, BATCH, PICKS = "mobilenet_v2", 64, 8, 10
TIMES = ("fit_s", "scan_s", "query_s", "evaluate_s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--size", type=int, default=768)
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # as each lane of the simulator has
    with tempfile.TemporaryDirectory() as folder:
        config = simulation(Path(folder), arguments)
        ours, plain = [], []
        setting = None
        for number in range(arguments.rounds):
            out = Path(folder) / f"out{number}"
            jobs.simulate(out, config, (), Silent())
            ours.append(seconds_per_round(out))
            setting = setting or Setting.load(out, config)
            plain.append(plain_round(setting, arguments.steps))
        place = setting.place_of(0)
        figures = {
            "encoder": ENCODER,
            "tile_px": TILE_PX,
            "steps": arguments.steps,
            "pool_tiles": len(place.split.pool),
            "validation_and_test_tiles": len(place.split.validation) + len(place.split.test),
            "round_s": statistics.median(ours),
            "round_s_plain": statistics.median(plain),
            "ratio": statistics.median(b / a for a, b in zip(ours, plain, strict=True)),
        }
    report("Simulation speed (one lane on one CPU thread)", figures)


def simulation(folder: Path, arguments: argparse.Namespace) -> SimulateConfig:
    """Write a demo scene and return a short simulation on it."""
    demo = jobs.write_demo(folder / "demo", DemoConfig(size_px=arguments.size), Silent())
    return SimulateConfig(
        images=(str(demo.scene),),
        labels=(str(demo.labels),),
        legend=str(demo.legend),
        strategies=("entropy",),
        initial=2 * PICKS,
        batch=PICKS,
        rounds=2,
        seeds=(0,),
        recipe=Recipe.QUICK,
        encoder=ENCODER,
        device=Device.CPU,
        steps=arguments.steps,
        tile_size_px=TILE_PX,
        jobs=1,
    )


def seconds_per_round(out: Path) -> float:
    """Return the seconds of a round that trains, looks, scans and queries."""
    with (out / "timing.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if int(row["round"]) == 1]
    return statistics.median(sum(float(row[name]) for name in TIMES) for row in rows)


def plain_round(setting: Setting, steps: int) -> float:
    """Do the work of a round as a tutorial would; return its seconds."""
    world, found = setting.world, setting.split_of(0)
    settings = world.settings
    network = build(ENCODER, len(settings.bands), world.classes).train()
    labelled = np.random.default_rng(0).choice(found.pool, 3 * PICKS, replace=False)
    started = time.perf_counter()
    pixels, labels = everything(setting)
    rng = np.random.default_rng(0)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    loss_of = nn.CrossEntropyLoss(ignore_index=255)
    for _ in range(steps):
        tiles = rng.choice(labelled, BATCH)
        windows = [world.inputs.window(int(tile)) for tile in tiles]
        images = torch.stack([pixels[:, w.rows, w.cols] for w in windows])
        truth = torch.stack([labels[w.rows, w.cols] for w in windows])
        optimizer.zero_grad()
        loss = loss_of(network(images), truth)
        loss.backward()
        optimizer.step()
        loss.item()
    network.eval()
    for ids in (found.validation, found.test):
        look(setting, network, pixels, labels, ids)
    rest = np.setdiff1d(found.pool, labelled)
    scores = look(setting, network, pixels, labels, rest)
    np.argsort(scores)[-PICKS:]
    return time.perf_counter() - started


def everything(setting: Setting) -> tuple[torch.Tensor, torch.Tensor]:
    """Return all pixels, normalised, and all labels of the only image."""
    world = setting.world
    scaling = world.settings.normalisation
    low, high, mean, std = (
        np.array(column, np.float32)[:, None, None]
        for column in (scaling.low, scaling.high, scaling.mean, scaling.std)
    )
    image = world.images[0]

    whole = Window(0, 0, image.height, image.width)
    raw = np.asarray(world.pixels_in(0, whole)).astype(np.float32)
    scaled = (np.clip((raw - low) / (high - low), 0, 1) - mean) / std
    return torch.from_numpy(scaled), torch.from_numpy(world.truth_in(0, whole).astype(np.int64))


@torch.no_grad()
def look(
    setting: Setting,
    network: SegmentationNetwork,
    pixels: torch.Tensor,
    labels: torch.Tensor,
    ids: np.ndarray,
) -> np.ndarray:
    """Return the mean entropy of each tile's core, and count the confusion on the way."""
    world = setting.world
    scores, confusion = [], np.zeros((world.classes, world.classes), np.int64)
    for start in range(0, len(ids), BATCH):
        tiles = ids[start : start + BATCH].tolist()
        windows = [world.inputs.window(tile) for tile in tiles]
        logits, _ = network.forward_with_features(
            torch.stack([pixels[:, w.rows, w.cols] for w in windows])
        )
        p = logits.softmax(1)
        entropy = -torch.special.xlogy(p, p).sum(1)
        for place, (tile, window) in enumerate(zip(tiles, windows, strict=True)):
            core = world.tiles.core(tile)
            inside = core.relative_to(window)
            scores.append(float(entropy[place, inside.rows, inside.cols].mean()))
            truth = labels[core.rows, core.cols].numpy().ravel()
            predicted = logits[place, :, inside.rows, inside.cols].argmax(0).numpy().ravel()
            known = truth < world.classes
            np.add.at(confusion, (truth[known], predicted[known]), 1)
    return np.array(scores)


if __name__ == "__main__":
    main()
