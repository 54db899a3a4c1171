"""Panels speak of pixels and IoU, or of tiles and F1."""

from dataclasses import replace

import numpy as np
import pytest
from landloop.al_core import strategies
from landloop.al_core.config import ClusterShare, QueryConfig, Task
from landloop.al_core.legend import Legend, LegendClass
from landloop.al_core.project import RoundMetrics, RoundRecord
from landloop.plugin.dock.chart import RoundsChart
from landloop.plugin.dock.class_table import ClassTable
from landloop.plugin.dock.insight_reading import news_of, point_of, rows_of
from landloop.plugin.dock.query_row import QueryRow
from landloop.plugin.dock.rows import ClassRow
from landloop.plugin.dock.work_panel import WorkPanel
from qgis.PyQt.QtCore import QLocale, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAbstractButton, QLabel

NAN = float("nan")
LEGEND = Legend((LegendClass(1, "Water", "#3a7bbf"), LegendClass(2, "Land", "#b08a4f")))


@pytest.fixture
def record(tmp_path):
    """A round of a tagged project: 12 validation tiles, 4 with water, 9 with land."""
    confusion = np.array([[[7, 1], [1, 3]], [[2, 1], [3, 6]]])
    metrics = RoundMetrics(confusion, (0.75, 0.8), 0.775, (0.25, NAN), (0.6, 0.4))
    insight = {"micro_f1": 0.8, "accuracy": 0.83, "miou_error": 0.05, "gap_source": "prequential"}
    fixed = ("cpu", 0, "hash", 20, 20 * 4096, metrics, {}, {})
    return RoundRecord(1, "2026", tmp_path, *fixed, scanned=True, predicted=True, insight=insight)


@pytest.fixture
def english():
    QLocale.setDefault(QLocale("en_US"))


def test_the_class_table_counts_tiles(shown, english):
    table = shown(ClassTable())
    table.resize(700, 200)
    table.set_task(Task.SCENE)
    table.set_rows([ClassRow(0, "Water", "#0000ff", 12, 0.62, 0.38, 0.5, 0.2, 4)])
    model = table.model()
    titles = [model.headerData(column, Qt.Orientation.Horizontal) for column in range(3)]
    assert titles == ["Class", "Tiles", "F1"]
    assert model.index(0, 2).data() == ".62 ?"
    tip = model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "12 tiles tagged" in tip
    assert "only 4 validation tiles" in tip
    assert "pixel" not in tip
    assert "tag the selected tiles" in tip
    table.set_rows([ClassRow(0, "Water", "#0000ff", 12, 0.62, 0.38, 0.5, 0.2, 5)])
    assert model.index(0, 2).data() == ".62 ±.20"


def test_a_guess_is_not_cut_off(shown, english):
    table = shown(ClassTable())
    table.resize(330, table.height())
    table.set_task(Task.SCENE)
    table.set_rows([ClassRow(0, "Water", "#0000ff", 12, 0.82, 0.38, 0.5, None, 4)])
    needed = table.fontMetrics().horizontalAdvance(".82 ?")
    assert table.columnWidth(2) > needed + 4


def test_classes_of_the_selection_carry_a_tick(shown):
    table = shown(ClassTable())
    table.set_task(Task.MULTILABEL)
    table.set_rows([ClassRow(k, f"Class {k}", "#0000ff") for k in range(3)])
    table.set_marks(frozenset({0}), frozenset({2}))
    names = [table.model().index(row, 0).data() for row in range(3)]
    assert names == ["Class 0 ✓", "Class 1", "Class 2 (✓)"]
    table.set_task(Task.SEGMENTATION)
    assert table.model().index(0, 0).data() == "Class 0"


def test_walking_through_the_classes_tags_nothing_but_enter_does(shown, heard):
    table = shown(ClassTable())
    table.set_rows([ClassRow(k, f"Class {k}", "#0000ff") for k in range(3)])
    table.set_task(Task.SCENE)
    chosen = heard(table.class_selected)
    table.setFocus()
    table.selectRow(0)
    QTest.keyClick(table, Qt.Key.Key_Down)
    assert chosen == []
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert chosen == [1]
    table.set_task(Task.SEGMENTATION)
    QTest.keyClick(table, Qt.Key.Key_Down)
    assert chosen == [1, 2]


def test_a_round_of_tags_is_read_as_f1_over_tiles(record, english):
    water, land = rows_of(LEGEND, [5, 15], record)
    assert (water.iou, water.validation_px) == (0.75, 4)
    assert (land.iou, land.validation_px) == (0.8, 9)
    point = point_of(record)
    assert (point.micro, point.accuracy) == (0.8, 0.83)
    assert news_of(record).caution == ""  # enough tiles were judged
    few = replace(record.metrics, confusion=np.array([[[1, 0], [0, 2]], [[0, 1], [1, 1]]]))
    assert "Too few validation labels" in news_of(replace(record, metrics=few)).caution


def test_the_chart_says_macro_f1_and_counts_tiles_only(shown, record, english):
    chart = shown(RoundsChart())
    chart.resize(400, 150)
    chart.set_task(Task.MULTILABEL)
    assert "Tag a few tiles" in chart._hint
    chart.set_rounds([point_of(record)], rows_of(LEGEND, [5, 15], record))
    said = chart.reading(0).split("\n")
    assert said[:2] == [
        "Round 1, 20 tagged tiles",
        "Macro F1 0.78 ±.05 · micro F1 0.80 · 0.83 of the tiles right",
    ]
    assert not chart.by_pixels.isVisible()
    chart.set_task(Task.SEGMENTATION)
    assert chart.by_pixels.isVisible()
    assert chart.reading(0).split("\n")[1].startswith("mIoU 0.78")


def offered(row):
    return [row.strategy.itemData(place) for place in range(row.strategy.count())]


def test_every_strategy_is_offered_for_every_task_and_the_first_ones_by_task(shown):
    row = shown(QueryRow())
    for task in Task:
        row.set_cold(False)
        row.set_task(task)
        assert set(offered(row)) == set(strategies.names()) - {"similar"}
        row.set_cold(True)
        tiles = ["fps", "mcfps", "osal"] if task.labels_tiles else []
        assert offered(row) == ["random", "herding", *tiles]


def test_the_options_of_the_papers_are_seen_with_their_strategies(shown):
    row = shown(QueryRow())
    row.set_task(Task.MULTILABEL)
    row.more.setChecked(True)
    options = row.options
    mine = {
        options.clustering,
        options.multiple,
        options.neighbours,
        options.skip,
        options.cluster_share,
    }
    for name, seen in (
        ("mge", {options.clustering, options.multiple}),
        ("mcfps", {options.neighbours, options.skip}),
        ("osal", {options.cluster_share}),
        ("entropy", set()),
    ):
        row.strategy.setCurrentIndex(row.strategy.findData(name))
        assert {widget for widget in mine if widget.isVisible()} == seen, name
    row.strategy.setCurrentIndex(row.strategy.findData("ll"))
    options.clustering.setChecked(False)
    assert not options.multiple.isVisible()


def test_the_options_of_the_papers_go_in_and_out(shown):
    row = shown(QueryRow())
    row.set_task(Task.SCENE)
    config = QueryConfig(
        strategy="mcfps",
        clustering=False,
        multiple=5,
        neighbours=9,
        skip=0.65,
        cluster_share=ClusterShare.PROPORTIONAL,
    )
    row.set_query_config(config)
    assert row.query_config() == config
    row.options.skip.setValue(70)
    assert row.query_config() == replace(config, skip=0.7)


@pytest.mark.parametrize("task", [Task.SCENE, Task.MULTILABEL])
def test_nothing_in_the_panel_of_tags_speaks_of_painting_or_pixels(shown, task):
    panel = shown(WorkPanel())
    panel.set_task(task)
    hidden = panel.painting
    texts = [
        f"{widget.text()} {widget.toolTip()}"
        for kind in (QLabel, QAbstractButton)
        for widget in panel.findChildren(kind)
        if not hidden.isAncestorOf(widget) and not widget.isHidden()
    ]
    found = [text for text in texts if "IoU" in text or "pixel" in text.lower()]
    assert found == []
