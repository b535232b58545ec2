"""Planar images: counts that the activity and the attenuation ask for, views as stated, valid objects."""

import json

import numpy as np
import pydicom
import pytest

from hevesy.acquire import inspect_folder
from hevesy.domain import Grid
from hevesy.simulate import Options, Quirk, Size, simulate
from hevesy.simulate.kinetics import mean_share
from hevesy.simulate.patient import build_patient
from hevesy.simulate.planar import ATTENUATION_PER_MM, _line_sums


@pytest.fixture(scope="module")
def written(tmp_path_factory, one_scan):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hevesy.simulate.run._write_regions", lambda *_: None)
        options = Options(5, quirks=frozenset({Quirk.TIME_ZONES}), size=Size.SMALL, planar=True)
        out = simulate(one_scan, tmp_path_factory.mktemp("planar") / "p", options)
    truth = json.loads((out / "truth.json").read_text())
    return out, truth, {t["kind"]: (t, pydicom.dcmread(out / t["file"])) for [*both] in truth["planar"] for t in both}


def test_line_of_water_attenuates_as_its_integral():
    """A slab of 200 mm filled evenly: (1 - exp(-mu L)) / (mu L), to the voxels' 2e-4; a point at depth d: exp(-mu d)."""
    grid = Grid((1, 100, 1), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))
    body = np.zeros(grid.shape, dtype=np.float32)
    body[0, 20:70] = 1.0
    x = ATTENUATION_PER_MM * 200.0
    assert _line_sums(body / 50, body, grid)[0, 0] == pytest.approx((1 - np.exp(-x)) / x, rel=2e-4)
    point = np.zeros_like(body)
    point[0, 45] = 1.0
    assert _line_sums(point, body, grid)[0, 0] == pytest.approx(np.exp(-ATTENUATION_PER_MM * 102.0), rel=1e-6)


def test_whole_body_holds_all_activity(written, one_scan):
    """To 0.5 %: ends of thin solids on voxels of 9.6 mm."""
    _, _, scans = written
    told, _ = scans["WHOLE BODY"]
    patient = build_patient(one_scan)
    parts = [*(r.parts for r in patient.regions), patient.remainder]
    share = sum(mean_share(p, told["time_h"] * 3600, told["duration_s"]) for p in parts)
    assert told["activity_in_view_bq"] == pytest.approx(patient.net_activity_bq * share, rel=5e-3)


@pytest.mark.parametrize("kind", ["WHOLE BODY", "STATIC"])
def test_object_states_its_counts_views_and_times(written, dciodvfy, kind):
    out, truth, scans = written
    told, ds = scans[kind]
    assert [line for line in dciodvfy(out / told["file"]) if "Laterality" not in line] == []
    assert ds.ImageType[2] == kind
    assert ds.pixel_array.sum(axis=(1, 2)).tolist() == told["counts"]
    assert int(ds.CountsAccumulated) == sum(told["counts"])
    assert float(ds.ActualFrameDuration) == pytest.approx(told["duration_s"] * 1000, abs=1)
    assert (list(ds.DetectorVector), ds.TimezoneOffsetFromUTC) == ([1, 2], "+0200")
    views = [d.ViewCodeSequence[0].CodeMeaning for d in ds.DetectorInformationSequence]
    assert views == ["Anterior", "Posterior"]
    rate = sum(told["counts"]) / 2 / told["seconds_per_point"] / told["activity_in_view_bq"]
    transmitted = rate / truth["scanner"]["sensitivity_cps_per_bq"]
    assert 0.2 < transmitted < 0.7
    if kind == "WHOLE BODY":
        assert float(ds.ScanVelocity) * told["seconds_per_point"] == pytest.approx(400.0)
        seconds = (float(ds.ScanLength) + 400.0) / float(ds.ScanVelocity)
        assert seconds == pytest.approx(told["duration_s"], rel=1e-3)


def test_liver_is_on_the_right_in_both_views(written):
    """By each detector's own position and orientation, the brightest half of the trunk lies at the same x."""
    _, _, scans = written
    _, ds = scans["STATIC"]
    brightest = []
    for counts, detector in zip(ds.pixel_array.astype(float), ds.DetectorInformationSequence, strict=True):
        position, cosines = (
            np.array(detector[k].value, float) for k in ("ImagePositionPatient", "ImageOrientationPatient")
        )
        columns = np.arange(counts.shape[1])
        x = position[0] + cosines[0] * float(ds.PixelSpacing[1]) * columns
        z = position[2] + cosines[5] * float(ds.PixelSpacing[0]) * np.arange(counts.shape[0])
        upper = counts[(z > 270) & (z < 430)]
        brightest.append(np.average(x, weights=upper.sum(axis=0) ** 3))
    assert max(brightest) < -20.0  # the patient's right
    first, second = ds.pixel_array.astype(float)
    mirrored = second[:, ::-1]
    assert np.corrcoef(first.ravel(), mirrored.ravel())[0, 1] > 0.8 > np.corrcoef(first.ravel(), second.ravel())[0, 1]


def test_planar_images_are_no_time_points(written):
    out, truth, _ = written
    report = inspect_folder([out / "dicom"])
    assert len(report.time_points) == len(truth["time_points"])
