"""``hevesy tare partition`` as a user runs it."""

import json
import sys

import pytest

from hevesy.cli import main

PLAIN = {
    "--tumour-dose": "120 Gy",
    "--normal-mass": "1.2 kg",
    "--tumour-mass": "300 g",
    "--concentration-ratio": "4",
    "--lung-shunt": "5 %",
    "--dose-factor": "49.67 J/GBq",
}


def run(monkeypatch, capsys, changes, *more):
    chosen = {key: value for key, value in {**PLAIN, **changes}.items() if value is not None}
    monkeypatch.setattr(
        sys, "argv", ["hevesy", "tare", "partition", *[t for pair in chosen.items() for t in pair], *more]
    )
    with pytest.raises(SystemExit) as stop:
        main()
    captured = capsys.readouterr()
    return stop.value.code, captured.out, captured.err


@pytest.mark.parametrize(
    ("product", "gbq"), [("SIR-Spheres", 1.525860), ("glass", 1.525860), ("QuiremSpheres", 4.781670)]
)
def test_products_give_the_published_figures(monkeypatch, capsys, product, gbq):
    status, out, err = run(monkeypatch, capsys, {"--dose-factor": None, "--product": product}, "--json")
    document = json.loads(out)
    assert (status, err) == (0, "")
    assert document["activity_gbq"] == pytest.approx(gbq, abs=5e-7)
    assert document["absorbed_dose_gy"] == {
        "tumour": pytest.approx(120.0),
        "normal_liver": pytest.approx(30.0),
        "lung": None,
    }
    assert "--lung-mass" in document["lung_reason"]
    assert abs(document["dose_factor"]["relative_dose_difference_decay_data"]) < 0.025


@pytest.mark.parametrize(("mass", "kg"), [("0.9 kg", 0.9), ("reference", 1.0)])
def test_lung_dose_needs_a_mass(monkeypatch, capsys, mass, kg):
    _, out, _ = run(monkeypatch, capsys, {"--lung-mass": mass}, "--json")
    document = json.loads(out)
    assert document["absorbed_dose_gy"]["lung"] == pytest.approx(49.67 * 1.5258601506786897 * 0.05 / kg)
    assert document["lung_reason"] is None


def test_readable_lines(monkeypatch, capsys):
    status, out, _ = run(monkeypatch, capsys, {})
    assert status == 0
    assert "1.525860 GBq" in out
    assert "lung unknown" in out


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"--dose-factor": None}, "either --product or --dose-factor"),
        ({"--product": "resin"}, "both came"),
        ({"--dose-factor": None, "--product": "gold"}, "one of the products"),
        ({"--dose-factor": "49.67"}, "has no unit"),
        ({"--lung-shunt": "1.2"}, "below 1"),
        ({"--tumour-mass": "0 kg"}, "positive mass"),
    ],
)
def test_refused_in_one_line(monkeypatch, capsys, changes, said):
    status, out, err = run(monkeypatch, capsys, changes)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
