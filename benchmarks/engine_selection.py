"""Choosing among 100 000 tiles: time and peak memory of the strategies, each in its own process.

Run on Linux with the engine's Python from the repository root, on one or two cores.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from report import report

from al_core import strategies
from al_core.config import QueryConfig
from al_core.scoring import PoolStatistics, class_weights

TILES, FEATURES, CLASSES, LABELLED, COUNT = 100_000, 512, 9, 500, 50
TILE_PX = 65_536
RERANKS = 5
BATCHES = ("dcau_plus", "dcau_pool", "coreset", "fps", "osal", "mcfps", "mge", "ll", "tpd")
BUDGETS = {"rerank_ms": 50.0, "seconds": 3.0, "extra_memory_mb": 1024.0}


def main() -> None:
    """Measure each strategy in a child process and print the figures with their budgets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--child")
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(measure(arguments.child)))
        return
    figures: dict[str, object] = {}
    for name in ("dcau", *BATCHES):
        child = [sys.executable, __file__, "--child", name]
        done = subprocess.run(child, capture_output=True, text=True, check=True)
        figures |= {f"{name}_{key}": value for key, value in json.loads(done.stdout).items()}
    over = [name for name, value in figures.items() if value > budget_of(name)]
    figures |= {f"budget_{name}": value for name, value in BUDGETS.items()}
    report("Selection among 100 000 tiles", {**figures, "over_budget": ", ".join(over) or "none"})


def budget_of(figure: str) -> float:
    """Return the budget that a figure is held against."""
    return next(value for name, value in BUDGETS.items() if figure.endswith(name))


def measure(name: str) -> dict[str, float]:
    """Return the seconds and the peak memory of one query, or of moving alpha and gamma."""
    statistics, state, ious = scan(np.random.default_rng(0))
    strategy = strategies.get(name)
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before, started = memory_mb("VmRSS"), time.perf_counter()
    if name not in BATCHES:
        worst = max(rerank(strategy, statistics, state, ious, turn) for turn in range(RERANKS))
        return {"rerank_ms": 1000 * worst, "extra_memory_mb": memory_mb("VmHWM") - before}
    picks = strategy.select(statistics, state, QueryConfig(name, COUNT), np.random.default_rng(1))
    seconds = time.perf_counter() - started
    if len(picks) != COUNT:
        raise SystemExit(f"{name} chose {len(picks)} of {COUNT} tiles.")
    return {"seconds": seconds, "extra_memory_mb": memory_mb("VmHWM") - before}


def rerank(
    strategy: strategies.Strategy,
    statistics: PoolStatistics,
    state: strategies.LoopState,
    ious: np.ndarray,
    turn: int,
) -> float:
    """Return the seconds that new picks take after alpha and gamma have been moved."""
    started = time.perf_counter()
    config = QueryConfig(strategy.name, COUNT, alpha=turn / 4, gamma=turn / 5)
    moved = {**vars(state), "weights": class_weights(ious, config.alpha)}
    strategy.select(statistics, strategies.LoopState(**moved), config, np.random.default_rng(0))
    return time.perf_counter() - started


def scan(
    rng: np.random.Generator,
) -> tuple[PoolStatistics, strategies.LoopState, np.ndarray]:
    """Return statistics as a scan of a scene with forty kinds of tiles would leave them."""
    kinds = rng.normal(size=(40, FEATURES)).astype(np.float32)
    kind = rng.integers(len(kinds), size=TILES)
    features = np.empty((TILES, FEATURES), dtype=np.float16)
    for start in range(0, TILES, 10_000):
        part = slice(start, start + 10_000)
        noise = rng.standard_normal((10_000, FEATURES), dtype=np.float32)
        features[part] = np.maximum(kinds[kind[part]] + 0.5 * noise + 0.5, 0)
    shares = rng.dirichlet(np.full(CLASSES, 0.3), len(kinds))[kind]
    shares = 0.7 * shares + 0.3 * rng.dirichlet(np.ones(CLASSES), TILES)
    entropy = rng.gamma(2.0, 0.2, TILES)
    mapped = np.round(TILE_PX * shares)
    mapped[:, :2] = 0  # so that dcau_plus looks around for these two
    statistics = PoolStatistics(
        tile_ids=rng.permutation(TILES),
        n=np.full(TILES, TILE_PX),
        sum_entropy=TILE_PX * entropy,
        sum_entropy_p=TILE_PX * entropy[:, None] * shares,
        sum_p=TILE_PX * shares,
        histogram=mapped,
        sum_margin=TILE_PX * rng.random(TILES),
        sum_least_confidence=TILE_PX * rng.random(TILES),
        top20_entropy=entropy,
        features=features,
        gradients=rng.standard_normal((TILES, 16 * CLASSES), dtype=np.float32),
        sum_certainty=TILE_PX * rng.uniform(0.4, 1.0, TILES),
        sum_discrepancy=TILE_PX * rng.random(TILES),
        predicted_loss=rng.random(TILES),
        before_hash="before",
    )
    counts = np.zeros((TILES, CLASSES), dtype=np.int64)
    labelled = rng.choice(TILES, LABELLED, replace=False)
    counts[labelled] = np.round(TILE_PX * shares[labelled])
    ious = rng.random(CLASSES)
    state = strategies.LoopState(
        class_names=tuple(f"class {index}" for index in range(CLASSES)),
        weights=class_weights(ious),
        eligible=counts.sum(axis=1) == 0,
        round=3,
        tile_px=TILE_PX,
        label_counts=counts,
    )
    return statistics, state, ious


def memory_mb(name: str) -> float:
    """Return a line of the process's status: VmRSS is resident now, VmHWM was at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":")) / 1024


if __name__ == "__main__":
    main()
