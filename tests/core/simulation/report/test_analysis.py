"""Curves, areas, label counts and paired tests, against numbers worked out by hand."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from al_core.errors import ConfigError, QueryError
from al_core.simulation.report.analysis import area_under_curve, curve, labels_needed, read_runs
from al_core.simulation.report.pairs import compare, sign_flip_p, smallest_p
from al_core.simulation.report.summary import analyse, summary_of

from .simulated import ABSENT, MIOU, write_simulation


@pytest.fixture
def folder(tmp_path):
    return write_simulation(tmp_path / "run")


def array(*values):
    return np.array(values, np.float64)


def test_the_area_is_that_of_trapezoids_over_the_range():
    assert area_under_curve(array(20, 30, 40), array(0.4, 0.5, 0.6)) == pytest.approx(0.5)
    assert area_under_curve(array(20, 30, 60), array(0.4, 0.6, 0.2)) == pytest.approx(17 / 40)


def test_the_area_leaves_out_undefined_rounds():
    undefined = area_under_curve(array(20, 30, 40), array(0.4, math.nan, 0.6))
    assert undefined == pytest.approx(0.5)
    assert area_under_curve(array(20), array(0.3)) == 0.3
    assert math.isnan(area_under_curve(array(20), array(math.nan)))


@given(st.lists(st.floats(0, 1), min_size=2, max_size=12))
def test_the_area_lies_between_the_lowest_and_the_highest_value(values):
    tiles = np.arange(len(values)) * 10.0 + 20
    area = area_under_curve(tiles, array(*values))
    assert min(values) - 1e-9 <= area <= max(values) + 1e-9


def test_labels_needed_are_interpolated_between_rounds():
    tiles, values = array(20, 30, 40), array(0.4, 0.6, 0.8)
    assert labels_needed(tiles, values, 0.72) == pytest.approx(36)
    assert labels_needed(tiles, values, 0.6) == pytest.approx(30)
    assert labels_needed(tiles, values, 0.3) == 20


def test_a_target_above_the_curve_is_not_reached():
    assert labels_needed(array(20, 30), array(0.4, 0.6), 0.61) is None
    assert labels_needed(array(20, 30), array(0.4, 0.6), math.nan) is None


def test_the_first_crossing_counts_where_a_curve_falls_again():
    assert labels_needed(array(20, 30, 40), array(0.4, 0.8, 0.5), 0.6) == pytest.approx(25)


def test_the_sign_flip_test_counts_all_choices_of_signs():
    assert sign_flip_p([0.1, 0.125]) == 0.5  # both positive: 2 of 4 choices are as extreme
    assert sign_flip_p([1.0] * 5) == 2 / 32
    assert sign_flip_p([3.0, -1.0, 1.0]) == 0.75  # |sum| >= 3 in 6 of 8
    assert sign_flip_p([0.0, 0.0, 0.0]) == 1.0


def test_the_sign_flip_test_is_sampled_above_sixteen_pairs():
    steady = [1.0] * 20
    assert sign_flip_p(steady, np.random.default_rng(1)) < 0.001
    mixed = [1.0, -1.0] * 10
    assert sign_flip_p(mixed, np.random.default_rng(1)) == 1.0


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=8))
def test_the_p_value_does_not_depend_on_which_strategy_comes_first(gains):
    p = sign_flip_p(gains)
    assert p == sign_flip_p([-gain for gain in gains])
    assert smallest_p(len(gains)) <= p <= 1


@pytest.mark.parametrize("gains", [[], [0.2]])
def test_a_paired_test_of_one_seed_is_refused(gains):
    with pytest.raises(QueryError, match="at least two seeds"):
        sign_flip_p(gains)


def test_a_pair_has_the_mean_difference_its_error_and_the_wins():
    pair = compare("a", "b", {"a": {0: 0.6, 1: 0.675}, "b": {0: 0.5, 1: 0.55, 2: 0.9}})
    assert (pair.seeds, pair.wins, pair.p) == (2, 2, 0.5)
    assert pair.difference == pytest.approx(0.1125)
    assert pair.error == pytest.approx(0.0125)


def test_a_tie_is_no_win():
    assert compare("a", "b", {"a": {0: 0.5, 1: 0.6}, "b": {0: 0.5, 1: 0.5}}).wins == 1


def test_no_difference_of_fewer_than_five_seeds_is_clear():
    values = {"a": dict.fromkeys(range(5), 0.6), "b": {k: 0.5 + k / 1000 for k in range(5)}}
    assert compare("a", "b", values).is_clear
    assert not compare("a", "b", {k: dict(list(v.items())[:4]) for k, v in values.items()}).is_clear


def test_a_difference_whose_interval_holds_zero_is_not_clear():
    values = {"a": dict.fromkeys(range(5), 0.5), "b": dict(enumerate((0.4, 0.3, 0.7, 0.2, 0.6)))}
    assert not compare("a", "b", values).is_clear


def test_a_curve_is_the_mean_and_the_deviation_over_seeds(folder):
    runs = [run for run in read_runs(folder / "rounds.csv") if run.strategy == "random"]
    found = curve(runs, "miou")
    assert found.tiles.tolist() == [20, 30, 40]
    assert found.pixels.tolist() == [20_000, 30_000, 40_000]
    assert found.mean == pytest.approx([0.4, 0.55, 0.6])
    assert found.std == pytest.approx([0, math.sqrt(0.005), 0], abs=1e-9)


def test_a_curve_takes_the_seeds_that_have_got_there(tmp_path):
    miou = {"random": {0: (0.4, 0.5), 1: (0.2,)}}
    runs = read_runs(write_simulation(tmp_path / "run", miou=miou, full=False) / "rounds.csv")
    found = curve(runs, "miou")
    assert found.mean == pytest.approx([0.3, 0.5])
    assert found.seeds.tolist() == [2, 1]
    assert math.isnan(found.std[1])


def test_the_summary_holds_the_facts_and_what_follows_from_them(folder):
    summary = summary_of(analyse(folder))
    assert summary["pool_tiles"] == 100
    found = summary["analysis"]
    assert found["aubc"]["miou"]["random"]["by_seed"] == {"0": 0.5, "1": 0.55}
    assert found["aubc"]["miou"]["dcau_plus"]["by_seed"] == {"0": 0.6, "1": 0.66}
    assert found["aubc"]["macro_f1"]["random"]["by_seed"] == {"0": 0.55, "1": 0.6}
    assert found["aubc"]["rare"]["dcau_plus"]["by_seed"] == {"0": 0.3, "1": 0.33}
    needed = found["labels_needed"]["dcau_plus"]["90%"]
    assert needed["by_seed"] == pytest.approx({"0": 36.0, "1": 30 + 10 * 0.14 / 0.23}, abs=1e-5)
    assert needed["of_mean_curve"] == pytest.approx(30 + 10 * 0.13 / 0.215, abs=1e-5)
    assert found["labels_needed"]["random"]["90%"]["of_mean_curve"] is None
    assert found["picked"]["dcau_plus"] == {
        "Water": 0.2,
        "Forest": 0.2,
        "Wetland": 0.6,
        ABSENT: 0.0,
    }
    json.dumps(summary, allow_nan=False)


def test_rare_classes_are_those_below_five_percent_of_the_pool(folder):
    assert analyse(folder).rare == ("Wetland",)


def test_rare_classes_can_be_named_in_any_case(folder):
    found = analyse(folder, ["forest", "WATER"])
    assert found.rare == ("Forest", "Water")
    assert found.areas("rare")["random"] == pytest.approx({0: 0.5, 1: 0.55})


def test_a_rare_class_without_test_labels_is_left_out(folder):
    assert analyse(folder, ["Wetland", ABSENT]).rare == ("Wetland",)


def test_a_rare_class_that_is_none_is_refused(folder):
    with pytest.raises(ConfigError, match="no class “Lava”"):
        analyse(folder, ["Lava"])


def test_a_class_that_one_seeds_test_labels_lack_is_found(folder):
    path = folder / "rounds.csv"
    lines = path.read_text().splitlines()
    column = lines[0].split(",").index("iou_Wetland")
    changed = [line.split(",") for line in lines]
    for cells in changed[1:]:
        if cells[1] == "1":
            cells[column] = ""
    path.write_text("\n".join(",".join(cells) for cells in changed))
    assert analyse(folder).absent_in_seeds == {"Wetland": (1,)}


def test_a_class_absent_for_the_first_seed_alone_counts_where_seeds_split_anew(folder):
    path = folder / "simulation.json"
    text = path.read_text().replace(
        '"absent_in_test": ["Snow & ice"]', '"absent_in_test": ["Water"]'
    )
    path.write_text(text)
    assert analyse(folder).absent == ("Water", ABSENT)
    path.write_text(text.replace('"resplit": false', '"resplit": true'))
    assert analyse(folder).absent == (ABSENT,)


def test_a_run_that_is_not_finished_has_no_area(tmp_path):
    miou = MIOU | {"entropy": {0: (0.4, 0.9)}}
    found = analyse(write_simulation(tmp_path / "run", miou=miou, finished=False))
    assert found.areas("miou")["entropy"] == {}
    assert found.curve("entropy", "miou").mean == pytest.approx([0.4, 0.9])


def test_an_empty_folder_has_an_empty_analysis(tmp_path):
    assert summary_of(analyse(tmp_path))["analysis"]["strategies"] == []


def test_a_torn_last_line_is_left_out(folder):
    path = folder / "rounds.csv"
    whole = read_runs(path)
    path.write_text(path.read_text() + "dcau_plus,1,3,5")
    assert [len(run.rounds) for run in read_runs(path)] == [len(run.rounds) for run in whole]
