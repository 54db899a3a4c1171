"""Who competes: a strategy and, after colons, the options in which it differs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

from .. import strategies
from ..config import QueryConfig, SimulateConfig, Start, from_json
from ..errors import ConfigError
from ..strategies import Need, Strategy
from ..strategies.asking import check_numbers

FULL = "full"
_ASKS_A_PERSON = "similar"
_CLUSTERS = ("ll", "tpd", "mge")
_OPTIONS = {
    item.name: type(item.default)
    for item in fields(QueryConfig)
    if item.name not in {"strategy", "count", "rounds", "seed", "like"}
}


@dataclass(frozen=True)
class Contestant:
    """A strategy under the name that the tables give it.

    `slug` is the name as part of a file name; `query` is None for full supervision.
    """

    label: str
    query: QueryConfig | None

    @property
    def slug(self) -> str:
        """The label with nothing in it that a file system minds."""
        return re.sub(r"[^A-Za-z0-9_.]+", "-", self.label)

    @property
    def strategy(self) -> Strategy:
        """What chooses."""
        return strategies.get((self.query or QueryConfig()).strategy)


def contestants(config: SimulateConfig) -> tuple[Contestant, ...]:
    """Return the strategies that were asked for, in their order.

    `dcau:alpha=2:gamma=1` is dcau with two options of its own.

    Raises:
        ConfigError: One is named twice, or an option is none.
        QueryError: There is no such strategy.
    """
    if not config.strategies:
        raise ConfigError("No strategy is named; choose some, such as random,dcau_plus,full.")
    found = tuple(_contestant(text.strip(), config) for text in config.strategies)
    slugs = [item.slug for item in found]
    for item in found:
        if slugs.count(item.slug) > 1:
            raise ConfigError(f"The strategy {item.label} is named twice; name it once.")
    return found


def pairs(config: SimulateConfig, known: Sequence[Contestant]) -> tuple[tuple[str, str], ...]:
    """Return the pairs to compare.

    Raises:
        ConfigError: A pair is none, names who does not compete, or there is one seed only.
    """
    result = []
    for text in config.compare:
        names = tuple(part.strip() for part in text.split(","))
        if len(names) != 2 or not set(names) <= {item.label for item in known}:  # noqa: PLR2004
            raise ConfigError(
                f"“{text}” are not two of the strategies; write --compare A,B with names from "
                f"{', '.join(item.label for item in known)}."
            )
        result.append((names[0], names[1]))
    if result and len(config.seeds) < 2:  # noqa: PLR2004 - a pair of one has no spread
        raise ConfigError(
            "A paired test needs at least two seeds; name more, such as --seeds 0,1,2, or leave "
            "out --compare."
        )
    return tuple(result)


def cluster_notes(known: Sequence[Contestant], left: int) -> tuple[str, ...]:
    """Return who will have fewer tiles to choose among than it would cluster.

    Args:
        known: The strategies.
        left: Tiles that are not labelled when the last batch is chosen.
    """
    return tuple(
        f"When the last batch is chosen {left} tiles are left, fewer than the "
        f"{item.query.multiple} × {item.query.count} that {item.label} clusters; it then clusters "
        "all of them."
        for item in known
        if item.query is not None
        and item.query.strategy in _CLUSTERS
        and item.query.clustering
        and item.query.multiple * item.query.count > left
    )


def cold_notes(known: Sequence[Contestant], start: Start) -> tuple[str, ...]:
    """Return who compares networks that do not go on from each other.

    Args:
        known: The strategies.
        start: Of every round.
    """
    if start is not Start.COLD:
        return ()
    return tuple(
        f"{item.label} compares the networks of two rounds, and each starts cold, so much of what "
        "it sees is chance; --start warm lets them go on from each other."
        for item in known
        if item.query is not None and Need.BEFORE in item.strategy.needs
    )


def _contestant(text: str, config: SimulateConfig) -> Contestant:
    name, *options = text.split(":")
    if name == FULL:
        if options:
            raise ConfigError(f"“{text}”: full supervision chooses nothing and has no options.")
        return Contestant(text, None)
    strategies.get(name)
    if name == _ASKS_A_PERSON:
        raise ConfigError(
            f"“{name}” compares with a tile that a person clicks, so it cannot compete; leave it "
            "out."
        )
    query = QueryConfig(
        strategy=name,
        count=config.batch,
        alpha=config.alpha,
        gamma=config.gamma,
        quotas=config.quotas,
        rounds=config.rounds,
    )
    return Contestant(text, _with_options(query, text, options))


def _with_options(query: QueryConfig, text: str, options: Sequence[str]) -> QueryConfig:
    values: dict[str, object] = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or name not in _OPTIONS:
            raise ConfigError(
                f"“{option}” in {text} is no option; write NAME=VALUE with one of "
                f"{', '.join(_OPTIONS)}."
            )
        values[name] = _READ.get(_OPTIONS[name], _word)(value, text)
    parsed = from_json(QueryConfig, values)
    result = replace(query, **{name: getattr(parsed, name) for name in values})
    check_numbers(result)
    return result


def _word(value: str, _: str) -> str:
    return value


def _number(value: str, text: str) -> float:
    try:
        return float(value)
    except ValueError as error:
        raise ConfigError(f"“{value}” in {text} is not a number.") from error


def _whole_number(value: str, text: str) -> int:
    try:
        return int(value)
    except ValueError as error:
        raise ConfigError(f"“{value}” in {text} is not a whole number.") from error


def _switch(value: str, text: str) -> bool:
    if value not in _SWITCHES:
        raise ConfigError(f"“{value}” in {text} is neither on nor off.")
    return _SWITCHES[value]


_SWITCHES = {"on": True, "off": False, "true": True, "false": False}
_READ: dict[type, Callable[[str, str], object]] = {
    float: _number,
    int: _whole_number,
    bool: _switch,
}
