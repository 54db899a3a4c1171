"""Which files a simulation reads, and what it says when they do not fit together."""

import pytest

from al_core.config import SimulateConfig
from al_core.errors import ConfigError
from al_core.simulation.sources import find_sources

LEGEND = "value,name,color\n1,Water,#283cc8\n2,Forest,#1e8c28\n"


@pytest.fixture
def folders(tmp_path):
    (tmp_path / "legend.csv").write_text(LEGEND)
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    return tmp_path


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


def config(folder, **options):
    return SimulateConfig(legend=str(folder / "legend.csv"), **options)


def paired(folder):
    images, masks = str(folder / "images"), str(folder / "masks")
    return find_sources(config(folder, images_folder=images, masks_folder=masks))


def test_folders_are_paired_by_name_whatever_the_suffix(folders):
    touch(folders / "images", "b.jpg", "a.png", "notes.txt")
    touch(folders / "masks", "a.tif", "b.png")
    found = [(pair.image.name, pair.labels.name) for pair in paired(folders).pairs]
    assert found == [("a.png", "a.tif"), ("b.jpg", "b.png")]


def test_files_that_do_not_pair_up_are_listed(folders):
    touch(folders / "images", "a.jpg", "b.jpg")
    touch(folders / "masks", "a.png", "c.png", *(f"d{number}.png" for number in range(6)))
    with pytest.raises(ConfigError, match=r"without a mask are b; .*c, d0, d1, d2, d3 and 2 more"):
        paired(folders)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "Say in one way"),
        ({"images": ("a",), "openearthmap": "x"}, "Say in one way"),
        ({"images": ("a", "b"), "labels": ("a",)}, "2 image"),
        ({"images_folder": "x"}, "both folders"),
        ({"images_folder": "{}/none", "masks_folder": "{}/masks"}, "no folder"),
        ({"images_folder": "{}/images", "masks_folder": "{}/masks"}, "holds no"),
        ({"openearthmap": "{}"}, "REGION/images"),
    ],
)
def test_sources_that_make_no_sense_are_refused(folders, options, says):
    filled = {
        name: value.format(folders) if isinstance(value, str) else value
        for name, value in options.items()
    }
    with pytest.raises(ConfigError, match=says):
        find_sources(config(folders, **filled))


def test_a_legend_is_needed_unless_it_is_openearthmap(folders):
    with pytest.raises(ConfigError, match="legend"):
        find_sources(SimulateConfig(images=("a",), labels=("b",)))
    touch(folders, "aachen/images/aachen_1.tif", "aachen/labels/aachen_1.tif")
    found = find_sources(SimulateConfig(openearthmap=str(folders)))
    assert (len(found.legend), found.legend[0].name, found.legend[8].name) == (
        9,
        "Background",
        "Building",
    )


def test_openearthmap_keeps_what_its_lists_name_and_holds_the_validation_out(folders):
    for region in ("aachen", "lima"):
        for number in (1, 2, 3):
            touch(folders, f"{region}/images/{region}_{number}.tif")
        touch(folders, f"{region}/labels/{region}_1.tif", f"{region}/labels/{region}_2.tif")
    every = find_sources(SimulateConfig(openearthmap=str(folders)))
    assert (len(every.pairs), every.notes) == (4, ("2 images without labels were left out.",))
    (folders / "train.txt").write_text("aachen_1.tif\nlima_1.tif\n")
    (folders / "val.txt").write_text("lima_2.tif\n")
    listed = find_sources(SimulateConfig(openearthmap=str(folders)))
    assert {(pair.image.name, pair.held_out) for pair in listed.pairs} == {
        ("aachen_1.tif", False),
        ("lima_1.tif", False),
        ("lima_2.tif", True),
    }
    (folders / "val.txt").write_text("lima_3.tif\n")
    with pytest.raises(ConfigError, match="lima/lima_3"):
        find_sources(SimulateConfig(openearthmap=str(folders)))
