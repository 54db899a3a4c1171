"""The choices that options offer."""

from __future__ import annotations

import enum


class Task(enum.Enum):
    """What a label says: a class for each pixel, one for each tile, or any number for each tile."""

    SEGMENTATION = "segmentation"
    SCENE = "scene"
    MULTILABEL = "multilabel"

    @property
    def labels_tiles(self) -> bool:
        """Whether a label belongs to a whole tile."""
        return self is not Task.SEGMENTATION


class Device(enum.Enum):
    """Where the network runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class Start(enum.Enum):
    """What training starts from: the current model, fresh weights, or a mixture of both."""

    WARM = "warm"
    COLD = "cold"
    SHRINK_PERTURB = "shrink_perturb"


class Decoder(enum.Enum):
    """What turns the features of an encoder into a map.

    `light` is quick to train. Where there are starting weights it leaves the encoder as they are.
    """

    UNET = "unet"
    LIGHT = "light"


class Recipe(enum.Enum):
    """How a network is trained; METHODS 2.9."""

    PAPER = "paper"
    PLUS = "plus"
    QUICK = "quick"
    MCFPS = "mcfps"  # of scenes: a linear head on a frozen encoder, arXiv 2405.13285
    MULTILABEL = "multilabel"  # of tags: the letter on LL, TPD and MGE

    @property
    def is_published(self) -> bool:
        """Whether it follows a paper to the letter, so that nothing of ours is added."""
        return self in {Recipe.PAPER, Recipe.MCFPS, Recipe.MULTILABEL}


class GammaMode(enum.Enum):
    """Where γ of the threshold comes from; only `fixed` is the paper's."""

    FIXED = "fixed"
    SCHEDULE = "schedule"
    FEEDBACK = "feedback"


class QuotaRule(enum.Enum):
    """How the class part of a batch is divided among the classes."""

    UNIFORM = "uniform"  # the same for every class
    GAP = "gap"  # the class weights of DCAU: the gap to the power of alpha
    CERTAIN_GAP = "certain_gap"  # the gaps, pulled together as far as they may be chance
    HEADROOM = "headroom"  # gap times IoU: neither hopeless nor finished
    GROWTH = "growth"  # headroom times how much one tile adds to the labels of the class
    PROGRESS = "progress"  # the IoU that more labels of the class have brought so far
    SCARCITY = "scarcity"  # few labelled tiles hold the class
    SCARCE_GAP = "scarce_gap"  # few labelled tiles hold the class, and its gap is wide
    AREA = "area"  # the map shows more of the class than the labels do
    LIKENESS = "likeness"  # tiles look like the class's labelled ones but are mapped otherwise
    RARE = "rare"  # only classes with less than an equal share of the labels, all alike


class Step(enum.Enum):
    """A step of dcau_plus, to be left out for the sake of comparison."""

    NONE = "none"
    GUARD = "guard"  # odd tiles come last
    COVER = "cover"  # classes that the map does not show are sought by distance alone
    SEATS = "seats"  # two thirds of what is left belong to classes
    NOISE = "noise"  # in the class pools
    VARIETY = "variety"  # weighed k-center, in place of the best first
    WORTH = "worth"  # in k-center the unsure count for more
    THETA = "theta"  # the rest comes from the tiles above the threshold


class GapSource(enum.Enum):
    """Which labels the class gaps are measured on; `auto` takes the first that is there."""

    AUTO = "auto"
    VALIDATION = "validation"
    PREQUENTIAL = "prequential"
    CROSS_VALIDATION = "cross_validation"


class ThresholdPolicy(enum.Enum):
    """What happens when too few tiles exceed the threshold: fill up, or return fewer."""

    FILL = "fill"
    STRICT = "strict"


class UndefinedIou(enum.Enum):
    """The gap of a class whose IoU is undefined."""

    EXPLORE = "explore"
    NEUTRAL = "neutral"
    EXCLUDE = "exclude"


class Averaging(enum.Enum):
    """What is averaged over the passes of Monte Carlo dropout; MCFPS averages logits."""

    LOGITS = "logits"
    PROBABILITIES = "probabilities"


class ClusterShare(enum.Enum):
    """How the one-shot strategy divides a batch among its clusters; the paper's is `equal`."""

    EQUAL = "equal"
    PROPORTIONAL = "proportional"


class Balance(enum.Enum):
    """Which tiles of a simulation's pool are kept.

    `unbalanced` keeps a random share of each class, 20 % at least, as in the experiments of MCFPS.
    """

    AS_IS = "as_is"
    UNBALANCED = "unbalanced"
