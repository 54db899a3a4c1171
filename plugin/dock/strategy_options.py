"""Which options matter to which query strategy, and how options are called."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from ...al_core import strategies
from ...al_core.config import (
    ClusterShare,
    GammaMode,
    GapSource,
    QueryConfig,
    QuotaRule,
    Task,
    ThresholdPolicy,
)
from ...al_core.strategies import Need
from ..messages import tr

FIRST = ("random", "herding")  # they choose before any network has been trained
FIRST_OF_TILES = ("random", "herding", "fps", "mcfps", "osal")
BY_CLICK = "similar"  # asked for at a tile, not from the list
POLICY = "dcau"  # the one that may return fewer tiles than asked for
THRESHOLD = frozenset({"dcau_pool", "dcau_plus"})
QUOTAS = frozenset({"dcau_plus"})
ROUNDS = frozenset({"dcau_plus", "clasp"})
CLUSTERED = frozenset({"ll", "tpd", "mge"})


class Option(enum.Enum):
    """What there is to set beside the number of tiles."""

    ALPHA = "alpha"
    GAMMA = "gamma"
    GAMMA_MODE = "gamma_mode"
    QUOTAS = "quotas"
    GAP_SOURCE = "gap_source"
    POLICY = "policy"
    ROUNDS = "rounds"
    CLUSTERING = "clustering"
    MULTIPLE = "multiple"
    UNIT_GRADIENTS = "unit_gradients"
    NORMALISE = "normalise"
    NEIGHBOURS = "neighbours"
    SKIP = "skip"
    CLUSTER_SHARE = "cluster_share"


def options_of(config: QueryConfig) -> frozenset[Option]:
    """Return the options that have a say under this strategy and γ mode."""
    found: set[Option] = set()
    if Need.WEIGHTS in strategies.get(config.strategy).needs:
        found |= {Option.ALPHA, Option.GAP_SOURCE}
    if config.strategy == POLICY:
        found.add(Option.POLICY)
    if _has_threshold(config):
        found.add(Option.GAMMA_MODE)
        scheduled = config.gamma_mode is GammaMode.SCHEDULE
        found.add(Option.ROUNDS if scheduled else Option.GAMMA)
    if config.strategy in QUOTAS:
        found.add(Option.QUOTAS)
    if config.strategy in ROUNDS:
        found.add(Option.ROUNDS)
    return frozenset(found | _of_tiles(config))


def _of_tiles(config: QueryConfig) -> set[Option]:
    """Return the options of the strategies that were made for whole tiles first."""
    found = {
        "mge": {Option.UNIT_GRADIENTS},
        "fps": {Option.NORMALISE},
        "mcfps": {Option.NORMALISE, Option.NEIGHBOURS, Option.SKIP},
        "osal": {Option.NORMALISE, Option.CLUSTER_SHARE},
    }.get(config.strategy, set())
    if config.strategy not in CLUSTERED:
        return found
    return found | {Option.CLUSTERING} | ({Option.MULTIPLE} if config.clustering else set())


def _has_threshold(config: QueryConfig) -> bool:
    """Tell whether γ changes anything: filled up, the literal strategy takes the best scores."""
    strict = config.strategy == POLICY and config.policy is ThresholdPolicy.STRICT
    return strict or config.strategy in THRESHOLD


def listed(names: Sequence[str]) -> tuple[str, ...]:
    """Return the strategies to choose from."""
    return tuple(name for name in names if name != BY_CLICK)


def first_ones(names: Sequence[str], task: Task) -> tuple[str, ...]:
    """Return those that can choose before the first round."""
    first = FIRST_OF_TILES if task.labels_tiles else FIRST
    return tuple(name for name in first if name in names)


def cluster_shares() -> dict[ClusterShare, str]:
    """Return what the ways to divide a batch among clusters are called."""
    return {
        ClusterShare.EQUAL: tr("The same for all"),
        ClusterShare.PROPORTIONAL: tr("By their size"),
    }


def gamma_modes() -> dict[GammaMode, str]:
    """Return what the γ modes are called."""
    return {
        GammaMode.FIXED: tr("Fixed"),
        GammaMode.SCHEDULE: tr("Rises from 0 to 1"),
        GammaMode.FEEDBACK: tr("Follows the accuracy"),
    }


def quota_rules() -> dict[QuotaRule, str]:
    """Return what the rules for class quotas are called."""
    titles = {
        "uniform": tr("The same for all"),
        "gap": tr("By class gap"),
        "certain_gap": tr("By gap, as far as it is certain"),
        "headroom": tr("By gap, hopeless classes less"),
        "progress": tr("By what labels have brought so far"),
        "scarcity": tr("By scarcity of labels"),
        "scarce_gap": tr("By scarcity of labels and gap"),
        "area": tr("By mapped area that lacks labels"),
        "likeness": tr("By doubtful likeness to labels"),
        "growth": tr("By gap, where a tile adds much"),
        "rare": tr("Rare classes only"),
    }
    return {rule: titles[rule.value] for rule in QuotaRule}


def policies() -> dict[ThresholdPolicy, str]:
    """Return what is done where too few tiles exceed the threshold."""
    return {
        ThresholdPolicy.FILL: tr("Take the next best"),
        ThresholdPolicy.STRICT: tr("Choose fewer tiles"),
    }


def gap_sources() -> dict[GapSource, str]:
    """Return what the sources of class gaps are called."""
    return {
        GapSource.AUTO: tr("Best there is"),
        GapSource.VALIDATION: tr("Validation tiles"),
        GapSource.PREQUENTIAL: tr("New labels, before training"),
        GapSource.CROSS_VALIDATION: tr("Cross-validation (slow)"),
    }
