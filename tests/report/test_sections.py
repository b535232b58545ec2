"""The order and the words of the report."""

import pytest

from hevesy.report.document import Bullets, Cell, Column, Facts, Heading, Pictures, Table
from hevesy.report.sections import Material
from hevesy.report.sections.dose_map import dose_map
from hevesy.report.sections.material import pages, runs
from hevesy.report.sections.regions import regions
from hevesy.report.sections.summary import summary


@pytest.fixture(scope="module")
def material(results, images):
    return Material(results, images)


def table(blocks, start):
    return next(block for block in blocks if isinstance(block, Table) and block.caption.startswith(start))


def test_regions_that_lack_something_come_first(material):
    assert material.regions[0].name == "Lymph node, tiny"
    assert material.numbers["Liver"] == 2
    blocks = summary(material)
    lacking = table(blocks, "Regions that lack")
    assert [row[1].text for row in lacking.rows] == ["Lymph node, tiny"]
    assert "still rises" in lacking.rows[0][3].text
    assert blocks.index(lacking) < blocks.index(table(blocks, "Results by region"))


def test_the_table_shows_value_uncertainty_and_interval(material):
    row = table(summary(material), "Results by region").rows[1]
    assert row[5] == Cell("0.620\u00a0±\u00a00.081", "0.481 to 0.800")
    assert row[7].detail == "ratio 1.14"
    assert row[4].text == "70.0\u00a0±\u00a02.8"


def test_reasons_that_many_regions_share_are_told_once(material):
    notes = [item for block in summary(material) if isinstance(block, Bullets) for item in block.items]
    assert "No BED for regions 1, 6 to 8: no alpha/beta stated." in notes
    assert any(note.startswith("BED of regions 2 to 5: linear-quadratic") for note in notes)


def test_anchors_are_unique(document):
    anchors = [block.anchor for block in document.blocks if isinstance(block, Heading)]
    assert len(anchors) == len(set(anchors))


def test_runs_and_pages():
    assert runs([1, 2, 5, 6, 7, 9]) == "1, 2, 5 to 7, 9"
    assert [len(part) for part in pages(range(33), 30)] == [17, 16]
    assert pages([], 8) == []


def test_a_row_has_a_cell_for_each_column():
    with pytest.raises(ValueError, match="expected 1 cells"):
        Table("caption", (Column("a"),), ((Cell("1"), Cell("2")),))


def test_a_histogram_of_few_voxels_is_named(results, images):
    regions = [
        r.model_copy(update={"dose_volume_histogram": {"absorbed_dose_gy": [0.0, 1.0], "volume_fraction": [1.0, 0.5]}})
        for r in results.regions
    ]
    blocks = dose_map(Material(results.model_copy(update={"regions": regions}), images))
    rows = {row[1].text: row[2].text for row in table(blocks, "Doses that shares").rows}
    captions = " ".join(block.caption for block in blocks if isinstance(block, Pictures))
    assert int(rows["Lymph node, tiny"]) < 30 < int(rows["Liver"])
    assert f"Few voxels, so only a few steps: Lymph node, tiny ({rows['Lymph node, tiny']})." in captions


def test_the_summary_begins_with_findings_and_results(material):
    blocks = summary(material)
    tables = [block.caption for block in blocks if isinstance(block, Table)]
    assert [caption.split(",")[0] for caption in tables] == [
        "Regions that lack a value or carry a finding",
        "Results by region",
    ]
    assert not any(isinstance(block, Facts) for block in blocks)


def test_a_region_without_any_activity_takes_no_page(results, images):
    none = results.regions[0].volume_ml.model_copy(update={"value": None, "reason": "empty"})
    empty = results.regions[0].model_copy(
        update={"time_points": [], "curve": None, "volume_ml": none, "mass_g": none, "findings": ["empty"]}
    )
    blocks = regions(Material(results.model_copy(update={"regions": [empty, *results.regions[1:3]]}), images))
    first, second, third = [block for block in blocks if isinstance(block, Heading)][1:]
    assert (first.new_page, second.new_page, third.new_page) == (False, False, True)
    told = blocks[blocks.index(first) : blocks.index(second)]
    assert not any(isinstance(block, Table) for block in told)
    facts = next(block for block in told if isinstance(block, Facts))
    assert "volume" in dict(facts.items)["Lacking, as said above"]
