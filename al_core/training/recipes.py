"""The recipes by which a network is trained, and what a config changes in them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..config import Decoder, Recipe, TrainConfig
from ..models import LOCAL

LOCAL_LEARNING_RATE = 3e-3  # two small layers, nothing pretrained
LIGHT_LEARNING_RATE = 1e-2  # two layers above an encoder that is not trained


@dataclass(frozen=True)
class Settings:
    """All that a training follows.

    Attributes:
        decoder_learning_rate: Of decoder and head.
        encoder_learning_rate: Of the encoder; 0 keeps it as it is, its normalisations too.
        weight_decay: Decoupled (AdamW); 0 makes it Adam.
        ema_decay: Of the average of the weights that predicts in the end; 0 keeps the last.
        dice_weight: Of soft Dice beside cross-entropy.
        stability_weight: Of the change against the previous map where nothing is labelled.
        max_gradient_norm: Longer gradients are cut to it.
        is_annealed: The learning rate rises and falls; else it is constant.
        is_augmented: Windows are moved, turned, scaled, recoloured and mixed, half of them
            drawn class by class; else every epoch shows each tile once, as it is.
        has_dropout: The dropout before the head is on.
        is_timed: The minutes of the config can end it.
        epochs: Passes over the tiles; 0 plans steps instead: max(600, 40 a tile).
        loss_margin: ξ of the loss network, by how much its ranks of two windows should differ.
        loss_weight: λ, of its loss beside the others.
        loss_stop: The part of the training after which it no longer changes the encoder.
    """

    decoder_learning_rate: float = 1e-3
    encoder_learning_rate: float = 3e-4
    weight_decay: float = 1e-2
    ema_decay: float = 0.99
    dice_weight: float = 0.5
    stability_weight: float = 0.1
    max_gradient_norm: float = 5.0
    is_annealed: bool = True
    is_augmented: bool = True
    has_dropout: bool = True
    is_timed: bool = True
    epochs: int = 0
    loss_margin: float = 1.0
    loss_weight: float = 1.0
    loss_stop: float = 0.6


_RECIPES: Mapping[Recipe, Settings] = MappingProxyType(
    {
        # High rates and a short memory: a useful network after a few hundred steps.
        Recipe.QUICK: Settings(),
        Recipe.PLUS: Settings(
            decoder_learning_rate=3e-4, encoder_learning_rate=1e-4, ema_decay=0.995
        ),
        # DCAU-AL, arXiv 2604.08965, section 4; cross-entropy is our reading, it names no loss.
        Recipe.PAPER: Settings(
            decoder_learning_rate=1e-4,
            encoder_learning_rate=1e-4,
            weight_decay=0.0,
            ema_decay=0.0,
            dice_weight=0.0,
            stability_weight=0.0,
            max_gradient_norm=math.inf,
            is_annealed=False,
            is_augmented=False,
            has_dropout=False,
            is_timed=False,
            epochs=100,
        ),
    }
)


def settings_of(config: TrainConfig) -> Settings:
    """Return the recipe that a config names, with the numbers that the config sets itself."""
    recipe = _RECIPES[config.recipe]
    if config.recipe is not Recipe.PAPER:
        recipe = _fitted(recipe, config)
    own = {
        item.name: value
        for item in dataclasses.fields(recipe)
        if (value := getattr(config, item.name, None)) is not None
    }
    return dataclasses.replace(recipe, **own)


def _fitted(recipe: Settings, config: TrainConfig) -> Settings:
    """Return a recipe with the rates that small networks learn at."""
    if config.encoder == LOCAL:
        return dataclasses.replace(recipe, decoder_learning_rate=LOCAL_LEARNING_RATE)
    if config.decoder is not Decoder.LIGHT:
        return recipe
    light = dataclasses.replace(recipe, decoder_learning_rate=LIGHT_LEARNING_RATE)
    return dataclasses.replace(light, encoder_learning_rate=0.0) if config.weights else light
