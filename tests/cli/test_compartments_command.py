"""The command ``hevesy compartments`` and the six-compartment example."""

import json
import sys

import pytest
from click.testing import CliRunner

from hevesy.cli.app import app, main

ORDER = ("blood", "SG", "kidney", "liver", "tumour", "rest")


def document(*words):
    result = CliRunner().invoke(app, ["compartments", *words, "--json"], catch_exceptions=False)
    assert result.exit_code == 0
    return json.loads(result.stdout)


def coefficients(found):
    return [entry["time_integrated_activity_coefficient_h"] for entry in found["compartments"]]


@pytest.mark.shared
@pytest.mark.parametrize("activity", ["3GBq", "6GBq"])
def test_published_model_as_it_was_run(activity, shared_folder):
    """A run elsewhere, with capacities compared with the activity present, to four digits after the point."""
    reference = json.loads((shared_folder / "validation/kinetics/siebinga_poppk.json").read_text(encoding="utf-8"))
    expected = [reference["psma617_2023"][f"our_run_TIAC_h_{activity}"][name] for name in ORDER]
    found = document("psma617", "--activity", activity.replace("GBq", " GBq"), "--saturation", "activity")
    assert coefficients(found) == pytest.approx(expected, rel=2e-4, abs=1e-4)


def test_salivary_glands_fill_up_and_the_others_do_not_care():
    low, high = (coefficients(document("psma617", "--activity", a)) for a in ("100 MBq", "7.4 GBq"))
    assert high[1] < 0.2 * low[1]
    assert high[2] == pytest.approx(low[2], rel=0.02)
    linear = coefficients(document("psma617", "--activity", "7.4 GBq", "--saturation", "none"))
    assert linear[1] == pytest.approx(coefficients(document("psma617", "--activity", "1 kBq"))[1], rel=1e-4)


def test_ligand_is_what_the_capacity_is_compared_with():
    found = document("psma617", "--activity", "3 GBq")
    assert found["model"]["capacity_compared_with"] == "ligand"
    assert "second hand" in found["model"]["status"]
    assert found["compartments"][0]["standard_uncertainty"] is None
    assert 0.9 < found["decays_outside_the_body_fraction"] < 1.0


def test_folder(tmp_path):
    out = tmp_path / "course"
    words = ["compartments", "psma617", "--activity", "3 GBq", "--infusion", "30 min", "--out", str(out)]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0
    assert "salivary glands" in result.stdout
    assert {path.name for path in out.iterdir()} == {"compartments.json", "activities.svg"}


def test_own_file(tmp_path):
    path = tmp_path / "model.toml"
    path.write_text(OWN, encoding="utf-8")
    found = document(str(path), "--activity", "1 GBq", "--times", "1 h")
    rate = 0.1 + 0.6931471805599453 / found["half_life_h"]
    assert coefficients(found) == pytest.approx([1.0 / rate])


OWN = """
format = "hevesy-compartments"
version = 1
title = "one"
ligand = "any"
nuclide = "Lu-177"
administered_into = "all"
capacity_compared_with = "ligand"
source = "test"
status = "test"
compartments = [{ name = "all", excretion_per_h = 0.1 }]
transfers = []
[citation]
key = "test"
text = "test"
"""


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("version = 1", "version = 2"),
        ('"all", excretion', '"other", excretion'),
        ("excretion_per_h = 0.1", "excretion_per_h = -0.1"),
        ("excretion_per_h = 0.1", "excretion_per_h = nan"),
        ("excretion_per_h = 0.1", "capacity_mbq = 3.0"),
        ("transfers = []", 'transfers = [{ from = "all", to = "all", per_h = 1.0 }]'),
        ("transfers = []", 'transfers = [{ from = "all", to = "none", per_h = 1.0 }]'),
        ('title = "one"', 'title = "one"\nfurther = 1'),
        ('title = "one"', 'title = "one"\ntitle = "two"'),
        ('nuclide = "Lu-177"', 'nuclide = "Xx-1"'),
    ],
)
def test_bad_files_are_one_line(was, becomes, tmp_path, monkeypatch, capsys):
    path = tmp_path / "model.toml"
    path.write_text(OWN.replace(was, becomes), encoding="utf-8")
    ends_with_one_line(monkeypatch, capsys, str(path), "--activity", "1 GBq")


@pytest.mark.parametrize(
    "words",
    [
        ("psma617",),
        ("psma617", "--activity", "3"),
        ("psma617", "--activity", "-3 GBq"),
        ("psma617", "--activity", "3 GBq", "--infusion", "-1 h"),
        ("psma617", "--activity", "3 GBq", "--times", "24, 4 h"),
        ("nothing", "--activity", "3 GBq"),
    ],
)
def test_bad_options_are_one_line(words, monkeypatch, capsys):
    ends_with_one_line(monkeypatch, capsys, *words)


def ends_with_one_line(monkeypatch, capsys, *words):
    monkeypatch.setattr(sys, "argv", ["hevesy", "compartments", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    shown = capsys.readouterr()
    assert ended.value.code == 2
    assert shown.out == ""
    assert shown.err.startswith("hevesy: ")
    assert shown.err.count("\n") == 1
