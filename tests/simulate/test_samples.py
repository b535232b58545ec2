"""Blood samples and probe readings of the virtual patient against their truth."""

import csv
import math

import numpy as np
import pytest
from scipy.integrate import quad

from hevesy.errors import InputError
from hevesy.quantities.settings_file import parse_yaml, validate_settings
from hevesy.simulate import Options, default_scenario
from hevesy.simulate.drawn_errors import EXACT
from hevesy.simulate.options import MATRICES, Size
from hevesy.simulate.patient import build_patient
from hevesy.simulate.samples import _whole_body, check_samples, samples_study, write_samples
from hevesy.simulate.scanner import Scanner
from hevesy.simulate.scenario import Probe
from hevesy.simulate.session import Session
from hevesy.workflow.config import Body, Marrow, WholeBodyProbe


def written(tmp_path, therapy="lu177-dotatate", **options):
    chosen = Options(7, size=Size.SMALL, samples=True, **options)
    patient = build_patient(default_scenario(therapy))
    session = Session(patient, Scanner(), chosen, MATRICES[Size.SMALL], (), EXACT, tmp_path)
    truth = write_samples(session)
    tables = {}
    for name in ("blood", "probe"):
        with (tmp_path / "measurements" / f"{name}.csv").open(encoding="utf-8") as stream:
            tables[name] = list(csv.DictReader(stream))
    return patient, truth, tables


@pytest.mark.parametrize("therapy", ["lu177-dotatate", "lu177-psma"])
def test_samples_lie_about_the_truth_as_they_say(tmp_path, therapy):
    _, truth, tables = written(tmp_path, therapy)
    measured, stated = (
        np.array([float(r[c]) for r in tables["blood"]]) for c in ("concentration", "standard_uncertainty")
    )
    true = np.array(truth["blood"]["concentration_bq_ml"]) / 1000
    assert np.allclose(stated / measured, 0.02, rtol=0.01)
    assert 0.1 < np.mean(((measured - true) / stated) ** 2) < 2.8  # chi-square of 9, 0.1 % to 99.7 %


def test_the_truth_of_the_blood_is_its_integral(tmp_path):
    patient, truth, _ = written(tmp_path)
    terms = patient.scenario.blood.terms
    each = [t.share * t.effective_half_life / math.log(2) for t in terms]
    assert truth["blood"]["time_integrated_concentration_bq_s_ml"] == pytest.approx(
        patient.net_activity_bq * sum(each) / 1000
    )
    by_mass = truth["blood"]["red_marrow_time_integrated_activity_bq_s"] / 1.17
    assert by_mass == pytest.approx(truth["blood"]["time_integrated_concentration_bq_s_ml"] / 1.03e-3)


def test_the_whole_body_holds_everything_until_the_first_voiding_and_its_regions_from_then_on(tmp_path):
    patient, truth, tables = written(tmp_path)
    probe = patient.scenario.probe
    assert _whole_body(patient, probe, 0.0) == patient.net_activity_bq
    after = _whole_body(patient, probe, probe.first_voiding)
    assert 0.5 < after / _whole_body(patient, probe, probe.first_voiding - 1.0) < 0.9
    parts = [
        quad(lambda t: _whole_body(patient, probe, t), low, high, limit=200)[0]
        for low, high in ((0.0, probe.first_voiding), (probe.first_voiding, 4e5), (4e5, 1e7))
    ]
    assert truth["whole_body"]["time_integrated_activity_bq_s"] == pytest.approx(sum(parts), rel=1e-6)
    assert [row["voided"] for row in tables["probe"]] == ["no", *["yes"] * 7]


def test_probe_readings_follow_the_activity(tmp_path):
    _, truth, tables = written(tmp_path)
    nets = [math.sqrt((int(r["anterior_counts"]) - 400) * (int(r["posterior_counts"]) - 400)) for r in tables["probe"]]
    ratio = np.array(nets) / np.array(truth["whole_body"]["activity_bq"])
    assert np.std(np.log(ratio)) == pytest.approx(0.03, rel=0.6)


def test_errors_of_the_counter_are_drawn_only_when_asked_for(tmp_path):
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    (_, _, exact), (_, _, drawn) = written(tmp_path / "a"), written(tmp_path / "b", draw_errors=True)
    factors = [
        float(d["concentration"]) / float(e["concentration"])
        for d, e in zip(drawn["blood"], exact["blood"], strict=True)
    ]
    assert factors[0] != pytest.approx(1.0, abs=1e-4)
    assert factors == pytest.approx([factors[0]] * len(factors), rel=1e-3)
    assert drawn["probe"] == exact["probe"]


def test_the_study_says_what_lesions_are_on_the_phantom():
    text = "".join(samples_study(build_patient(default_scenario("lu177-dotatate"))))
    for words in ("Lesion_liver_1: Liver", "Lesion_bone_1: remainder", "Urinary_bladder: Urinary_bladder_contents"):
        assert words in text
    assert "Kidney_L:" not in text


@pytest.mark.parametrize("therapy", ["lu177-dotatate", "lu177-psma"])
def test_the_sections_of_the_study_are_what_the_schema_says(therapy):
    sections = parse_yaml("".join(samples_study(build_patient(default_scenario(therapy)))), "study.yaml")
    for name, model in (("body", Body), ("whole_body_probe", WholeBodyProbe), ("marrow", Marrow)):
        validate_settings(model, sections.pop(name), "study.yaml")
    assert sections == {}


def test_a_scenario_without_blood_has_no_samples():
    document = default_scenario("lu177-dotatate").model_copy(update={"blood": None})
    with pytest.raises(InputError, match="--samples"):
        check_samples(document)


def test_readings_must_begin_before_the_first_voiding():
    with pytest.raises(ValueError, match="one reading before the first voiding"):
        Probe.model_validate({"first_voiding": "0.5 h", "times": ["0.75 h", "2 h"]})
