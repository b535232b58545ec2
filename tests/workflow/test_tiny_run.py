"""The whole job on a tiny patient, whose numbers follow from a formula, and everything that must be refused."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import numpy as np
import pytest

from hevesy.errors import InputError, OutputError
from hevesy.workflow import compute_study, run_study

LIVER_ML = 5 * 10 * 10 * 0.024
SLOPE = 25.0


@pytest.fixture
def computed(tiny):
    return compute_study(tiny.write())


def by_name(results, name):
    return next(region for region in results.regions if region.name == name)


def test_numbers_follow_from_the_formula(computed):
    liver = by_name(computed.results, "Liver")
    expected = 30000 * SLOPE * LIVER_ML * 60 * 3600 / math.log(2)
    assert liver.time_integrated_activity_bq_s.value == pytest.approx(expected, rel=1e-3)
    assert liver.effective_half_life_h.value == pytest.approx(60.0, rel=1e-3)
    assert liver.mass_g.value == pytest.approx(LIVER_ML * 1.05, rel=1e-6)
    assert liver.exact_volume_ml == pytest.approx(LIVER_ML, rel=1e-6)
    electrons_gy_g = 0.148174 * 1.602176634e-13 * 1e3
    local = expected * electrons_gy_g / (LIVER_ML * 1.05)
    assert liver.absorbed_dose_gy.value == pytest.approx(local, rel=0.03)
    assert liver.absorbed_dose_map_mean_gy.value == pytest.approx(local, rel=2e-3)
    assert liver.absorbed_dose_per_administered_activity_gy_per_gbq.value == pytest.approx(
        liver.absorbed_dose_gy.value / 7.4
    )


def test_times_count_from_the_start_of_the_administration(computed):
    assert [round(p.time_h, 6) for p in computed.results.time_points] == [4.0, 24.0, 96.0]


def test_every_estimate_has_an_uncertainty_with_named_sources(computed):
    for region in computed.results.regions:
        dose = region.absorbed_dose_gy
        assert dose.budget is not None
        assert math.hypot(*dose.budget.values()) == pytest.approx(dose.standard_uncertainty)
        assert dose.budget["calibration"] / dose.value == pytest.approx(0.03)
        assert dose.interval95[0] < dose.value < dose.interval95[1]


def test_bed_only_where_alpha_beta_and_repair_are_stated(computed):
    liver, kidney = by_name(computed.results, "Liver"), by_name(computed.results, "Kidney_L")
    dose, g = liver.absorbed_dose_gy.value, 2.5 / (2.5 + 60.0)
    assert liver.bed_gy.value == pytest.approx(dose * (1 + g * dose / 2.5), rel=1e-3)
    assert kidney.bed_gy.value is None
    assert "alpha/beta" in kidney.bed_gy.reason


def test_same_inputs_give_the_same_bits(tiny, tmp_path):
    path = tiny.write()
    run_study(path, tmp_path / "a")
    run_study(path, tmp_path / "b")
    names = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file())
    assert len(names) >= 8
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_no_patient_data_in_what_is_written_for_people(tiny, tmp_path):
    run_study(tiny.write(), tmp_path / "out")
    for name in ("results.json", "report.html", "regions.csv"):
        text = (tmp_path / "out" / name).read_text()
        assert "SECRET" not in text
        assert "Secret" not in text


def test_activity_off_by_a_million_is_reported_when_the_study_states_the_activity(tiny):
    tiny.replace(
        '{relative_standard_uncertainty: "2 %"}', '{activity: "7.4 GBq", relative_standard_uncertainty: "2 %"}'
    )
    for scan in tiny.scans:
        for ds in scan:
            ds.RadiopharmaceuticalInformationSequence[0].RadionuclideTotalDose = "7400"
    results = compute_study(tiny.write()).results
    assert results.administration.net_activity_bq.value == 7.4e9
    told = results.findings + [c for p in results.time_points for c in p.contradictions]
    assert any("Radionuclide" in text or "activity" in text for text in told)


def spoil_all(tiny, **changes):
    for scan in tiny.scans:
        for ds in scan:
            tiny.build.update(ds, changes)


def spoil_drug(tiny, which=slice(None), **changes):
    for scan in tiny.scans[which]:
        for ds in scan:
            tiny.build.update(ds.RadiopharmaceuticalInformationSequence[0], changes)


def no_injection_time(tiny):
    spoil_drug(tiny, RadiopharmaceuticalStartDateTime=None)


def no_activity(tiny):
    spoil_drug(tiny, RadionuclideTotalDose=None)


def zero_activity(tiny):
    spoil_drug(tiny, RadionuclideTotalDose="0")


def activity_off_by_a_million(tiny):
    spoil_drug(tiny, RadionuclideTotalDose="7400")


def acquired_before_injection(tiny):
    spoil_drug(tiny, RadiopharmaceuticalStartDateTime="20240304140000")


def two_nuclides(tiny):
    iodine = tiny.build.code("C-114B1", "SRT", "^131^Iodine")
    spoil_drug(tiny, slice(1, 2), RadionuclideCodeSequence=iodine, RadionuclideHalfLife="692988")


def unknown_nuclide(tiny):
    spoil_drug(tiny, RadionuclideCodeSequence=tiny.build.code("X-1", "99X", "Unobtainium"), RadionuclideHalfLife=None)


def unknown_nuclide_in_the_study(tiny):
    tiny.replace("administration: {", "administration: {radionuclide: Xx-999, ")


def no_calibration(tiny):
    tiny.replace('calibration: {method: file, relative_standard_uncertainty: "3 %", source: test}\n', "")


def counts_without_factor(tiny):
    spoil_all(tiny, Units="CNTS")


def contradictory_scale(tiny):
    spoil_all(tiny, RealWorldValueMappingSequence=tiny.build.mapping(slope=50.0))


def missing_slice(tiny):
    del tiny.scans[1][7]


def two_patients(tiny):
    for ds in tiny.scans[2]:
        ds.PatientID = "OTHER"


def another_birth_date(tiny):
    for ds in tiny.scans[2]:
        ds.PatientBirthDate = "19500101"


def two_administrations(tiny):
    spoil_drug(tiny, slice(2, 3), RadiopharmaceuticalStartDateTime="20240305070000")


def several_reconstructions(tiny):
    tiny.scans.append(tiny.scan(1))


def frames_differ_without_registration(tiny):
    for ds in tiny.scans[1]:
        ds.FrameOfReferenceUID = "1.2.826.0.1.3680043.8.498.77"


def overlapping_regions(tiny):
    contour = tiny.structures[0].ROIContourSequence
    contour[1].ContourSequence = contour[0].ContourSequence


def unknown_region(tiny):
    tiny.replace("name: Liver", "name: Lever")


def unknown_engine(tiny):
    tiny.replace("mird-self-dose", "magic")


def unknown_key(tiny):
    tiny.replace("images: dicom", "images: dicom\ncolour: red")


def unit_missing(tiny):
    tiny.replace('"0.5 mm"', "0.5")


def no_such_folder(tiny):
    tiny.replace("images: dicom", "images: nowhere")


def regions_of_another_frame(tiny):
    tiny.structures[0].ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID = "1.2.3.4"
    for roi in tiny.structures[0].StructureSetROISequence:
        roi.ReferencedFrameOfReferenceUID = "1.2.3.4"


def half_life_longer_than_physical(tiny):
    tiny.replace("model: auto,", 'model: auto, tail: {half_life: "400 h", standard_uncertainty: "10 h", source: test},')


REFUSED = {
    no_injection_time: ("injection",),
    no_activity: ("activity",),
    zero_activity: ("activity",),
    activity_off_by_a_million: ("activity",),
    acquired_before_injection: ("2024-03-04",),
    two_nuclides: ("Lu-177", "I-131"),
    unknown_nuclide: ("radionuclide",),
    unknown_nuclide_in_the_study: ("Lu-177", "Xx-999"),
    no_calibration: ("calibration",),
    counts_without_factor: ("counts",),
    contradictory_scale: ("Real World Value",),
    missing_slice: ("slice",),
    two_patients: ("one patient",),
    another_birth_date: ("one patient", "birth"),
    two_administrations: ("administration",),
    several_reconstructions: ("time_points",),
    frames_differ_without_registration: ("frame",),
    overlapping_regions: ("Liver", "Kidney_L", "overlap"),
    unknown_region: ("Lever", "Kidney_L"),
    unknown_engine: ("magic", "local"),
    unknown_key: ("colour",),
    unit_missing: ("boundary_standard_uncertainty", "unit"),
    no_such_folder: ("nowhere",),
    regions_of_another_frame: ("frame",),
    half_life_longer_than_physical: ("400",),
}


@pytest.mark.parametrize("spoil", REFUSED, ids=lambda f: f.__name__)
def test_refused_in_one_line(tiny, tmp_path, spoil):
    spoil(tiny)
    with pytest.raises(InputError) as caught:
        run_study(tiny.write(), tmp_path / "out")
    message = str(caught.value)
    assert "\n" not in message
    for word in REFUSED[spoil]:
        assert word in message
    assert "SECRET" not in message
    assert not (tmp_path / "out").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["patient"]


def truncate(path):
    path.write_bytes(path.read_bytes()[:-200])


def empty(path):
    path.write_bytes(b"")


def garbage(path):
    path.rename(path.with_suffix(".dcm"))
    path.with_suffix(".dcm").write_bytes(b"this is no image" * 20)


@pytest.mark.parametrize("damage", [truncate, empty, garbage])
def test_a_damaged_file_is_refused_by_name(tiny, tmp_path, damage):
    path = tiny.write()
    damage(tiny.folder / "dicom" / "scan_1" / "IM0005")
    with pytest.raises(InputError, match="IM0005"):
        run_study(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_earlier_result_survives_a_failure(tiny, tmp_path):
    path = tiny.write()
    run_study(path, tmp_path / "out")
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir() if p.is_file()}
    path.write_text(tiny.text.replace("mird-self-dose", "magic"))
    with pytest.raises(InputError):
        run_study(path, tmp_path / "out")
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir() if p.is_file()} == before


def test_a_foreign_output_folder_is_refused(tiny, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("precious")
    with pytest.raises(OutputError, match="other files"):
        run_study(tiny.write(), tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["thesis.txt"]


def cut_by_the_field_of_view(tiny, build):
    for item in tiny.structures[0].ROIContourSequence[1].ContourSequence:
        points = np.array(item.ContourData, dtype=float).reshape(-1, 3)
        points[:, 0] += 20.0
        item.ContourData = points.ravel().tolist()


def empty_region(tiny, build):
    dz = build.SPACING[0]
    tiny.structures[0].ROIContourSequence[1].ContourSequence = [
        build.item(ContourGeometricType="CLOSED_PLANAR", NumberOfContourPoints=3, ContourData=[*a, *b, *c])
        for k in (10, 11)
        for a, b, c in [
            (
                (-9.9 + 0.3, -19.9 + 0.4, 100 + k * dz),
                (-9.9 + 0.6, -19.9 + 0.4, 100 + k * dz),
                (-9.9 + 0.6, -19.9 + 0.7, 100 + k * dz),
            )
        ]
    ]


def no_uptake(tiny, build):
    for scan in tiny.scans:
        for ds in scan[10:]:
            ds.PixelData = bytes(len(ds.PixelData))


def still_rising(tiny, build):
    for n, scan in enumerate(tiny.scans):
        for ds in scan[10:]:
            values = np.frombuffer(ds.PixelData, dtype=np.uint16)
            ds.PixelData = np.where(values > 0, 5000 + 4000 * n, 0).astype(np.uint16).tobytes()


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (cut_by_the_field_of_view, "field of view"),
        (empty_region, "empty"),
        (no_uptake, "activity"),
        (still_rising, "tail"),
    ],
)
def test_what_one_region_cannot_support_ends_only_that_region(tiny, build, spoil, word):
    spoil(tiny, build)
    results = compute_study(tiny.write()).results
    kidney, liver = by_name(results, "Kidney_L"), by_name(results, "Liver")
    for entry in (kidney.absorbed_dose_gy, kidney.time_integrated_activity_bq_s, kidney.bed_gy):
        assert entry.value is None
        assert entry.reason
    assert word in kidney.absorbed_dose_gy.reason
    assert kidney.findings
    assert liver.absorbed_dose_gy.value == pytest.approx(by_name(results, "Liver").absorbed_dose_gy.value)
    assert liver.absorbed_dose_gy.value > 0


def test_a_stated_tail_gives_the_rising_region_a_value(tiny, build):
    still_rising(tiny, build)
    tiny.replace("side: left}", 'side: left, tail: {half_life: "90 h", standard_uncertainty: "30 h", source: test}}')
    kidney = by_name(compute_study(tiny.write()).results, "Kidney_L")
    whole, before, tail = (
        kidney.time_integrated_activity_bq_s,
        kidney.time_integrated_activity_to_last_scan_bq_s,
        kidney.time_integrated_activity_tail_bq_s,
    )
    assert whole.value == pytest.approx(before.value + tail.value)
    last = kidney.time_points[-1].activity_bq.value
    assert tail.value == pytest.approx(last * 90 * 3600 / math.log(2))
    assert kidney.absorbed_dose_gy.budget["tail"] > 0
    assert "stated" not in (kidney.absorbed_dose_gy.reason or "")


def one_scan(tiny):
    tiny.scans = tiny.scans[1:2]


def test_one_time_point_needs_a_stated_half_life(tiny):
    one_scan(tiny)
    results = compute_study(tiny.write()).results
    assert all(region.absorbed_dose_gy.value is None for region in results.regions)
    assert "half-life" in results.regions[0].absorbed_dose_gy.reason


def test_one_time_point_with_a_stated_half_life(tiny):
    one_scan(tiny)
    stated = 'half_life: {half_life: "60 h", standard_uncertainty: "6 h", source: test}'
    tiny.replace("model: auto,", f"model: auto, {stated},")
    output = compute_study(tiny.write())
    liver = by_name(output.results, "Liver")
    expected = 30000 * SLOPE * LIVER_ML * 60 * 3600 / math.log(2)
    assert liver.time_integrated_activity_bq_s.value == pytest.approx(expected, rel=1e-3)
    assert liver.absorbed_dose_gy.budget["half-life"] > 0
    assert liver.absorbed_dose_map_mean_gy.value == pytest.approx(liver.absorbed_dose_gy.value, rel=0.03)


def test_without_alignment_there_is_no_map_and_the_results_say_so(tiny):
    frames = [f"1.2.826.0.1.3680043.8.498.5{n}" for n in range(3)]
    tiny.structures = tiny.structures * 3
    import copy

    tiny.structures = [copy.deepcopy(tiny.structures[0]) for _ in frames]
    for frame, scan, structures in zip(frames, tiny.scans, tiny.structures, strict=True):
        for ds in scan:
            ds.FrameOfReferenceUID = frame
        structures.SOPInstanceUID = f"{frame}.1"
        structures.SeriesInstanceUID = f"{frame}.2"
        structures.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID = frame
        for roi in structures.StructureSetROISequence:
            roi.ReferencedFrameOfReferenceUID = frame
    tiny.replace("method: identity", "method: none")
    tiny.replace("drawn_on: 1", "drawn_on: each")
    output = compute_study(tiny.write())
    assert output.dose is None
    assert not output.results.dose_map.made
    liver = by_name(output.results, "Liver")
    assert liver.absorbed_dose_gy.value > 0
    assert liver.absorbed_dose_map_mean_gy.value is None
    assert "not aligned" in liver.absorbed_dose_map_mean_gy.reason


def test_threshold_region_inside_a_drawn_one(tiny):
    tiny.replace(
        "    - {name: Kidney_L, kind: organ, side: left}",
        '    - {name: Hot, kind: lesion, side: none, threshold: {within: Kidney_L, relative: "50 %"}}',
    )
    hot = by_name(compute_study(tiny.write()).results, "Hot")
    assert hot.volume_ml.value == pytest.approx(4 * 8 * 8 * 0.024)


def test_command_line_statuses_and_streams(tiny, tmp_path, build):
    still_rising(tiny, build)
    path = tiny.write()
    command = [sys.executable, "-m", "hevesy", "run", str(path), "--out", str(tmp_path / "out"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    document = json.loads(done.stdout, parse_constant=pytest.fail)
    assert document["schema_version"] == "1.0"
    assert "Traceback" not in done.stderr
    path.write_text(tiny.text.replace("images: dicom", "images: nowhere"))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "nowhere" in done.stderr


def test_an_average_of_models_goes_through_to_dose_and_report(tiny, tmp_path):
    tiny.replace("model: auto", "model: average")
    results = run_study(tiny.write(), tmp_path / "out")
    liver = by_name(results, "Liver")
    expected = 30000 * SLOPE * LIVER_ML * 60 * 3600 / math.log(2)
    assert liver.curve.model == "average"
    assert liver.time_integrated_activity_bq_s.value == pytest.approx(expected, rel=0.01)
    assert liver.absorbed_dose_map_mean_gy.value == pytest.approx(liver.absorbed_dose_gy.value, rel=0.03)
    assert liver.bed_gy.value > liver.absorbed_dose_gy.value
    assert "average of sums of exponentials" in (tmp_path / "out" / "report.html").read_text()


def test_straight_lines_by_name_need_a_stated_tail(tiny):
    tiny.replace("model: auto", "model: trapezoid")
    liver = by_name(compute_study(tiny.write()).results, "Liver")
    assert liver.time_integrated_activity_bq_s.value is None
    assert "state the tail" in liver.time_integrated_activity_bq_s.reason
    tiny.replace(
        'scatter_between_scans: "2 %"', 'scatter_between_scans: "2 %", tail: {half_life: physical, source: test}'
    )
    liver = by_name(compute_study(tiny.write()).results, "Liver")
    expected = 30000 * SLOPE * LIVER_ML * 60 * 3600 / math.log(2)
    assert 1.1 * expected < liver.time_integrated_activity_bq_s.value < 2 * expected
