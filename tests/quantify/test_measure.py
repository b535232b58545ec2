"""Volumes and activities of regions with their correlations."""

import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from hevesy.domain import Grid, Image, Quantity
from hevesy.errors import RegionFinding
from hevesy.quantify import (
    CountingNoise,
    Sphere,
    fit_recovery,
    measure_region,
    recovery_coefficient,
    region_activity,
    region_concentration,
    stated_scale,
    volume_from_boundary,
    volume_from_resolution,
)
from hevesy.quantities import Uncertain, correlation, exact, multiply_powers

GRID = Grid((9, 9, 9), (5.0, 5.0, 5.0), (0.0, 0.0, 0.0))
MASK = np.zeros(GRID.shape, dtype=bool)
MASK[2:7, 2:7, 2:7] = True


def image(values):
    return Image(GRID, values, Quantity.ACTIVITY_CONCENTRATION)


def measured(values=None, mask=MASK, **noise):
    return measure_region(
        image(np.full(GRID.shape, 2000.0) if values is None else values),
        mask,
        region="Liver",
        time_point=2,
        noise=CountingNoise(**noise),
    )


def test_boundary_uncertainty_moves_the_whole_sphere():
    radius = 20.0
    volume = 4 / 3 * math.pi * radius**3 / 1000
    estimate = volume_from_boundary(volume, region="L", boundary_standard_uncertainty_mm=1.0)
    assert estimate.components == {"volume:L": pytest.approx(volume * 3 / radius, rel=1e-12)}


def test_voxels_and_resolution():
    """Monte Carlo of the two ends of a diameter: rectangular voxel and Gaussian resolution, to 2 %."""
    rng = np.random.default_rng(1)
    ends = rng.uniform(-2.4, 2.4, (2, 200_000)) + rng.normal(0, 8.0 / 2.354820045, (2, 200_000))
    diameter = 60.0
    volume = math.pi / 6 * diameter**3 / 1000
    estimate = volume_from_resolution(volume, region="L", voxel_mm=4.8, fwhm_mm=8.0)
    assert estimate.relative_standard_uncertainty == pytest.approx(3 * np.std(ends[0] - ends[1]) / diameter, rel=0.02)


def test_an_empty_volume_is_a_finding():
    with pytest.raises(RegionFinding, match="empty"):
        volume_from_boundary(0.0, region="L", boundary_standard_uncertainty_mm=1.0)


def test_mean_sum_and_poisson():
    result = measured(counts_per_bq=1e-3)
    assert result.mean_concentration.value == 2000.0
    assert result.activity_in_mask_bq == pytest.approx(2000.0 * 125 * 0.125)
    assert result.mean_concentration.components == {"counts:Liver@2": pytest.approx(2000.0 / math.sqrt(31.25))}
    assert (result.basis, result.n_voxels) == ("counts", 125)


def test_image_statistics_and_repeatability():
    rng = np.random.default_rng(3)
    values = 2000 + 50 * rng.standard_normal(GRID.shape)
    result = measured(values, fwhm_mm=10.0, repeatability=0.02)
    assert result.basis == "image statistics"
    assert 0.02 < result.mean_concentration.relative_standard_uncertainty < 0.03
    assert measured().mean_concentration.components == {}
    assert measured().basis == "unknown"


@pytest.mark.parametrize("bad", [0.0, -5.0, np.nan, np.inf])
def test_no_positive_mean_is_a_finding_that_names_the_point(bad):
    with pytest.raises(RegionFinding, match="time point 2"):
        measured(np.full(GRID.shape, bad))


def test_empty_mask_and_wrong_images():
    with pytest.raises(RegionFinding, match="empty region at time point 2"):
        measured(mask=np.zeros(GRID.shape, dtype=bool))
    with pytest.raises(ValueError, match="Bq/ml"):
        measure_region(
            Image(GRID, np.ones(GRID.shape), Quantity.COUNTS),
            MASK,
            region="L",
            time_point=1,
            noise=CountingNoise(),
        )


def test_activity_is_concentration_times_volume_over_recovery():
    activity = region_activity(
        measured(), volume=exact(15.0), recovery=exact(0.8), scale=stated_scale(0.05, "site"), fwhm_mm=None
    )
    assert activity.value == pytest.approx(2000.0 * 15.0 / 0.8)
    assert activity.components == {"calibration:site": pytest.approx(-0.05 * activity.value)}


def test_a_contour_drawn_larger_gathers_what_a_blurred_sphere_says():
    """Move the contour of a blurred sphere by 0.4 mm: counts within change as the volume component says, to 3 %."""
    spacing, radius, fwhm = 1.0, 12.0, 9.0
    axis = (np.arange(61) - 30) * spacing
    distance = np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2)
    sphere = np.clip(radius - distance + 0.5, 0, 1)
    blurred = gaussian_filter(sphere, fwhm / 2.354820, truncate=6)
    volume = 4 / 3 * math.pi * radius**3 / 1000

    def within(r):
        return float((blurred * np.clip(r - distance + 0.5, 0, 1)).sum())

    seen = (within(radius + 0.4) - within(radius - 0.4)) / within(radius)
    grid = Grid(blurred.shape, (spacing, spacing, spacing), (0.0, 0.0, 0.0))
    found = measure_region(
        Image(grid, blurred, Quantity.ACTIVITY_CONCENTRATION),
        distance <= radius,
        region="L",
        time_point=1,
        noise=CountingNoise(),
    )
    estimate = volume_from_boundary(volume, region="L", boundary_standard_uncertainty_mm=0.8)
    activity = region_activity(found, volume=estimate, recovery=None, scale=exact(1.0), fwhm_mm=fwhm)
    assert activity.components["volume:L"] / activity.value == pytest.approx(seen, rel=0.03)
    mean = region_concentration(found, volume=estimate, recovery=None, scale=exact(1.0), fwhm_mm=fwhm)
    assert mean.components["volume:L"] < 0


def test_volume_makes_activity_and_one_over_mass_negatively_correlated():
    curve = fit_recovery([Sphere(0.5, 0.22, 0.02), Sphere(5.0, 0.6, 0.02), Sphere(26.0, 0.86, 0.02)], "t")
    volume = volume_from_boundary(20.0, region="L", boundary_standard_uncertainty_mm=1.0)
    coefficient = recovery_coefficient(curve, volume, shape_relative_standard_uncertainty=0.0, region="L")
    activity = region_activity(
        measured(), volume=volume, recovery=coefficient, scale=stated_scale(0.05, "site"), fwhm_mm=9.0
    )
    inverse_mass = multiply_powers((volume, -1.0))
    assert activity.components["volume:L"] > 0
    assert correlation(activity, inverse_mass) < 0
    dose = multiply_powers((activity, 1.0), (inverse_mass, 1.0))
    naive = math.hypot(activity.relative_standard_uncertainty, inverse_mass.relative_standard_uncertainty)
    assert dose.relative_standard_uncertainty < naive


def test_calibration_is_one_source_for_all_regions():
    scale = stated_scale(0.05, "site")
    a, b = (
        region_activity(measured(), volume=Uncertain(v), recovery=None, scale=scale, fwhm_mm=None) for v in (10.0, 20.0)
    )
    assert correlation(a, b) == pytest.approx(1.0)
