"""Whole-body calibration, dead time and decay while counting, through the whole job on the tiny patient."""

import math

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.numerics.dead_time import observed_rate
from hevesy.report.methods import limits, methods_text
from hevesy.workflow import compute_study

HALF_LIFE_H = 159.5268
SLOPE = 25.0
VOXEL_ML = 0.024
TAU = 1.5e-6
CALIBRATION = '{method: file, relative_standard_uncertainty: "3 %", source: test}'
FRACTIONS = (
    "retained_fraction: {value: 1, relative_standard_uncertainty: 1 %, source: before the first voiding}, "
    "fraction_in_field: {value: 95 %, relative_standard_uncertainty: 2 %, source: planar scan}"
)
WHOLE_BODY = f'{{method: whole-body, time_point: 1, images_in: "Bq/ml", summed: field-of-view, {FRACTIONS}}}'
TRUE_CPS = (1.4e5, 9e4, 2e4)


def shown_bq(tiny, n):
    return sum(float(ds.pixel_array.astype(float).sum()) for ds in tiny.scans[n]) * SLOPE * VOXEL_ML


def liver(results):
    return next(region for region in results.regions if region.name == "Liver")


def in_counts(tiny):
    """The same patient as NM counts of 20 min, corrected to nothing."""
    tiny.replace("{relative_standard_uncertainty", '{activity: "7.4 GBq", relative_standard_uncertainty')
    for scan in tiny.scans:
        for ds in scan:
            ds.Units, ds.RescaleSlope, ds.CorrectedImage, ds.DecayCorrection = "CNTS", "1", ["ATTN", "SCAT"], "NONE"
            ds.Manufacturer, ds.ManufacturerModelName = "ACME", "Gamma"


def test_images_in_bq_ml_are_renormalised_to_the_administered_activity(tiny):
    tiny.replace(CALIBRATION, WHOLE_BODY)
    shown = shown_bq(tiny, 0)
    before = 30000 * SLOPE * 2 ** (-4.0 / 60)
    results = compute_study(tiny.write()).results
    there = 7.4e9 * 2 ** (-4.0 / HALF_LIFE_H) * 0.95
    assert results.calibration.multiplier == pytest.approx(there / shown, rel=1e-5)
    first = liver(results).time_points[0]
    assert first.activity_concentration_bq_ml.value == pytest.approx(before * there / shown, rel=1e-4)
    assert first.activity_concentration_as_stored_bq_ml.value == pytest.approx(before, rel=1e-4)
    assert "multiplied" in " ".join(methods_text(results))


def test_a_dose_per_administered_activity_does_not_know_the_administered_activity(tiny):
    tiny.replace(CALIBRATION, WHOLE_BODY)
    region = liver(compute_study(tiny.write()).results)
    dose, each = region.absorbed_dose_gy, region.absorbed_dose_per_administered_activity_gy_per_gbq
    assert dose.budget["administered-activity"] / dose.value == pytest.approx(0.02, rel=1e-6)
    assert dose.budget["calibration"] / dose.value == pytest.approx(math.hypot(0.01, 0.02), rel=1e-6)
    shared = (dose.standard_uncertainty / dose.value) ** 2 - 0.02**2
    assert (each.standard_uncertainty / each.value) ** 2 == pytest.approx(shared, rel=1e-6)


def test_counts_are_calibrated_by_the_same_activity(tiny):
    in_counts(tiny)
    shown = shown_bq(tiny, 0) / SLOPE / VOXEL_ML
    tiny.replace(CALIBRATION, WHOLE_BODY.replace('"Bq/ml"', "counts"))
    results = compute_study(tiny.write()).results
    x = math.log(2) * (20 / 60) / HALF_LIFE_H
    mean = 7.4e9 * 2 ** (-4.0 / HALF_LIFE_H) * 0.95 * (1 - math.exp(-x)) / x
    assert results.calibration.factor_cps_per_bq.value == pytest.approx(shown / (1200 * mean), rel=1e-5)
    assert results.calibration.method == "whole-body"
    assert {"mird-23"} <= {c.key for c in results.provenance.citations}


def test_within_the_outline_of_the_body_only_what_lies_there_counts(tiny, build):
    """Activity beside the patient (a bottle) is in the field, but neither in the outline nor within 3 mm of it."""
    hu = np.full((16, 16, 16), 24, dtype=np.uint16)
    hu[:, 2:14, 2:14] = 1064
    for ds in tiny.scans[0]:
        values = ds.pixel_array.copy()
        values[8, 0] = 60000
        ds.PixelData = values.tobytes()
    cts = [build.ct(hu, AcquisitionDate=d, AcquisitionTime=t, StudyDate=d) for d, t in (("20240304", "133000"),)]
    body = WHOLE_BODY.replace("summed: field-of-view", 'summed: body, body_margin: "3 mm"')
    tiny.replace(CALIBRATION, body)
    bottle = 16 * 60000 * SLOPE * VOXEL_ML
    shown = shown_bq(tiny, 0) - bottle
    path = tiny.write()
    build.write_all(cts[0], tiny.folder / "dicom" / "ct_0")
    results = compute_study(path).results
    there = 7.4e9 * 2 ** (-4.0 / HALF_LIFE_H) * 0.95
    assert results.calibration.multiplier == pytest.approx(there / shown, rel=1e-5)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("time_point: 1", "time_point: 4", ("from 1 to 3", "4 came", "calibration.time_point")),
        ('"Bq/ml"', "counts", ("images in counts",)),
        ("summed: field-of-view", "summed: body", ("body_margin",)),
        ("summed: field-of-view", 'summed: body, body_margin: "20 mm"', ("a CT", "time point 1")),
        ("value: 1,", "value: 1.1,", ("retained_fraction.value",)),
        ("fraction_in_field: {value: 95 %,", "activity_in_field: {activity: 1 GBq,", ("activity_in_field",)),
        ("time_point: 1", "time_point: 1, colour: red", ("colour", "unknown key")),
    ],
)
def test_what_is_not_stated_or_not_there_is_refused(tiny, old, new, words):
    assert old in WHOLE_BODY
    tiny.replace(CALIBRATION, WHOLE_BODY.replace(old, new))
    with pytest.raises(InputError) as caught:
        compute_study(tiny.write())
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_check_tells_the_ratio_and_changes_nothing(tiny):
    plain = liver(compute_study(tiny.write()).results).absorbed_dose_gy.value
    tiny.replace(
        "recovery: {", f"whole_body_check: {{time_point: 1, summed: field-of-view, {FRACTIONS}}}\nrecovery: {{"
    )
    results = compute_study(tiny.write()).results
    there = 7.4e9 * 2 ** (-4.0 / HALF_LIFE_H) * 0.95
    ratio = results.calibration.whole_body_check
    assert ratio.value == pytest.approx(shown_bq(tiny, 0) / there, rel=1e-5)
    assert ratio.standard_uncertainty / ratio.value == pytest.approx(
        math.sqrt(0.03**2 + 0.02**2 + 0.01**2 + 0.02**2), rel=1e-6
    )
    assert liver(results).absorbed_dose_gy.value == plain
    assert any("times the activity that has to be there" in finding for finding in results.findings)
    assert "As a check" in " ".join(methods_text(results))


def test_a_check_that_holds_is_no_finding(tiny):
    there = f'{{activity: "{shown_bq(tiny, 1):.0f} Bq", relative_standard_uncertainty: 5 %, source: test}}'
    check = f"{{time_point: 2, summed: field-of-view, activity_in_field: {there}}}"
    tiny.replace("recovery: {", f"whole_body_check: {check}\nrecovery: {{")
    results = compute_study(tiny.write()).results
    assert results.calibration.whole_body_check.value == pytest.approx(1.0, rel=1e-6)
    assert not any("has to be there" in finding for finding in results.findings)


def test_an_administered_activity_without_uncertainty_is_refused(tiny):
    tiny.replace(CALIBRATION, WHOLE_BODY)
    tiny.replace('administration: {relative_standard_uncertainty: "2 %"}', "administration: {}")
    with pytest.raises(InputError, match="with its uncertainty"):
        compute_study(tiny.write())


def test_another_camera_at_a_later_time_point_is_refused(tiny):
    tiny.replace(CALIBRATION, WHOLE_BODY)
    for n, scan in enumerate(tiny.scans):
        for ds in scan:
            ds.Manufacturer, ds.ManufacturerModelName = "ACME", "Gamma" if n < 2 else "Delta"
    with pytest.raises(InputError, match="model 'Gamma' against 'Delta'"):
        compute_study(tiny.write())


def dead_time(model="paralysable", *, calibration="free-of-losses", tau='tau: "1.5 us"', spread=0.0, **changes):
    rates = []
    for n, true in enumerate(TRUE_CPS, start=1):
        m = observed_rate(np.array([true]), TAU, model)[0]
        rates.append(
            f'{{time_point: {n}, mean: "{m:.6f} cps", lowest: "{m * (1 - spread):.6f} cps", '
            f'highest: "{m * (1 + spread):.6f} cps", relative_standard_uncertainty: 0}}'
        )
    parts = {
        "model": model,
        "branch": "low",
        "events": "all-energies",
        "stated": f'{tau}, standard_uncertainty: "0.05 us", source: test',
        "belongs_to": "{manufacturer: ACME, model: Gamma, radionuclide: Lu-177}",
        "rates": f"[{', '.join(rates)}]",
        "calibration": calibration,
        **changes,
    }
    if model != "paralysable":
        del parts["branch"]
    stated = parts.pop("stated")
    keys = [f"{key}: {value}" for key, value in parts.items() if value is not None]
    return f"dead_time: {{{', '.join([*keys, *([stated] if stated else [])])}}}\n"


def with_dead_time(tiny, text):
    for scan in tiny.scans:
        for ds in scan:
            ds.Manufacturer, ds.ManufacturerModelName = "ACME", "Gamma"
    tiny.replace("recovery: {", text + "recovery: {")


@pytest.mark.parametrize("model", ["paralysable", "non-paralysable"])
def test_losses_of_each_scan_are_given_back(tiny, model):
    """Forward model: what each scan shows is what is there times the share that the detector records."""
    for n, (scan, true) in enumerate(zip(tiny.scans, TRUE_CPS, strict=True)):
        share = observed_rate(np.array([true]), TAU, model)[0] / true
        assert n == 2 or share < 0.9
        for ds in scan:
            ds.RescaleSlope = f"{SLOPE * share:.10g}"
    with_dead_time(tiny, dead_time(model))
    results = compute_study(tiny.write()).results
    expected = [30000 * SLOPE * 2 ** (-hours / 60) for hours in (4.0, 24.0, 96.0)]
    found = [point.activity_concentration_bq_ml.value for point in liver(results).time_points]
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    text = " ".join(methods_text(results))
    assert f"a {model} detector" in text
    assert "mean count rate of a scan" in " ".join(limits(results))
    assert "1.5" in text


def test_the_error_of_the_dead_time_is_one_for_all_scans(tiny):
    """Moving the dead time by its standard uncertainty moves the dose by the stated component."""
    with_dead_time(tiny, dead_time())
    dose = liver(compute_study(tiny.write()).results).absorbed_dose_gy
    tiny.replace('tau: "1.5 us"', 'tau: "1.55 us"')
    moved = liver(compute_study(tiny.write()).results).absorbed_dose_gy
    assert dose.budget["dead-time"] == pytest.approx(moved.value - dose.value, rel=0.06)


def test_losses_of_the_phantom_are_part_of_the_same_source(tiny):
    """With the phantom at the rate of the first scan, that scan needs no correction at all."""
    m = observed_rate(np.array([TRUE_CPS[0]]), TAU, "paralysable")[0]
    own = f'{{mean: "{m:.6f} cps", lowest: "{m:.6f} cps", highest: "{m:.6f} cps", relative_standard_uncertainty: 0}}'
    with_dead_time(tiny, dead_time(calibration=own))
    results = compute_study(tiny.write()).results
    first = liver(results).time_points[0]
    assert first.activity_concentration_bq_ml.value == pytest.approx(30000 * SLOPE * 2 ** (-4 / 60), rel=1e-4)
    used = results.calibration.dead_time
    assert used.calibration_loss_factor.value == pytest.approx(used.loss_factors[0].value, rel=1e-6)


def test_a_curve_is_fitted_and_becomes_an_input(tiny):
    n = np.linspace(1e4, 2e5, 10)
    m = observed_rate(n, TAU, "paralysable")
    rows = [f"{a:.6f},{1e-3 * a:.6f},{b:.6f},{1e-3 * b:.6f}" for a, b in zip(n, m, strict=True)]
    header = "true_cps,true_standard_uncertainty,observed_cps,observed_standard_uncertainty"
    tiny.folder.mkdir(exist_ok=True)
    (tiny.folder / "curve.csv").write_text("\n".join([header, *rows]) + "\n")
    with_dead_time(tiny, dead_time(stated=None, curve="curve.csv", spread=0.1))
    results = compute_study(tiny.write()).results
    assert results.calibration.dead_time.dead_time_us.value == pytest.approx(1.5, rel=1e-5)
    assert "curve.csv" in {item["name"] for item in results.provenance.inputs}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"branch": None}, ("branch: low",)),
        ({"model": "non-paralysable", "branch": "low"}, None),
        ({"events": "window"}, ("windows_kev",)),
        ({"stated": 'tau: "1.5 us", source: test'}, ("standard_uncertainty",)),
        ({"stated": None}, ("either 'curve' or 'tau'",)),
        ({"calibration": None}, ("free-of-losses",)),
        ({"tau": 'tau: "1.5"'}, ("no unit",)),
        ({"tau": 'tau: "6 us"'}, ("detector's largest", "time point 1")),
        ({"belongs_to": "{manufacturer: ACME, model: Delta, radionuclide: Lu-177}"}, ("model 'Delta'",)),
        ({"rates": "[{time_point: 1, mean: 9 kcps, lowest: 9 kcps, highest: 9 kcps, "
                   "relative_standard_uncertainty: 0}]"}, ("each of the 3 time points", "dead_time.rates")),
    ],
)  # fmt: skip
def test_a_doubtful_dead_time_is_refused(tiny, changes, words):
    if words is None:
        text = dead_time("non-paralysable").replace("events:", "branch: low, events:")
        words = ("branch: low",)
    else:
        text = dead_time(**changes)
    with_dead_time(tiny, text)
    with pytest.raises(InputError) as caught:
        compute_study(tiny.write())
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_images_corrected_for_dead_time_are_not_corrected_twice(tiny):
    with_dead_time(tiny, dead_time())
    for ds in tiny.scans[1]:
        ds.CorrectedImage = ["ATTN", "SCAT", "DECY", "DTIM"]
    with pytest.raises(InputError, match="DTIM"):
        compute_study(tiny.write())


def test_with_the_whole_body_the_dead_time_of_its_own_scan_cancels(tiny):
    in_counts(tiny)
    tiny.replace(CALIBRATION, WHOLE_BODY.replace('"Bq/ml"', "counts"))
    with_dead_time(tiny, dead_time(calibration=None))
    results = compute_study(tiny.write()).results
    region = liver(results)
    relative = [point.activity_bq.standard_uncertainty / point.activity_bq.value for point in region.time_points]
    assert relative[0] < relative[1] < relative[2]
    losses = [u.standard_uncertainty / u.value for u in results.calibration.dead_time.loss_factors]
    left = [losses[0] - each for each in losses]
    for own, rest in zip(relative, left, strict=True):
        assert own**2 - relative[0] ** 2 == pytest.approx(rest**2, abs=2e-6)
