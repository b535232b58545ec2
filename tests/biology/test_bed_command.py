"""``hevesy bed`` as a user runs it."""

import json
import sys
from pathlib import Path

import pytest

from hevesy.cli import main

GOLDEN = json.loads((Path(__file__).parent / "bed_golden.json").read_text(encoding="utf-8"))["cases"]
PLAIN = {"--absorbed-dose": "3 Gy", "--half-life": "50 h", "--repair-half-time": "2.8 h", "--alpha-beta": "2.6 Gy"}


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["hevesy", "bed", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    captured = capsys.readouterr()
    return stop.value.code, captured.out, captured.err


def options(**changes):
    chosen = {**PLAIN, **{f"--{key.replace('_', '-')}": value for key, value in changes.items()}}
    return [text for pair in chosen.items() for text in pair]


@pytest.mark.parametrize("case", GOLDEN)
def test_golden_values(monkeypatch, capsys, case):
    arguments = options(
        absorbed_dose=f"{case.get('AD', case.get('AD_cycle'))} Gy",
        half_life=f"{case.get('T_wash', case.get('T_eff'))} h",
        repair_half_time=f"{case['T_rep']} h",
        alpha_beta=f"{case['ab']} Gy",
    )
    if "T_up" in case:
        arguments += ["--uptake-half-life", f"{case['T_up']} h"]
    arguments += ["--cycles", str(case.get("cycles", 1)), "--json"]
    status, out, err = run(monkeypatch, capsys, *arguments)
    document = json.loads(out)
    assert (status, err) == (0, "")
    assert document["g"] == pytest.approx(case["G"], rel=1e-6)
    assert document["bed_gy"] == pytest.approx(case.get("BED", case.get("BED_total")), rel=1e-6)
    if "EQD2_total" in case:
        assert document["eqd2_gy"] == pytest.approx(case["EQD2_total"], rel=1e-6)


def test_inputs_are_echoed(monkeypatch, capsys):
    _, out, _ = run(monkeypatch, capsys, *options(half_life="3000 min"), "--json")
    document = json.loads(out)
    assert document["half_life_h"] == pytest.approx(50.0)
    assert document["uptake_half_life_h"] is None
    assert document["cycles"] == 1


def test_readable_line(monkeypatch, capsys):
    status, out, _ = run(monkeypatch, capsys, *options())
    assert status == 0
    assert "BED 3.1836 Gy" in out


@pytest.mark.parametrize(
    "changes",
    [
        {"absorbed_dose": "3"},
        {"absorbed_dose": "-3 Gy"},
        {"absorbed_dose": "3 Sv"},
        {"absorbed_dose": "nan Gy"},
        {"half_life": "0 h"},
        {"half_life": "50"},
        {"uptake_half_life": "51 h"},
        {"uptake_half_life": "-1 h"},
        {"repair_half_time": "2.8 Gy"},
        {"alpha_beta": "0 Gy"},
        {"cycles": "0"},
    ],
)
def test_bad_input_is_one_line_and_status_2(monkeypatch, capsys, changes):
    status, out, err = run(monkeypatch, capsys, *options(**changes), "--json")
    assert status == 2
    assert out == ""
    assert err.count("\n") == 1


def test_missing_option(monkeypatch, capsys):
    status, _, err = run(monkeypatch, capsys, "--absorbed-dose", "3 Gy")
    assert status == 2
    assert err.count("\n") == 1
