"""Geometry as scanners round it: what is accepted, how exactly it is recovered, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.acquire import load_image
from hevesy.acquire.planes import Plane, axes, planes_of, vector
from hevesy.acquire.stack import stack_planes

ANGLES = st.tuples(*[st.floats(-3, 3)] * 3)


def turn(a, b, c):
    about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    about_y = np.array([[np.cos(c), 0, np.sin(c)], [0, 1, 0], [-np.sin(c), 0, np.cos(c)]])
    return about_z @ about_x @ about_y


def codes(series):
    return {finding.code for finding in series.contradictions if finding.blocking}


def slices_at(build, positions, orientation=None, **changes):
    """CT slices at given positions."""
    slices = build.ct(build.counts(shape=(len(positions), 5, 4)), **changes)
    for ds, position in zip(slices, positions, strict=True):
        ds.ImagePositionPatient = list(position)
        if orientation is not None:
            ds.ImageOrientationPatient = [float(v) for v in orientation]
    return slices


def stacked(slices):
    planes = [plane for index, ds in enumerate(slices) for plane in planes_of(ds, index).planes]
    return stack_planes(planes, [str(k) for k in range(len(slices))], 4.0)


@pytest.mark.parametrize(("decimals", "spacing"), [(2, 3.27), (2, 0.625), (1, 4.7952), (1, 3.27), (3, 2.46153)])
def test_rounded_positions_give_the_true_spacing(build, decimals, spacing):
    true = 17.123 + spacing * np.arange(120)
    stack = stacked(slices_at(build, [(-10.0, -20.0, round(float(z), decimals)) for z in true]))
    assert stack.findings == ()
    # least squares over n slices: the standard deviation of the spacing is 12 ** -0.5 * step * (12 / n ** 3) ** 0.5
    assert stack.grid.spacing_mm[2] == pytest.approx(spacing, abs=5 * 10.0**-decimals * 120**-1.5)
    assert stack.grid.origin_mm[2] == pytest.approx(true[0], abs=0.5 * 10.0**-decimals)


def test_steps_that_vary_in_the_second_decimal(build, read):
    steps = [3.26, 3.28, 3.27, 3.27, 3.26, 3.28]
    places = [(0.0, 0.0, float(z)) for z in np.concatenate([[0.0], np.cumsum(steps)])]
    (series,) = read(*slices_at(build, places)).series
    assert codes(series) == set()
    assert series.grid.spacing_mm[2] == pytest.approx(3.27, abs=0.002)


def test_two_different_spacings_are_refused(build, read):
    places = [(0.0, 0.0, float(z)) for z in np.cumsum([3.0] * 10 + [3.1] * 10)]
    (series,) = read(*slices_at(build, places)).series
    assert codes(series) == {"irregular-slices"}


def test_positions_with_exponents(build, read):
    slices = build.ct()
    for k, ds in enumerate(slices):
        ds.ImagePositionPatient = ["-1.0e+001", "1.5e-004", f"{k * 4}.0E+000"]
    (series,) = read(*slices).series
    assert series.grid.origin_mm == (-10.0, 1.5e-4, 0.0)


@settings(max_examples=100)
@given(angles=ANGLES)
def test_cosines_of_three_decimals_are_accepted_and_made_perpendicular(angles):
    exact = turn(*angles)
    pair = axes(np.round(exact[:, :2].T.ravel(), 3))
    assert pair is not None
    row, column = (np.array(v) for v in pair)
    assert abs(row @ column) < 1e-12
    assert np.linalg.norm(row) == pytest.approx(1)
    assert np.linalg.norm(row - exact[:, 0]) < 2e-3
    assert np.linalg.norm(column - exact[:, 1]) < 4e-3


@settings(max_examples=50, deadline=None)
@given(angles=ANGLES)
def test_slices_follow_their_positions_where_cosines_are_rounded(build, angles):
    exact = turn(*angles)
    true = np.array(build.ORIGIN) + np.outer(4.0 * np.arange(100), exact[:, 2])
    rounded = axes(np.round(exact[:, :2].T.ravel(), 3))
    planes = [Plane(k, 0, (5, 4), (3.0, 2.0), *rounded, vector(np.round(place, 3))) for k, place in enumerate(true)]
    stack = stack_planes(planes, ["x"] * 100)
    assert stack.findings == ()
    corners = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 99.0]])
    assert np.abs(stack.grid.points(corners) - true[[0, 99]]).max() < 0.15
    matrix = stack.grid.direction_matrix
    assert np.allclose(matrix.T @ matrix, np.eye(3), atol=1e-9)
    assert np.linalg.det(matrix) == pytest.approx(1)
    assert np.abs(matrix - exact).max() < 5e-3


@pytest.mark.parametrize("degrees", [0.5, 5.0, -12.0])
def test_a_tilted_gantry_is_refused_with_its_angle(build, read, degrees):
    lean = np.tan(np.radians(degrees))
    places = [(0.0, 4.0 * k * lean, 4.0 * k) for k in range(20)]
    (series,) = read(*slices_at(build, np.round(places, 4))).series
    assert codes(series) == {"sheared-geometry"}
    assert f"({abs(degrees):.2f} degrees)" in series.contradictions[0].message


@pytest.mark.parametrize(
    ("spacing", "refused"), [([0.9766, 0.9765], False), ([0.97656, 0.9766], False), ([0.98, 0.95], True)]
)
def test_pixel_spacings_that_differ_in_the_fourth_decimal(build, read, spacing, refused):
    slices = build.ct(np.zeros((6, 64, 64), dtype=np.uint16))
    for k, ds in enumerate(slices):
        ds.PixelSpacing = [spacing[k % 2]] * 2
    (series,) = read(*slices).series
    assert codes(series) == ({"mixed-geometry"} if refused else set())
    if not refused:
        assert series.grid.spacing_mm[0] == pytest.approx(np.mean(spacing), abs=1e-9)


def test_missing_instance_numbers_and_frame_of_reference(build, read):
    slices = build.ct(FrameOfReferenceUID=None)
    for ds in slices:
        build.update(ds, {"InstanceNumber": None})
    (series,) = read(*slices[::-1]).series
    assert np.array_equal(load_image(series).values, build.counts() - 1024.0)
    assert series.grid.frame_of_reference is None
    assert "FrameOfReferenceUID" in series.missing


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"SliceThickness": 8.0}, True),
        ({"SliceThickness": 4.01}, False),
        ({"SliceThickness": None}, False),
    ],
)
def test_thickness_that_is_not_the_spacing_of_an_emission_scan_is_told(build, read, changes, told):
    series_of = {s.modality: s for s in read(build.nm(**changes), *build.pt(**changes)).series}
    for series in (series_of["NM"], series_of["PT"]):
        assert codes(series) == set()
        assert series.grid.spacing_mm[2] == 4.0
        assert ("spacing-contradiction" in {f.code for f in series.contradictions}) == told


def test_spacing_that_is_not_that_of_the_positions_is_told(build, read):
    (series,) = read(*build.ct(SpacingBetweenSlices=5.0)).series
    (told,) = [f for f in series.contradictions if f.code == "spacing-contradiction"]
    assert not told.blocking
    assert "Spacing Between Slices says 5 mm" in told.message
    assert series.grid.spacing_mm[2] == 4.0


def test_overlapping_slices_of_a_ct_are_no_contradiction(build, read):
    (series,) = read(*build.ct(SliceThickness=8.0)).series
    assert series.contradictions == ()
