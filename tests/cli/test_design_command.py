"""The command ``hevesy design``."""

import csv
import json
import sys

import pytest
from click.testing import CliRunner

from hevesy.cli.app import app, main
from hevesy.physdata import write_prior
from hevesy.physdata.design_populations import design_population

HALF_LIVES = (
    "--nuclide", "Lu-177", "--model", "mono", "--half-lives", "kidneys=51 h ± 20 %, tumour=77 h ± 20 h", "--noise", "5 %",
)  # fmt: skip
FEW = ("--allowed", "4 h, 24 h, 48 h, 72 h, 96 h, 168 h", "--patients", "60")


def call(*words):
    return CliRunner().invoke(app, ["design", *words], catch_exceptions=False)


def document(*words):
    result = call(*words, "--json")
    assert result.exit_code == 0
    return json.loads(result.stdout)


def test_best_plans_for_every_number_of_visits():
    found = document(*HALF_LIVES, *FEW)
    assert [entry["visits"] for entry in found["visits"]] == [1, 2, 3, 4]
    assert found["regions"] == ["kidneys", "tumour"]
    for entry in found["visits"]:
        losses = [plan["loss_against_best"] for plan in entry["plans"]]
        assert losses[0] == 0.0
        assert losses == sorted(losses)
        assert all(len(plan["times_h"]) == entry["visits"] for plan in entry["plans"])
    errors = [entry["plans"][0]["ranked_by_value"] for entry in found["visits"]]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize(("half_life", "best"), [("51 h ± 20 %", (64, 80)), ("36 h ± 25 %", (44, 56))])
def test_best_single_time_is_the_mean_life(half_life, best):
    """Published: about 72 h for DOTATATE, 48 h for PSMA (Hou et al., J. Nucl. Med., PMC8882881)."""
    found = document(
        "--nuclide", "Lu-177", "--model", "mono", "--half-lives", f"kidneys={half_life}", "--noise", "5 %",
        "--window", "4 h..168 h", "--visits", "1", "--method", "simulate", "--fit", "half-life", "--patients", "800",
    )  # fmt: skip
    (time,) = found["visits"][0]["plans"][0]["times_h"]
    assert best[0] <= time <= best[1]


def test_simulated_population_by_name():
    found = document("--prior", "psma-it-pbpk", *FEW, "--visits", "2..3", "--plan", "4, 96 h", "--regions", "kidneys")
    assert found["population"]["ligand"] == "PSMA-I&T"
    assert found["regions"] == ["kidneys"]
    assert found["visits"][0]["stated_plans"][0]["times_h"] == [4.0, 96.0]
    assert found["visits"][1]["stated_plans"] == []


def test_population_from_a_file(tmp_path):
    path = tmp_path / "own.json"
    write_prior(design_population("psma-it-pbpk"), path)
    found, built_in = (document("--prior", p, *FEW, "--visits", "2") for p in (str(path), "psma-it-pbpk"))
    assert found["population"]["name"] == "own.json"
    assert found["visits"] == built_in["visits"]


def test_working_hours_leave_times_out():
    hours = ("--administration", "Tue 10:00", "--working-hours", "Mon-Fri 08:00-17:00")
    found = document(*HALF_LIVES, *FEW, *hours, "--visits", "1", "--method", "fisher")
    assert 96.0 not in found["candidate_times_h"]
    assert found["fit"] is None
    assert found["visits"][0]["plans"][0]["regions"][0]["root_mean_square_error"] is None


def test_what_so_few_visits_do_not_carry_is_a_finding():
    words = ["design", *HALF_LIVES, *FEW, "--fit", "bi", "--visits", "3..4", "--json"]
    result = CliRunner().invoke(app, words, catch_exceptions=False, standalone_mode=False)
    assert result.return_value == 3
    three, four = json.loads(result.stdout)["visits"]
    assert three["plans"] is None
    assert "4 visits" in three["reason"]
    assert four["plans"]
    assert "at least 4 visits" in call(*HALF_LIVES, *FEW, "--fit", "bi", "--visits", "3").stdout


def test_folder(tmp_path):
    out = tmp_path / "design"
    result = call("--prior", "psma-it-pbpk", *FEW, "--visits", "1..3", "--plan", "4, 24, 96 h", "--out", str(out))
    assert result.exit_code == 0
    assert "loss" in result.stdout
    names = {"design.json", "plans.csv", "visits.svg", "times_2_visits.svg", "times_3_visits.svg"}
    assert {path.name for path in out.iterdir()} == names
    rows = list(csv.DictReader((out / "plans.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["region"] for row in rows} == {"kidneys", "tumour"}
    assert any(row["stated"] == "yes" and row["times_h"] == "4 24 96" for row in rows)
    assert (out / "visits.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_hybrid_is_simulated():
    found = document(
        "--prior", "psma-it-pbpk", *FEW, "--visits", "3", "--hybrid", "--method", "simulate", "--fit", "held-bi"
    )
    assert found["errors"]["hybrid"] is True
    assert found["visits"][0]["plans"][0]["regions"][0]["expected_relative_standard_uncertainty"] is None


@pytest.mark.parametrize(
    "words",
    [
        FEW,
        ("--prior", "nothing-of-this-name", *FEW),
        ("--prior", "psma-it-pbpk", *HALF_LIVES, *FEW),
        ("--prior", "psma-it-pbpk"),
        ("--prior", "psma-it-pbpk", *FEW, "--window", "1-2 h"),
        ("--prior", "psma-it-pbpk", *FEW, "--regions", "liver"),
        ("--prior", "psma-it-pbpk", *FEW, "--visits", "0"),
        ("--prior", "psma-it-pbpk", *FEW, "--visits", "4..1"),
        ("--prior", "psma-it-pbpk", *FEW, "--visits", "7"),
        ("--prior", "psma-it-pbpk", *FEW, "--noise", "5"),
        ("--prior", "psma-it-pbpk", *FEW, "--noise", "0 %"),
        ("--prior", "psma-it-pbpk", *FEW, "--hybrid"),
        ("--prior", "psma-it-pbpk", *FEW, "--plan", "96, 4 h"),
        ("--prior", "psma-it-pbpk", *FEW, "--plan", "0, 4 h"),
        ("--prior", "psma-it-pbpk", *FEW, "--minimum-gap", "100 h", "--visits", "3"),
        ("--prior", "psma-it-pbpk", *FEW, "--administration", "Tue 10:00"),
        ("--prior", "psma-it-pbpk", "--window", "0 h..200 h", "--step", "0 h"),
        ("--prior", "psma-it-pbpk", "--window", "0 h..200 h", "--visits", "4", "--method", "simulate"),
        ("--prior", "psma-it-pbpk", "--window", "0 h..200 h", "--step", "0.5 h", "--patients", "20000"),
        (*HALF_LIVES[:-2], *FEW),
        (*HALF_LIVES, *FEW, "--half-lives", "kidneys=51 h"),
        (*HALF_LIVES, *FEW, "--half-lives", "kidneys=200 h ± 20 %"),
        (*HALF_LIVES, *FEW, "--half-lives", "kidneys=51 h ± 20 %, kidneys=40 h ± 20 %"),
        (*HALF_LIVES, *FEW, "--uptake-half-lives", "kidneys=1 h ± 20 %"),
        (*HALF_LIVES, *FEW, "--nuclide", "Xx-1"),
    ],
)
def test_malformed_input_is_one_line(words, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["hevesy", "design", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    shown = capsys.readouterr()
    assert ended.value.code == 2
    assert shown.out == ""
    assert shown.err.startswith("hevesy: ")
    assert shown.err.count("\n") == 1
