"""The verbs, on a tiny piece of land."""

import errno
import json
import os
import shutil

import numpy as np
import pytest

from al_core import jobs
from al_core.config import (
    ExportConfig,
    InitConfig,
    LabelConfig,
    PredictConfig,
    QueryConfig,
    RetrainConfig,
    ScanConfig,
    Start,
    ThresholdPolicy,
    TrainConfig,
)
from al_core.errors import (
    AlCoreError,
    Cancelled,
    ConfigError,
    ExportError,
    LabelError,
    ProjectError,
    QueryError,
    RasterError,
    StorageError,
    TrainingError,
)
from al_core.legend import UNSURE, Legend
from al_core.progress import Silent
from al_core.project import Access, Project, Role
from al_core.scoring import class_weights

from .lands import TILE_PX, land_classes, land_pixels, make_land, write_raster

pytest.importorskip("torch")

QUICK = TrainConfig(steps=3, batch_size=2)
PREDICT = PredictConfig(window_px=64)


class CancelAt(Silent):
    """Cancels as soon as the job says something."""

    def __init__(self, words):
        self.words = words
        self.heard = False

    def report(self, _fraction, message):
        self.heard = self.heard or self.words in message

    def is_cancelled(self):
        return self.heard


class OnMessage(Silent):
    """Does something once, as soon as the job says something."""

    def __init__(self, words, action):
        self.words = words
        self.action = action

    def report(self, _fraction, message):
        if self.words in message and self.action:
            action, self.action = self.action, None
            action()


def make(folder, land, **options):
    config = InitConfig((str(land.image),), tile_size_px=TILE_PX, validation_share=0.2)
    options = {
        "images": (str(land.image),),
        "tile_size_px": TILE_PX,
        "validation_share": 0.2,
    } | options
    config = InitConfig(**options)
    return jobs.create_project(folder, Legend.from_csv(land.legend), config, Silent())


def label(project, land, **choice):
    return jobs.import_labels(project, LabelConfig(str(land.labels), **choice), Silent())


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A project with one round, scanned; copied for each test."""
    folder = tmp_path_factory.mktemp("trained")
    land = make_land(folder / "land")
    make(folder / "p", land)
    with Project.open(folder / "p") as project:
        label(project, land, validation=True)
        label(project, land, tiles=(0, 4, 6, 12, 18))
        jobs.train(project, QUICK, Silent())
        jobs.scan(project, ScanConfig(), Silent())
    return folder


@pytest.fixture
def area(trained, tmp_path):
    """The folder of a trained project, with its land beside it."""
    shutil.copytree(trained, tmp_path / "area")
    return tmp_path / "area"


@pytest.fixture
def project(area):
    with Project.open(area / "p") as opened:
        yield opened


def rounds_on_disk(project):
    return sorted(path.name for path in (project.folder / "rounds").iterdir())


# --- starting a project


def test_tiles_of_several_images_are_numbered_one_after_the_other(tmp_path, land):
    other = write_raster(tmp_path / "other.tif", land_pixels(land_classes())[:, :64])
    told = make(tmp_path / "p", land, images=(str(land.image), str(other)))
    assert (told.tiles, told.images, told.warnings) == (35, 2, ())
    with Project.open(tmp_path / "p", Access.SHARED) as project:
        assert [image.first_tile for image in project.images] == [0, 25]


def test_validation_tiles_are_drawn_by_the_seed_from_tiles_with_data(tmp_path, land):
    pixels = land_pixels(land_classes())
    pixels[:, :, :64] = 0
    holed = write_raster(tmp_path / "holed.tif", pixels, nodata=0)
    drawn = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make(tmp_path / name, land, images=(str(holed),), seed=seed)
        with Project.open(tmp_path / name, Access.SHARED) as project:
            chosen = np.flatnonzero(project.tiles.role == Role.VALIDATION)
            assert (project.tiles.valid_px[chosen] >= 0.3 * 32**2).all()
            drawn.append(chosen.tolist())
    assert drawn[0] == drawn[1] != drawn[2]


def test_there_is_always_a_validation_tile_and_a_pool_tile(tmp_path, land):
    assert make(tmp_path / "few", land, validation_share=0.001).validation_tiles == 1
    assert make(tmp_path / "many", land, validation_share=0.999).validation_tiles == 24


def test_images_of_different_resolution_are_accepted_with_a_warning(tmp_path, land):
    from rasterio.transform import from_origin

    fine = write_raster(
        tmp_path / "fine.tif",
        land_pixels(land_classes()),
        transform=from_origin(500_000, 5_500_000, 2, 2),
    )
    told = make(tmp_path / "p", land, images=(str(land.image), str(fine)))
    assert "pixels of 2 map units" in told.warnings[0]


def bad_raster(folder, kind):
    from rasterio.transform import Affine

    pixels = land_pixels(land_classes())
    changes = {
        "no CRS": {"crs": None},
        "rotated": {"transform": Affine(10, 2, 500_000, 2, -10, 5_600_000)},
        "empty": {"nodata": 7},
    }
    pixels = np.full_like(pixels, 7) if kind == "empty" else pixels
    return write_raster(folder / "bad.tif", pixels, **changes[kind])


@pytest.mark.parametrize(
    ("kind", "says"),
    [("no CRS", "coordinate reference system"), ("rotated", "rotated"), ("empty", "valid pixel")],
)
def test_a_raster_that_cannot_be_used_is_refused_and_nothing_is_made(tmp_path, land, kind, says):
    with pytest.raises(RasterError, match=says):
        make(tmp_path / "p", land, images=(str(bad_raster(tmp_path, kind)),))
    assert not (tmp_path / "p").exists()


def test_images_with_different_bands_are_refused(tmp_path, land):
    other = write_raster(tmp_path / "other.tif", land_pixels(land_classes())[:2])
    with pytest.raises(RasterError, match="2 band"):
        make(tmp_path / "p", land, images=(str(land.image), str(other)))
    with pytest.raises(RasterError, match="twice"):
        make(tmp_path / "p", land, images=(str(land.image), str(land.image)))


def test_a_cancelled_init_leaves_nothing(tmp_path, land):
    config = InitConfig((str(land.image),), tile_size_px=TILE_PX)
    for words in ("Looking", "Measuring"):
        with pytest.raises(Cancelled):
            jobs.create_project(
                tmp_path / "p", Legend.from_csv(land.legend), config, CancelAt(words)
            )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["land"]


# --- labels


def test_labels_of_several_images_come_from_whatever_the_reference_covers(tmp_path, land):
    from rasterio.transform import from_origin

    far = write_raster(
        tmp_path / "far.tif",
        land_pixels(land_classes()),
        transform=from_origin(700_000, 5_600_000, 10, 10),
    )
    make(tmp_path / "p", land, images=(str(land.image), str(far)))
    with Project.open(tmp_path / "p") as project:
        told = label(project, land, everywhere=True)
        assert (told.tiles, told.pixels) == (25, 160 * 160)
        assert told.class_pixels == tuple(project.labels.class_pixels().tolist())
        with pytest.raises(LabelError, match="do not overlap"):
            label(project, land, tiles=(30,))


def test_tiles_in_which_the_reference_is_silent_are_refused(tmp_path, project):
    silent = write_raster(tmp_path / "silent.tif", np.zeros((1, 160, 160), np.uint8), nodata=0)
    with pytest.raises(LabelError, match="holds no label"):
        jobs.import_labels(project, LabelConfig(str(silent), tiles=(1, 2)), Silent())


# --- training


def test_a_round_records_what_it_was_made_of(project):
    record = project.rounds.current()
    note = json.loads((record.folder / "round.json").read_text())
    assert note["config"]["train"]["steps"] == 3
    assert note["config"]["tiles_trained_on"] == [
        tile for tile in (0, 4, 6, 12, 18) if project.tiles.role[tile] == Role.POOL
    ]
    assert {"landloop", "python", "torch"} <= set(note["versions"])
    assert note["model_hash"] == record.model_hash
    assert note["device"].startswith(("CPU", "NVIDIA"))


def test_the_weights_follow_from_the_iou_of_the_validation_tiles(project):
    metrics = project.rounds.current().metrics
    labelled, counts = project.labels.counts()
    on_validation = counts[project.tiles.role[labelled] == Role.VALIDATION]
    assert metrics.confusion.sum(axis=1).tolist() == on_validation.sum(axis=0).tolist()
    assert metrics.miou == pytest.approx(np.nanmean(metrics.iou))
    assert sum(metrics.weight) == pytest.approx(1)


def test_the_same_seed_makes_the_same_network_whatever_the_validation_labels_are(area):
    hashes = []
    for scrambled in (False, True):
        with Project.open(area / "p") as project:
            if scrambled:
                tiles = np.flatnonzero(project.tiles.role == Role.VALIDATION)
                project.labels.write({int(t): np.full((32, 32), 2, np.uint8) for t in tiles})
            cold = TrainConfig(steps=3, batch_size=2, start=Start.COLD)
            jobs.train(project, cold, Silent())
            hashes.append(project.rounds.current().model_hash)
    assert hashes[0] == hashes[1]


def test_training_without_labels_or_with_one_class_is_refused_and_changes_nothing(tmp_path, land):
    make(tmp_path / "p", land)
    with Project.open(tmp_path / "p") as project:
        label(project, land, validation=True)
        with pytest.raises(TrainingError, match="no labels"):
            jobs.train(project, QUICK, Silent())
        one = next(t for t in (0, 5, 10) if project.tiles.role[t] == Role.POOL)
        label(project, land, tiles=(one,))
        with pytest.raises(TrainingError, match="Only “Water”"):
            jobs.train(project, QUICK, Silent())
        assert project.rounds.list() == ()
        assert not (project.folder / "rounds").exists()


def test_without_validation_labels_the_accuracy_is_unknown_and_the_weights_are_even(tmp_path, land):
    make(tmp_path / "p", land)
    with Project.open(tmp_path / "p") as project:
        pool = [tile for tile in range(25) if project.tiles.role[tile] == Role.POOL]
        label(project, land, tiles=tuple(tile for tile in pool if tile in (0, 4, 5, 9, 20, 24)))
        told = jobs.train(project, QUICK, Silent())
        metrics = project.rounds.current().metrics
    assert told.miou is None
    assert told.iou == (None, None, None)
    assert metrics.weight == (0.5, 0.5, 0.0)
    assert any("No validation tile" in note for note in told.notes)
    assert any("Sand" in note for note in told.notes)


def test_labels_that_arrive_during_training_count_in_the_next_round(area):
    def paint():
        with Project.open(area / "p", Access.SHARED) as other:
            other.labels.write({1: np.zeros((32, 32), np.uint8)})

    with Project.open(area / "p") as project:
        before = len(project.labels.counts()[0])
        told = jobs.train(project, QUICK, OnMessage("step 2", paint))
        assert project.rounds.current().labelled_tiles == before
        again = jobs.train(project, QUICK, Silent())
        assert project.rounds.current().labelled_tiles == before + 1
    assert (told.round, again.round) == (2, 3)


@pytest.mark.parametrize("words", ["Reading the labels", "step 2", "Looking at tile"])
def test_a_cancelled_training_keeps_the_previous_model(project, words):
    before = project.rounds.current().model_hash
    with pytest.raises(Cancelled):
        jobs.train(project, QUICK, CancelAt(words))
    assert project.rounds.current().model_hash == before
    assert rounds_on_disk(project) == ["0001"]


def test_a_full_disk_keeps_the_previous_model(project, monkeypatch):
    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="full"):
        jobs.train(project, QUICK, Silent())
    monkeypatch.undo()
    assert rounds_on_disk(project) == ["0001"]
    assert project.rounds.current().number == 1


def test_another_encoder_starts_cold_and_says_so(project):
    told = jobs.train(project, TrainConfig(encoder="mobileone_s0", steps=1, batch_size=2), Silent())
    assert "Started cold, because round 1 has the encoder mobilenet_v2." in told.notes


@pytest.mark.parametrize(
    "options",
    [{"steps": -1}, {"minutes": 0.0}, {"batch_size": 0}, {"seed": -1}, {"encoder": "nonsense"}],
)
def test_impossible_options_of_training_are_refused(project, options):
    with pytest.raises(AlCoreError, match="choose"):
        jobs.train(project, TrainConfig(**{"steps": 1, "start": Start.COLD} | options), Silent())
    assert rounds_on_disk(project) == ["0001"]


# --- scan and query


def test_a_query_never_picks_validation_or_labelled_tiles(project):
    labelled, _ = project.labels.counts()
    for strategy in ("random", "entropy", "dcau"):
        picks = jobs.query(project, QueryConfig(strategy, count=99), Silent()).picks
        tiles = [pick.tile_id for pick in picks]
        assert (
            len(tiles)
            == len(set(tiles))
            == (project.tiles.role == Role.POOL).sum()
            - sum(project.tiles.role[labelled] == Role.POOL)
        )
        assert not set(tiles) & set(labelled.tolist())
        assert (project.tiles.role[tiles] == Role.POOL).all()
        assert [pick.rank for pick in picks] == list(range(1, len(tiles) + 1))
        assert project.picks.current() == picks


def test_a_tile_marked_unsure_is_not_picked_again(project):
    first = jobs.query(project, QueryConfig(count=1), Silent()).picks[0].tile_id
    project.labels.write({first: np.full((32, 32), UNSURE, np.uint8)})
    for strategy in ("random", "dcau"):
        picks = jobs.query(project, QueryConfig(strategy, count=99), Silent()).picks
        assert first not in {pick.tile_id for pick in picks}


def test_alpha_changes_the_weights_and_status_tells_them(project):
    jobs.query(project, QueryConfig(alpha=0.0), Silent())
    even = [entry["weight"] for entry in jobs.status(project)["classes"]]
    assert even == pytest.approx([1 / 3] * 3)
    jobs.query(project, QueryConfig(alpha=2.0), Silent())
    record = project.rounds.current()
    gap = np.array(record.metrics.gap)
    assert record.metrics.weight == pytest.approx(gap**2 / (gap**2).sum())


def test_plenty_of_validation_pixels_give_the_weights_of_the_paper(project):
    from al_core.jobs.gaps import weighed

    confusion = np.diag([900, 500, 300])
    confusion[0, 1] = confusion[2, 0] = 300
    iou = np.array([900 / 1500, 500 / 800, 300 / 600])
    gap, weight = weighed(confusion, np.full(3, 1000), QueryConfig())
    assert gap == pytest.approx(1 - iou)
    assert weight == pytest.approx(class_weights(iou, 0.5))


def test_few_validation_pixels_are_pulled_to_the_mean_and_none_is_explored():
    from al_core.jobs.gaps import weighed

    confusion = np.diag([1000, 50, 0, 0])
    gap, weight = weighed(confusion, np.array([10, 10, 10, 0]), QueryConfig())
    assert gap[:3] == pytest.approx([0.0, 0.0, 1.0])
    assert np.isnan(gap[3])
    assert weight == pytest.approx([0, 0, 1, 0])
    confusion[1, 0] = 50
    gap, _ = weighed(confusion, np.full(4, 10), QueryConfig())
    plain = np.array([1000 / 1050, 0.5])
    assert gap[1] == pytest.approx(1 - (50 + 200 * plain.mean()) / 300)


def test_a_strict_threshold_may_pick_fewer_and_says_so(project):
    told = jobs.query(
        project, QueryConfig(count=10, gamma=2.0, policy=ThresholdPolicy.STRICT), Silent()
    )
    assert len(told.picks) < 10
    assert "exceed the threshold" in told.notes[0]


def test_after_a_training_the_scan_is_out_of_date(project):
    jobs.train(project, QUICK, Silent())
    with pytest.raises(QueryError, match="Scan first"):
        jobs.query(project, QueryConfig(), Silent())
    assert jobs.query(project, QueryConfig("random", count=1), Silent()).picks


def test_statistics_of_another_network_are_refused(project):
    statistics = project.rounds.current().folder / "statistics.npz"
    jobs.train(project, QUICK, Silent())
    shutil.copy(statistics, project.rounds.current().folder)
    with pytest.raises(QueryError, match="another network"):
        jobs.query(project, QueryConfig(), Silent())


def test_an_empty_pool_is_a_sentence(area, project):
    land = make_land(area / "again")
    label(project, land, everywhere=True)
    for verb, config in ((jobs.query, QueryConfig()), (jobs.scan, ScanConfig())):
        with pytest.raises(QueryError, match="nothing left"):
            verb(project, config, Silent())


def test_a_tile_is_explained_by_the_scan(project):
    best = jobs.query(project, QueryConfig(count=1), Silent()).picks[0]
    told = jobs.explain_tile(project.folder, best.tile_id)
    weights = project.rounds.current().metrics.weight
    assert told.terms == pytest.approx([w * s for w, s in zip(weights, told.shares, strict=True)])
    assert sum(told.terms) == pytest.approx(best.score, rel=1e-6)
    assert max(told.terms) == pytest.approx(best.reason["value"], rel=1e-6)
    with pytest.raises(QueryError, match="was not scanned"):
        jobs.explain_tile(project.folder, 0)


# --- maps


def read(path):
    import rasterio

    with rasterio.open(path) as source:
        return source.read(1), source.profile


def test_the_maps_lie_on_the_grid_of_the_image(area, project):
    told = jobs.predict(project, PREDICT, Silent())
    image = read(area / "land/image.tif")[1]
    for path in (*told.prediction, *told.uncertainty, *told.confidence):
        profile = read(path)[1]
        assert [profile[key] for key in ("crs", "transform", "height", "width")] == [
            image[key] for key in ("crs", "transform", "height", "width")
        ]
    assert set(np.unique(read(told.prediction[0])[0])) <= {1, 2, 3}
    uncertainty = read(told.uncertainty[0])[0]
    assert 0 <= uncertainty.min() <= uncertainty.max() <= 1
    assert project.rounds.current().predicted
    assert (project.folder / "rounds/0001/prediction.qml").exists()


def test_a_cancelled_prediction_keeps_the_old_maps(project):
    told = jobs.predict(project, PREDICT, Silent())
    before = [path.stat().st_mtime_ns for path in sorted(project.rounds.current().folder.iterdir())]
    with pytest.raises(Cancelled):
        jobs.predict(project, PREDICT, CancelAt("Predicting"))
    after = [path.stat().st_mtime_ns for path in sorted(project.rounds.current().folder.iterdir())]
    assert before == after
    assert told.prediction[0].endswith("0001/prediction.tif")


def test_a_vanished_image_is_a_sentence_and_leaves_nothing(area, project):
    files = sorted(project.rounds.current().folder.iterdir())
    (area / "land/image.tif").unlink()
    with pytest.raises(RasterError, match=r"image\.tif"):
        jobs.predict(project, PREDICT, Silent())
    with pytest.raises(RasterError, match=r"image\.tif"):
        jobs.train(project, QUICK, Silent())
    assert sorted(project.rounds.current().folder.iterdir()) == files


def test_the_exported_map_shows_the_labels_over_the_prediction(area, project):
    with pytest.raises(ExportError, match="no prediction"):
        jobs.export(project, ExportConfig(str(area / "map.tif")), Silent())
    jobs.predict(project, PREDICT, Silent())
    told = jobs.export(project, ExportConfig(str(area / "map.tif")), Silent())
    values, _ = read(told.files[0])
    truth, _ = read(area / "land/labels.tif")
    for tile in project.labels.counts()[0].tolist():
        core = project.tiles.core(tile)
        assert (values[core.rows, core.cols] == truth[core.rows, core.cols]).all()


# --- one turn of the loop


def test_retrain_makes_a_whole_round_and_fills_the_queue(project):
    seen = []
    watcher = Silent()
    watcher.report = lambda fraction, _message: seen.append(fraction)
    told = jobs.retrain(project, RetrainConfig(train=QUICK, predict=PREDICT), watcher)
    record = project.rounds.current()
    assert told.train.round == told.predict.round == record.number == 2
    assert record.scanned
    assert record.predicted
    assert project.picks.current() == told.query.picks
    assert {pick.round for pick in told.query.picks} == {2}
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)


@pytest.mark.parametrize("words", ["step 2", "Looking at tile", "Predicting"])
def test_a_cancelled_retrain_leaves_map_model_and_queue_as_they_were(project, words):
    jobs.query(project, QueryConfig(count=3), Silent())
    jobs.predict(project, PREDICT, Silent())
    before = project.rounds.current().model_hash, project.picks.current()
    with pytest.raises(Cancelled):
        jobs.retrain(project, RetrainConfig(train=QUICK, predict=PREDICT), CancelAt(words))
    assert (project.rounds.current().model_hash, project.picks.current()) == before
    assert rounds_on_disk(project) == ["0001"]


def test_retrain_checks_the_query_before_it_trains(project):
    for query, error in (
        (QueryConfig("astrology"), QueryError),
        (QueryConfig(count=0), ConfigError),
    ):
        with pytest.raises(error):
            jobs.retrain(project, RetrainConfig(train=QUICK, query=query), CancelAt("Training"))


def test_when_all_is_labelled_retrain_still_makes_the_map(area, project):
    label(project, make_land(area / "again"), everywhere=True)
    told = jobs.retrain(project, RetrainConfig(train=QUICK, predict=PREDICT), Silent())
    assert told.scan is None
    assert told.query.picks == ()
    assert "nothing left" in told.query.notes[0]
    assert project.rounds.current().predicted


# --- the rest


def test_the_demo_scene_is_written_once(tmp_path):
    from al_core.config import DemoConfig

    told = jobs.write_demo(tmp_path / "demo", DemoConfig(size_px=256), Silent())
    legend = Legend.from_csv(told.legend)
    values, profile = read(told.labels)
    assert set(np.unique(values)) <= set(legend.values.tolist())
    assert read(told.scene)[1]["crs"] == profile["crs"]
    with pytest.raises(ConfigError, match="is there already"):
        jobs.write_demo(tmp_path / "demo", DemoConfig(size_px=256), Silent())


def test_the_doctor_tells_device_and_versions():
    told = jobs.doctor()
    assert told["device"].text
    assert told["versions"]["torch"]


def test_a_missing_project_is_a_sentence(tmp_path):
    with pytest.raises(ProjectError, match="no project"):
        jobs.explain_tile(tmp_path / "nowhere", 0)
