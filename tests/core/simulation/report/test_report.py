"""The report: one file, whose tables hold the numbers and whose words hold true."""

import base64
import html
import re
import struct
import zlib

import numpy as np
import pytest

from al_core.simulation.report import write_report
from al_core.simulation.report.bars import stacked_bars
from al_core.simulation.report.efficiency import label_table
from al_core.simulation.report.plots import Chart, Line, Style, line_chart, ticks
from al_core.simulation.report.png import palette_png, rgb_png
from al_core.simulation.report.summary import analyse
from al_core.simulation.report.tables import (
    area_table,
    asked_table,
    final_table,
    pair_table,
    progress_table,
    time_table,
)
from al_core.simulation.report.words import notes, summary

from .simulated import ABSENT, MIOU, write_simulation


@pytest.fixture
def folder(tmp_path):
    return write_simulation(tmp_path / "run")


def words(text):
    return html.unescape(re.sub(r"<[^>]+>", " ", text))


def row(table, name):
    return next(list(cells) for cells in table.rows if cells[0] == name)


def test_the_report_asks_for_nothing_from_outside(folder):
    text = write_report(folder).read_text(encoding="utf-8")
    assert "http" not in text
    assert not re.search(r"<(script|link|iframe)|@import|url\(", text)
    sources = re.findall(r'src="([^"]{0,30})', text)
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)


def test_the_report_has_a_summary_beside_it(folder):
    write_report(folder)
    assert (folder / "summary.json").is_file()
    assert not list(folder.glob("*.part"))


def test_every_part_of_the_report_is_there(folder):
    text = write_report(folder).read_text(encoding="utf-8")
    anchors = re.findall(r'<section id="(\w+)"', text)
    assert anchors == [
        *("curves", "classes", "final", "areas", "labels", "wins"),
        *("rounds", "time", "picks", "weights", "maps", "notes", "command"),
    ]
    assert set(anchors) == set(re.findall(r'href="#(\w+)"', text))


def test_names_cannot_break_the_page(folder):
    text = write_report(folder).read_text(encoding="utf-8")
    assert "<here>" not in text
    assert "&lt;here&gt;" in text
    assert ABSENT not in text
    assert "Snow &amp; ice" in text


def test_the_final_table_holds_mean_and_deviation(folder):
    table = final_table(analyse(folder))
    assert list(table.head) == [
        *("method", "tiles", "mIoU", "macro-F1"),
        *("Water", "Forest", "Wetland", "Snow & ice (absent)"),
    ]
    assert row(table, "full supervision")[1:4] == ["100", "0.850 ± 0.071", "0.900 ± 0.071"]
    assert row(table, "random")[2:] == [
        *("0.600 ± 0.000", "0.650 ± 0.000"),
        *("0.700", "0.500", "0.300", "–"),
    ]


def test_the_best_strategy_stands_out_and_full_supervision_does_not(folder):
    table = final_table(analyse(folder))
    best = {table.rows[r][0] for r, _ in table.best}
    assert best == {"dcau_plus"}
    assert "**0.850 ± 0.071**" in table.markdown()  # dcau_plus ends where full supervision is


def test_the_area_table_holds_levels_and_paired_gains(folder):
    table = area_table(analyse(folder))
    assert row(table, "random")[1:3] == ["0.525 ± 0.035", "–"]
    assert row(table, "dcau_plus")[2] == "+0.105 ± 0.005 (2/2)"


def test_the_pair_table_holds_difference_wins_and_p(folder):
    table = pair_table(analyse(folder), "dcau_plus")
    assert row(table, "random")[1:4] == ["+0.105 ± 0.005", "2/2", "0.500"]


def test_the_label_table_says_what_is_not_reached(folder):
    table = label_table(analyse(folder))
    assert row(table, "dcau_plus")[1:3] == ["36 (2/2 seeds)", "–"]
    assert row(table, "random")[1] == "not reached (0/2 seeds)"


def test_the_progress_table_goes_round_by_round(folder):
    table = progress_table(analyse(folder), "dcau_plus")
    assert list(table.rows[1])[:3] == ["1", "30", "0.635 ± 0.049"]


def test_the_time_table_holds_the_time_of_one_seed(folder):
    table = time_table(analyse(folder), folder)
    assert row(table, "random")[2:] == ["1.5 min", "1.0 min", "15.0 s", "3.0 s", "12.0 s"]


def test_the_time_table_leaves_out_runs_that_are_not_finished(tmp_path):
    miou = {"random": {0: (0.4, 0.5, 0.6), 1: (0.4, 0.5)}}
    folder = write_simulation(tmp_path / "run", miou=miou, full=False)
    table = time_table(analyse(folder), folder)
    assert row(table, "random")[2:4] == ["1.5 min", "1.0 min"]


def test_pairs_that_the_configuration_names_are_compared(folder):
    assert asked_table(analyse(folder)) is None
    path = folder / "simulation.json"
    asked = '"resplit": false, "compare": ["dcau_plus,random"]'
    path.write_text(path.read_text().replace('"resplit": false', asked))
    assert row(asked_table(analyse(folder)), "dcau_plus − random")[2:4] == ["2/2", "0.500"]


def test_the_summary_says_who_won_and_by_how_much(folder):
    text = " ".join(summary(analyse(folder)))
    assert "dcau_plus has the largest area under the mIoU curve" in text
    assert "random follows with 0.525 ± 0.035" in text
    assert "+0.105 ± 0.005 (2 of 2 seeds, p = 0.5)" in text
    assert "too few seeds" in text
    assert "clear lead" not in text
    assert "random does not reach it within the budget" in text


def test_the_summary_says_where_the_focus_did_not_win(tmp_path):
    five = range(5)
    miou = {
        "random": {seed: (0.4, 0.5, 0.6 + seed / 1000) for seed in five},
        "coreset": dict.fromkeys(five, (0.4, 0.6, 0.8)),
        "dcau_plus": dict.fromkeys(five, (0.4, 0.5, 0.5)),
    }
    found = analyse(write_simulation(tmp_path / "run", seeds=five, miou=miou))
    text = " ".join(summary(found))
    assert "coreset has the largest area under the mIoU curve" in text
    assert "a clear lead" in text
    assert "dcau_plus is clearly below coreset (−0.125 ± 0.000, 0/5 seeds)" in text
    assert "dcau_plus is below random in: Water (−0.102" in text
    assert "dcau_plus does not reach 95%" in text


def test_absent_classes_are_named(folder):
    assert any(f"Absent from the test labels: {ABSENT}." in note for note in notes(analyse(folder)))
    text = words(write_report(folder).read_text(encoding="utf-8"))
    assert "absent from the test labels" in text


def test_one_seed_proves_nothing_and_the_report_says_so(tmp_path):
    folder = write_simulation(tmp_path / "run", seeds=(0,))
    text = words(write_report(folder).read_text(encoding="utf-8"))
    assert "one seed proves nothing" in text
    assert "p = " not in text
    assert "±" not in " ".join(cell for cells in area_table(analyse(folder)).rows for cell in cells)


@pytest.mark.parametrize(
    ("miou", "full"),
    [
        ({}, False),
        ({}, True),
        ({"random": {0: (0.4,)}}, False),
        ({"dcau_plus": {1: (0.4, 0.5)}}, True),
        (MIOU | {"entropy": {0: (0.4, 0.5)}}, False),
    ],
)
def test_half_a_simulation_gives_half_a_report(tmp_path, miou, full):
    folder = write_simulation(
        tmp_path / "run", miou=miou or {"none": {}}, full=full, finished=False
    )
    assert "</html>" in write_report(folder).read_text(encoding="utf-8")


def test_an_empty_folder_gives_an_empty_report(tmp_path):
    assert "No round is finished yet" in write_report(tmp_path).read_text(encoding="utf-8")


def test_a_map_that_is_being_written_is_left_out(folder):
    (folder / "maps" / "random_s0_r1.npy").write_bytes(b"\x93NUMPY")
    text = words(write_report(folder).read_text(encoding="utf-8"))
    assert "round 0, 20 tiles (0.400)" in text
    assert "round 1, 30 tiles (0.500)" not in text


def test_maps_of_strategies_with_options_are_found_by_their_file_names(tmp_path):
    miou = {"dcau:alpha=2": MIOU["random"]}
    folder = write_simulation(tmp_path / "run", miou=miou)
    maps = folder / "maps"
    for path in maps.glob("dcau*"):
        path.rename(maps / path.name.replace(":", "-").replace("=", "-"))
    assert "round 2, 40 tiles" in write_report(folder).read_text(encoding="utf-8")


def test_a_palette_picture_holds_the_classes_and_their_colours():
    indices = np.array([[0, 1], [255, 1]], np.uint8)
    chunks = png_chunks(palette_png(indices, [(1, 2, 3), (4, 5, 6)]))
    assert struct.unpack(">IIBB", chunks[b"IHDR"][:10]) == (2, 2, 8, 3)
    assert chunks[b"PLTE"] == bytes((1, 2, 3, 4, 5, 6, 0, 0, 0))
    assert chunks[b"tRNS"] == bytes((255, 255, 0))
    assert zlib.decompress(chunks[b"IDAT"]) == bytes((0, 0, 1, 0, 2, 1))


def test_a_picture_holds_red_green_and_blue():
    image = np.arange(6, dtype=np.uint8).reshape(1, 2, 3)
    chunks = png_chunks(rgb_png(image))
    assert zlib.decompress(chunks[b"IDAT"]) == bytes((0, 0, 1, 2, 3, 4, 5))


def png_chunks(png):
    assert base64.b64encode(png[:8]) == b"iVBORw0KGgo="
    found, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        name, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(
            name + body
        )
        found[name] = body
        at += 12 + length
    return found


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0.31, 0.49, [0.35, 0.4, 0.45]),
        (20, 100, [20, 40, 60, 80, 100]),
        (0.5, 0.5, [0.5]),
    ],
)
def test_ticks_are_round_numbers_within_the_axis(low, high, expected):
    assert ticks(low, high) == pytest.approx(expected)


def test_labels_at_the_ends_of_lines_do_not_overlap():
    x = np.array([0.0, 1.0])
    names = [f"line {number}" for number in range(12)]
    lines = [
        Line(name, x, np.array([0.1, 0.5 + number / 1e4]), Style("red"), label=name)
        for number, name in enumerate(names)
    ]
    drawn = line_chart(Chart("many", lines))
    places = [float(y) for y in re.findall(r'class="label"[^>]* y="([\d.]+)"', drawn)]
    assert len(places) == len(names)
    assert np.diff(sorted(places)).min() >= 13
    assert 0 < min(places) < max(places) < 380


def test_a_point_tells_its_values():
    line = Line("a<b", np.array([20.0]), np.array([0.5]), Style("red"), np.array([0.01]))
    assert "<title>a&lt;b, 20 tiles: 0.500 ± 0.010</title>" in line_chart(Chart("one", [line]))


def test_a_chart_without_rounds_says_so():
    assert "no finished round yet" in line_chart(Chart("mIoU", []))


def test_bars_are_as_long_as_their_shares():
    drawn = stacked_bars({"a": {"x": 0.25, "y": 0.75}}, {"x": "#000000", "y": "#ffffff"}, "t")
    widths = [float(w) for w in re.findall(r'class="part"[^>]* width="([\d.]+)"', drawn)]
    assert widths[1] == pytest.approx(3 * widths[0], abs=0.3)
    assert "<title>a, x: 25.0%</title>" in drawn
