"""A deformable registration, and regions of another CT, in the whole job on a small simulated patient that breathes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hevesy.acquire import inspect_folder
from hevesy.errors import AlignmentError, StudyFileError
from hevesy.report.methods import methods_text
from hevesy.simulate import Options, Size, Units, default_scenario, simulate
from hevesy.workflow import compute_study
from hevesy.workflow.config import DrawnElsewhere
from hevesy.workflow.drawn import series_named
from hevesy.workflow.elsewhere import judge
from hevesy.workflow.study_file import read_study

ORGANS = ("Liver", "Spleen", "Kidney_L", "Kidney_R")


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    scenario = default_scenario("lu177-dotatate")
    two = scenario.model_copy(update={"scans": scenario.scans.model_copy(update={"times": [24 * 3600.0, 96 * 3600.0]})})
    return simulate(two, tmp_path_factory.mktemp("bent") / "patient", Options(4, Units.RWVM, frozenset(), Size.SMALL))


def changed(patient, name, *changes):
    text = (patient / "study.yaml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (patient / name).write_text(text)
    return patient / name


@pytest.fixture(scope="module")
def output(patient):
    return compute_study(changed(patient, "bent.yaml", ("method: rigid-ct", "method: deformable-ct")))


def test_the_deformation_is_reported_with_what_it_does(output):
    reference, other = output.results.alignment
    assert reference.deformation is None
    assert 0 < other.deformation.jacobian_minimum < 1 < other.deformation.jacobian_maximum < 2
    assert other.deformation.inverse_consistency_mm < 1.0
    assert "before the deformation" in other.note
    bends = {b.region: b for b in output.results.region_bends if b.time_point == 2}
    assert set(ORGANS) <= set(bends)
    for name in ORGANS:
        assert bends[name].volume_ratio == pytest.approx(1.0, abs=0.15), name
    assert any(c.key == "vercauteren" for c in output.results.provenance.citations)


def test_regions_and_map_follow(output):
    assert output.results.dose_map.made
    for region in output.results.regions:
        if region.name in ORGANS:
            first, second = (point.volume_ml.value for point in region.time_points)
            assert second == pytest.approx(first, rel=0.2), region.name
            recovered = [point.recovery_coefficient.value for point in region.time_points]  # the map is not corrected
            assert region.ratio_region_to_map * sum(recovered) / len(recovered) == pytest.approx(1.0, abs=0.2), (
                region.name
            )


def test_the_methods_say_that_it_only_interpolates_between_borders(output):
    assert "only interpolates between them" in " ".join(methods_text(output.results))


def series(patient):
    report = inspect_folder([patient / "dicom"])
    return [(report.by_id(p.emission).series_uid, report.by_id(p.ct).series_uid) for p in report.time_points]


@pytest.fixture(scope="module")
def second_alone(patient):
    """The second scan with the regions that were drawn on the CT of the first day, which is now any other CT."""
    (_, other), (emission, ct) = series(patient)
    path = changed(
        patient,
        "elsewhere.yaml",
        ("images: dicom\n", f"images: dicom\ntime_points:\n  - {{emission: {emission}, ct: {ct}}}\n"),
        ("drawn_on: 1\n", f'drawn_on: {{series: {other}, time_point: 1, maximum_residual: "6 mm"}}\n'),
    )
    return compute_study(path), other, patient / "dicom"


def test_regions_of_another_ct_are_carried_to_the_scan(patient, second_alone):
    output, other, _ = second_alone
    brought = output.results.drawn_elsewhere
    assert (brought.series, brought.modality, brought.time_point) == (other, "CT", 1)
    assert brought.residual_shift_mm < 6.0
    truth = json.loads((patient / "truth.json").read_text())
    pose = np.array(truth["time_points"][1]["transform"])
    centre = np.array([0.0, 0.0, 250.0, 1.0])
    assert np.linalg.norm((np.array(brought.matrix) @ pose @ centre - centre)[:3]) < 3.0
    expected = {region["name"]: region["activity_bq"][1] for region in truth["regions"]}
    for region in output.results.regions:
        if region.name in ORGANS:
            assert region.time_points[0].activity_bq.value == pytest.approx(expected[region.name], rel=0.2), region.name
    assert any("regions were drawn on" in p.title for p in output.images.alignment)
    assert any(other in item["name"] for item in output.results.provenance.inputs)


def test_the_study_says_how_what_remains_is_judged(patient, second_alone):
    text = (patient / "elsewhere.yaml").read_text()
    (patient / "neither.yaml").write_text(text.replace('time_point: 1, maximum_residual: "6 mm"', "time_point: 1"))
    with pytest.raises(StudyFileError, match="unverified"):
        read_study(patient / "neither.yaml")
    (patient / "unknown.yaml").write_text(text.replace(second_alone[1], "1.2.3"))
    with pytest.raises(StudyFileError, match=r"1\.2\.3 came"):
        compute_study(patient / "unknown.yaml")


def test_what_nothing_measures_is_refused_unless_the_study_accepts_it(second_alone):
    record = series_named(inspect_folder([second_alone[2]]), second_alone[1])
    residual = DrawnElsewhere(series="x", time_point=1, maximum_residual="6 mm")
    with pytest.raises(AlignmentError, match="or 'unverified' with a reason"):
        judge(residual, None, record)
    judge(DrawnElsewhere(series="x", time_point=1, unverified="looked at"), None, record)
