"""The report of simulations in which whole tiles are labelled: F1, accuracy, labels for a level."""

import html
import json
import re

import pytest

from al_core.simulation.report import write_report
from al_core.simulation.report.efficiency import budget_table, label_table, level_table
from al_core.simulation.report.summary import analyse, summary_of
from al_core.simulation.report.tables import area_table, final_table, progress_table
from al_core.simulation.report.words import focus, notes, summary

from .tagged import LEVELS, write_tagged


@pytest.fixture
def scenes(tmp_path):
    return write_tagged(tmp_path / "scenes")


@pytest.fixture
def tags(tmp_path):
    return write_tagged(tmp_path / "tags", "multilabel")


def words(folder):
    text = write_report(folder).read_text(encoding="utf-8")
    text = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", text))


def row(table, name):
    return next(list(cells) for cells in table.rows if cells[0] == name)


def test_scenes_are_judged_by_accuracy_and_tags_by_f1(scenes, tags):
    of_scenes, of_tags = analyse(scenes), analyse(tags)
    assert of_scenes.metrics == ("accuracy", "macro_f1", "rare")
    assert of_tags.metrics == ("macro_f1", "micro_f1", "rare")
    assert (focus(of_scenes), focus(of_tags)) == ("mcfps", "mge")


@pytest.mark.parametrize("task", ["scene", "multilabel"])
def test_no_word_of_pixels_is_left(tmp_path, task):
    text = words(write_tagged(tmp_path / "run", task))
    assert not re.findall(r"\bm?IoUs?\b|[Pp]ixel|\bMaps\b", text)
    assert "Picked tiles" in text
    assert "F1" in text


def test_the_final_table_has_the_measures_of_the_task(scenes, tags):
    assert list(final_table(analyse(scenes)).head) == [
        *("method", "tiles", "accuracy", "macro-F1", "Grass", "Trees", "Tanks")
    ]
    table = final_table(analyse(tags))
    assert list(table.head)[2:6] == [
        *("micro-F1", "macro-F1", "macro-F1, undefined as 0", "accuracy")
    ]
    assert row(table, "random") == [
        *("random", "80", "0.640 ± 0.000", "0.600 ± 0.000", "0.590 ± 0.000", "0.600 ± 0.000"),
        *("0.650", "0.550", "0.300"),
    ]


def test_areas_and_rounds_are_those_of_the_main_measure(scenes):
    found = analyse(scenes)
    assert list(area_table(found).head)[1:3] == ["accuracy", "− random"]
    assert row(area_table(found), "random")[1] == "0.525 ± 0.035"
    table = progress_table(found, "mcfps")
    assert list(table.head)[2:] == ["accuracy", "Grass", "Trees", "Tanks"]
    assert list(table.rows[1])[:4] == ["1", "60", "0.750 ± 0.071", "0.800"]


def test_labels_for_a_level_of_accuracy_are_told(scenes):
    table = level_table(analyse(scenes))
    assert list(table.head) == [
        *("strategy", "80% accuracy", "of random's", "90% accuracy", "of random's")
    ]
    assert row(table, "mcfps")[1::2] == ["66 (2/2 seeds)", "77 (2/2 seeds)"]
    assert row(table, "mge")[1::2] == ["80 (2/2 seeds)", "not reached (0/2 seeds)"]
    assert row(table, "random")[1::2] == ["not reached (0/2 seeds)"] * 2


def test_labels_for_a_share_of_full_supervision_are_told(tags):
    table = label_table(analyse(tags))
    assert list(table.head)[1] == "90% (macro-F1 0.810)"
    assert row(table, "mcfps")[1] == "67 (2/2 seeds)"


def test_levels_at_round_numbers_of_labels_stand_beside_random(tags):
    table = budget_table(analyse(tags), "micro_f1")
    assert list(table.head) == ["micro-F1", *(f"{tiles} tiles" for tiles in (40, 50, 60, 70, 80))]
    assert row(table, "random")[1:3] == ["0.440 ± 0.000", "0.515 ± 0.035"]
    assert row(table, "mge")[2] == "0.565 ± 0.035 (+0.050)"


def test_the_summary_speaks_of_the_main_measures(scenes, tags):
    said = " ".join(summary(analyse(scenes)))
    assert "mcfps has the largest area under the accuracy curve" in said
    assert "mcfps ends at accuracy 0.925 ± 0.035" in said
    assert "area under the macro-F1 curve" in said
    assert "mge ends at macro-F1 0.800 ± 0.000" in " ".join(summary(analyse(tags)))


def test_rare_are_classes_with_less_than_half_an_equal_share(scenes):
    found = analyse(scenes)
    assert found.rare == ("Tanks",)
    assert found.areas("rare")["random"][0] == pytest.approx(0.25)
    assert any(
        note == "Rare classes (share of the pool's tiles): Tanks (5.0%)." for note in notes(found)
    )


def test_no_class_is_called_rare_where_each_seed_has_another_pool(tmp_path):
    found = analyse(write_tagged(tmp_path / "run", balance="unbalanced"))
    assert found.rare == ()
    assert any(note.startswith("Unbalanced: of each class") for note in notes(found))


def test_the_pictures_are_sheets_of_picked_tiles(scenes):
    text = write_report(scenes).read_text(encoding="utf-8")
    assert text.count("data:image/png") == len(LEVELS)
    assert "round 0, 40 tiles (0.400)" in words(scenes)


def test_picks_are_counted_by_their_tags(tags):
    found = analyse(tags)
    assert dict(found.picks["mge"].share) == {"Grass": 0.5, "Trees": 0.0, "Tanks": 0.5}
    assert found.picks["mge"].asked == {"Tanks": 2}


def test_the_summary_file_names_the_measures(tags):
    found = summary_of(analyse(tags))["analysis"]
    assert found["final_f1"]["random"]["Tanks"] == 0.3
    assert found["labels_needed"]["mcfps"]["90%"]["target_macro_f1"] == 0.81
    json.dumps(found, allow_nan=False)


def test_a_half_filled_folder_gives_half_a_report(tmp_path):
    folder = write_tagged(tmp_path / "run", seeds=(0,))
    text = (folder / "rounds.csv").read_text().splitlines()
    (folder / "rounds.csv").write_text("\n".join([text[0], text[2], text[3]]) + "\n")
    assert "one seed proves nothing" in words(folder)
