"""What the papers on whole tiles report, and what of it is asked of our figures."""

import json
from pathlib import Path

RANKS = "ranks.json"  # beside the simulations, by benchmarks/ranks.py

# By section: a measure, and two strategies of which the first should be above the second.
CLAIMS = {
    "ucm-scenes": (
        ("accuracy", "mcfps", "random"),
        ("accuracy", "fps", "random"),
        ("accuracy", "mcfps", "fps"),
        ("accuracy", "mcfps", "mcfps:normalise=off"),
    ),
    "ucm-unbalanced": (
        ("accuracy", "mcfps", "random"),
        ("accuracy", "fps", "random"),
        ("accuracy", "mcfps", "fps"),
        ("macro_f1", "mcfps", "random"),
        ("macro_f1", "fps", "random"),
        ("accuracy", "mcfps:normalise=off", "random"),
        ("accuracy", "fps:normalise=off", "random"),
        ("accuracy", "fps", "fps:normalise=off"),
    ),
    "ucm-tags": (
        *(("macro_f1", name, "random") for name in ("mge", "ll", "tpd")),
        *(("micro_f1", name, "random") for name in ("mge", "ll", "tpd")),
        *(("macro_f1", name, f"{name}:clustering=off") for name in ("mge", "ll", "tpd")),
    ),
    "ucm-ranks": (
        ("macro_f1", "ll", "random"),
        ("macro_f1", "mge", "random"),
        ("macro_f1", "ll", "ll:clustering=off"),
    ),
}

_MCFPS = (
    "**Beside it, MCFPS** (arXiv 2405.13285; EuroSAT, 27 000 tiles of ten classes, a ResNet-50 "
    "pre-trained by MoCo, 8 rounds of 64, until 90 % accuracy): {said} The first tiles are drawn "
    "at random here for all strategies alike, there by each strategy."
)
PAPERS = {
    "ucm-scenes": _MCFPS.format(
        said="with balanced classes random needs fewer labels for 90 % than MCFPS, and MCFPS "
        "fewer than FPS alone; OSAL stays at about 75 %."
    ),
    "ucm-unbalanced": _MCFPS.format(
        said="with unbalanced classes MCFPS and FPS are above random, MCFPS slightly before FPS; "
        "no run of random reaches 90 % within the 8 rounds, and OSAL is far below all others."
    ),
    "ucm-tags": (
        "**Beside it, the letter on LL, TPD and MGE** (Möllenbrok, Sumbul and Demir, IEEE GRSL "
        "2023; UC Merced, 2 100 tiles, a DenseNet-121 from random weights, mean of three "
        "trials):\n\n"
        "| micro-F1 | 200 tiles | 400 tiles |\n| --- | ---: | ---: |\n"
        "| MGE + clustering | 0.799 (more than +0.02) | 0.858 (more than +0.01) |\n"
        "| LL + clustering | – | 0.863 (more than +0.01) |\n\n"
        "In brackets what it names as the difference to random. All three are close to each "
        "other; without clustering LL is clearly lower. Of macro-F1 it says that it is similar."
    ),
}


def why(name: str, folder: Path) -> str:
    """Return what else was measured to find out why a section is as it is, "" for most."""
    path = folder.parent / RANKS
    if name != "ucm-ranks" or not path.exists():
        return ""
    figures = json.loads(path.read_text(encoding="utf-8"))
    rows = "".join(f"| {label} | {value} |\n" for label, value in figures.items())
    return (
        "**Why.** Above an encoder that is not trained one layer learns its few tiles by heart; "
        "what loss they have left says little of other tiles. By the recipe of the letter the "
        "second network ranks these, by our own recipes the losses of tiles that were left out. "
        "Spearman's rank correlation with the true loss of unseen tiles (`benchmarks/ranks.py`, "
        "four draws, ± one standard deviation):\n\n"
        f"| measure | correlation |\n| --- | ---: |\n{rows}"
    )
