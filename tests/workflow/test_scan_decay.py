"""Decay while counting: what the files tell, what the study has to say, and when nobody is asked."""

import math

import pytest

from hevesy.acquire import inspect_folder, slice_times
from hevesy.errors import ScaleError
from hevesy.quantify import DuringAcquisition
from hevesy.workflow.scan_decay import scan_decay

F_18, LU_177 = 6586.2, 574300.0
CORRECTED, NOT_CORRECTED = DuringAcquisition.CORRECTED, DuringAcquisition.NOT_CORRECTED


def mean_over_start(half_life, duration):
    x = math.log(2) * duration / half_life
    return -math.expm1(-x) / x


@pytest.fixture
def series(tmp_path, build):
    """A PET series of two beds of 180 s, 190 s apart, written in any order of files."""

    def make(half_life=F_18, factors=None, beds=2, **changes):
        slices = build.pt(**{"DecayCorrection": "START", "CorrectedImage": ["ATTN", "SCAT", "DECY"], **changes})
        for k, ds in enumerate(slices):
            bed = beds * k // len(slices)
            ds.AcquisitionTime = f"1000{10 * bed // 60:02d}" if bed == 0 else "100310"
            ds.ActualFrameDuration = "180000"
            if factors is not None:
                ds.DecayFactor = f"{factors[bed]:.6f}"
        build.write_all(slices[::-1], tmp_path / "pet")
        return next(s for s in inspect_folder([tmp_path / "pet"]).series if s.modality == "PT")

    return make


def factors(half_life, during):
    own = mean_over_start(half_life, 180.0) if during is CORRECTED else 1.0
    return [2 ** (lag / half_life) / own for lag in (0.0, 190.0)]


def test_times_of_slices_come_in_slice_order(series):
    times = slice_times(series())
    assert times.starts_s[0] == 0.0
    assert times.starts_s[-1] == 190.0
    assert sorted(times.starts_s) == list(times.starts_s)
    assert set(times.durations_s) == {180.0}
    assert times.decay_factors is None


def test_uncorrected_beds_have_their_own_factors(series):
    found = scan_decay(series(DecayCorrection="NONE", CorrectedImage=["ATTN", "SCAT"]), F_18, 3600.0, None)
    assert found.factors[0] == pytest.approx(1 / mean_over_start(F_18, 180.0), rel=1e-12)
    assert found.factors[-1] == pytest.approx(2 ** (190 / F_18) / mean_over_start(F_18, 180.0), rel=1e-12)
    assert "not decay-corrected" in found.words


@pytest.mark.parametrize("during", DuringAcquisition)
def test_the_decay_factor_of_the_files_decides(series, during):
    found = scan_decay(series(factors=factors(F_18, during)), F_18, 3600.0, None)
    expected = 1.0 if during is CORRECTED else 1 / mean_over_start(F_18, 180.0)
    assert found.factors == pytest.approx(expected, rel=1e-9)
    assert f"{during.value} (Decay Factor)" in found.words


def test_files_and_study_must_not_contradict_each_other(series):
    told = series(factors=factors(F_18, CORRECTED))
    assert scan_decay(told, F_18, 3600.0, CORRECTED).factors == pytest.approx(1.0)
    with pytest.raises(ScaleError, match=r"corrected, as the Decay Factor .* not-corrected came"):
        scan_decay(told, F_18, 3600.0, NOT_CORRECTED)


def test_what_the_files_do_not_tell_the_study_has_to(series):
    silent = series()
    with pytest.raises(ScaleError, match=r"decay_during_acquisition .* 0\.9%"):
        scan_decay(silent, F_18, 3600.0, None)
    assert scan_decay(silent, F_18, 3600.0, CORRECTED).factors == pytest.approx(1.0)
    found = scan_decay(silent, F_18, 3600.0, NOT_CORRECTED)
    assert found.factors == pytest.approx(1 / mean_over_start(F_18, 180.0), rel=1e-12)
    assert "(study)" in found.words


def test_nobody_is_asked_for_a_lutetium_scan(series):
    found = scan_decay(series(), LU_177, 3600.0, None)
    assert found.factors == pytest.approx(1.0)
    assert "0.02%" in found.words


def test_short_beds_of_a_long_acquisition_are_not_asked_either(series):
    """370 s of a 20 h nuclide: 0.18 % in all; 370 s of a 15 h one: over 0.2 % in all, each bed under it."""
    for half_life in (20 * 3600.0, 15 * 3600.0):
        found = scan_decay(series(), half_life, 3600.0, None)
        assert found.factors == pytest.approx(1.0)
    assert "taken as" in found.words


def test_without_a_duration_the_study_has_to_speak(series):
    record = series(DecayCorrection="START")
    without = type(record)(**{**vars(record), "acquisition_duration_s": None})
    with pytest.raises(ScaleError, match="the duration of the acquisition"):
        scan_decay(without, LU_177, 3600.0, None)
    assert scan_decay(without, LU_177, 3600.0, CORRECTED).factors == pytest.approx(1.0)
