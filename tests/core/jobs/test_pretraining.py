"""A project's tiles make an encoder, which any of its networks can start from."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from al_core import jobs
from al_core.config import Decoder, PretrainConfig, ScanConfig, Start, Task, TrainConfig
from al_core.errors import AlCoreError, Cancelled, ConfigError, StorageError, TrainingError
from al_core.jobs.summary import lines
from al_core.models import checkpoint
from al_core.progress import Silent
from al_core.project import Access, Project, Role

from ..lands import Land, land_classes, land_pixels, write_raster
from .areas import CancelAt, label, make

torch = pytest.importorskip("torch")

ENCODER = "tu-test_resnet"
QUICK = PretrainConfig(encoder=ENCODER, epochs=2, batch_size=16, crop_px=32)


def land_of(folder, side):
    """Write the files of a larger piece of land."""
    classes = land_classes(side)
    write_raster(folder / "image.tif", land_pixels(classes))
    write_raster(folder / "labels.tif", (classes + 1)[np.newaxis], nodata=0)
    (folder / "legend.csv").write_text(
        "value,name,color\n1,Water,#283cc8\n2,Forest,#1e8c28\n3,Sand,#c8b478\n"
    )
    return Land(folder / "image.tif", folder / "labels.tif", folder / "legend.csv")


@pytest.fixture(scope="session")
def wide_land(tmp_path_factory):
    return land_of(tmp_path_factory.mktemp("wide"), 320)  # 10 by 10 tiles with their halo


@pytest.fixture
def painted(wide_land, tmp_path):
    """A segmentation project with some painted tiles."""
    make(tmp_path / "p", wide_land, validation_share=0.1)
    with Project.open(tmp_path / "p") as project:
        label(project, wide_land, random=24, seed=1)
        yield project


def pretrain(project, watcher=None, **options):
    return jobs.pretrain(project, dataclasses.replace(QUICK, **options), watcher or Silent())


def in_folder(project):
    return sorted(path.name for path in (project.folder / "encoders").iterdir())


def test_the_encoder_lies_in_the_project_with_a_page_that_says_what_it_is(painted):
    told = pretrain(painted)
    assert told.name == f"{ENCODER}-1"
    assert in_folder(painted) == [f"{ENCODER}-1.json", f"{ENCODER}-1.safetensors"]
    page = json.loads(told.path.with_suffix(".json").read_text())
    assert page["encoder"] == ENCODER
    assert page["bands"] == [1, 2, 3]
    assert page["config"]["epochs"] == 2
    assert page["trained"]["tiles"] == told.tiles == 90
    assert page["trained"]["steps"] == told.steps == 10
    assert page["probe"]["after"]["accuracy"] == told.after.accuracy
    assert {"landloop", "torch"} <= set(page["versions"])
    assert told.after.tiles == told.before.tiles > 15
    assert "before accuracy" in list(lines(told))[1]


def test_every_kind_of_network_starts_from_it(painted, wide_land):
    import segmentation_models_pytorch as smp
    from safetensors.torch import load_file

    weights = str(pretrain(painted).path)
    state = load_file(weights)
    unet = smp.Unet(ENCODER, encoder_weights=None, in_channels=3, classes=4)
    unet.encoder.load_state_dict(state)
    scanned = jobs.scan(painted, ScanConfig(encoder=ENCODER, weights=weights), Silent())
    assert scanned.tiles == 90
    fitted = f" tensors of {ENCODER} from {ENCODER}-1.safetensors."
    assert any(note.endswith(fitted) for note in scanned.notes)
    frozen = TrainConfig(
        encoder=ENCODER, weights=weights, decoder=Decoder.LIGHT, steps=2, start=Start.COLD
    )
    assert jobs.train(painted, frozen, Silent()).notes[0].endswith(fitted)
    found = checkpoint.load(painted.rounds.current().folder, torch.device("cpu"))
    own = found.network.encoder.state_dict()
    assert all(torch.equal(own[name], state[name]) for name in state)


def test_validation_tiles_and_empty_ones_are_not_learnt_from(painted, monkeypatch):
    from al_core.training.contrast import Tiles

    seen = set()
    read = Tiles._tile

    def watched(self, tile_id, images):
        seen.add(tile_id)
        return read(self, tile_id, images)

    monkeypatch.setattr(Tiles, "_tile", watched)
    pretrain(painted)
    assert seen == set(np.flatnonzero(painted.tiles.role == Role.POOL).tolist())


def test_labels_have_no_say_in_what_is_learnt(painted):
    first = pretrain(painted, name="with").path.read_bytes()
    pool = np.flatnonzero(painted.tiles.role == Role.POOL).tolist()
    painted.labels.write({tile: np.full((32, 32), 255, np.uint8) for tile in pool})
    told = pretrain(painted, name="without")
    assert told.path.read_bytes() == first
    assert (told.before, told.after) == (None, None)
    assert any("Whether it pays off is not known" in note for note in told.notes)


class CancelInTheEnd(CancelAt):
    """Cancels when whole tiles are looked at after the last step."""

    def report(self, fraction, message):
        if fraction > 0.5:
            super().report(fraction, message)


@pytest.mark.parametrize(
    "watcher",
    [CancelAt("epoch 1 of 2"), CancelAt("epoch 2 of 2"), CancelInTheEnd("Looking at whole")],
    ids=["first", "second", "end"],
)
def test_a_cancel_is_a_pause_and_what_comes_of_it_is_the_same(painted, watcher):
    whole = pretrain(painted)
    with pytest.raises(Cancelled):
        pretrain(painted, watcher)
    assert "paused.state" in in_folder(painted)
    assert len(in_folder(painted)) == 3
    told = pretrain(painted, name="resumed")
    assert told.path.read_bytes() == whole.path.read_bytes()
    assert (told.steps, told.before, told.after) == (whole.steps, whole.before, whole.after)
    assert "Went on after" in told.notes[0]
    assert "paused.state" not in in_folder(painted)


def test_a_cancel_before_the_first_step_leaves_nothing(painted):
    with pytest.raises(Cancelled):
        pretrain(painted, CancelAt("Looking at tile"))
    assert in_folder(painted) == []


def test_what_is_paused_is_not_given_up_by_mistake(painted):
    with pytest.raises(Cancelled):
        pretrain(painted, CancelAt("epoch 2"))
    with pytest.raises(TrainingError, match=r"paused that was begun otherwise \(seed\)"):
        pretrain(painted, seed=5)
    assert in_folder(painted) == ["paused.state"]
    told = pretrain(painted, seed=5, resume=False)
    assert not any("Went on" in note for note in told.notes)


def test_tags_are_probed_in_a_project_of_scenes(tmp_path):
    make(tmp_path / "s", land_of(tmp_path, 640), validation_share=0.1, task=Task.SCENE)
    with Project.open(tmp_path / "s") as project:
        pool = np.flatnonzero(project.tiles.role == Role.POOL)[:20]
        water, forest, _ = np.eye(3, dtype=np.uint8)
        lies_left = project.tiles.col[pool] < 320
        tags = {int(t): water if left else forest for t, left in zip(pool, lies_left, strict=True)}
        project.tags.write(tags)
        told = pretrain(project, epochs=1)
        assert (told.after.tiles, told.after.classes) == (20, 2)
        assert told.tiles == 90


def test_too_few_tiles_leave_nothing_behind(land, tmp_path):
    make(tmp_path / "p", land)
    with Project.open(tmp_path / "p") as project:
        with pytest.raises(TrainingError, match=r"needs at least 64 tiles .* there are"):
            pretrain(project)
        assert not (project.folder / "encoders").exists()


def test_names_are_numbered_and_none_is_overwritten(painted):
    assert pretrain(painted, epochs=1).name.endswith("-1")
    assert pretrain(painted, epochs=1).name.endswith("-2")
    with pytest.raises(ConfigError, match="choose another name"):
        pretrain(painted, name=f"{ENCODER}-2")


@pytest.mark.parametrize(
    "options",
    [
        *({"epochs": 0}, {"batch_size": 2}, {"minutes": 0.0}, {"crop_px": 8}, {"tiles": -1}),
        *({"momentum": 1.0}, {"temperature": 0.0}, {"learning_rate": -1.0}, {"seed": -1}),
        *({"encoder": "local"}, {"encoder": "nonsense"}, {"name": "../up"}, {"queue": -1}),
    ],
)
def test_impossible_options_are_refused(painted, options):
    with pytest.raises(AlCoreError, match="choose"):
        pretrain(painted, **options)


def test_weights_that_do_not_fit_name_their_keys_and_leave_nothing(painted, tmp_path):
    torch.save({"conv1.weight": torch.zeros(4, 3, 3, 3)}, tmp_path / "odd.pth")
    with pytest.raises(TrainingError, match=r"odd\.pth does not fit .* it misses"):
        pretrain(painted, weights=str(tmp_path / "odd.pth"))
    assert in_folder(painted) == []


def test_a_start_from_weights_is_told(painted):
    first = pretrain(painted, name="first")
    told = pretrain(painted, weights=str(first.path), name="second")
    assert told.notes[0].endswith("from first.safetensors.")


def test_weights_for_reflectance_are_told_how_the_project_is_scaled(painted, tmp_path):
    import torchvision

    wide = torchvision.models.resnet18(weights=None)
    wide.conv1 = torch.nn.Conv2d(13, 64, 7, stride=2, padding=3, bias=False)
    torch.save(wide.state_dict(), tmp_path / "s2.pth")
    told = pretrain(painted, encoder="resnet18", weights=str(tmp_path / "s2.pth"), epochs=1)
    assert "cut from 13 to 3 bands (B4, B3, B2) and reads the bands as refl" in told.notes[0]


def test_a_full_disk_keeps_what_is_paused(painted, monkeypatch):
    import errno
    import os

    with pytest.raises(Cancelled):
        pretrain(painted, CancelAt("epoch 2"))

    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="full"):
        pretrain(painted)
    monkeypatch.undo()
    assert in_folder(painted) == ["paused.state"]
    assert "Went on after" in pretrain(painted).notes[0]


def test_the_engine_and_the_command_line_know_the_verb(painted, capsys, monkeypatch):
    from al_core import cli
    from al_core.service import verbs

    folder = painted.folder
    shutil.rmtree(folder / "encoders", ignore_errors=True)
    painted.close()
    options = {"encoder": ENCODER, "epochs": 1, "batch_size": 16, "crop_px": 32}
    told = verbs.prepare("pretrain", folder, options).run(Silent())
    assert told.name == f"{ENCODER}-1"
    words = ("--encoder", ENCODER, "--epochs", "1", "--batch-size", "16", "--crop", "32")
    assert cli.main(["pretrain", str(folder), *words, "--name", "mine", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["name"] == "mine"
    assert answer["after"]["macro_f1"] == told.after.macro_f1
    with Project.open(folder, Access.SHARED) as project:
        assert len(in_folder(project)) == 4
    monkeypatch.setattr(cli._Terminal, "is_cancelled", lambda self: True)
    assert cli.main(["pretrain", str(folder), *words]) == 130
    assert capsys.readouterr().err == "Paused; the same command goes on from here.\n"
