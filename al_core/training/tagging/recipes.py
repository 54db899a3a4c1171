"""The recipes by which networks that label tiles are trained."""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ...config import Decoder, Recipe, TrainConfig
from ...models import LOCAL
from ...models.views import Views
from ..schedule import learning_rate_factor

_DROP_AT = 0.8
_DROP_TO = 0.1


class Annealing(enum.Enum):
    """How the learning rate goes from the first step to the last."""

    ONE_CYCLE = "one_cycle"
    COSINE = "cosine"
    DROP = "drop"  # to a tenth after 80 %
    NONE = "none"

    def factor(self, position: float) -> float:
        """Return what the learning rate is multiplied by; `position` is 0 to 1."""
        if self is Annealing.ONE_CYCLE:
            return learning_rate_factor(position)
        if self is Annealing.COSINE:
            return (1 + math.cos(math.pi * min(position, 1.0))) / 2
        if self is Annealing.DROP:
            return 1.0 if position < _DROP_AT else _DROP_TO
        return 1.0


@dataclass(frozen=True)
class TagSettings:
    """All that a training follows.

    Attributes:
        learning_rate: Of the last layer.
        encoder_learning_rate: Of the encoder; 0 keeps it as it is, its normalisations too.
        weight_decay: Decoupled where `momentum` is 0.
        momentum: Of plain gradient descent; None takes AdamW.
        annealing: Of the learning rates.
        epochs: Passes over the tiles; 0 plans steps instead.
        batch_size: Tiles a step; 0 takes the config's.
        views: What is seen of a tile.
        dropout: Before the last layer.
        drops_last: An epoch leaves out its last batch if that is smaller than the others.
        max_gradient_norm: Longer gradients are cut to it.
        is_timed: The minutes of the config can end it.
        is_cold: Every round starts from the pretrained or random weights.
        ranks_held_out: Where the encoder is not trained, ranks for “ll” are learnt from the
            losses of tiles that were left out; see `held_out`.
    """

    learning_rate: float = 3e-3
    encoder_learning_rate: float = 3e-4
    weight_decay: float = 1e-2
    momentum: float | None = None
    annealing: Annealing = Annealing.ONE_CYCLE
    epochs: int = 0
    batch_size: int = 0
    views: Views = Views.TURNED
    dropout: float = 0.2
    drops_last: bool = False
    max_gradient_norm: float = 5.0
    is_timed: bool = True
    is_cold: bool = False
    ranks_held_out: bool = True


_RECIPES: Mapping[Recipe, TagSettings] = MappingProxyType(
    {
        Recipe.QUICK: TagSettings(),
        Recipe.PLUS: TagSettings(learning_rate=1e-3, encoder_learning_rate=1e-4),
        # DCAU-AL, arXiv 2604.08965: Adam and no augmentation.
        Recipe.PAPER: TagSettings(
            learning_rate=1e-4,
            encoder_learning_rate=1e-4,
            weight_decay=0.0,
            annealing=Annealing.NONE,
            epochs=100,
            views=Views.PLAIN,
            dropout=0.0,
            max_gradient_norm=math.inf,
            is_timed=False,
            is_cold=True,
        ),
        # MCFPS, arXiv 2405.13285, and the script of its experiments.
        Recipe.MCFPS: TagSettings(
            learning_rate=0.1,
            encoder_learning_rate=0.0,
            weight_decay=0.0,
            momentum=0.9,
            annealing=Annealing.COSINE,
            epochs=100,
            batch_size=64,
            views=Views.CROPPED,
            dropout=0.5,
            drops_last=True,
            max_gradient_norm=math.inf,
            is_timed=False,
            is_cold=True,
        ),
        # Möllenbrok, Sumbul, Demir (IEEE GRSL 2023), on UC Merced. They name neither momentum
        # nor weight decay; these are none.
        Recipe.MULTILABEL: TagSettings(
            learning_rate=0.025,
            encoder_learning_rate=0.025,
            weight_decay=0.0,
            momentum=0.0,
            annealing=Annealing.DROP,
            epochs=100,
            batch_size=10,
            views=Views.TURNED,
            dropout=0.0,
            max_gradient_norm=math.inf,
            is_timed=False,
            ranks_held_out=False,
        ),
    }
)

HEAD_BATCH = 32
HEAD_LEARNING_RATE = 3e-3  # one layer above an encoder that is not trained


def tag_settings_of(config: TrainConfig) -> TagSettings:
    """Return the recipe that a config names, with the numbers that the config sets itself.

    The encoder stays as it is in the recipe of MCFPS, for `local`, which has no weights, and
    with pretrained weights and the decoder `light`.
    """
    recipe = _RECIPES[config.recipe]
    is_held = config.decoder is Decoder.LIGHT and config.weights
    if is_held or config.encoder == LOCAL:
        recipe = dataclasses.replace(recipe, encoder_learning_rate=0.0)
        if not recipe.batch_size:
            recipe = dataclasses.replace(
                recipe, learning_rate=HEAD_LEARNING_RATE, batch_size=HEAD_BATCH
            )
    own = {
        "learning_rate": config.decoder_learning_rate,
        "encoder_learning_rate": config.encoder_learning_rate,
        "weight_decay": config.weight_decay,
        "dropout": config.dropout,
        "epochs": config.epochs,
    }
    given = {name: value for name, value in own.items() if value is not None}
    return dataclasses.replace(recipe, **given)  # type: ignore[arg-type]
