"""A virtual patient treated with holmium in fractions against the truth: part of ``make validate``."""

import json

import pytest
import yaml

from hevesy.simulate.options import Size
from hevesy.simulate.tare import TareOptions, default_tare_scenario, simulate_tare
from hevesy.workflow.tare.live.job import write_live

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
HEALTHY = ("normal:right anterior", "normal:right posterior")


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    """Truth by region, and the document after the last fraction, computed fraction by fraction as in the room."""
    folder = tmp_path_factory.mktemp("tare") / "patient"
    simulate_tare(default_tare_scenario("tare-ho166"), folder, TareOptions(1, Size.FULL, frozenset()))
    content = yaml.safe_load((folder / "live.yaml").read_text())
    for number in range(1, len(content["fractions"]) + 1):
        part = content | {"fractions": content["fractions"][:number]}
        (folder / "now.yaml").write_text(yaml.safe_dump(part))
        document, _ = write_live(folder / "now.yaml", folder / "out")
    return json.loads((folder / "truth.json").read_text()), document


def test_tumours_within_15_percent(patient):
    truth, document = patient
    expected = {one["name"]: one.get("absorbed_dose_gy") for one in truth["regions"]}
    for name, entry in document["absorbed_dose_gy"]["tumours"].items():
        assert entry["at_least"]["value"] == pytest.approx(expected[name], rel=0.15)


def test_healthy_liver_within_5_percent_as_seen_and_covered_at_most(patient):
    truth, document = patient
    parts = [one for one in truth["regions"] if one["name"] in HEALTHY]
    mass_kg = sum(one["mass_g"] for one in parts) * 1e-3
    factor = truth["dose_factor_electrons_j_per_gbq"] * 1e-9
    expected = factor * sum(one["activity_bq"] for one in parts) / mass_kg
    healthy = document["absorbed_dose_gy"]["healthy"]
    assert healthy["seen"]["value"] == pytest.approx(expected, rel=0.05)
    assert healthy["at_most"]["value"] > expected


def test_only_the_last_fraction_was_computed(patient):
    assert [one["computed"] for one in patient[1]["fractions"]] == ["before"] * 3 + ["now"]


def test_what_is_not_seen_holds_the_shunt(patient):
    truth, document = patient
    share = document["unaccounted_share"]
    assert abs(share["value"] - truth["treatment"]["lung_shunt_fraction"]) < 2.0 * share["standard_uncertainty"]
