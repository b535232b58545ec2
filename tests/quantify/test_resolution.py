from __future__ import annotations

import math

import numpy as np
import pytest

from hevesy.domain import Grid, Image, Quantity
from hevesy.errors import InputError
from hevesy.numerics.partial_volume import sigma_of_fwhm, sphere_radius, sphere_recovery
from hevesy.quantify import (
    MeasuredPoint,
    Sphere,
    measure_sources,
    resolution_of_points,
    resolution_of_spheres,
    stated_resolution,
)

GRID = Grid((41, 64, 64), (4.0, 4.0, 4.0), (-126.0, -126.0, -80.0))


def gaussians(centres_mm, across_mm, along_mm, *, line=False):
    """Sources as the voxels' centres show them; a line is uniform along z."""
    index = np.indices(GRID.shape)[::-1].reshape(3, -1).T.astype(float)
    points = GRID.points(index)
    values = np.zeros(len(points))
    for (x, y, z), a, b in zip(centres_mm, across_mm, along_mm, strict=True):
        sa, sb = sigma_of_fwhm(a), sigma_of_fwhm(b)
        value = np.exp(-0.5 * ((points[:, 0] - x) ** 2 + (points[:, 1] - y) ** 2) / sa**2)
        values += value if line else value * np.exp(-0.5 * (points[:, 2] - z) ** 2 / sb**2)
    return Image(GRID, 1000.0 * values.reshape(GRID.shape), Quantity.COUNTS)


def test_points_tell_where_they_are_and_how_wide_they_look():
    image = gaussians([(0.7, 0, 0), (0, 60.3, 3), (-90, 10, -8)], [11, 10, 9], [10.5, 9.5, 8.5])
    points = sorted(
        measure_sources(image, kind="points", source_diameter_mm=0.1, where="test"), key=lambda p: p.radius_mm
    )
    assert [p.radius_mm for p in points] == pytest.approx([0.7, 60.3, math.hypot(90, 10)], abs=0.01)
    assert [p.across_mm for p in points] == pytest.approx([11, 10, 9], abs=0.01)
    assert [p.along_mm for p in points] == pytest.approx([10.5, 9.5, 8.5], abs=0.01)


def test_the_sources_own_width_is_subtracted():
    image = gaussians([(0, 0, 0)], [11], [11])
    (point,) = measure_sources(image, kind="points", source_diameter_mm=6.0, where="test")
    own = 8 * math.log(2) * 6.0**2 / 20
    assert point.across_mm == pytest.approx(math.sqrt(11**2 - own), abs=0.01)
    (line, *_) = measure_sources(gaussians([(0, 0, 0)], [11], [11], line=True), kind="lines",
                                 source_diameter_mm=6.0, where="test")  # fmt: skip
    assert line.across_mm == pytest.approx(math.sqrt(11**2 - 8 * math.log(2) * 6.0**2 / 16), abs=0.01)
    assert line.along_mm is None


def test_noise_shows_in_the_uncertainty_and_stays_within_it():
    rng = np.random.default_rng(5)
    pulls = []
    for _ in range(20):
        clean = gaussians([(0, 0, 0)], [11], [11])
        noisy = Image(GRID, rng.poisson(clean.values).astype(float), Quantity.COUNTS)
        (point,) = measure_sources(noisy, kind="points", source_diameter_mm=0.1, where="test")
        pulls.append((point.across_mm - 11.0) / point.standard_uncertainty_mm)
    assert 0.5 < np.std(pulls) < 2.0


@pytest.mark.parametrize(
    ("centres", "message"),
    [
        ([(0, 0, 0), (0, 22, 0)], "sources at least 30 mm apart"),
        ([(0, 120, 0)], "sources at least 20 mm from the border"),
    ],
)
def test_sources_that_cannot_be_measured(centres, message):
    n = len(centres)
    with pytest.raises(InputError, match=message):
        measure_sources(gaussians(centres, [10] * n, [10] * n), kind="points", source_diameter_mm=1.0, where="test")


def test_what_is_no_small_source_is_refused():
    values = np.zeros(GRID.shape)
    values[15:26, 25:40, 25:40] = 100.0
    with pytest.raises(InputError, match=r"Gaussian response|apart"):
        measure_sources(Image(GRID, values, Quantity.COUNTS), kind="points", source_diameter_mm=1.0, where="test")


def test_line_through_points_and_its_covariance():
    radii = [0, 50, 100, 150, 200]
    points = [MeasuredPoint(r, 11 - 3 * r / 200, 10 - 2 * r / 200, 0.1) for r in radii]
    found = resolution_of_points(points, name="site", source="test")
    assert found.fwhm_mm == pytest.approx((11, 8, 10, 8))
    assert found.reach_mm == 200
    assert math.sqrt(found.covariance[0, 0]) == pytest.approx(0.1 * math.sqrt(0.6), rel=1e-6)
    assert found.covariance[0, 2] == 0
    total = sum(np.outer(d, d) for d in found.directions())
    assert total == pytest.approx(found.covariance, abs=1e-12)


def test_lines_say_nothing_along_the_axis_so_both_share_their_error():
    points = [MeasuredPoint(r, 11 - 3 * r / 200, None, 0.1) for r in (0, 100, 200)]
    found = resolution_of_points(points, name="site", source="test")
    assert found.fwhm_mm == pytest.approx((11, 8, 11, 8))
    assert found.covariance[0, 2] == pytest.approx(found.covariance[0, 0])
    assert len(found.directions()) == 2


def test_two_distances_give_one_width_and_scatter_widens_its_uncertainty():
    points = [MeasuredPoint(0.0, 11.0, 11.0, 0.1), MeasuredPoint(100.0, 10.0, 10.0, 0.1)]
    found = resolution_of_points(points, name="site", source="test")
    assert found.fwhm_mm == pytest.approx((10.5,) * 4)
    assert found.reach_mm == 0
    assert math.sqrt(found.covariance[0, 0]) == pytest.approx(0.5, rel=1e-6)


def test_spheres_tell_the_width_that_blurs_them():
    spheres = [
        Sphere(v, sphere_recovery(sphere_radius(v * 1000), sigma_of_fwhm(12.0)), 0.01) for v in (2.0, 10.0, 40.0)
    ]
    found = resolution_of_spheres(spheres, name="site", source="test")
    assert found.fwhm_mm == pytest.approx((12.0,) * 4, abs=1e-4)
    assert len(found.directions()) == 1


def test_spheres_without_loss_tell_nothing():
    with pytest.raises(InputError, match="below 1"):
        resolution_of_spheres([Sphere(5.0, 1.1, 0.01)], name="site", source="test")


def test_stated_resolution_has_one_error():
    found = stated_resolution(11, 8, 200, standard_uncertainty_mm=0.5, name="site", source="manual")
    (direction,) = found.directions()
    assert np.abs(direction) == pytest.approx([0.5] * 4)
    response = found.response(GRID)
    assert response.axis == (31.5, 31.5)
    assert response.transaxial[0] == pytest.approx(sigma_of_fwhm(11))
