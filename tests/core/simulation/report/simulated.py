"""A small finished simulation on disk, its numbers chosen so that a hand can check them."""

import csv
import json

import numpy as np

CLASSES = ("Water", "Forest", "Wetland", "Snow & ice")
SHARES = (0.60, 0.37, 0.03, 0.0)
ABSENT = "Snow & ice"
TILES = (20, 30, 40)
FULL = {0: 0.80, 1: 0.90}  # mIoU by seed
MIOU = {  # by strategy and seed, after 20, 30 and 40 tiles
    "random": {0: (0.4, 0.5, 0.6), 1: (0.4, 0.6, 0.6)},
    "dcau_plus": {0: (0.4, 0.6, 0.8), 1: (0.4, 0.67, 0.9)},
}


def write_simulation(folder, seeds=(0, 1), *, miou=None, full=True, finished=True):
    """Write rounds.csv, picks.csv, timing.csv, simulation.json and maps."""
    folder.mkdir(parents=True, exist_ok=True)
    miou = miou or MIOU
    rows = []
    for seed in seeds:
        if full:
            rows.append(_round("full", seed, 0, 100, FULL.get(seed, 0.85), weight=None))
        for strategy, runs in miou.items():
            for number, value in enumerate(runs.get(seed, ())):
                weight = 0.1 * (number + 1) if strategy == "dcau_plus" else None
                rows.append(_round(strategy, seed, number, TILES[number], value, weight=weight))
    _table(folder / "rounds.csv", rows)
    _table(folder / "picks.csv", [_pick(s, seed) for seed in seeds for s in miou])
    _table(folder / "timing.csv", [_timing(row) for row in rows])
    facts = _facts(seeds, finished=finished)
    (folder / "simulation.json").write_text(json.dumps({"format": 1, "facts": facts}))
    _maps(folder / "maps", miou)
    return folder


def _round(strategy, seed, number, tiles, miou, *, weight):
    """Water and Forest stand 0.1 above and below the mIoU; the rare Wetland has half of it."""
    ious = dict(zip(CLASSES, (miou + 0.1, miou - 0.1, miou / 2, None), strict=True))
    return {
        "strategy": strategy,
        "seed": seed,
        "round": number,
        "labelled_tiles": tiles,
        "labelled_pixels": tiles * 1000,
        "miou": f"{miou:.6f}",
        "macro_f1": f"{miou + 0.05:.6f}",
        "kl": "0.100000",
        "validation_miou": "",
        **{f"iou_{k}": "" if v is None else f"{v:.6f}" for k, v in ious.items()},
        **{f"f1_{k}": "" for k in CLASSES},
        **{f"weight_{k}": "" if weight is None else f"{weight:.6f}" for k in CLASSES},
        "seconds": "30.000000",
    }


def _pick(strategy, seed):
    pixels = (200, 200, 600, 0) if strategy == "dcau_plus" else (600, 300, 100, 0)
    text = ("rank", "tile", "image", "row", "col", "score", "term", "value", "share", "text")
    return {
        "strategy": strategy,
        "seed": seed,
        "round": 0,
        **dict.fromkeys(text, 0),
        "class": "Wetland",
        **{f"px_{name}": px for name, px in zip(CLASSES, pixels, strict=True)},
    }


def _timing(row):
    keys = {key: row[key] for key in ("strategy", "seed", "round")}
    return {**keys, "fit_s": 20.0, "scan_s": 5.0, "query_s": 1.0, "evaluate_s": 4.0, "steps": 9}


def _facts(seeds, *, finished):
    return {
        "config": {"rounds": 2, "seeds": list(seeds), "resplit": False},
        "command": "python -m al_core simulate --image a.tif --out <here>",
        "device": "cpu",
        "class_names": list(CLASSES),
        "class_colors": ["#0000ff", [0, 128, 0], "#00ffff", "#ffffff"],
        "class_share": dict(zip(CLASSES, SHARES, strict=True)),
        "test_share": list(SHARES),
        "absent_in_test": [ABSENT],
        "pool_tiles": 100,
        "validation_tiles": 10,
        "test_tiles": 20,
        "versions": {"numpy": "2"},
        "started": "2026-01-01T10:00:00",
        "finished": "2026-01-01T11:00:00" if finished else None,
    }


def _maps(folder, strategies):
    folder.mkdir(exist_ok=True)
    area = np.arange(96, dtype=np.uint8).reshape(8, 12) % len(CLASSES)
    np.save(folder / "reference.npy", area)
    np.save(folder / "image.npy", np.stack([area * 60] * 3, axis=-1))
    np.save(folder / "full_s0_r0.npy", area)
    for strategy in strategies:
        for number in range(len(TILES)):
            np.save(folder / f"{strategy}_s0_r{number}.npy", area)


def _table(path, rows):
    columns = list(rows[0]) if rows else ["strategy"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
