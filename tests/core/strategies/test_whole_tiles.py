"""Every strategy on tiles that are labelled as a whole: scenes and tags."""

import dataclasses

import numpy as np
import pytest

from al_core import strategies
from al_core.config import QueryConfig, Task
from al_core.scoring import TagLook, probabilities, tagged_statistics

NAMES = ("Field", "Forest", "Mine", "Water")
TILES, KINDS = 120, 6
EVERY = strategies.names()
TASKS = (Task.SCENE, Task.MULTILABEL)
every_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.value)
every_strategy = pytest.mark.parametrize("strategy", EVERY)

# The last kind of tiles is what the network is unsure of.
LOGITS = {
    Task.SCENE: 4.0
    * np.array(
        [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0.1, 0]]
    ),
    Task.MULTILABEL: 4.0
    * np.array(
        [
            [1, -1, -1, -1],
            [1, 1, -1, -1],
            [-1, -1, -1, 1],
            [-1, -1, -1, -1],
            [-1, 1, -1, 1],
            [0.1, 0, 0.1, 0],
        ]
    ),
}


def world(task, seed=0):
    """A scan of tiles of six kinds, and where the loop stands: 20 tiles are answered."""
    rng = np.random.default_rng(seed)
    kind = np.arange(TILES) % KINDS
    z = LOGITS[task][kind] + 0.3 * rng.normal(size=(TILES, 4))
    doubt = np.where(kind == KINDS - 1, 2.0, 0.1)[:, None]
    look = TagLook(
        p=probabilities(z, task),
        features=np.abs(4 * np.eye(KINDS, 8)[kind] + 0.2 * rng.normal(size=(TILES, 8))),
        passes=z + doubt * rng.normal(size=(10, TILES, 4)),
        p_before=probabilities(z + doubt * rng.normal(size=z.shape), task),
        predicted_loss=rng.normal(size=TILES) + 5 * (kind == KINDS - 1),
        model_hash="a1",
        before_hash="a0",
    )
    answered = np.arange(TILES) < 20
    counts = (LOGITS[task][kind] > 0).astype(np.int64) * answered[:, None]
    state = strategies.LoopState(
        class_names=NAMES,
        weights=np.array([0.1, 0.2, 0.5, 0.2]),
        eligible=~answered,
        round=2,
        tile_px=1,
        gaps=np.array([0.1, 0.2, 0.9, 0.2]),
        label_counts=counts,
        answered=answered,
    )
    return tagged_statistics(rng.permutation(TILES), look, task), state, kind


def choose(strategy, statistics, state, count=10, **options):
    config = QueryConfig(strategy=strategy, count=count, **options)
    if strategy == "similar":
        config = dataclasses.replace(config, like=int(statistics.tile_ids[KINDS - 1]))
    return strategies.get(strategy).select(statistics, state, config, np.random.default_rng(0))


def kinds_of(picks, statistics, kind):
    return [int(kind[statistics.row_of(pick.tile_id)]) for pick in picks]


@every_task
@every_strategy
def test_as_many_open_tiles_as_asked_for_each_with_a_reason(strategy, task):
    statistics, state, _ = world(task)
    for count in (1, 10, 200):
        picks = choose(strategy, statistics, state, count)
        found = [pick.tile_id for pick in picks]
        assert len(found) == len(set(found)) == min(count, TILES - 20)
        assert set(found) <= set(statistics.tile_ids[state.eligible].tolist())
    for pick in picks:
        assert np.isfinite(pick.score)
        assert pick.reason.text
        assert 0 <= pick.reason.share <= 1


@every_task
@pytest.mark.parametrize(
    ("strategy", "options"),
    [
        *((name, {}) for name in ("entropy", "margin", "least_confidence", "bald", "dcau")),
        *((name, {"clustering": False}) for name in ("ll", "tpd", "mge")),
        ("similar", {}),
    ],
)
def test_what_the_network_is_unsure_of_comes_first(strategy, options, task):
    statistics, state, kind = world(task)
    picks = choose(strategy, statistics, state, **options)
    assert kinds_of(picks, statistics, kind).count(KINDS - 1) >= 9


@every_task
@pytest.mark.parametrize("strategy", ["badge", "mcfps", "dcau_pool", "dcau_plus", "clasp"])
def test_batches_take_more_of_what_is_unsure_than_chance_would(strategy, task):
    statistics, state, kind = world(task)
    picks = choose(strategy, statistics, state, count=12)
    assert kinds_of(picks, statistics, kind).count(KINDS - 1) >= 3  # 2 by chance


@every_task
@pytest.mark.parametrize("strategy", ["coreset", "fps", "osal", "herding"])
def test_tiles_that_are_unlike_come_before_those_that_are_alike(strategy, task):
    statistics, state, kind = world(task)
    nothing = dataclasses.replace(state, label_counts=None, answered=None)
    picks = choose(strategy, statistics, nothing, count=KINDS)
    assert len(set(kinds_of(picks, statistics, kind))) >= KINDS - 1


@every_task
@pytest.mark.parametrize("strategy", ["ll", "tpd", "mge"])
def test_clusters_spread_what_uncertainty_alone_takes_from_one_place(strategy, task):
    statistics, state, kind = world(task)
    plain, spread = (
        kinds_of(
            choose(strategy, statistics, state, 6, clustering=on, multiple=10), statistics, kind
        )
        for on in (False, True)
    )
    assert len(set(spread)) > len(set(plain)) == 1


@every_task
def test_random_by_class_draws_rarely_predicted_classes_as_often(task):
    statistics, state, _ = world(task)
    picks = choose("class_random", statistics, state, 60)
    drawn = [pick.reason.class_name for pick in picks]
    assert min(drawn.count(name) for name in ("Field", "Forest", "Water")) >= 10


@every_task
def test_scores_are_those_of_the_one_look_at_a_tile(task):
    statistics, state, _ = world(task)
    (pick,) = choose("entropy", statistics, state, 1)
    row = statistics.row_of(pick.tile_id)
    assert pick.score == pytest.approx(statistics.sum_entropy[row])
    (pick,) = choose("dcau", statistics, state, 1)
    row = statistics.row_of(pick.tile_id)
    assert pick.score == pytest.approx(statistics.sum_entropy_p[row] @ state.weights)


def test_dcau_on_tags_is_the_weighed_sum_of_the_entropies_of_yes_and_no():
    statistics, state, _ = world(Task.MULTILABEL)
    mine = dataclasses.replace(state, weights=np.array([0, 0, 1.0, 0]))
    picks = choose("dcau", statistics, mine, 5)
    p = statistics.sum_p[:, 2]
    closest = np.argsort(np.where(state.eligible, np.abs(p - 0.5), 1))[:5]
    assert {pick.tile_id for pick in picks} == set(statistics.tile_ids[closest].tolist())
    assert {pick.reason.class_name for pick in picks} == {"Mine"}


@every_task
def test_a_tile_without_any_class_is_labelled_too(task):
    _, state, _ = world(task)
    bare = dataclasses.replace(state, label_counts=np.zeros((TILES, 4), np.int64))
    assert bare.labelled_rows().tolist() == list(range(20))
    assert dataclasses.replace(bare, answered=None).labelled_rows().size == 0


@every_task
@every_strategy
def test_the_order_of_the_classes_changes_no_pick(strategy, task):
    statistics, state, _ = world(task)
    order = np.array([2, 0, 3, 1])
    columns = ("sum_entropy_p", "sum_p", "histogram", "residuals")
    other = dataclasses.replace(
        statistics, **{name: getattr(statistics, name)[:, order] for name in columns}
    )
    turned = dataclasses.replace(
        state,
        class_names=tuple(NAMES[place] for place in order),
        weights=state.weights[order],
        gaps=state.gaps[order],
        label_counts=state.label_counts[:, order],
    )
    first, second = choose(strategy, statistics, state), choose(strategy, other, turned)
    assert [pick.tile_id for pick in first] == [pick.tile_id for pick in second]
    assert [pick.reason.class_name for pick in first] == [pick.reason.class_name for pick in second]


@every_task
@every_strategy
def test_the_order_of_the_pool_changes_nothing(strategy, task):
    statistics, state, _ = world(task)
    turn = np.random.default_rng(5).permutation(TILES)
    moved = {
        field.name: getattr(statistics, field.name)[turn]
        for field in dataclasses.fields(statistics)
        if isinstance(getattr(statistics, field.name), np.ndarray)
    }
    aligned = {
        name: getattr(state, name)[turn] for name in ("eligible", "label_counts", "answered")
    }
    config = QueryConfig(strategy=strategy, like=int(statistics.tile_ids[3]), count=10)
    first, second = (
        strategies.get(strategy).select(*pair, config, np.random.default_rng(0))
        for pair in (
            (statistics, state),
            (dataclasses.replace(statistics, **moved), dataclasses.replace(state, **aligned)),
        )
    )
    assert first == second
