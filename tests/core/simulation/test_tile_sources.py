"""Which files are tiles, and what they show."""

import numpy as np
import pytest

from al_core.config import SimulateConfig, Task
from al_core.errors import ConfigError, LabelError, LegendError
from al_core.simulation.tile_sources import distinct_colors, find_tiles

from .tiles import write_rows


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def found(folder, rows=None, head=("image", "class"), task=Task.SCENE, **options):
    """Return the sources of a folder; of a table beside it where rows are given."""
    if rows is not None:
        options["table"] = str(write_rows(folder.parent / "t.csv", list(head), rows))
    return find_tiles(SimulateConfig(task=task, images_folder=str(folder), **options))


def shown(sources):
    """Return the classes of each file by its name."""
    names = np.array(sources.legend.names)
    return {
        path.name: tuple(names[row > 0])
        for path, row in zip(sources.paths, sources.counts, strict=True)
    }


@pytest.mark.parametrize("name", ["a", "a.jpg", "a.tif", "sub/a", "sub/a.jpg", "sub\\a.png"])
def test_images_are_found_however_the_table_calls_them(tmp_path, name):
    images = touch(tmp_path / "images", "sub/a.jpg", "b.PNG", "notes.txt", ".hidden/c.jpg")
    sources = found(images, [[name, "park"], ["b", "road"]])
    assert shown(sources) == {"a.jpg": ("park",), "b.PNG": ("road",)}
    assert sources.notes == ()


def test_the_order_of_the_rows_does_not_matter(tmp_path):
    images = touch(tmp_path / "images", "a.jpg", "b.jpg", "c.jpg")
    rows = [["a", "park"], ["b", "road"], ["c", "park"]]
    first, second = found(images, rows), found(images, rows[::-1])
    assert first.paths == second.paths
    np.testing.assert_array_equal(first.counts, second.counts)


def test_images_that_no_row_names_are_left_out_and_counted(tmp_path):
    images = touch(tmp_path / "images", "a.jpg", "b.jpg", "c.jpg", "d.jpg")
    sources = found(images, [["a", "park"], ["b", "road"]])
    assert len(sources.paths) == 2
    assert sources.notes == ("2 images that the table does not name were left out.",)


def test_missing_images_are_counted_and_named(tmp_path):
    images = touch(tmp_path / "images", "a.jpg")
    rows = [["a", "park"], *([f"x{number}", "road"] for number in range(7))]
    with pytest.raises(ConfigError, match=r"7 of the 8 images .* x0, x1, x2, x3, x4 and 2 more"):
        found(images, rows)


def test_a_name_that_fits_two_files_is_refused(tmp_path):
    images = touch(tmp_path / "images", "a/1.jpg", "b/1.jpg")
    with pytest.raises(ConfigError, match=r"“1” of .* could be a/1\.jpg, b/1\.jpg"):
        found(images, [["1", "park"]])
    assert len(found(images, [["a/1", "park"], ["b/1", "road"]]).paths) == 2


def test_two_rows_for_one_file_are_refused(tmp_path):
    images = touch(tmp_path / "images", "a.jpg", "b.jpg")
    rows = [["a", "park"], ["a.jpg", "park"], ["b", "road"]]
    with pytest.raises(LabelError, match=r"several rows for a\.jpg"):
        found(images, rows)


def test_folders_are_classes_where_there_is_no_table(tmp_path):
    images = touch(tmp_path / "images", "Sea/s1.tif", "Forest/f1.jpg", "Forest/f2.jpg", "x.jpg")
    sources = found(images)
    assert sources.legend.names == ("Forest", "Sea")
    assert shown(sources) == {"f1.jpg": ("Forest",), "f2.jpg": ("Forest",), "s1.tif": ("Sea",)}
    assert sources.notes == ("1 images outside the folders of the classes were left out.",)


def test_classes_have_colours_of_their_own(tmp_path):
    colors = distinct_colors(64)
    assert len(set(colors)) == 64
    images = touch(tmp_path / "images", "a.jpg", "b.jpg")
    legend = found(images, [["a", "park"], ["b", "road"]]).legend
    assert [entry.color for entry in legend] == colors[:2]
    numbers = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in colors])
    assert np.abs(np.diff(numbers, axis=0)).sum(axis=1).min() > 100


def test_a_legend_gives_order_and_colours_and_may_hold_more(tmp_path):
    images = touch(tmp_path / "images", "a.jpg", "b.jpg")
    legend = tmp_path / "legend.csv"
    legend.write_text("value,name,color\n4,Road,#111111\n7,Park,#00ff00\n9,Sea,#0000ff\n")
    sources = found(images, [["a", "park"], ["b", "road"]], legend=str(legend))
    assert sources.counts.tolist() == [[0, 1, 0], [1, 0, 0]]
    assert sources.notes == ("No tile shows Sea.",)


def test_classes_that_the_legend_lacks_are_named_and_counted(tmp_path):
    images = touch(tmp_path / "images", "a.jpg", "b.jpg", "c.jpg")
    legend = tmp_path / "legend.csv"
    legend.write_text("value,name,color\n4,Road,#111111\n7,Park,#00ff00\n")
    rows = [["a", "park"], ["b", "dune"], ["c", "dune"]]
    with pytest.raises(LabelError, match=r"legend lacks: dune \(2 tiles\)"):
        found(images, rows, legend=str(legend))


def test_names_that_differ_in_case_only_are_refused(tmp_path):
    images = touch(tmp_path / "images", "a.jpg", "b.jpg")
    with pytest.raises(LabelError, match="Park, park differ in case only"):
        found(images, [["a", "park"], ["b", "Park"]])


def test_one_class_is_too_few(tmp_path):
    with pytest.raises(LegendError, match="give it 2"):
        found(touch(tmp_path / "images", "a.jpg"), [["a", "park"]])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"images_folder": ""}, "name it by --images"),
        ({"masks_folder": "masks"}, "name it by --images"),
        ({"images": ("a.tif",)}, "name it by --images"),
        ({"openearthmap": "oem"}, "name it by --images"),
        ({"images_folder": "{}/none"}, "There is no folder"),
        ({"images_folder": "{}/empty"}, "hold a .tif"),
        ({"images_folder": "{}/flat"}, "no folders that could be classes"),
        ({"task": Task.MULTILABEL}, "name a --table"),
        ({"unlabelled": (0.0,)}, "leave it out"),
    ],
)
def test_options_that_make_no_sense_are_refused(tmp_path, options, says):
    (tmp_path / "empty").mkdir()
    touch(tmp_path, "flat/a.jpg", "images/park/a.jpg", "images/road/b.jpg")
    given = {"task": Task.SCENE, "images_folder": "{}/images", **options}
    filled = {k: v.format(tmp_path) if isinstance(v, str) else v for k, v in given.items()}
    with pytest.raises(ConfigError, match=says):
        find_tiles(SimulateConfig(**filled))
