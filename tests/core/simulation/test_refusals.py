"""What a simulation refuses, and that it then leaves everything as it was."""

import dataclasses

import numpy as np
import pytest

from al_core.errors import AlCoreError
from al_core.progress import Silent
from al_core.simulation import pixel_teaching, running
from al_core.simulation.running import simulate

from ..lands import write_raster
from .patches import make_patchwork, patch_classes


def refused(folder, config, says):
    with pytest.raises(AlCoreError, match=says) as caught:
        simulate(folder, config, {}, Silent())
    assert str(caught.value).count("\n") == 0
    assert not folder.exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"initial": 0}, "--initial is 0"),
        ({"batch": -1}, "--batch is -1"),
        ({"pool_tiles": -5}, "--pool-tiles is -5"),
        ({"halo_px": 40}, "leaves nothing of a 64 px tile"),
        ({"rounds": 40}, "4 tiles and 40 rounds of 3 are 124, but the pool has"),
        ({"seeds": (1, 1)}, "each seed once"),
        ({"seeds": ()}, "each seed once"),
        ({"gamma": float("nan")}, "gamma"),
        ({"strategies": ("astrology",)}, "no query strategy"),
        ({"compare": ("random,entropy",), "seeds": (0,)}, "at least two seeds"),
        ({"images": ("/nowhere.tif",)}, "no file /nowhere.tif"),
        ({"labels": ("/nowhere.tif",)}, "/nowhere.tif cannot be read"),
        ({"legend": "/nowhere.csv"}, "cannot be read"),
        ({"encoder": "abacus"}, "abacus"),
        ({"weights": "/nowhere.safetensors", "encoder": "mobilenet_v2"}, "nowhere"),
        ({"tile_size_px": 100}, "multiple"),
        ({"tile_size_px": 256}, "too few to keep pool"),
        ({"bands": (4,)}, "no band 4"),
        ({"test_images": ("moon",)}, "none of the images"),
        ({"unlabelled": (2.0, 3.0)}, "only “Water”"),
        ({"unlabelled": (1.0, 2.0, 3.0)}, "no class at all"),
    ],
)
def test_bad_input_is_a_sentence_and_nothing_is_written(patchwork, tmp_path, changes, says):
    refused(tmp_path / "out", patchwork.config(**changes), says)


def test_labels_of_another_size_are_refused(patchwork, tmp_path):
    other = make_patchwork(tmp_path / "other", patch_classes(128, 480))
    config = patchwork.config(labels=(str(other.labels),))
    refused(tmp_path / "out", config, "512 × 128 px but its labels .* are 480 × 128 px")


def test_values_outside_the_legend_are_counted(patchwork, tmp_path):
    classes = patch_classes()
    classes[:2, :5] = 8
    labels = write_raster(tmp_path / "labels.tif", (classes + 1)[np.newaxis])
    refused(tmp_path / "out", patchwork.config(labels=(str(labels),)), r"9 \(10 px\)")


def test_a_network_without_dropout_cannot_serve_bald(patchwork, tmp_path, monkeypatch):
    before = pixel_teaching.fresh_network

    def without(*arguments):
        network = before(*arguments)
        for module in network.head.modules():
            if hasattr(module, "p"):
                module.p = 0.0
        return network

    monkeypatch.setattr(pixel_teaching, "fresh_network", without)
    refused(tmp_path / "out", patchwork.config(strategies=("bald",)), "“bald” needs dropout")


def test_another_configuration_does_not_go_on_in_the_same_folder(patchwork, finished, tmp_path):
    before = (finished / "rounds.csv").read_bytes()
    with pytest.raises(AlCoreError, match="another steps"):
        simulate(finished, patchwork.config(steps=3), {}, Silent())
    assert (finished / "rounds.csv").read_bytes() == before
    (tmp_path / "diary.txt").write_text("dear")
    with pytest.raises(AlCoreError, match="holds something else"):
        simulate(tmp_path, patchwork.config(), {}, Silent())


def test_changed_images_do_not_go_on_in_the_same_folder(tmp_path):
    own = make_patchwork(tmp_path / "data")
    config = own.config(strategies=("random",), seeds=(0,), rounds=0, steps=1)
    simulate(tmp_path / "out", config, {}, Silent())
    make_patchwork(tmp_path / "data", patch_classes(patch_px=23))
    with pytest.raises(AlCoreError, match="have changed"):
        simulate(tmp_path / "out", config, {}, Silent())


def test_two_programs_do_not_work_in_one_folder(patchwork, finished):
    from al_core.project.lock import ProjectLock

    lock = ProjectLock(finished / "lock")
    try:
        with pytest.raises(AlCoreError, match="open"):
            simulate(finished, patchwork.config(), {}, Silent())
    finally:
        lock.release()


def test_only_lanes_strategies_and_seeds_may_change(patchwork):
    one = running._frozen(patchwork.config(jobs=1))
    assert one == running._frozen(patchwork.config(jobs=5, strategies=("bald",), seeds=(7,)))
    assert one != running._frozen(dataclasses.replace(patchwork.config(), alpha=2.0))
