"""Tables of scenes and tags, in the shapes in which they are found."""

import pytest

from al_core.config import Task
from al_core.errors import LabelError
from al_core.simulation.tag_tables import read_table

WIDE = "image,scene_class,grass,trees\na,park,1,1\nb,field,1,0\nc,road,0,0\n"


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "t.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_wide_table_gives_scenes_and_tags(table):
    scenes, tags = (read_table(table(WIDE), task) for task in (Task.SCENE, Task.MULTILABEL))
    assert scenes.tags == {"a": ("park",), "b": ("field",), "c": ("road",)}
    assert tags.tags == {"a": ("grass", "trees"), "b": ("grass",), "c": ()}
    assert (scenes.classes, tags.classes) == (("field", "park", "road"), ("grass", "trees"))


@pytest.mark.parametrize(
    "text",
    [
        "image,class\na,trees\na,grass\nb,grass\nc,\n",
        "image,tags\na,trees;grass\nb,grass\nc,\n",
        'image;tags\na;"trees; grass"\nb;grass\nc;\n',
        "image\ttags\na\ttrees|grass\nb\tgrass\nc\t\n",
        "\ufefffile,tags\r\na,grass; trees\r\nb,grass\r\nc,\r\n\r\n",
    ],
)
def test_long_tables_and_lists_of_tags_say_the_same(table, text):
    assert read_table(table(text), Task.MULTILABEL).tags == {
        "a": ("grass", "trees"),
        "b": ("grass",),
        "c": (),
    }


@pytest.mark.parametrize(
    "text",
    [
        "image,label\na,park\nb,road\n",
        "image,class,camera\na,park,7\nb,road,8\n",
        "image,tags\na,park\nb,road\n",
        "image,park,road\na,1,0\nb,0,1\n",
        "image,park,road,sky\na,true,False,\nb,0.0,1.0,\n",
    ],
)
def test_scenes_are_named_or_flagged(table, text):
    assert read_table(table(text), Task.SCENE).tags == {"a": ("park",), "b": ("road",)}


def test_a_class_that_no_image_shows_is_still_a_class(table):
    text = "image,grass,trees,water\na,1,0,0\nb,0,1,0\n"
    assert read_table(table(text), Task.MULTILABEL).classes == ("grass", "trees", "water")


def test_columns_that_are_no_classes_are_left_out_and_named(table):
    text = "image,grass,trees,source\na,1,0,usgs\nb,0,1,usgs\n"
    found = read_table(table(text), Task.MULTILABEL)
    assert found.classes == ("grass", "trees")
    assert found.notes == ("Columns of the table that are no classes were left out: source.",)


@pytest.mark.parametrize(
    ("task", "text", "says"),
    [
        (Task.SCENE, "name,class\na,park\n", "no column “image”"),
        (Task.SCENE, "image,class\n", "has no row"),
        (Task.SCENE, "image,camera\na,7\nb,8\n", "names no classes"),
        (Task.MULTILABEL, "image,camera\na,7\nb,8\n", "names no classes"),
        (Task.SCENE, "image,class\na,park\n,road\n", "Line 3 .* names no image"),
        (Task.SCENE, "image,class\na,park\na,road\n", "gives “a” 2 classes, park, road"),
        (Task.SCENE, "image,tags\na,park;road\n", "gives “a” 2 classes"),
        (Task.SCENE, "image,park,road\na,1,1\nb,0,1\n", "gives “a” 2 classes"),
        (Task.SCENE, "image,park,road\na,1,0\nb,0,0\n", "gives no class to b"),
        (Task.SCENE, "image,class\na,park\nb,road\na,park\n", "twice or more for a;"),
        (Task.MULTILABEL, WIDE + "b,field,1,0\nc,road,1,1\n", "twice or more for b, c;"),
        (Task.MULTILABEL, "image,class\na,trees\na,trees\n", "twice or more for a;"),
        (Task.MULTILABEL, WIDE + "d,park,2,0\n", "“grass” of .* holds “2” in line 5; write 0 or 1"),
        (Task.MULTILABEL, "image,a,a\nx,1,0\ny,0,1\n", "two columns “a”"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(table, task, text, says):
    with pytest.raises(LabelError, match=says) as caught:
        read_table(table(text), task)
    assert "\n" not in str(caught.value)


def test_a_table_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"image,class\n\xff\xfe,\n")
    for path in (tmp_path / "t.csv", tmp_path / "none.csv", tmp_path):
        with pytest.raises(LabelError, match="cannot be read"):
            read_table(path, Task.SCENE)
