"""The pages on radioembolisation name every rule there is."""

import importlib.util
import re
from pathlib import Path

import pytest
import yaml

from hevesy.physdata import dose_rules, lung_activity_caps

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.mark.shared
def test_every_published_rule_is_used_or_has_its_reason(shared_folder):
    rules = yaml.safe_load((shared_folder / "clinical" / "seed_rules.yaml").read_text(encoding="utf-8"))["rules"]
    wanted = {rule["id"] for rule in rules if rule["therapy"] in {"TARE", "Ho166_image_guided"}}
    page = (DOCS / "reference" / "tare-rules.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| ([A-Z]+-\d+) \| (used|used in part|not used|not used in planning) \| (\S.*) \|$", page, re.M
    )
    assert len(wanted) == 61
    assert sorted(rule for rule, _, _ in rows) == sorted(wanted)


def test_every_limit_and_target_stands_in_the_table_with_its_dose():
    page = (DOCS / "explanation" / "radioembolisation.md").read_text(encoding="utf-8")
    for rule in dose_rules():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{rule.rule}` |"))
        assert f" {rule.dose_gy:g}" in row
        assert f"| {rule.volume} | {rule.method} |" in row
    assert all(f"`{cap.rule}`" in page for cap in lung_activity_caps("therasphere"))


def test_tables_of_the_pages_are_those_of_the_program():
    """Written by ``tools/tare_tables.py``, from the tables and the example of this checkout."""
    spec = importlib.util.spec_from_file_location("tare_tables", DOCS.parent / "tools" / "tare_tables.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    written = [(DOCS.parent / page).read_text(encoding="utf-8") for page in tool.PAGES]
    assert [tool.filled(text) for text in written] == written
    assert {name for text in written for name in re.findall(r"<!-- table: ([a-z-]+) -->", text)} == set(tool.TABLES)
