"""How well each measure of doubt puts unseen tiles in the order of their true loss.

    python benchmarks/ranks.py IMAGES LABELS.csv --weights ENCODER.safetensors

IMAGES and LABELS as for pretraining.py. Above an encoder that is not trained one layer learns the
tags of some tiles, drawn four times; of all others the true loss is compared with the ranks of
“ll”, learnt to the letter and from tiles left out, with the length of the gradient (“mge”) and
with the entropy. Printed is Spearman's rank correlation; takes ten minutes on one core.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from pretraining import file_of, inputs_of, labels_of
from report import report

from al_core.config import Decoder, Recipe, Task, TrainConfig
from al_core.inference.tag_validation import probabilities
from al_core.inference.tagging import Judgement, Pooled, TagForward, pool_tiles
from al_core.models import TaggingNetwork, TaggingSpec, build_tagging, choose, load_encoder
from al_core.models.views import Views
from al_core.progress import Silent
from al_core.scoring import class_entropies, mge
from al_core.training.tagging import PooledViews, TagLesson, fit_tags, tag_losses
from al_core.training.tagging.recipes import tag_settings_of

SIZES, DRAWS = (40, 100), 4
RECIPES = {"to the letter": Recipe.MULTILABEL, "from tiles left out": Recipe.PLUS}


def main() -> None:
    """Train, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--weights", required=True, metavar="FILE")
    parser.add_argument("--encoder", default="mobilenet_v2")
    parser.add_argument("--out", type=Path, metavar="FILE", help="keep the figures as JSON")
    options = parser.parse_args()
    torch.set_num_threads(1)
    names, _, tags = labels_of(options.labels)
    inputs = inputs_of([file_of(options.images, name) for name in names])
    spec = TaggingSpec(options.encoder, 3, tags.shape[1], Task.MULTILABEL.value, learns_loss=True)
    network = build_tagging(spec)
    load_encoder(network, options.weights)
    forward = TagForward(network, choose().device)
    rows = pool_tiles(forward, inputs, inputs.tiles.ids, 8, Silent(), views=Views.TURNED)
    classes = tuple(map(str, range(tags.shape[1])))
    whole = TagLesson(inputs, inputs.tiles.ids, tags, classes, Task.MULTILABEL)
    figures: dict[str, object] = {}
    for size in SIZES:
        found = [correlations(whole, rows, spec, options.weights, size, n) for n in range(DRAWS)]
        for name in found[0]:
            values = [one[name] for one in found]
            figures[f"{name}, {size} tiles"] = f"{np.mean(values):.2f} ± {np.std(values):.2f}"
    report("Rank correlation with the true loss", figures)
    if options.out:
        options.out.write_text(json.dumps(figures, ensure_ascii=False), encoding="utf-8")


def correlations(
    whole: TagLesson, rows: Pooled, spec: TaggingSpec, weights: str, size: int, number: int
) -> dict[str, float]:
    """Return Spearman's correlations of one draw, by measure."""
    order = np.random.default_rng(100 + number).permutation(len(rows))
    known, unseen = np.sort(order[:size]), np.sort(order[size:])
    lesson = TagLesson(
        whole.inputs, known, whole.states[known], whole.class_names, whole.task,
        PooledViews(rows[known], Views.TURNED),
    )  # fmt: skip
    result: dict[str, float] = {}
    for name, recipe in RECIPES.items():
        config = TrainConfig(
            recipe=recipe, decoder=Decoder.LIGHT, weights=weights, learn_loss=True, minutes=999.0
        )
        network = trained(lesson, spec, config, number)
        judged = TagForward(network, choose().device).judge(rows[unseen, 0])
        true = losses(judged, whole.states[unseen])
        result[f"ll {name}"] = spearman(judged.ranks, true)
        if recipe is Recipe.PLUS:
            p = probabilities(judged.logits, Task.MULTILABEL)
            features = rows[unseen, 0, -network.features :].astype(np.float64)
            result["mge"] = spearman(mge(p, features), true)
            entropy = class_entropies(p, Task.MULTILABEL).sum(axis=1)
            result["entropy"] = spearman(entropy, true)
    return result


def trained(lesson: TagLesson, spec: TaggingSpec, config: TrainConfig, seed: int) -> TaggingNetwork:
    """Return the layer above an encoder that has no part in it: its rows are there."""
    plain = TaggingSpec(**{**vars(spec), "dropout": tag_settings_of(config).dropout})
    network = build_tagging(plain, seed)
    fit_tags(lesson, network, config, choose().device, Silent())
    return network


def losses(judged: Judgement, states: np.ndarray) -> np.ndarray:
    """Return the true loss of each tile, float32 (N,)."""
    tensors = torch.from_numpy(judged.logits), torch.from_numpy(states.astype(np.int64))
    return tag_losses(*tensors, has_one_class=False).numpy()


def spearman(one: np.ndarray | None, other: np.ndarray) -> float:
    """Return the correlation of the ranks; there are no ties to speak of."""
    ranks = [np.argsort(np.argsort(values)) for values in (np.asarray(one), other)]
    return float(np.corrcoef(*ranks)[0, 1])


if __name__ == "__main__":
    main()
