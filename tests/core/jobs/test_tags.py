"""Tags of whole tiles, taken from reference labels or from paint."""

import numpy as np
import pytest

from al_core import jobs
from al_core.config import QueryConfig, TagConfig, Task
from al_core.errors import Cancelled, ConfigError, LabelError, QueryError
from al_core.jobs.insight import label_next
from al_core.jobs.pool import eligible_ids, scanned_ids
from al_core.jobs.summary import lines
from al_core.legend import UNSURE
from al_core.progress import Silent
from al_core.project import Project, Role
from al_core.scoring import PoolStatistics
from al_core.strategies.standing import read_standing

from ..lands import TILE_PX, land_classes, land_pixels, write_raster
from .areas import CancelAt, label, make

WATER, FOREST, SAND = [1, 0, 0], [0, 1, 0], [0, 0, 1]
DOUBT = np.full(3, UNSURE, np.uint8)


@pytest.fixture(params=[Task.SCENE, Task.MULTILABEL], ids=lambda task: task.value)
def screened(request, tmp_path, land):
    """A project of 3 × 3 tiles of 64 px over 160 × 160 px: the last row and column are halves."""
    make(tmp_path / "p", land, task=request.param)
    with Project.open(tmp_path / "p") as opened:
        yield opened


def screen(tmp_path, land, task, **options):
    make(tmp_path / "p", land, task=task, **options)
    return Project.open(tmp_path / "p")


def tag(project, land, **options):
    options = {"source": str(land.labels)} | options
    return jobs.tag(project, TagConfig(**options), Silent())


def tags_of(project):
    ids, table = project.tags.table()
    return dict(zip(ids.tolist(), table.tolist(), strict=True))


def shares_of(project, tile):
    """The share of each class in a tile of the land, counted here."""
    core = project.tiles.core(tile)
    return np.bincount(land_classes()[core.rows, core.cols].ravel(), minlength=3) / core.area


def test_a_class_is_there_if_it_covers_more_than_the_threshold(tmp_path, land):
    with screen(tmp_path, land, Task.MULTILABEL) as project:
        told = tag(project, land, everywhere=True)
        found = tags_of(project)
        for tile in range(9):
            assert found[tile] == (shares_of(project, tile) > 0.07).astype(int).tolist()
        assert shares_of(project, 0)[2] == pytest.approx(0.03, abs=0.01), "too little sand to count"
        assert found[0] == WATER
        assert found[4] == [1, 1, 1]
        assert told.tiles == 9
        assert told.class_tiles == tuple(project.tags.class_pixels().tolist())
        assert told.notes == ()
        tag(project, land, everywhere=True, coverage=0.02)
        assert project.tags.read(0).tolist() == [1, 0, 1]


def test_a_scene_is_the_largest_class_of_its_tile(tmp_path, land):
    with screen(tmp_path, land, Task.SCENE) as project:
        tag(project, land, everywhere=True)
        found = tags_of(project)
        for tile in range(9):
            assert np.argmax(found[tile]) == shares_of(project, tile).argmax()
            assert sum(found[tile]) == 1


def test_tags_come_from_what_is_painted_too(screened, land):
    label(screened, land, tiles=(0, 5))
    half = np.full(screened.tiles.shape(2), UNSURE, np.uint8)
    half[:10] = 1
    screened.labels.write({2: half})
    told = tag(screened, land, source="", everywhere=True)
    assert told.tiles == 2
    assert tags_of(screened) == {0: WATER, 5: FOREST}
    assert told.notes == (
        "7 of 9 tiles got no tags: less than 25 % of each is labelled, or there is no data.",
    )
    assert tag(screened, land, source="", tiles=(2,), least_labelled=0.1).tiles == 1
    assert screened.tags.read(2).tolist() == FOREST


def test_a_tile_without_enough_labels_keeps_what_it_has(tmp_path, screened, land):
    classes = land_classes() + 1
    classes[:64, :64][16:] = 0
    partly = write_raster(tmp_path / "partly.tif", classes[np.newaxis], nodata=0)
    screened.tags.set({0: np.array(SAND, np.uint8)})
    told = tag(screened, land, source=str(partly), tiles=(0, 5))
    assert told.tiles == 2, "exactly a quarter is enough"
    classes[15, :64] = 0
    partly = write_raster(tmp_path / "less.tif", classes[np.newaxis], nodata=0)
    screened.tags.set({0: np.array(SAND, np.uint8)})
    told = tag(screened, land, source=str(partly), tiles=(0, 5))
    assert told.tiles == 1
    assert tags_of(screened) == {0: SAND, 5: FOREST}
    assert "1 of 2 tiles got no tags: less than 25 % of it is labelled" in told.notes[0]


def test_a_tile_without_data_gets_no_tags(tmp_path, land):
    pixels = land_pixels(land_classes())
    pixels[:, :64, :64] = 0
    holed = write_raster(tmp_path / "holed.tif", pixels, nodata=0)
    with screen(tmp_path, land, Task.SCENE, images=(str(holed),)) as project:
        assert tag(project, land, everywhere=True).tiles == 8
        assert project.tags.read(0) is None


def test_an_import_of_tags_cannot_be_undone(screened, land):
    screened.tags.set({5: np.array(SAND, np.uint8)})
    tag(screened, land, tiles=(5,))
    assert not screened.tags.can_undo


def test_validation_tiles_and_picks_can_be_tagged(screened, land):
    told = tag(screened, land, validation=True)
    validation = np.flatnonzero(screened.tiles.role == Role.VALIDATION)
    assert sorted(tags_of(screened)) == validation.tolist()
    assert told.tiles == len(validation)
    picks = jobs.query(screened, QueryConfig("random", count=2), Silent()).picks
    assert tag(screened, land, picks=True).tiles == 2
    assert {pick.tile_id for pick in picks} <= set(tags_of(screened))


def test_chance_draws_tiles_that_nobody_has_judged(screened, land):
    pool = screened.tiles.ids[screened.tiles.role == Role.POOL]
    screened.tags.set({int(pool[0]): DOUBT})
    free = set(eligible_ids(screened).tolist())
    assert int(pool[0]) not in free
    told = tag(screened, land, random=len(free))
    assert told.tiles == len(free)
    assert screened.tags.read(int(pool[0])).tolist() == DOUBT.tolist()
    assert (screened.tiles.role[list(set(tags_of(screened)))] == Role.POOL).all()
    with pytest.raises(ConfigError, match="0 unlabelled tiles are there to draw from"):
        tag(screened, land, random=1)
    with pytest.raises(ConfigError, match="0 unlabelled tiles"):
        label(screened, land, random=1)


def test_chance_draws_among_painted_tiles_where_paint_tells_the_tags(screened, land):
    pool = eligible_ids(screened)[:2]
    label(screened, land, tiles=tuple(pool.tolist()))
    with pytest.raises(ConfigError, match="2 unlabelled tiles"):
        tag(screened, land, source="", random=3)
    assert tag(screened, land, source="", random=2).tiles == 2
    assert sorted(tags_of(screened)) == pool.tolist()


def test_a_tagged_project_can_be_painted_and_a_painted_one_tagged(screened, project, land):
    assert label(screened, land, tiles=(0,)).pixels == TILE_PX**2
    assert screened.answers.counts()[0].size == 0
    assert tag(project, land, everywhere=True).tiles == 25
    assert project.labels.counts()[0].size < 25


def test_what_nobody_could_tag_is_a_sentence_and_changes_nothing(tmp_path, screened, land):
    silent = write_raster(tmp_path / "silent.tif", np.zeros((1, 160, 160), np.uint8), nodata=0)
    with pytest.raises(LabelError, match=r"less than 25 % of each of these 2 tiles is labelled"):
        tag(screened, land, source=str(silent), tiles=(1, 2))
    with pytest.raises(LabelError, match="By what is painted, less than 25 %"):
        tag(screened, land, source="", everywhere=True)
    strange = write_raster(tmp_path / "strange.tif", np.full((1, 160, 160), 9, np.uint8))
    with pytest.raises(LabelError, match="values that the legend lacks: 9"):
        tag(screened, land, source=str(strange), everywhere=True)
    with pytest.raises(LabelError, match="no file"):
        tag(screened, land, source=str(tmp_path / "none.tif"), everywhere=True)
    assert tags_of(screened) == {}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "Say once which tiles"),
        ({"validation": True, "picks": True}, "Say once which tiles"),
        ({"tiles": (3, 9)}, "no tile 9; the tiles are 0 to 8"),
        ({"picks": True}, "run a query first"),
        ({"random": -1}, "ask for 1 or more"),
        ({"everywhere": True, "coverage": 1.0}, "coverage is 1; choose a share from 0 to below 1"),
        ({"everywhere": True, "coverage": float("nan")}, "coverage is nan"),
        ({"everywhere": True, "least_labelled": 1.5}, "is 1.5; choose a number from 0 to 1"),
        ({"everywhere": True, "seed": -1}, "seed is -1"),
    ],
)
def test_impossible_options_are_refused(screened, land, options, says):
    with pytest.raises(ConfigError, match=says):
        tag(screened, land, **options)
    assert tags_of(screened) == {}


def test_a_cancelled_import_changes_nothing(screened, land):
    for words in ("Reading the labels", "Reading labels for"):
        config = TagConfig(str(land.labels), everywhere=True)
        with pytest.raises(Cancelled):
            jobs.tag(screened, config, CancelAt(words))
    assert tags_of(screened) == {}


def test_a_judged_tile_is_never_picked_again_and_teaches_only_if_something_is_known(screened, land):
    pool = screened.tiles.ids[screened.tiles.role == Role.POOL].tolist()
    known, unknown, other = pool[:3]
    screened.tags.set({known: np.array(WATER, np.uint8), unknown: DOUBT})
    assert not {known, unknown} & set(eligible_ids(screened).tolist())
    assert {known, other} <= set(scanned_ids(screened).tolist())
    assert unknown not in scanned_ids(screened)
    standing = read_standing(screened)
    assert standing.tile_px == 1
    assert standing.labelled.tolist() == [known]
    assert standing.counts.tolist() == [WATER]
    assert standing.class_px.tolist() == WATER
    assert standing.missing() == ("Forest", "Sand")
    label(screened, land, tiles=(other,))
    assert other in eligible_ids(screened), "paint is no answer where tags are asked for"


def test_tiles_that_show_none_of_the_classes_are_known_to_the_strategies(tmp_path, land):
    with screen(tmp_path, land, Task.MULTILABEL) as project:
        pool = project.tiles.ids[project.tiles.role == Role.POOL]
        none = int(pool[0])
        project.tags.set({none: np.zeros(3, np.uint8)})
        statistics = PoolStatistics.unscanned(pool, 3)
        state = read_standing(project).state(statistics, QueryConfig())
        assert statistics.tile_ids[state.labelled_rows()].tolist() == [none]
        assert not state.label_counts.any()


def test_when_every_tile_is_judged_nothing_is_left_to_choose(screened, land):
    tag(screened, land, everywhere=True)
    with pytest.raises(QueryError, match="nothing left"):
        jobs.query(screened, QueryConfig("random"), Silent())


def test_status_counts_tags_by_class_and_says_what_nobody_could_tell(screened, land):
    tag(screened, land, everywhere=True)
    screened.tags.set({0: DOUBT})
    told = jobs.status(screened)
    assert told["task"] == screened.settings.task.value
    assert (told["labelled_tiles"], told["tagged_tiles"], told["unsure_tiles"]) == (8, 9, 1)
    counted = [entry["tagged_tiles"] for entry in told["classes"]]
    assert counted == screened.tags.class_pixels().tolist()
    said = list(lines(told))
    assert said[0].startswith("9 tiles, 8 tagged, ")
    assert said[1] == "Of 1 more nobody can tell what they show."
    assert said[2].split() == ["class", "tiles", "F1", "±", "gap", "weight"]
    assert said[3].split()[:2] == ["Water", str(counted[0])]


def test_the_result_is_a_line_to_read(screened, land):
    told = tag(screened, land, tiles=(0,))
    assert list(lines(told)) == ["1 tiles tagged, with 1 class in all."]


def test_what_to_tag_next_is_told_in_tiles(tmp_path, land):
    with screen(tmp_path, land, Task.SCENE, validation_share=0.6) as project:
        validation = project.tiles.ids[project.tiles.role == Role.VALIDATION].tolist()
        none = np.zeros(3, np.int64)
        assert label_next(project, none, none) == ""
        said = label_next(project, none, np.array([4, 0, 0]))
        assert said == (
            f"Tag {len(validation)} more validation tiles: Water has fewer than 5 validation "
            "tiles, so its gap is a guess."
        )
        project.tags.set({validation[0]: np.array(WATER, np.uint8), validation[1]: DOUBT})
        said = label_next(project, np.array([4, 5, 9]), none)
        assert said.startswith("Tag 1 more validation tile: Water has")
        project.tags.set(dict.fromkeys(validation, DOUBT))
        said = label_next(project, none, np.array([4, 1, 0]))
        assert said.startswith("Every validation tile is tagged, yet Water and Forest have fewer")
