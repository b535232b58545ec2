"""Plan, deliver, verify: doses of the virtual liver patient at full size against their truth."""

import json

import pytest

from hevesy.simulate.tare import TARE_THERAPIES, TareOptions, default_tare_scenario, simulate_tare
from hevesy.workflow.holmium_mri import holmium_mri
from hevesy.workflow.tare import verified, write_plan

pytestmark = pytest.mark.slow

ASKED = {"tumour:T1": ("T1", 0.08), "tumour:T2": ("T2", 0.12), "whole_normal": ("whole_normal", 0.05)}
"""Tumours over 50 ml and of 20 to 50 ml, normal liver."""


@pytest.fixture(scope="module")
def patients(tmp_path_factory):
    """One of each therapy."""
    folder = tmp_path_factory.mktemp("tare")
    return {
        therapy: simulate_tare(default_tare_scenario(therapy), folder / therapy, TareOptions(11))
        for therapy in TARE_THERAPIES
    }


def true_regions(patient):
    return {region["name"]: region for region in json.loads((patient / "truth.json").read_text())["regions"]}


@pytest.mark.parametrize("therapy", TARE_THERAPIES)
def test_planned_delivered_and_verified_doses_meet_the_accuracy_asked(patients, therapy):
    patient = patients[therapy]
    write_plan(patient / "plan.yaml", patient / "plan")
    document = verified(patient / "verify_planned.yaml").document
    truth = true_regions(patient)
    for volume, (name, limit) in ASKED.items():
        found = document["volumes"][volume]["self_calibrated"]["absorbed_dose_gy"]
        assert found["value"] == pytest.approx(truth[name]["absorbed_dose_gy"], rel=limit), name
    assert document["planned"]["as_planned"]["volumes"]["tumour:T1"]["planned_gy"] > 0
    assert document["deposition"] == []


def test_holmium_by_mri_meets_the_accuracy_asked(patients, tmp_path):
    patient = patients["tare-ho166"]
    found = holmium_mri(patient / "holmium_mri.yaml", tmp_path)["regions"]
    truth = true_regions(patient)
    for name in ("T1", "T2", "Territory_right_anterior", "Territory_right_posterior"):
        activity = found[name]["activity_bq"]["value"] + found[name]["activity_in_voids_at_least_bq"]
        expected = truth[name]["activity_bq"] / truth[name]["volume_ml"]
        assert activity / found[name]["volume_ml"] == pytest.approx(expected, rel=0.15), name
