"""What the figures say, in sentences that are computed from them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from ...config import Balance
from .analysis import FULL
from .pairs import ENOUGH_SEEDS, Pair, compare, smallest_p
from .summary import Analysis, average
from .yardstick import PIXELS, rare_below

BASELINE = "random"
HALF_TARGET = 0.95
LISTED = 4  # strategies that a sentence describes in full


def focus(found: Analysis) -> str:
    """Return the strategy that the report is about: the yardstick's once finished, or the best."""
    order = ranking(found) or found.strategies or ("",)
    return next((name for name in found.yardstick.focus if name in order), order[0])


def ranking(found: Analysis, key: str = "") -> tuple[str, ...]:
    """Return the strategies with a complete run, the largest mean area first."""
    areas = found.areas(key or found.yardstick.main)
    means = {name: average(values)[0] for name, values in areas.items()}
    known = [name for name in means if math.isfinite(means[name])]
    return tuple(sorted(known, key=lambda name: (-means[name], found.strategies.index(name))))


def summary(found: Analysis) -> list[str]:
    """Return what won, by how much, with what spread, and where it did not."""
    if not ranking(found):
        return ["No strategy has come to its last round yet; the curves grow as rounds finish."]
    sentences = [one_seed(found)]
    for key in found.yardstick.told:
        if key in found.metrics:
            sentences += [first_place(found, key), against_others(found, key)]
    sentences += [final_level(found), label_saving(found), worse_classes(found)]
    return [sentence for sentence in sentences if sentence]


def one_seed(found: Analysis) -> str:
    """Return the warning that goes with a single seed."""
    if len(found.seeds) > 1:
        return ""
    return "There is one seed only: one seed proves nothing, the order below may be chance."


def first_place(found: Analysis, key: str) -> str:
    """Return who has the largest area under the budget curve, and how far ahead it is."""
    order = ranking(found, key)
    if not order:
        return ""
    areas = found.areas(key)
    best = f"{order[0]} has the largest area under the {found.name_of(key)} curve"
    best += f", {spread_text(areas[order[0]])}"
    if len(order) == 1:
        return best + "."
    pair = compare(order[0], order[1], areas)
    return (
        f"{best}; {order[1]} follows with {spread_text(areas[order[1]])}. "
        f"Paired by seed the difference is {pair_text(pair)}{_verdict(pair)}."
    )


def _verdict(pair: Pair) -> str:
    if pair.seeds < ENOUGH_SEEDS:
        return ""
    return ": a clear lead" if pair.is_clear else ": too little to call it a lead"


def against_others(found: Analysis, key: str) -> str:
    """Return which strategies the focus is clearly above, clearly below, or level with."""
    name, areas = focus(found), found.areas(key)
    others = [other for other in ranking(found, key) if other != name]
    pairs = [compare(name, other, areas) for other in others]
    pairs = [pair for pair in pairs if pair.seeds]
    if not pairs or not areas.get(name):
        return ""
    enough = all(pair.seeds >= ENOUGH_SEEDS for pair in pairs)
    counted = [pair for pair in pairs if pair.is_clear or not enough]
    clearly = " clearly" if enough else ""
    parts = [
        ([pair for pair in counted if pair.difference > 0], f"is{clearly} above"),
        ([pair for pair in counted if pair.difference <= 0], f"is{clearly} below"),
        ([pair for pair in pairs if pair not in counted], "cannot be told apart from"),
    ]
    said = [f"{verb} {_listed(group, len(pairs))}" for group, verb in parts if group]
    if not enough:
        said.append(f"has too few seeds (below {ENOUGH_SEEDS}) to call any of this clear")
    return f"In the {found.name_of(key)} area {name} {'; it '.join(said)}."


def _listed(pairs: Sequence[Pair], others: int) -> str:
    one_sided = len({pair.difference > 0 for pair in pairs}) == 1
    if len(pairs) > LISTED and len(pairs) == others and one_sided and pairs[0].is_clear:
        ends = sorted(pairs, key=lambda pair: abs(pair.difference))
        near, far = ends[0], ends[-1]
        return (
            f"each of the {others} others, by {signed(near.difference)} ({near.second}) to "
            f"{signed(far.difference)} ({far.second})"
        )
    if len(pairs) > LISTED:
        return ", ".join(f"{pair.second} ({signed(pair.difference)})" for pair in pairs)
    return ", ".join(
        f"{pair.second} ({signed(pair.difference)}"
        + (f" ± {pair.error:.3f}" if pair.error is not None else "")
        + f", {pair.wins}/{pair.seeds} seeds)"
        for pair in pairs
    )


def final_level(found: Analysis) -> str:
    """Return how good the last round is beside full supervision."""
    name, key = focus(found), found.yardstick.main
    runs = found.complete(name)
    if not runs:
        return ""
    values = found.finals(key)
    tiles = sum(float(run.tiles[-1]) for run in runs) / len(runs)
    text = f"With {tiles:.0f} labelled tiles{_of_pool(found, tiles)} {name} ends at "
    text += f"{found.name_of(key)} {spread_text(values[name])}"
    full = average(values.get(FULL, {}))[0]
    if math.isfinite(full) and full > 0:
        text += f", {average(values[name])[0] / full:.0%} of full supervision ({full:.3f})"
    return text + "."


def _of_pool(found: Analysis, tiles: float) -> str:
    pool = found.facts.number("pool_tiles")
    if not pool or _is_unbalanced(found):  # what is written is about the first seed's
        return ""
    return f" ({tiles / pool:.0%} of the pool)"


def _is_unbalanced(found: Analysis) -> bool:
    return found.facts.config.get("balance") == Balance.UNBALANCED.value


def label_saving(found: Analysis) -> str:
    """Return how many labels reach 95 % of full supervision, beside the baseline's."""
    name = focus(found)
    if not found.full() or not found.complete(name):
        return ""
    ours = found.needed(name, HALF_TARGET).of_mean
    text = f"On the mean curve {name} "
    if ours is None:
        return text + f"does not reach {HALF_TARGET:.0%} of full supervision within the budget."
    text += f"reaches {HALF_TARGET:.0%} of full supervision with {ours:.0f} tiles"
    if name == BASELINE or not found.complete(BASELINE):
        return text + "."
    theirs = found.needed(BASELINE, HALF_TARGET).of_mean
    if theirs is None:
        return f"{text}; {BASELINE} does not reach it within the budget."
    return f"{text}, {BASELINE} with {theirs:.0f}: {ours / theirs:.0%} of the labels."


def worse_classes(found: Analysis) -> str:
    """Return the classes in which the focus ends below the baseline."""
    name = focus(found)
    if name == BASELINE or not (found.complete(name) and found.complete(BASELINE)):
        return ""
    worse = []
    for label in found.classes:
        if label in found.absent:
            continue
        pair = compare(name, BASELINE, found.finals(found.column_of(label)))
        if pair.seeds and pair.difference < 0:
            error = f" ± {pair.error:.3f}" if pair.error is not None else ""
            clear = ", clearly" if pair.is_clear else ""
            worse.append(f"{label} ({signed(pair.difference)}{error}{clear})")
    if not worse:
        return f"In no class does {name} end below {BASELINE}."
    return f"After the last round {name} is below {BASELINE} in: {', '.join(worse)}."


def notes(found: Analysis) -> list[str]:
    """Return what a reader has to know before believing the figures."""
    texts = [
        _measure_note(found),
        *_class_notes(found),
        *_seed_notes(found),
        *_unfinished(found),
        *_machine(found),
    ]
    budgets = {float(run.tiles[-1]) for s in found.strategies for run in found.complete(s)}
    if len(budgets) > 1:
        texts.append(
            "The strategies did not end with equally many tiles; each area is that of its "
            "own range."
        )
    return texts


def _measure_note(found: Analysis) -> str:
    seen = "on test tiles that neither a strategy nor a training has seen"
    if found.yardstick is PIXELS:
        return f"mIoU is the mean over the classes that the test labels hold, {seen}."
    return (
        f"Measured {seen}. Macro-F1 is the mean over the classes that a test tile shows or is "
        "predicted to show; micro-F1 counts all classes together; accuracy is the share of tiles "
        "all of whose classes are right."
    )


def _class_notes(found: Analysis) -> Iterable[str]:
    scores = f"{found.yardstick.of_class}s"
    if found.absent:
        yield (
            f"Absent from the test labels: {', '.join(found.absent)}. Nothing can be said of "
            f"these classes; they are in no table of {scores} and not among the rare classes."
        )
    mean = "mIoU" if found.yardstick is PIXELS else "macro-F1"
    for name, seeds in found.absent_in_seeds.items():
        yield (
            f"Absent from the test labels of {'seed' if len(seeds) == 1 else 'seeds'} "
            f"{', '.join(map(str, seeds))}: {name}; the {mean} of these seeds leaves it out."
        )
    unseen = [name for name in found.classes if found.facts.share.get(name, 1.0) <= 0]
    if unseen:
        yield f"Absent from the pool, so that nobody could learn them: {', '.join(unseen)}."
    if _is_unbalanced(found):
        yield (
            "Unbalanced: of each class of the pool 0 to 80 % of the tiles were removed at random, "
            "otherwise for each seed. Test and validation are as they were."
        )
        return
    yield _rare_note(found)


def _rare_note(found: Analysis) -> str:
    labels = "labelled pixels" if found.yardstick is PIXELS else found.yardstick.labels
    if found.rare:
        shares = (
            f"{name} ({found.facts.share[name]:.1%})" if name in found.facts.share else name
            for name in found.rare
        )
        return f"Rare classes (share of the pool's {labels}): {', '.join(shares)}."
    limit = f"{rare_below(found.facts, len(found.classes)):.2g}"
    below = "5 %" if found.yardstick is PIXELS else f"a share of {limit}"
    return f"No class counts as rare: none is below {below} of the pool's {labels}."


def _seed_notes(found: Analysis) -> Iterable[str]:
    seeds, resplit = len(found.seeds), found.facts.config.get("resplit")
    drawn = "test and validation tiles, " if resplit is True else ""
    shared = " The test and validation tiles are the same for all." if resplit is False else ""
    if seeds < 2:  # noqa: PLR2004 - a pair of seeds
        yield "One seed proves nothing: there is no spread and no test."
        return
    yield (
        f"{seeds} seeds: each draws its own {drawn}first tiles and training.{shared} ± after a "
        "level is the standard deviation over seeds, after a difference one standard error."
    )
    yield (
        "“Clear” means at least five seeds and a 95 % interval (Student's t) of the paired "
        "difference that leaves out zero. p is that of the exact sign-flip test; "
        f"{seeds} seeds cannot give less than {smallest_p(seeds):.2g}. Nothing is corrected for "
        "the number of comparisons."
    )


def _unfinished(found: Analysis) -> Iterable[str]:
    missing = [
        f"{name} ({len(found.complete(name))} of {len(found.seeds)} seeds)"
        for name in found.strategies
        if len(found.complete(name)) < len(found.seeds)
    ]
    if missing:
        yield (
            f"Not finished: {', '.join(missing)}. Areas, label counts and tests use finished "
            "runs only; the curves show all rounds so far."
        )
    if found.runs and not found.full():
        yield "There is no run with full supervision, so shares of it are not known."


def _machine(found: Analysis) -> Iterable[str]:
    raw = found.facts.raw
    given = raw.get("notes")
    yield from (str(note) for note in (given if isinstance(given, list) else ()))
    versions = raw.get("versions")
    if isinstance(versions, Mapping):
        listed = ", ".join(
            f"{name} {version}" for name, version in versions.items() if name != "system"
        )
        yield f"Device: {raw.get('device', 'unknown')}. Versions: {listed}."
    elif raw.get("device"):
        yield f"Device: {raw['device']}."


def spread_text(values: Mapping[int, float]) -> str:
    """Return “0.512 ± 0.010”, the deviation left out for a single seed."""
    mean, spread = average(values)
    if not math.isfinite(mean):
        return "–"
    return f"{mean:.3f}" + (f" ± {spread:.3f}" if math.isfinite(spread) else "")


def pair_text(pair: Pair) -> str:
    """Return “+0.024 ± 0.005 (4 of 5 seeds, p = 0.12)”."""
    if pair.error is None or pair.p is None:
        return f"{signed(pair.difference)} (one seed, no test)"
    return (
        f"{signed(pair.difference)} ± {pair.error:.3f} "
        f"({pair.wins} of {pair.seeds} seeds, p = {pair.p:.2g})"
    )


def signed(value: float) -> str:
    """Return a difference with its sign and three decimals."""
    return f"{value:+.3f}".replace("-", "−") if math.isfinite(value) else "–"
