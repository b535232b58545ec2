"""Scenario files: defaults, refusals, lesions, kinetics."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from hevesy.errors import InputError
from hevesy.physdata import nuclide
from hevesy.simulate import THERAPIES, default_scenario, load_scenario
from hevesy.simulate.kinetics import (
    Exponential,
    biological_half_life_s,
    mean_share,
    share_at,
    time_integrated_share,
)
from hevesy.simulate.patient import build_patient

LU177_S = nuclide("Lu-177").half_life_s


def changed(tmp_path, **sections):
    """The default DOTATATE scenario with other sections, as a file."""
    document = default_scenario("lu177-dotatate").model_dump(mode="json", exclude={"blood", "probe"})
    text = lambda seconds: seconds if seconds == "physical" else f"{seconds} s"  # noqa: E731
    document["administration"] = {
        "measured": {"activity": "7.45 GBq", "at": "2024-03-04T08:30:00"},
        "residual": {"activity": "30 MBq", "at": "2024-03-04T09:40:00"},
        "start": "2024-03-04T09:00:00",
        "end": "2024-03-04T09:30:00",
    }
    document["scans"] = {"times": ["4 h"], "duration": "25 min", "lowest": "5 mm", "length": "614.4 mm"}
    for lesion in document["lesions"]:
        lesion["center"] = [f"{v} mm" for v in lesion["center"]]
        lesion["volume"] = f"{lesion['volume']} ml"
        del lesion["offset"]
    for region in [*document["regions"], document["remainder"]]:
        for term in region["terms"]:
            term["effective_half_life"] = text(term["effective_half_life"])
            if term["uptake_half_life"] is not None:
                term["uptake_half_life"] = text(term["uptake_half_life"])
    document.update(sections)
    path = tmp_path / "scenario.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


@pytest.mark.parametrize("therapy", THERAPIES)
def test_every_default_makes_a_patient(therapy):
    patient = build_patient(default_scenario(therapy))
    assert patient.net_activity_bq == pytest.approx(7.40e9, rel=0.01)
    lesions = sorted(r.volume_ml for r in patient.regions if r.name.startswith("Lesion"))
    assert lesions[0] < 0.5236, "one lesion below the smallest measured sphere"
    assert lesions[-1] > 50
    assert all(r.source for r in default_scenario(therapy).regions)


def test_kidneys_get_the_published_dose():
    """0.46 Gy/GBq, mean of 56 treatments: Staanum et al. 2021, doi:10.1186/s40658-021-00422-2. Electrons only."""
    patient = build_patient(default_scenario("lu177-dotatate"))
    kidneys = [r for r in patient.regions if r.name.startswith("Kidney")]
    share = sum(time_integrated_share(r.parts) for r in kidneys)
    joule = nuclide("Lu-177").electron_energy_mev * 1.602176634e-13
    dose_gy_per_gbq = 1e9 * share * joule / (sum(r.mass_g for r in kidneys) / 1000)
    assert dose_gy_per_gbq == pytest.approx(0.46, rel=0.05)


def test_liver_excludes_its_lesions():
    liver = next(r for r in build_patient(default_scenario("lu177-dotatate")).regions if r.name == "Liver")
    assert len(liver.excludes) == 4
    assert liver.volume_ml == pytest.approx(1800 / 1.05 - 80 - 30 - 5 - 0.4, rel=2e-3)


def test_a_written_scenario_is_read_again(tmp_path):
    scenario = load_scenario(changed(tmp_path))
    assert scenario.scans.times == [4 * 3600.0]
    assert scenario.lesions == default_scenario("lu177-dotatate").lesions


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"colour": "red"}, "colour"),
        ({"sex": "other"}, "sex"),
        ({"scans": {"times": [4], "duration": "25 min", "lowest": "0 mm", "length": "60 cm"}}, "no unit"),
        (
            {"scans": {"times": ["24 h", "4 h"], "duration": "25 min", "lowest": "0 mm", "length": "60 cm"}},
            "increasing",
        ),
        ({"remainder": {"terms": [{"share": 0.5, "effective_half_life": "200 h"}], "source": "x"}}, "physical 159"),
        (
            {
                "remainder": {
                    "terms": [{"share": 0.5, "effective_half_life": "2 h", "uptake_half_life": "3 h"}],
                    "source": "x",
                }
            },
            "faster than the clearance",
        ),
        ({"radionuclide": "Xx-1"}, "Lu-177"),
        ({"lesions": []}, "Lesion_liver_1"),
    ],
)
def test_malformed_scenarios_are_refused_with_one_line(tmp_path, section, words):
    with pytest.raises(InputError, match=words) as raised:
        build_patient(load_scenario(changed(tmp_path, **section)))
    assert "\n" not in str(raised.value)


def lesion(**changes):
    return {
        "name": "Lesion_liver_1",
        "within": "Liver",
        "center": ["-110 mm", "5 mm", "362 mm"],
        "volume": "80 ml",
    } | changes


@pytest.mark.parametrize(
    ("lesions", "words"),
    [
        ([lesion(center=["110 mm", "5 mm", "362 mm"])], "wholly inside Liver"),
        ([lesion(volume="400 ml")], "wholly inside Liver"),
        ([lesion(within="Nose")], "organ of the phantom"),
        ([lesion(), lesion(name="Lesion_liver_2", volume="30 ml")], "meets"),
        ([lesion(offset=["0 mm", "0 mm", "0 mm"])], "exactly one of"),
    ],
)
def test_misplaced_lesions_are_refused(tmp_path, lesions, words):
    names = {item["name"] for item in lesions}
    kept = [
        {"name": n, "terms": [{"share": 0.01, "effective_half_life": "90 h"}], "source": "x"} for n in sorted(names)
    ]
    with pytest.raises(InputError, match=words):
        build_patient(load_scenario(changed(tmp_path, lesions=lesions, regions=kept)))


def test_lesion_relative_to_its_organ(tmp_path):
    item = lesion(offset=["-20 mm", "0 mm", "0 mm"], volume="20 ml", axis_ratios=[2, 1, 1])
    del item["center"]
    kept = [{"name": item["name"], "terms": [{"share": 0.01, "effective_half_life": "90 h"}], "source": "x"}]
    patient = build_patient(load_scenario(changed(tmp_path, lesions=[item], regions=kept)))
    low, high = np.array(patient.phantom.organ(item["name"]).solid.bounds)
    assert (high - low)[0] == pytest.approx(2 * (high - low)[1])
    assert (4 / 3 * np.pi * np.prod((high - low) / 2)) == pytest.approx(20, rel=1e-9)


def test_more_activity_than_administered_is_refused(tmp_path):
    terms = [{"share": 0.99, "effective_half_life": "100 h"}]
    with pytest.raises(InputError, match="at most"):
        build_patient(load_scenario(changed(tmp_path, remainder={"terms": terms, "source": "x"})))


def test_unknown_therapy_names_the_known():
    with pytest.raises(InputError, match="lu177-dotatate, lu177-psma"):
        default_scenario("i131")


parts = st.lists(st.builds(Exponential, st.floats(-1, 1), st.floats(600.0, LU177_S)), min_size=1, max_size=4)


@given(parts, st.floats(0.0, 1e6), st.floats(60.0, 7200.0))
def test_mean_is_the_integral_over_the_scan(exponentials, start, duration):
    exact = quad(lambda t: share_at(exponentials, t), start, start + duration)[0] / duration
    assert mean_share(exponentials, start, duration) == pytest.approx(exact, rel=1e-6, abs=1e-9)


def test_time_integral_and_biological_half_life():
    assert time_integrated_share([Exponential(2.0, 3600.0)]) == pytest.approx(2 * 3600 / np.log(2))
    assert biological_half_life_s(LU177_S, LU177_S) is None
    assert biological_half_life_s(50.0, 100.0) == pytest.approx(100.0)


def test_documented_example_makes_a_patient(tmp_path):
    page = Path(__file__).resolve().parents[2] / "docs" / "reference" / "scenario.md"
    example = re.search(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "example.yaml"
    path.write_text(example.group(1))
    patient = build_patient(load_scenario(path))
    assert [r.name for r in patient.regions] == ["Liver", "Lesion_liver_1", "Lesion_liver_2"]
    assert all(organ.name in page.read_text(encoding="utf-8") for organ in patient.phantom.organs)
