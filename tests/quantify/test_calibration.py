"""Calibration, decay state and what a calibration belongs to."""

import dataclasses
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

from hevesy.domain import Camera, DecayReference, EnergyWindow, Grid, Image, Quantity, SeriesRecord
from hevesy.errors import ScaleError
from hevesy.quantify import (
    DuringAcquisition,
    calibrate_from_phantom,
    calibration_scale,
    check_belongs,
    stated_scale,
    to_activity_concentration,
)
from hevesy.quantities import Uncertain, budget

HALF_LIFE = 6.647 * 86400.0
START = datetime(2024, 3, 4, 14, 0)  # noqa: DTZ001 - scanners write local time
CAMERA = Camera(
    manufacturer="Maker",
    model="Gamma 2",
    serial="17",
    collimator="MEGP",
    windows=(EnergyWindow(187.2, 228.8), EnergyWindow(101.7, 124.3)),
    reconstruction="OSEM 6i 10s",
    corrections=("ATTN", "SCAT"),
)
GRID = Grid((4, 5, 6), (4.8, 4.8, 4.8), (0.0, 0.0, 0.0))


def record(**changes):
    base = SeriesRecord(
        id="S3",
        series_uid="1.2",
        study_uid="1",
        modality="NM",
        description="phantom",
        files=(Path("a"),),
        patient_key=("", "", ""),
        decay_corrected_to=DecayReference.NONE,
        radionuclide="Lu-177",
        acquisition_start=START,
        acquisition_duration_s=1800.0,
        camera=CAMERA,
    )
    return dataclasses.replace(base, **changes)


def counts_image(total=1e6):
    return Image(GRID, np.full(GRID.shape, total / np.prod(GRID.shape)), Quantity.COUNTS)


def calibrate(image=None, rec=None, hours=-3.0, at=None, half_life=HALF_LIFE, during=None):
    return calibrate_from_phantom(
        image or counts_image(),
        rec or record(),
        activity=Uncertain(500e6, {"activity-meter:site": 10e6}),
        at=at or START + timedelta(hours=hours),
        half_life_s=half_life,
        name="site",
        during=during,
    )


@pytest.mark.parametrize("hours", [-3.0, 0.0, 5.0])
def test_factor_is_counts_over_duration_and_mean_activity(hours):
    calibration = calibrate(hours=hours)
    rate = math.log(2) / HALF_LIFE
    mean = quad(lambda t: 500e6 * math.exp(-rate * (t - hours * 3600)), 0, 1800)[0] / 1800
    assert calibration.factor.value == pytest.approx(1e6 / (1800 * mean), rel=1e-12)
    assert calibration.belongs_to == CAMERA
    assert calibration.radionuclide == "Lu-177"
    assert "S3" in calibration.source


def test_counting_is_part_of_the_one_source():
    factor = calibrate().factor
    assert set(factor.components) == {"calibration:site"}
    assert factor.relative_standard_uncertainty == pytest.approx(math.hypot(0.02, 1e-3), rel=1e-12)


def test_counts_corrected_to_the_start_are_not_corrected_twice():
    corrected = calibrate(rec=record(decay_corrected_to=DecayReference.ACQUISITION))
    x = math.log(2) * 1800 / HALF_LIFE
    assert corrected.factor.value / calibrate().factor.value == pytest.approx((1 - math.exp(-x)) / x, rel=1e-12)


def test_decay_while_counting_a_short_lived_phantom_is_asked():
    tc_99m, corrected = 21625.0, record(decay_corrected_to=DecayReference.ACQUISITION)
    with pytest.raises(ScaleError, match=r"decay_during_acquisition .* 2\.8%"):
        calibrate(rec=corrected, half_life=tc_99m)
    stated = [calibrate(rec=corrected, half_life=tc_99m, during=d).factor.value for d in DuringAcquisition]
    x = math.log(2) * 1800 / tc_99m
    assert stated[0] / stated[1] == pytest.approx((1 - math.exp(-x)) / x, rel=1e-12)
    assert stated[1] == calibrate(rec=record(), half_life=tc_99m).factor.value


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"acquisition_start": None}, "acquisition start"),
        ({"acquisition_duration_s": None}, "acquisition duration"),
        ({"acquisition_duration_s": 0.0}, "positive acquisition duration"),
        ({"camera": None}, "lack camera"),
        ({"radionuclide": None}, "radionuclide"),
        ({"decay_corrected_to": DecayReference.UNKNOWN}, "unknown"),
        ({"decay_corrected_to": DecayReference.ADMINISTRATION}, "administration"),
    ],
)
def test_incomplete_phantom_series_are_refused(changes, message):
    with pytest.raises(ScaleError, match=message):
        calibrate(rec=record(**changes))


def test_other_units_no_counts_and_mixed_clocks_are_refused():
    with pytest.raises(ScaleError, match="image in counts"):
        calibrate(Image(GRID, np.ones(GRID.shape), Quantity.ACTIVITY_CONCENTRATION))
    with pytest.raises(ScaleError, match="positive number of counts"):
        calibrate(counts_image(0.0))
    with pytest.raises(ScaleError, match="time zone"):
        calibrate(at=START.replace(tzinfo=UTC))


def concentration(image, calibration, reference, duration=1800.0):
    return to_activity_concentration(
        image,
        calibration,
        duration_s=duration,
        half_life_s=HALF_LIFE,
        decay_reference=reference,
        administration_to_scan_s=24 * 3600.0,
    )


def test_the_calibrated_phantom_has_its_activity_at_the_start():
    image = concentration(counts_image(), calibrate(hours=0.0), DecayReference.NONE)
    assert image.quantity is Quantity.ACTIVITY_CONCENTRATION
    assert image.values.sum() * GRID.voxel_volume_ml == pytest.approx(500e6, rel=1e-12)


def test_decay_references():
    image = Image(GRID, np.full(GRID.shape, 1000.0), Quantity.ACTIVITY_CONCENTRATION)
    x = math.log(2) * 1800 / HALF_LIFE
    expected = {
        DecayReference.ACQUISITION: 1000.0,
        DecayReference.ADMINISTRATION: 1000.0 * math.exp(-math.log(2) * 86400 / HALF_LIFE),
        DecayReference.NONE: 1000.0 * x / (1 - math.exp(-x)),
    }
    for reference, value in expected.items():
        np.testing.assert_allclose(concentration(image, None, reference).values, value, rtol=1e-12)


def test_reference_values_of_the_decay_to_the_scan():
    """Published two-scan patient, half-life 574300 s: values at the administration are 1.6 and 12.8 % too high."""
    image = Image(GRID, np.ones(GRID.shape), Quantity.ACTIVITY_CONCENTRATION)
    for elapsed_h, excess in ((3.741, 0.016), (27.726, 0.128)):
        now = to_activity_concentration(
            image,
            None,
            duration_s=None,
            half_life_s=574300.0,
            decay_reference=DecayReference.ADMINISTRATION,
            administration_to_scan_s=elapsed_h * 3600,
        )
        assert 1 / now.values[0, 0, 0] - 1 == pytest.approx(excess, abs=5e-4)


def test_scales_that_are_not_known_are_refused():
    bq = Image(GRID, np.ones(GRID.shape), Quantity.ACTIVITY_CONCENTRATION)
    with pytest.raises(ScaleError, match="unknown"):
        concentration(bq, None, DecayReference.UNKNOWN)
    with pytest.raises(ScaleError, match="calibration factor for an image in counts"):
        concentration(counts_image(), None, DecayReference.NONE)
    with pytest.raises(ScaleError, match="no calibration factor"):
        concentration(bq, calibrate(), DecayReference.NONE)
    with pytest.raises(ScaleError, match="duration"):
        concentration(bq, None, DecayReference.NONE, duration=None)
    with pytest.raises(ScaleError, match="duration"):
        concentration(counts_image(), calibrate(), DecayReference.ACQUISITION, duration=0.0)
    with pytest.raises(ScaleError, match="it is in HU"):
        concentration(Image(GRID, np.ones(GRID.shape), Quantity.CT_NUMBER), None, DecayReference.ACQUISITION)


def test_scales_have_the_sign_of_the_inverse_factor():
    scale = calibration_scale(calibrate())
    assert scale.value == pytest.approx(1.0, rel=1e-14)
    assert scale.components["calibration:site"] < 0
    assert budget(stated_scale(0.05, "file")) == {"calibration": 0.05}


def belongs(own=CAMERA, scan=CAMERA, nuclide="Lu-177"):
    check_belongs(
        "calibration factor", own, scan, radionuclide="Lu-177", scan_radionuclide=nuclide, scan_name="series S1"
    )


def test_the_same_camera_is_accepted_however_it_is_written():
    belongs()
    belongs(
        scan=dataclasses.replace(
            CAMERA,
            manufacturer="MAKER",
            serial="",
            windows=(EnergyWindow(101.5, 124.5), EnergyWindow(187.0, 229.0)),
            reconstruction="osem 6i10s",
            corrections=("SCAT", "DECY", "ATTN"),
        )
    )
    belongs(own=Camera(manufacturer="Maker"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"manufacturer": "Other"}, "manufacturer 'Maker' against 'Other'"),
        ({"model": "Gamma 3"}, "model"),
        ({"serial": "18"}, "serial number '17' against '18'"),
        ({"collimator": "LEHR"}, "collimator 'MEGP' against 'LEHR'"),
        ({"collimator": ""}, "collimator 'MEGP' against none stated"),
        ({"windows": (EnergyWindow(187.2, 228.8),)}, "energy windows"),
        ({"windows": ()}, "against none stated"),
        ({"windows": (EnergyWindow(186.6, 228.8), EnergyWindow(101.7, 124.3))}, "186.6-228.8 keV"),
        ({"reconstruction": "OSEM 4i 8s"}, "reconstruction"),
        ({"corrections": ("ATTN",)}, "corrections ATTN, SCAT against ATTN"),
    ],
)
def test_another_camera_is_refused_by_name(changes, message):
    with pytest.raises(ScaleError, match=message) as caught:
        belongs(scan=dataclasses.replace(CAMERA, **changes))
    assert "series S1" in str(caught.value)


def test_another_nuclide_is_refused_together_with_all_else():
    with pytest.raises(ScaleError, match=r"radionuclide 'Lu-177' against 'I-131'; model"):
        belongs(scan=dataclasses.replace(CAMERA, model="x"), nuclide="I-131")
