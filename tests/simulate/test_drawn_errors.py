"""Errors of the site, drawn as the study file states them: their distribution, where they go, what stays true."""

import json

import numpy as np
import pytest

from hevesy.acquire import inspect_folder, load_image, load_roi_set
from hevesy.domain import RegionKind, RigidTransform, Side
from hevesy.physdata.phantoms import Ellipsoid, Union, elliptic_cylinder, volume
from hevesy.quantify import read_sphere_table
from hevesy.simulate import Options, Size, Units, default_scenario, simulate
from hevesy.simulate.ct import drawn_solids
from hevesy.simulate.displaced import Displaced
from hevesy.simulate.drawn_errors import draw_errors
from hevesy.simulate.movement import Pose
from hevesy.simulate.patient import SourceRegion
from hevesy.workflow.study_file import read_study

N = 2000
BALL = Ellipsoid((1.0, 2.0, 3.0), (20.0, 20.0, 20.0))


@pytest.fixture(scope="module")
def many():
    return [draw_errors(seed, ["Liver", "Spleen"]) for seed in range(N)]


def within(values, mean, sd):
    """Mean and standard deviation within four standard errors: false alarm below 2e-4 for a normal variable."""
    assert np.mean(values) == pytest.approx(mean, abs=4 * sd / np.sqrt(N))
    assert np.std(values) == pytest.approx(sd, abs=4 * sd / np.sqrt(2 * N))


@pytest.mark.parametrize(("kind", "stated"), [("administered", 0.02), ("phantom", 0.03), ("spheres", 0.01)])
def test_factors_have_the_stated_distribution(many, kind, stated):
    within(np.log([getattr(e, kind) for e in many]), 0.0, np.sqrt(np.log1p(stated**2)))


def test_boundaries_have_the_stated_distribution_and_are_independent(many):
    liver, spleen = (np.array([e.boundary_mm[name] for e in many]) for name in ("Liver", "Spleen"))
    within(liver, 0.0, 0.5)
    within(spleen, 0.0, 0.5)
    assert abs(np.corrcoef(liver, spleen)[0, 1]) < 4 / np.sqrt(N)


def test_a_region_more_or_less_does_not_change_the_others():
    assert draw_errors(3, ["Liver"]).boundary_mm["Liver"] == draw_errors(3, ["Spleen", "Liver"]).boundary_mm["Liver"]


@pytest.mark.parametrize("outward", [-1.5, -0.5, -0.1, 0.0, 0.1, 0.5, 1.5])
def test_displaced_ball_has_the_radius(outward):
    """Along 500 directions, to 3 % of the displacement in the mean and to 6 % everywhere."""
    moved = Displaced(BALL, outward)
    rng = np.random.default_rng(1)
    normal = rng.normal(size=(500, 3))
    normal /= np.linalg.norm(normal, axis=1)[:, np.newaxis]
    offsets = np.linspace(-2.5, 2.5, 2001)
    points = np.array(BALL.center) + normal[:, np.newaxis] * (20.0 + offsets)[:, np.newaxis]
    inside = moved.contains(points.reshape(-1, 3)).reshape(500, -1)
    found = offsets[inside.sum(axis=1) - 1]
    assert found.mean() == pytest.approx(outward, abs=0.005 + 0.03 * abs(outward))
    assert np.abs(found - outward).max() < 0.005 + 0.06 * abs(outward)


@pytest.mark.parametrize("outward", [-0.8, 0.8])
def test_displaced_box_holds_what_lies_inside(outward):
    moved = Displaced(BALL, outward)
    low, high = np.array(moved.bounds)
    points = np.random.default_rng(2).uniform(low - 3, high + 3, (20_000, 3))
    held = points[moved.contains(points)]
    assert ((held >= low) & (held <= high)).all()


@pytest.mark.parametrize("outward", [-1.0, 1.0])
def test_volume_of_joined_solids_changes_by_their_surface(outward):
    """Two cylinders end to end, as one: Steiner's formula without the inner ends."""
    solid = Union((elliptic_cylinder((0.0, 50.0), (30.0, 30.0)), elliptic_cylinder((50.0, 100.0), (30.0, 30.0))))
    grown = outward > 0
    rims = np.pi**2 * 30.0 + 4 / 3 * np.pi  # quarter tori of the two rims, grown only
    sharp = np.pi * (30.0 + outward) ** 2 * (100.0 + 2 * outward)
    exact = np.pi * 30.0**2 * 100.0 + (2 * np.pi * 30.0 * 100.0 + 2 * np.pi * 30.0**2) + rims if grown else sharp
    undisturbed = np.pi * 30.0**2 * 100.0
    change = volume(Displaced(solid, outward), 2_000_000) - undisturbed
    assert change == pytest.approx(exact - undisturbed, rel=0.06)


@pytest.fixture(scope="module")
def pair(tmp_path_factory, one_scan):
    """The same patient without and with errors."""
    folder = tmp_path_factory.mktemp("errors")
    return [
        simulate(one_scan, folder / name, Options(11, size=Size.SMALL, draw_errors=drawn))
        for name, drawn in (("exact", False), ("wrong", True))
    ]


def read(folder, name):
    return (folder / name).read_bytes()


def test_truth_stays_and_says_what_was_drawn(pair):
    exact, wrong = (json.loads(read(f, "truth.json")) for f in pair)
    drawn = wrong.pop("drawn_errors")
    assert wrong == exact
    assert set(drawn["boundary_displacement_mm"]) == {r["name"] for r in exact["regions"]} - {"Remainder"}
    assert all(drawn["boundary_displacement_mm"].values())


def test_study_file_states_the_wrong_readings(pair):
    exact, wrong = (read_study(f / "study.yaml") for f in pair)
    drawn = json.loads(read(pair[1], "truth.json"))["drawn_errors"]
    ratio = wrong.administration.measured.activity / exact.administration.measured.activity
    assert ratio == pytest.approx(drawn["administered_activity_stated_over_true"], rel=1e-8)
    ratio = wrong.calibration.activity / exact.calibration.activity
    assert ratio == pytest.approx(drawn["phantom_activity_stated_over_true"], rel=1e-8)
    assert wrong.regions == exact.regions


def stored(folder):
    report = inspect_folder([folder / "dicom"])
    return load_image(report.by_id(report.time_points[0].emission)).values


def test_counts_are_the_same(pair):
    exact, wrong = map(stored, pair)
    assert (exact == wrong).all()


@pytest.mark.parametrize("units", [Units.RWVM, Units.RESCALE])
def test_bq_ml_are_off_by_the_phantom(tmp_path, one_scan, monkeypatch, units):
    monkeypatch.setattr("hevesy.simulate.run._write_regions", lambda *_: None)
    folders = [
        simulate(one_scan, tmp_path / name, Options(11, units, size=Size.SMALL, draw_errors=drawn))
        for name, drawn in (("exact", False), ("wrong", True))
    ]
    off = json.loads(read(folders[1], "truth.json"))["drawn_errors"]["phantom_activity_stated_over_true"]
    exact, wrong = map(stored, folders)
    bright = exact > 0.05 * exact.max()
    assert wrong[bright].sum() == pytest.approx(off * exact[bright].sum(), rel=1e-4)
    calibrations = [read_study(f / "study.yaml").calibration for f in folders]
    assert calibrations[0] == calibrations[1]


def test_spheres_are_off_together_and_their_uncertainty_covers_it(pair):
    drawn = json.loads(read(pair[1], "truth.json"))["drawn_errors"]
    exact, wrong = (read_sphere_table(f / "calibration" / "spheres.csv") for f in pair)
    for a, b in zip(exact, wrong, strict=True):
        assert a.recovery_coefficient / b.recovery_coefficient == pytest.approx(
            drawn["sphere_activity_stated_over_true"], rel=1e-3
        )
        assert b.standard_uncertainty >= 0.01 * a.recovery_coefficient - 1e-5
        assert b.standard_uncertainty >= a.standard_uncertainty


def test_drawn_volumes_follow_the_displacement(pair):
    """Volume of the contours changes as surface times displacement, for the two kidneys, of known surface to 10 %."""
    drawn = json.loads(read(pair[1], "truth.json"))["drawn_errors"]["boundary_displacement_mm"]
    volumes = []
    for folder in pair:
        report = inspect_folder([folder / "dicom"])
        record = next(s for s in report.series if s.modality == "RTSTRUCT")
        volumes.append({roi.name: stacked_ml(roi) for roi in load_roi_set(record).rois})
    patient_radius = {
        r.name: (3 * r.volume / 4e-3 / np.pi) ** (1 / 3) for r in default_scenario("lu177-dotatate").lesions
    }
    for name, radius in patient_radius.items():
        if radius < 17.0:
            continue  # slices of 6.4 mm are too coarse for the volume of a small sphere
        expected = (1 + drawn[name] / radius) ** 3
        assert volumes[1][name] / volumes[0][name] == pytest.approx(expected, abs=0.02), name


def stacked_ml(roi):
    area = 0.0
    for contour in roi.contours:
        x, y = contour.points_mm[:, 0], contour.points_mm[:, 1]
        area += (np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
    return abs(area) * 6.4 / 1000


def test_organs_that_touch_are_drawn_without_overlap():
    """Two balls side by side, each drawn too large; what they share stays with the first, a lesion keeps its own."""
    places = {"first": (0.0, 0.0, 0.0), "second": (4.0, 0.0, 0.0), "lesion": (0.0, 1.0, 0.0)}
    regions = [
        SourceRegion(
            name,
            RegionKind.LESION if name == "lesion" else RegionKind.ORGAN,
            *(Side.NONE, ball, ball, 1.0, 1.0, (), (), 0.0, "test"),
        )
        for name, ball in ((n, Ellipsoid(at, (0.5,) * 3 if n == "lesion" else (2.0,) * 3)) for n, at in places.items())
    ]
    rest = Pose(RigidTransform.identity(), 0.0)
    first, second, lesion = drawn_solids(regions, rest, dict.fromkeys(places, 1.0))
    points = np.random.default_rng(3).uniform((10, -12, -12), (30, 12, 12), (40_000, 3))
    in_first, in_second = first.contains(points), second.contains(points)
    assert not (in_first & in_second).any()
    assert (in_first & (points[:, 0] > 20.1)).any()
    assert second.contains(np.array([[24.0, 0.0, 0.0]])).all()
    assert lesion.contains(np.array([[0.0, 10.0, 0.0]])).all()
