"""From tags of whole tiles to a project that is painted."""

import shutil

import numpy as np
import pytest

from al_core import jobs
from al_core.config import InitConfig, PaintNextConfig, QueryConfig, TagConfig, Task, TrainConfig
from al_core.errors import Cancelled, ConfigError, ProjectError, QueryError
from al_core.jobs.summary import lines
from al_core.legend import UNSURE, Legend
from al_core.progress import Silent
from al_core.project import Access, Project, Role

from ..lands import land_classes, land_pixels, write_raster
from .areas import CancelAt, label

DOUBT = np.full(3, UNSURE, np.uint8)


@pytest.fixture(scope="module")
def screened(tmp_path_factory, request):
    """A multi-label project of 6 × 6 tiles over two images, all of them tagged."""
    from ..lands import make_land

    folder = tmp_path_factory.mktemp("screened")
    land = make_land(folder / "land")
    wide = land_classes(330)
    first = write_raster(folder / "first.tif", land_pixels(wide))
    labels = write_raster(folder / "wide.tif", (wide + 1)[np.newaxis], nodata=0)
    options = InitConfig(
        (str(first), str(land.image)), tile_size_px=64, validation_share=0.1, task=Task.MULTILABEL
    )
    jobs.create_project(folder / "p", Legend.from_csv(land.legend), options, Silent())
    with Project.open(folder / "p") as project:
        jobs.tag(project, TagConfig(str(labels), everywhere=True), Silent())
    return folder


@pytest.fixture
def project(screened, tmp_path):
    shutil.copytree(screened, tmp_path / "area")
    with Project.open(tmp_path / "area" / "p") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "area" / "painting"


def paint_next(project, folder, **options):
    return jobs.paint_next(project, PaintNextConfig(str(folder), **options), Silent())


def test_the_new_project_has_the_same_tiles_under_the_same_numbers(project, folder):
    told = paint_next(project, folder)
    with Project.open(folder) as new:
        assert new.settings.task is Task.SEGMENTATION
        assert (new.settings.tile_size_px, new.settings.halo_px) == (128, 32)
        assert new.settings.normalisation == project.settings.normalisation
        assert new.settings.bands == project.settings.bands
        assert new.images == project.images
        assert new.legend == project.legend
        for name, column in vars(project.tiles).items():
            np.testing.assert_array_equal(getattr(new.tiles, name), column)
        for tile in (0, 5, 35, len(new.tiles) - 1):
            assert new.tiles.core(tile) == project.tiles.core(tile)
        assert told.tiles == len(new.tiles)
        assert told.folder == folder


def test_tags_go_along_and_the_old_project_stays_as_it_was(project, folder):
    project.tags.set({3: DOUBT})
    revision = project.tags.revision()
    told = paint_next(project, folder)
    with Project.open(folder) as new:
        for old, now in zip(project.tags.table(), new.tags.table(), strict=True):
            np.testing.assert_array_equal(old, now)
        assert not new.tags.can_undo
        assert not new.labels.judged_px().any()
    assert project.tags.revision() == revision
    assert project.picks.current() == ()
    assert told.tagged_tiles == len(project.tags.table()[0])


def test_masks_go_along_too(project, folder, screened):
    land = type("Land", (), {"labels": screened / "wide.tif"})
    label(project, land, tiles=(2, 7))
    half = np.full(project.tiles.shape(9), UNSURE, np.uint8)
    project.labels.write({9: half})
    assert paint_next(project, folder).painted_tiles == 3
    with Project.open(folder) as new:
        for tile in (2, 7, 9):
            np.testing.assert_array_equal(new.labels.read(tile), project.labels.read(tile))
        assert new.labels.class_pixels().tolist() == project.labels.class_pixels().tolist()


def test_the_queue_holds_every_class_the_rarest_first_with_a_reason(project, folder):
    few = np.argmin(project.tags.class_pixels())
    told = paint_next(project, folder, count=6)
    with Project.open(folder) as new:
        picks = new.picks.current()
        assert picks == told.picks
        assert [pick.rank for pick in picks] == [1, 2, 3, 4, 5, 6]
        assert len({pick.tile_id for pick in picks}) == 6
        names = project.legend.names
        for pick in picks:
            assert new.tags.read(pick.tile_id)[names.index(pick.reason["class"])] == 1
            assert new.tiles.role[pick.tile_id] == Role.POOL
        assert picks[0].reason["class"] == names[few]
        assert picks[0].reason["text"] == f"Tagged {names[few]}; few tiles show it"
        shown = np.sum([new.tags.read(pick.tile_id) for pick in picks], axis=0)
        assert (shown >= 2).all()
        common = [pick for pick in picks if pick.reason["class"] != names[few]]
        assert all("tiles show it" in pick.reason["text"] for pick in common)


def test_a_tile_counts_for_all_its_classes(tmp_path, project, folder):
    """Sand and water are shown together; forest, though common, still has its turn."""
    pool = project.tiles.ids[project.tiles.role == Role.POOL][:8].tolist()
    project.tags.write(dict.fromkeys(range(len(project.tiles))))
    both, forest = np.array([1, 0, 1], np.uint8), np.array([0, 1, 0], np.uint8)
    project.tags.write({**dict.fromkeys(pool[:3], both), **dict.fromkeys(pool[3:], forest)})
    classes = [pick.reason["class"] for pick in paint_next(project, folder, count=4).picks]
    assert classes == ["Water", "Forest", "Water", "Forest"]


def test_tiles_that_nobody_could_tell_or_that_show_nothing_are_never_chosen(project, folder):
    pool = project.tiles.ids[project.tiles.role == Role.POOL].tolist()
    project.tags.write(dict.fromkeys(range(len(project.tiles)), DOUBT))
    project.tags.write(
        {pool[0]: np.zeros(3, np.uint8), pool[1]: np.array([0, UNSURE, 1], np.uint8)}
    )
    told = paint_next(project, folder, count=5)
    assert [pick.tile_id for pick in told.picks] == [pool[1]]
    assert told.picks[0].reason["text"] == "Tagged Sand; 1 tile shows it"
    assert told.notes == (
        "Only 1 of 5 tiles are in the queue: no other tagged tile of the pool shows a class.",
        "No tagged tile shows Water, Forest; look for one, or leave the class out.",
    )
    assert list(lines(told))[-2:] == list(told.notes)


def test_validation_tiles_and_painted_ones_are_not_in_the_queue(project, folder):
    pool = project.tiles.ids[project.tiles.role == Role.POOL]
    painted = {int(tile): np.zeros(project.tiles.shape(int(tile)), np.uint8) for tile in pool[::2]}
    project.labels.write(painted)
    told = paint_next(project, folder, count=1000)
    assert {pick.tile_id for pick in told.picks} <= set(pool[1::2].tolist())


def test_the_same_seed_makes_the_same_queue(project, folder):
    queues = [
        [pick.tile_id for pick in paint_next(project, folder.parent / name, seed=seed).picks]
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    ]
    assert queues[0] == queues[1] != queues[2]


def test_the_new_project_can_be_painted_trained_and_queried(project, folder, screened):
    paint_next(project, folder, count=4)
    land = type("Land", (), {"labels": screened / "wide.tif"})
    with Project.open(folder) as new:
        label(new, land, picks=True)
        jobs.train(new, TrainConfig(steps=1, batch_size=1), Silent())
        picks = jobs.query(new, QueryConfig("random", count=3), Silent()).picks
        assert len(picks) == 3


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"count": 0}, "choose 1 or more"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_impossible_options_are_refused(project, folder, options, says):
    with pytest.raises(ConfigError, match=says):
        paint_next(project, folder, **options)
    assert not folder.exists()


def test_a_folder_has_to_be_named_new_and_outside(project, folder):
    with pytest.raises(ConfigError, match="in which new folder"):
        jobs.paint_next(project, PaintNextConfig(), Silent())
    with pytest.raises(ConfigError, match="inside the project it starts from"):
        paint_next(project, project.folder / "painting")
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(ProjectError, match="holds something already"):
        paint_next(project, folder)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_without_any_class_there_is_nothing_to_paint_first(project, folder):
    project.tags.write(dict.fromkeys(range(len(project.tiles)), DOUBT))
    with pytest.raises(QueryError, match="nothing to paint first; tag some tiles before"):
        paint_next(project, folder)
    assert not folder.exists()


def test_a_project_that_is_painted_already_is_refused(project, folder):
    paint_next(project, folder)
    with (
        Project.open(folder, Access.SHARED) as new,
        pytest.raises(ConfigError, match="pixels are painted already"),
    ):
        paint_next(new, folder.parent / "more")
    assert not (folder.parent / "more").exists()


@pytest.mark.parametrize("words", ["Choosing", "Copying"])
def test_a_cancelled_one_leaves_nothing_behind(project, folder, words):
    project.labels.write({0: np.zeros(project.tiles.shape(0), np.uint8)})
    before = sorted(path.name for path in folder.parent.iterdir())
    with pytest.raises(Cancelled):
        jobs.paint_next(project, PaintNextConfig(str(folder)), CancelAt(words))
    assert sorted(path.name for path in folder.parent.iterdir()) == before
