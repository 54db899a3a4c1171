"""Training and scanning against the plainest PyTorch loops, and the light decoder against a U-Net.

Pairs of runs alternate, so that a machine whose speed drifts does not favour either; the
medians are printed. Run with the engine's Python from the repository root.
"""

import argparse
import dataclasses
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import rasterio
import torch
from rasterio.windows import Window as RasterWindow
from report import report
from torch import nn

from al_core import jobs
from al_core.config import Decoder, DemoConfig, InitConfig, LabelConfig, TrainConfig
from al_core.inference import Forward, scan_tiles
from al_core.jobs.networks import network_inputs
from al_core.legend import UNLABELLED, Legend
from al_core.models import build, choose
from al_core.progress import Silent
from al_core.project import Project, Role
from al_core.training import LabelSnapshot, TrainingData, fit

ENCODER = "mobilenet_v2"
BATCH = 8
STEPS = {"cpu": 10, "cuda": 200}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--steps", type=int, help="training steps in each run")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = demo_project(Path(folder))
        device = choose(TrainConfig().device)
        arguments.steps = arguments.steps or STEPS[device.device.type]
        figures = {"device": device.text, "encoder": ENCODER, "batch": BATCH, "tile_px": 256}
        figures |= train_figures(project, device.device, arguments)
        figures |= scan_figures(project, device.device, arguments)
        figures |= light_figures(project, device.device, arguments)
        project.close()
    report("Engine speed", figures)


def demo_project(folder: Path) -> Project:
    """Return a project over the demo scene with 30 labelled tiles."""
    quiet = Silent()
    demo = jobs.write_demo(folder / "demo", DemoConfig(size_px=1536), quiet)
    jobs.create_project(
        folder / "p.landloop",
        Legend.from_csv(Path(demo.legend)),
        InitConfig((str(demo.scene),)),
        quiet,
    )
    project = Project.open(folder / "p.landloop")
    jobs.import_labels(project, LabelConfig(str(demo.labels), random=30), quiet)
    return project


def labelled(project: Project) -> tuple[np.ndarray, TrainingData]:
    """Return the labelled tiles, int64 (M,), and what training makes of them."""
    ids, _ = project.labels.counts()
    snapshot = LabelSnapshot.take(project.tiles, ids, project.labels.read, len(project.legend))
    return ids, TrainingData(network_inputs(project), snapshot, project.legend.names)


def train_figures(
    project: Project, device: torch.device, arguments: argparse.Namespace
) -> dict[str, float]:
    """Return images per second of both training loops."""
    ids, data = labelled(project)
    config = TrainConfig(steps=arguments.steps, minutes=60, batch_size=BATCH)
    ours, plain = [], []
    for _ in range(arguments.pairs):
        network = build(ENCODER, 3, len(project.legend))
        started = time.perf_counter()
        fitted = fit(data, network, config, device, Silent())
        ours.append(fitted.steps * BATCH / (time.perf_counter() - started))
        plain.append(plain_training(project, ids, device, arguments.steps))
    return {
        "train_images_per_s": statistics.median(ours),
        "train_images_per_s_plain": statistics.median(plain),
        "train_ratio": statistics.median(a / b for a, b in zip(ours, plain, strict=True)),
    }


def light_figures(
    project: Project, device: torch.device, arguments: argparse.Namespace
) -> dict[str, float]:
    """Return the speed of the light decoder over an encoder that is not trained."""
    ids, data = labelled(project)
    base = TrainConfig(steps=arguments.steps, minutes=60, batch_size=BATCH)
    light = dataclasses.replace(base, decoder=Decoder.LIGHT, encoder_learning_rate=0.0)
    trained: dict[Decoder, list[float]] = {Decoder.UNET: [], Decoder.LIGHT: []}
    scanned: dict[Decoder, list[float]] = {Decoder.UNET: [], Decoder.LIGHT: []}
    for _ in range(arguments.pairs):
        for config in (base, light):
            network = build(ENCODER, 3, len(project.legend), decoder=config.decoder.value)
            fitted = fit(data, network, config, device, Silent())
            trained[config.decoder].append(fitted.images_per_s)
            forward = Forward(network, device, "benchmark")
            started = time.perf_counter()
            scan_tiles(forward, data.inputs, ids, project.labels.read, BATCH, Silent())
            scanned[config.decoder].append(len(ids) / (time.perf_counter() - started))
    return {
        "light_train_images_per_s": statistics.median(trained[Decoder.LIGHT]),
        "light_train_ratio": ratio(trained),
        "light_scan_ratio": ratio(scanned),
    }


def ratio(speeds: dict[Decoder, list[float]]) -> float:
    """Return how many times as fast as a U-Net the light decoder is."""
    pairs = zip(speeds[Decoder.LIGHT], speeds[Decoder.UNET], strict=True)
    return statistics.median(a / b for a, b in pairs)


def plain_training(project: Project, ids: np.ndarray, device: torch.device, steps: int) -> float:
    """Train as a tutorial would, and return images per second."""
    rng = np.random.default_rng(0)
    network = build(ENCODER, 3, len(project.legend)).to(device).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    loss_of = nn.CrossEntropyLoss(ignore_index=UNLABELLED)
    started = time.perf_counter()
    with rasterio.open(project.images[0].path) as image:
        for _ in range(steps):
            tiles = rng.choice(ids, BATCH)
            pixels = torch.stack([plain_read(project, image, tile) for tile in tiles])
            labels = np.stack([plain_labels(project, tile) for tile in tiles])
            optimizer.zero_grad()
            logits = network(pixels.to(device))
            loss = loss_of(logits, torch.from_numpy(labels.astype(np.int64)).to(device))
            loss.backward()
            optimizer.step()
            loss.item()
    return steps * BATCH / (time.perf_counter() - started)


def plain_read(project: Project, image: rasterio.DatasetReader, tile: int) -> torch.Tensor:
    """Read and normalise one window."""
    grid = project.grid(project.images[0].id)
    window = grid.window(int(tile))
    place = RasterWindow(window.col, window.row, window.width, window.height)
    values = image.read(window=place, boundless=True).astype(np.float32)
    norm = project.settings.normalisation
    low, high, mean, std = (
        np.array(column, np.float32)[:, None, None]
        for column in (norm.low, norm.high, norm.mean, norm.std)
    )
    scaled = np.clip((values - low) / (high - low), 0, 1)
    return torch.from_numpy((scaled - mean) / std)


def plain_labels(project: Project, tile: int) -> np.ndarray:
    """Read the label window of one tile."""
    image = project.images[0]
    window = project.grid(image.id).window(int(tile))
    return project.labels.read_window(image.id, window, hide=(Role.VALIDATION,))


def scan_figures(
    project: Project, device: torch.device, arguments: argparse.Namespace
) -> dict[str, float]:
    """Return tiles per second of both scans."""
    tiles = project.tiles
    ids = tiles.ids[tiles.role == Role.POOL]
    network = build(ENCODER, 3, len(project.legend)).to(device).eval()
    forward = Forward(network, device, "benchmark")
    ours, plain = [], []
    for _ in range(arguments.pairs):
        started = time.perf_counter()
        scan_tiles(forward, network_inputs(project), ids, project.labels.read, BATCH, Silent())
        ours.append(len(ids) / (time.perf_counter() - started))
        plain.append(plain_scan(project, ids, network, device))
    return {
        "scan_tiles_per_s": statistics.median(ours),
        "scan_tiles_per_s_plain": statistics.median(plain),
        "scan_ratio": statistics.median(a / b for a, b in zip(ours, plain, strict=True)),
    }


def plain_scan(
    project: Project, ids: np.ndarray, network: nn.Module, device: torch.device
) -> float:
    """Compute the same sums tile by tile as a first version would; return tiles per second."""
    rows = []
    started = time.perf_counter()
    with rasterio.open(project.images[0].path) as image, torch.no_grad():
        for tile in ids:
            pixels = plain_read(project, image, tile).unsqueeze(0).to(device)
            logits, features = network.forward_with_features(pixels)
            p = torch.softmax(logits, 1)
            entropy = -torch.special.xlogy(p, p).sum(1)
            top = p.topk(2, 1).values
            shares = (entropy.unsqueeze(1) * p).sum((2, 3))
            least = (1 - top[:, 0]).sum()
            margin = (top[:, 0] - top[:, 1]).sum()
            rows.append([entropy.sum(), shares, p.sum((2, 3)), margin, least, features])
    return len(rows) / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
