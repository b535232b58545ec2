"""Planar images: counts that the activity and the attenuation ask for, views as stated, valid objects."""

import json

import numpy as np
import pydicom
import pytest

from hevesy.acquire import inspect_folder
from hevesy.domain import Grid, RigidTransform
from hevesy.physdata import attenuation_per_mm, material
from hevesy.simulate import Options, Quirk, Size, simulate
from hevesy.simulate.kinetics import mean_share
from hevesy.simulate.movement import Pose
from hevesy.simulate.patient import build_patient
from hevesy.simulate.planar import SCATTER_PER_MEAN_FREE_PATH, leaving
from hevesy.simulate.planar_matter import attenuation_map
from hevesy.workflow.study_file import read_planar_study, read_study


@pytest.fixture(scope="module")
def written(tmp_path_factory, one_scan):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hevesy.simulate.run._write_regions", lambda *_: None)
        options = Options(5, quirks=frozenset({Quirk.TIME_ZONES}), size=Size.SMALL, planar=True)
        out = simulate(one_scan, tmp_path_factory.mktemp("planar") / "p", options)
    truth = json.loads((out / "truth.json").read_text())
    return out, truth, {t["kind"]: (t, pydicom.dcmread(out / t["file"])) for [*both] in truth["planar"] for t in both}


def test_line_of_water_attenuates_as_its_integral():
    """A slab of 200 mm filled evenly: (1 - exp(-mu L)) / (mu L), to the voxels' 2e-4; a point at depth d: exp(-mu d).

    Scatter is the stated share of the unscattered for each mean free path of depth.
    """
    mu = 0.0136
    grid = Grid((1, 100, 1), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))
    body = np.zeros(grid.shape, dtype=np.float32)
    body[0, 20:70] = 1.0
    x = mu * 200.0
    assert leaving(body / 50, mu * body, grid)[0][0, 0] == pytest.approx((1 - np.exp(-x)) / x, rel=2e-4)
    point = np.zeros_like(body)
    point[0, 45] = 1.0
    unscattered, scattered = leaving(point, mu * body, grid)
    assert unscattered[0, 0] == pytest.approx(np.exp(-mu * 102.0), rel=1e-6)
    assert scattered[0, 0] == pytest.approx(SCATTER_PER_MEAN_FREE_PATH * mu * 102.0 * unscattered[0, 0], rel=1e-5)


def test_matter_is_the_phantoms_own(one_scan):
    """Bone attenuates most, lung about a quarter of soft tissue, air nothing."""
    patient = build_patient(one_scan)
    grid = Grid((1, 60, 60), (8.0, 8.0, 8.0), (-236.0, -236.0, 480.0))
    values = attenuation_map(patient, Pose(RigidTransform.identity(), 0.0), grid)
    inside = values[values > 0]
    soft = attenuation_per_mm(material("soft tissue"), 0.2084)
    assert np.isclose(inside, soft, rtol=0.03).mean() > 0.2
    assert (inside < 0.5 * soft).any()
    assert inside.max() > 1.2 * soft
    assert (values == 0).any()


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
    frames = ds.pixel_array.sum(axis=(1, 2)).reshape(3, 2)
    assert frames.T.tolist() == told["counts"]
    assert int(ds.CountsAccumulated) == int(frames.sum())
    assert float(ds.ActualFrameDuration) == pytest.approx(told["duration_s"] * 1000, abs=1)
    assert (list(ds.DetectorVector), ds.TimezoneOffsetFromUTC) == ([1, 2] * 3, "+0200")
    assert list(ds.EnergyWindowVector) == [1, 1, 2, 2, 3, 3]
    views = [d.ViewCodeSequence[0].CodeMeaning for d in ds.DetectorInformationSequence]
    assert views == ["Anterior", "Posterior"]
    rate = sum(view[1] for view in told["counts"]) / 2 / told["seconds_per_point"] / told["activity_in_view_bq"]
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
    for counts, detector in zip(ds.pixel_array[2:4].astype(float), ds.DetectorInformationSequence, strict=True):
        position, cosines = (
            np.array(detector[k].value, float) for k in ("ImagePositionPatient", "ImageOrientationPatient")
        )
        columns = np.arange(counts.shape[1])
        x = position[0] + cosines[0] * float(ds.PixelSpacing[1]) * columns
        z = position[2] + cosines[5] * float(ds.PixelSpacing[0]) * np.arange(counts.shape[0])
        upper = counts[(z > 270) & (z < 430)]
        brightest.append(np.average(x, weights=upper.sum(axis=0) ** 3))
    assert max(brightest) < -20.0  # the patient's right
    first, second = ds.pixel_array[2:4].astype(float)
    mirrored = second[:, ::-1]
    assert np.corrcoef(first.ravel(), mirrored.ravel())[0, 1] > 0.8 > np.corrcoef(first.ravel(), second.ravel())[0, 1]


def test_planar_images_are_no_time_points(written):
    out, truth, _ = written
    report = inspect_folder([out / "dicom"])
    assert len(report.time_points) == len(truth["time_points"])


def test_scatter_windows_hold_what_a_straight_spectrum_puts_there(written):
    """Both windows together give the photopeak's scatter; without drawn errors to counting, 1 %."""
    _, _, scans = written
    told, ds = scans["WHOLE BODY"]
    limits = [w.EnergyWindowRangeSequence[0] for w in ds.EnergyWindowInformationSequence]
    widths = [float(w.EnergyWindowUpperLimit) - float(w.EnergyWindowLowerLimit) for w in limits]
    low, peak, high = (sum(view[n] for view in told["counts"]) for n in range(3))
    scatter = (low / widths[0] + high / widths[2]) * widths[1] / 2
    assert scatter / peak == pytest.approx(told["scatter_share_of_photopeak"], rel=0.01)
    assert 0.005 < told["largest_loss"] < 0.2


def test_flood_and_standard_are_what_the_site_needs(written, dciodvfy):
    out, truth, _ = written
    folder = out / "calibration" / "planar"
    blank, through, standard = (pydicom.dcmread(folder / f"{n}.dcm") for n in ("blank", "transmission", "standard"))
    for name in ("blank", "transmission", "standard"):
        assert [line for line in dciodvfy(folder / f"{name}.dcm") if "Laterality" not in line] == []
    assert (blank.ImageType[3], through.ImageType[3], standard.ImageType[3]) == (
        "TRANSMISSION", "TRANSMISSION", "EMISSION",
    )  # fmt: skip
    passed = through.pixel_array / blank.pixel_array.mean()
    assert 0.005 < passed.min() < 0.1
    assert passed[:5].mean() == pytest.approx(1.0, abs=0.05)
    rate = standard.pixel_array.reshape(3, 2, -1)[1].sum(axis=1) / 300.0
    assert rate / truth["planar_site"]["sensitivity_cps_per_bq"] == pytest.approx(2e7, rel=0.01)


def test_study_files_of_planar_images_are_as_the_schema_says(written):
    out, _, _ = written
    alone = read_planar_study(out / "study_planar.yaml")
    hybrid = read_study(out / "study_hybrid.yaml")
    assert alone.planar.rois.method == hybrid.planar.rois.method == "projected"
    assert hybrid.planar.photopeak.energy == pytest.approx(0.2084)
    assert read_planar_study(out / "study_hybrid.yaml") is None
