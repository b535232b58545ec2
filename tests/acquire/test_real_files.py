from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from hevesy.acquire import inspect_folder, load_image, load_planar, load_roi_set
from hevesy.domain import CorrectionState, DecayReference, ImageKind
from hevesy.errors import InputError

AT = datetime.fromisoformat

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def two_scans(real):
    return inspect_folder([real("lu177_two_scans")])


def test_two_scans_are_two_time_points_in_bq_per_ml(two_scans):
    assert [p.emission for p in two_scans.time_points] == ["S1", "S2"]
    for series in two_scans.series[:2]:
        assert (series.modality, series.units, series.scale_source) == ("PT", "Bq/ml", "rescale")
        assert series.decay_corrected_to is DecayReference.ADMINISTRATION
        assert "decay-factor-contradiction" in {f.code for f in series.contradictions}
        assert not any(f.blocking for f in series.contradictions)
        assert series.attenuation_correction is series.scatter_correction is CorrectionState.APPLIED
        assert (series.radionuclide, series.half_life_s) == ("Lu-177", 574300.0)
        assert "177 Lutetium" in series.radionuclide_source
        assert series.grid.shape == (199, 256, 256)
    assert not any(f.blocking for f in two_scans.contradictions)


def test_times_and_administration_of_two_scans(two_scans):
    found = two_scans.administration
    assert found.start == AT("2018-11-15T09:22:00")
    assert found.activity_bq == pytest.approx(7.2104e9, rel=1e-5)
    first, second = two_scans.series[:2]
    assert first.acquisition_start == AT("2018-11-15T13:06:28.148000")
    assert second.acquisition_start == AT("2018-11-16T13:05:31.715000")
    assert first.acquisition_duration_s == 1506.277
    assert "study-date-contradiction" in {f.code for f in second.contradictions}
    assert "study-date-contradiction" not in {f.code for f in first.contradictions}


def test_lesions_and_what_is_missing_of_two_scans(two_scans):
    for point in two_scans.time_points:
        (structure,) = [two_scans.by_id(i) for i in point.structures]
        assert structure.roi_names == ("lesion1 liver R lobe", "lesion2 liver L lateral")
        assert all(roi.contours for roi in load_roi_set(structure).rois)
        assert point.ct is None
        assert any(name.startswith(f"CT of time point {point.index}") for name in two_scans.missing)
    assert any("serial" in name for name in two_scans.series[0].missing)


# In-field totals as stored, from the README beside the files; the tolerance is their last digit.
@pytest.mark.parametrize(("series", "total_mbq"), [("S1", 1350.55), ("S2", 996.07)])
def test_total_activity_of_two_scans(two_scans, series, total_mbq):
    image = load_image(two_scans.by_id(series))
    total = image.values.sum(dtype=np.float64) * image.grid.voxel_volume_ml / 1e6
    assert total == pytest.approx(total_mbq, abs=0.01)


def test_mediso_tomogram(real):
    report = inspect_folder([real("nm_mediso_phantom")])
    (tomogram,) = [s for s in report.series if "RECON TOMO" in s.image_type]
    image = load_image(tomogram)
    assert image.values.sum(dtype=np.float64) == 124_591_663
    assert image.grid.shape == (45, 128, 128)
    assert image.grid.spacing_mm == pytest.approx((4.13, 4.13, 4.13), rel=1e-6)
    assert tomogram.grid_source.startswith("DetectorInformationSequence")
    # the first frame is at -165.2 mm and the spacing negative: the lowest slice is the last frame
    assert image.grid.origin_mm == pytest.approx((0, -264.319977, -165.199986 - 44 * 4.12999964))
    assert tomogram.radionuclide == "Tc-99m"
    assert len(report.time_points) == 1


def test_mediso_tomogram_says_what_it_lacks(real):
    report = inspect_folder([real("nm_mediso_phantom")])
    (tomogram,) = [s for s in report.series if "RECON TOMO" in s.image_type]
    blocking = {f.code for f in tomogram.contradictions if f.blocking}
    assert blocking == {"attenuation-correction-unknown", "scatter-correction-unknown"}
    assert {"missing-activity", "missing-injection-time"} <= {f.code for f in report.contradictions}
    # 45 frames in the rotation are its slices, not its views
    assert "rotation-contradiction" in {f.code for f in tomogram.contradictions}
    assert tomogram.acquisition_duration_s is None
    assert tomogram.administered_activity_bq is None


# Durations are Actual Frame Duration of the headers, in ms there.
@pytest.mark.parametrize(
    ("description", "duration_s", "start"),
    [
        ("UNIF_INT_H1_H1", 812.39, "2013-04-02T14:34:30"),
        ("LIN_Y_H2_H2", 1579.9, "2013-04-02T16:54:17"),
        ("RES_SPA_X_H1_H1", 114.34, "2013-04-04T16:39:37"),
        ("POSTERIOR_H2", 100.0, "2014-09-23T18:06:56"),
    ],
)
def test_mediso_statics(real, description, duration_s, start):
    (series,) = [s for s in inspect_folder([real("nm_mediso_phantom")]).series if s.description == description]
    assert (series.acquisition_duration_s, series.acquisition_start) == (duration_s, AT(start))
    assert (series.radionuclide, series.administered_activity_bq) == ("Tc-99m", None)
    assert series.patient_key[1] == ""  # the birth date is written as zeros
    assert not any(f.blocking for f in series.contradictions)


@pytest.mark.parametrize("variant", ["52ef28_NM-MONO2-16-13x-heart", "a9e750_NM-MONO2-16-13x-heart"])
def test_each_variant_of_the_old_heart_says_why_it_is_refused(real, tmp_path, variant):
    (path,) = real("nm_heart").rglob(variant)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / variant).write_bytes(path.read_bytes())
    report = inspect_folder([tmp_path / "in"])
    (series,) = report.series
    assert series.acquisition_start == AT("1993-11-24T09:53:00")
    assert {f.code for f in series.contradictions if f.blocking} == {
        "missing-orientation",
        "attenuation-correction-unknown",
        "scatter-correction-unknown",
    }
    with pytest.raises(InputError, match="ImagePositionPatient, ImageOrientationPatient is missing"):
        load_image(series)


def test_old_heart_without_orientation_is_refused(real):
    report = inspect_folder([real("nm_heart")])
    (series,) = report.series
    assert series.acquisition_start == AT("1993-11-24T09:53:00")
    assert {"missing-orientation", "date-notation"} <= {f.code for f in series.contradictions}
    assert {"unknown-nuclide", "missing-injection-time"} <= {f.code for f in report.contradictions}
    with pytest.raises(InputError):
        load_image(series)


def test_mediso_static_images_count_what_they_state(real):
    report = inspect_folder([real("nm_mediso_phantom")])
    planar = [s for s in report.series if s.kind is ImageKind.STATIC]
    assert len(planar) == 7
    assert {s.planar.matrix for s in planar} == {(256, 256), (512, 512), (1024, 1024)}
    for series in planar:
        image = load_planar(series)
        (frame,) = image.frames
        assert frame.counts.sum(dtype=np.int64) == image.counts_accumulated == series.planar.counts_accumulated
        assert image.findings == ()
        # "POSTERIOR" in a description names no view, and Patient Orientation is empty
        assert (frame.view, frame.orientation) == ("", None)
        assert frame.duration_s == series.acquisition_duration_s
        assert not any(finding.blocking for finding in series.contradictions)
    assert sum(s.planar.counts_accumulated for s in planar) == 57_506_118


def test_the_mediso_tomogram_is_the_only_scan(real):
    report = inspect_folder([real("nm_mediso_phantom")])
    (point,) = report.time_points
    assert report.by_id(point.emission).kind is ImageKind.TOMOGRAM
    assert point.alternatives == ()
