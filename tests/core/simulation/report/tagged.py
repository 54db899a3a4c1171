"""A small finished simulation of whole tiles, its numbers chosen so that a hand can check them."""

import json

import numpy as np

from .simulated import _table

CLASSES = ("Grass", "Trees", "Tanks")
SHARES = (0.6, 0.35, 0.05)
TILES = (40, 60, 80)
LEVELS = {  # accuracy of scenes, macro-F1 of tags: by strategy and seed, round by round
    "random": {0: (0.4, 0.5, 0.6), 1: (0.4, 0.6, 0.6)},
    "mcfps": {0: (0.4, 0.8, 0.9), 1: (0.4, 0.7, 0.95)},
    "mge": {0: (0.4, 0.6, 0.8), 1: (0.4, 0.7, 0.8)},
}
FULL = 0.9


def write_tagged(folder, task="scene", balance="as_is", seeds=(0, 1)):
    """Write rounds.csv, picks.csv, timing.csv, simulation.json and sheets of picked tiles."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [_round("full", seed, 0, 100, FULL, None) for seed in seeds]
    for strategy, runs in LEVELS.items():
        for seed in seeds:
            for number, level in enumerate(runs[seed]):
                rows.append(_round(strategy, seed, number, TILES[number], level, 1 / 3))
    _table(folder / "rounds.csv", rows)
    _table(folder / "picks.csv", [_pick(name, seed) for name in LEVELS for seed in seeds])
    keys = ("strategy", "seed", "round")
    times = {"fit_s": 20.0, "scan_s": 5.0, "query_s": 1.0, "evaluate_s": 4.0, "steps": 9}
    _table(folder / "timing.csv", [{key: row[key] for key in keys} | times for row in rows])
    facts = {
        "config": {"rounds": 2, "seeds": list(seeds), "resplit": False, "task": task}
        | {"balance": balance},
        "command": "python -m al_core simulate --task scene",
        "class_names": list(CLASSES),
        "class_colors": ["#00ff00", "#008000", "#808080"],
        "class_share": list(SHARES),
        "test_share": list(SHARES),
        "absent_in_test": [],
        "task": task,
        "pool_tiles": 100,
        "finished": True,
    }
    (folder / "simulation.json").write_text(json.dumps({"format": 1, "facts": facts}))
    (folder / "maps").mkdir(exist_ok=True)
    for strategy in LEVELS:
        sheet = np.full((40, 80, 3), 120, np.uint8)
        np.save(folder / "maps" / f"{strategy}_s0_r0.npy", sheet)
    return folder


def _round(strategy, seed, number, tiles, level, weight):
    """Grass and Trees stand 0.05 above and below the level; the rare Tanks have half of it."""
    f1 = (level + 0.05, level - 0.05, level / 2)
    return {
        "strategy": strategy,
        "seed": seed,
        "round": number,
        "labelled_tiles": tiles,
        "labelled_tags": tiles * 2,
        "micro_f1": f"{level + 0.04:.6f}",
        "macro_f1": f"{level:.6f}",
        "macro_f1_zero": f"{level - 0.01:.6f}",
        "accuracy": f"{level:.6f}",
        "kl": "0.100000",
        "validation_macro_f1": "",
        **{f"f1_{name}": f"{value:.6f}" for name, value in zip(CLASSES, f1, strict=True)},
        **{f"weight_{name}": "" if weight is None else f"{weight:.6f}" for name in CLASSES},
        "seconds": "30.000000",
    }


def _pick(strategy, seed):
    text = ("rank", "tile", "image", "row", "col", "score", "term", "value", "share", "text")
    tags = {"Grass": 1, "Trees": 0, "Tanks": 1}
    return {
        "strategy": strategy,
        "seed": seed,
        "round": 0,
        **dict.fromkeys(text, 0),
        "class": "Tanks",
        **{f"tag_{name}": value for name, value in tags.items()},
    }
