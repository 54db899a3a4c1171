"""The names of an encoder's tensors, and what other libraries and checkpoints call them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

_COUNTER = "num_batches_tracked"  # of batch normalisations; older files lack it
_TIMM = "model."  # before the names of encoders that come from timm
_FOLLOWERS = ("encoder_k", "momentum", "teacher", "target", "ema")  # copies that lag behind
_DENSE = re.compile(r"(denselayer\d+\.(?:norm|conv))([12]\.)")
_MOBILE = re.compile(r"features\.(\d+)\.(?:conv\.)?(.*)")
_MOBILE_ENDS = {"features.0.0.weight", "features.18.0.weight"}
_MOBILE_STAGES = (1, 2, 3, 4, 3, 3, 1)  # blocks in each, of MobileNetV2
_MOBILE_FIRST = {"0.0": "conv_dw", "0.1": "bn1", "1": "conv_pw", "2": "bn2"}
_MOBILE_OTHER = {
    "0.0": "conv_pw",
    "0.1": "bn1",
    "1.0": "conv_dw",
    "1.1": "bn2",
    "2": "conv_pwl",
    "3": "bn3",
}


@dataclass(frozen=True)
class Matched:
    """Which tensor of a file belongs to which of an encoder.

    Attributes:
        names: Names in the file by names in the encoder.
        missing: Names in the encoder that the file has nothing for.
        foreign: Names in the file that such an encoder has not, as one of another depth would.
        others: Names in the file that belong to something else: a classifier comes first, then
            what is further off, such as an optimiser.
    """

    names: dict[str, str]
    missing: tuple[str, ...]
    foreign: tuple[str, ...]
    others: tuple[str, ...]


def match(own: Collection[str], given: Collection[str]) -> Matched:
    """Return how the names of a file fit those of an encoder.

    What stands before all of them (`module.encoder_q.`, `backbone.`, `state_dict.` …) is found
    by looking: it is what most names have before one that the encoder knows.

    Args:
        own: Names in the encoder.
        given: Names in the file.
    """
    candidates = [
        (count, not _follows(prefix), -len(prefix), prefix, known)
        for known in _spellings(own)
        for prefix, count in _prefixes(known, given).items()
    ]
    *_, prefix, known = max(candidates, key=lambda item: item[:4], default=("", _as_is(own)))
    inside = {name.removeprefix(prefix): name for name in given if name.startswith(prefix)}
    names = {known[tail]: name for tail, name in inside.items() if tail in known}
    rooms = {_room(tail) for tail in known}
    rest = {tail: name for tail, name in inside.items() if tail not in known}
    foreign = {name for tail, name in rest.items() if _room(tail) in rooms}
    beside = sorted(set(rest.values()) - foreign)
    elsewhere = sorted(set(given) - set(inside.values()))
    return Matched(
        names=names,
        missing=tuple(sorted(k for k in own if k not in names and not k.endswith(_COUNTER))),
        foreign=tuple(sorted(foreign)),
        others=(*beside, *elsewhere),
    )


def _prefixes(known: dict[str, str], given: Iterable[str]) -> Counter[str]:
    """Count what stands before the names that are known; "" or something that ends in a dot."""
    found: Counter[str] = Counter()
    for name in given:
        parts = name.split(".")
        starts = accumulate((len(part) + 1 for part in parts[:-1]), initial=0)
        found.update(name[:start] for start in starts if name[start:] in known)
    return found


def _follows(prefix: str) -> bool:
    return any(word in prefix for word in _FOLLOWERS)


def _room(name: str) -> str:
    return name.split(".", maxsplit=1)[0]


def _spellings(own: Collection[str]) -> Iterator[dict[str, str]]:
    """Yield the encoder's names by what they may be called in a file."""
    yield _as_is(own)
    if all(name.startswith(_TIMM) for name in own):
        yield {name.removeprefix(_TIMM): name for name in own}
    if any(_DENSE.search(name) for name in own):  # torchvision until 0.3
        yield {_DENSE.sub(r"\1.\2", name): name for name in own}
    if set(own) >= _MOBILE_ENDS:
        yield {_mobile_in_timm(name): name for name in own}


def _as_is(own: Collection[str]) -> dict[str, str]:
    return {name: name for name in own}


def _mobile_in_timm(name: str) -> str:
    """Return what timm calls a tensor of MobileNetV2."""
    found = _MOBILE.fullmatch(name)
    if found is None:
        return name
    number, (layer, _, what) = int(found[1]) - 1, found[2].rpartition(".")
    blocks = sum(_MOBILE_STAGES)
    if number < 0:
        return f"{'conv_stem' if layer == '0' else 'bn1'}.{what}"
    if number == blocks:
        return f"{'conv_head' if layer == '0' else 'bn2'}.{what}"
    ends = list(accumulate(_MOBILE_STAGES))
    stage = next(index for index, end in enumerate(ends) if number < end)
    place = number - (ends[stage] - _MOBILE_STAGES[stage])
    called = (_MOBILE_OTHER if number else _MOBILE_FIRST)[layer]
    return f"blocks.{stage}.{place}.{called}.{what}"
