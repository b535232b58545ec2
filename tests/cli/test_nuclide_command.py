"""The command ``hevesy nuclide``."""

import json
import signal
import sys

import pytest
from click.testing import CliRunner

from hevesy.cli.app import app, main

KEYS = {"beta", "conversion_auger", "gamma", "x", "alpha", "total"}


def call(*words):
    return CliRunner().invoke(app, ["nuclide", *words], catch_exceptions=False)


def document(*words):
    return json.loads(call(*words, "--json").stdout)


def test_json_of_a_nuclide_without_progeny():
    found = document("177Lu")
    assert found["nuclide"] == "Lu-177"
    assert found["half_life_s"] == pytest.approx(6.647 * 86400)
    energies = found["mean_energy_per_decay_mev"]
    assert set(energies) == KEYS
    assert energies["beta"] + energies["conversion_auger"] == pytest.approx(0.148174, rel=2e-3)
    assert energies["gamma"] + energies["x"] == pytest.approx(0.033153, rel=2e-3)
    assert energies["total"] == pytest.approx(sum(energies[kind] for kind in KEYS - {"total"}))
    assert found["chain"]["choice"] == "parent"
    assert "ENDF/B-VIII.1" in found["source"]
    assert found["chain"]["assumption"] is None


def test_json_of_a_chain():
    found = document("Ac-225", "--chain", "equilibrium")
    chain = found["chain"]
    assert {m["name"]: m["decays_per_parent_decay"] for m in chain["members"]}["Po-213"] == pytest.approx(0.9779315)
    assert chain["assumption"] == "daughters are taken to decay where the parent decayed"
    assert chain["ends"] == [{"at": "Rn-217", "per_parent_decay": pytest.approx(7e-5), "reason": "no decay data"}]
    assert found["mean_energy_per_decay_mev"]["alpha"] == pytest.approx(28.0, abs=0.05)
    members = sum(m["decays_per_parent_decay"] * m["mean_energy_per_own_decay_mev"]["total"] for m in chain["members"])
    assert members == pytest.approx(found["mean_energy_per_decay_mev"]["total"])


def test_alphas_hold_the_recoils():
    assert document("Ac-225", "--chain", "parent")["mean_energy_per_decay_mev"]["alpha"] == pytest.approx(
        5.878497, rel=2e-3
    )


def test_emissions_add_up():
    found = document("Lu-177", "--emissions")
    energy = sum(
        0.5 * (low + high) * per_decay
        for spectrum in found["emissions"][0]["spectra"]
        for low, high, per_decay in zip(
            spectrum["low_mev"], spectrum["high_mev"], spectrum["yield_per_own_decay"], strict=True
        )
    )
    assert energy == pytest.approx(found["mean_energy_per_decay_mev"]["total"])


def test_list():
    found = document("--list")
    names = {row["name"]: row for row in found["nuclides"]}
    wanted = """Lu-177 Lu-177m Y-90 Ho-166 Tb-161 Ac-225 Pb-212 Ra-223 Bi-213 I-131 I-123 I-124 I-125 Sm-153 Sr-89 Re-186
    Re-188 Er-169 P-32 Cu-64 Cu-67 Zr-89 Ga-68 F-18 Tc-99m In-111 At-211 Sc-47 Tb-149 Tb-152 Tb-155 Dy-165 Au-198 Sn-117m"""
    assert set(wanted.split()) <= set(names)
    assert names["I-131"]["progeny"] == ["Xe-131m"]
    assert "Lu-177" in call("--list").stdout


@pytest.mark.parametrize("words", [("Lu-177",), ("Ac-225", "--chain", "from:6h", "--emissions"), ("Zr-89",)])
def test_tables(words):
    result = call(*words)
    assert result.exit_code == 0
    for part in ("half-life", "Mean energy per decay", "decays per parent decay", "Dose-rate constants", "Source:"):
        assert part in result.stdout


def test_the_other_library_shows_its_notice():
    assert "research and comparison only" in call("Lu-177", "--backend", "icrp107").stdout
    found = document("Lu-177", "--backend", "icrp107")
    assert "research and comparison only" in found["notice"]
    assert found["mean_energy_per_decay_standard_uncertainty_mev"] is None
    assert found["mean_energy_per_decay_mev"]["gamma"] == pytest.approx(0.0316, abs=1e-4)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("Xx-1",), "expected one of the radionuclides C-11"),
        (("Ac-225",), "how the progeny of Ac-225 (Fr-221, At-217, Bi-213"),
        (("Ac-225", "--chain", "all"), "expected parent, equilibrium or from:TIME"),
        (("Lu-177", "--backend", "jeff"), "endfb81, icrp107"),
        ((), "neither came"),
        (("Lu-177", "--list"), "both came"),
        (("--list", "--chain", "parent"), "--list with nothing"),
    ],
)
def test_refusals_are_one_line_and_status_2(words, message, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["hevesy", "nuclide", *words])
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        signal.signal(signal.SIGTERM, handler)
    told = capsys.readouterr()
    assert ended.value.code == 2
    assert message in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""
