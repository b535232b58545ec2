from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from hevesy.domain import Grid, Image, Quantity
from hevesy.errors import RegionFinding
from hevesy.numerics.partial_volume import sigma_of_fwhm
from hevesy.numerics.response import part_of
from hevesy.quantify import Compartment, recover_regions, stated_resolution
from hevesy.quantify.measure import CountingNoise

STEP, N, FINE = 4.8, 40, 4
FINE_STEP = STEP / FINE
GRID = Grid((N, N, N), (STEP,) * 3, (-(N - 1) / 2 * STEP,) * 3)
AXIS = (np.arange(N * FINE) - (N * FINE - 1) / 2) * FINE_STEP
Z, Y, X = np.meshgrid(AXIS, AXIS, AXIS, indexing="ij", sparse=True)


def coarse(values):
    return values.reshape(N, FINE, N, FINE, N, FINE).mean((1, 3, 5))


def blurred(values, fwhm_mm):
    """As the voxels' centres show it: the mean over a voxel adds a twelfth of its square to the variance."""
    sigma = np.sqrt(sigma_of_fwhm(fwhm_mm) ** 2 - STEP**2 / 12)
    return coarse(ndimage.gaussian_filter(values.astype(np.float32), sigma / FINE_STEP, truncate=5))


def sphere(volume_ml, centre=(0.0, 0.0, 0.0)):
    radius = np.cbrt(3000 * volume_ml / (4 * np.pi))
    x, y, z = centre
    return (X - x) ** 2 + (Y - y) ** 2 + (Z - z) ** 2 < radius**2


def kidney(volume_ml=146.0):
    """An ellipsoid with a hilum cut out of it, scaled to a volume."""

    def shape(s):
        body = s**2 > (X / 25) ** 2 + (Y / 28) ** 2 + (Z / 58) ** 2
        return body & ~(((X - 22 * s) / 14) ** 2 + (Y / 22) ** 2 + (Z / 20) ** 2 < s**2)

    low, high = 0.5, 1.5
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if shape(middle).sum() * FINE_STEP**3 / 1000 < volume_ml else (low, middle)
    return shape((low + high) / 2)


def compartment(mask, name, **more):
    return Compartment(name, part_of(coarse(mask)), volume_ml=float(mask.sum()) * FINE_STEP**3 / 1000, **more)


def rest(*masks):
    return Compartment("rest", part_of(1.0 - sum(coarse(m) for m in masks)), drawn=False)


def recover(values, compartments, fwhm_mm, *, u=1e-6, boundary=0.0, noise=None):
    return recover_regions(
        Image(GRID, values, Quantity.ACTIVITY_CONCENTRATION),
        compartments,
        stated_resolution(fwhm_mm, fwhm_mm, 0.0, standard_uncertainty_mm=u, name="site", source="test"),
        time_point=1,
        noise=noise or CountingNoise(),
        boundary_standard_uncertainty_mm=boundary,
    )


@pytest.mark.parametrize("warm", [0.0, 0.15])
@pytest.mark.parametrize("fwhm_mm", [10.0, 12.0, 15.0])
@pytest.mark.parametrize("shape", [sphere(146.0), kidney()], ids=["sphere", "kidney"])
def test_146_ml_within_one_and_a_half_per_cent(shape, fwhm_mm, warm):
    values = blurred(np.where(shape, 1e5, warm * 1e5), fwhm_mm)
    found = recover(values, [compartment(shape, "R"), rest(shape)], fwhm_mm)["R"]
    assert found.activity_bq.value == pytest.approx(146e5, rel=0.015)
    assert found.own_recovery < 0.87


def test_a_lesion_within_a_warm_organ_and_the_organ_around_it():
    organ, lesion = sphere(900.0), sphere(5.0, (20.0, 10.0, 0.0))
    around = organ & ~lesion
    values = blurred(1e5 * around + 6e5 * lesion, 11.0)
    found = recover(values, [compartment(lesion, "L"), compartment(around, "O"), rest(organ)], 11.0)
    assert found["L"].activity_bq.value == pytest.approx(6e5 * lesion.sum() * FINE_STEP**3 / 1000, rel=0.015)
    assert found["O"].activity_bq.value == pytest.approx(1e5 * around.sum() * FINE_STEP**3 / 1000, rel=0.005)
    assert found["L"].spilled_in > 0.05


def test_movement_along_the_axis_is_corrected():
    shape = kidney()
    still = blurred(shape * 1e5, 11.0)
    moved = ndimage.gaussian_filter1d(still, 4.0 / STEP, axis=0)
    with_it = recover(moved, [compartment(shape, "R", breathing_mm=4.0), rest(shape)], 11.0)["R"]
    without = recover(moved, [compartment(shape, "R"), rest(shape)], 11.0)["R"]
    assert with_it.activity_bq.value == pytest.approx(146e5, rel=0.015)
    assert without.activity_bq.value < 0.99 * with_it.activity_bq.value


def test_activity_is_proportional_to_the_image():
    shape = sphere(50.0)
    values = blurred(np.where(shape, 1e5, 1e4), 12.0)
    once, twice = (
        recover(v, [compartment(shape, "R"), rest(shape)], 12.0, boundary=1.0, u=0.3)["R"].activity_bq
        for v in (values, 2 * values)
    )
    assert twice.value == pytest.approx(2 * once.value)
    assert twice.standard_uncertainty == pytest.approx(2 * once.standard_uncertainty, rel=1e-4)


def test_boundary_drives_volume_and_activity_through_one_source():
    shape = sphere(50.0)
    values = blurred(shape * 1e5, 11.0)
    found = recover(values, [compartment(shape, "R"), rest(shape)], 11.0, boundary=0.5)["R"]
    radius = np.cbrt(3000 * 50.0 / (4 * np.pi))
    relative = found.volume_ml.components["volume:R"] / found.volume_ml.value
    assert relative == pytest.approx(3 * 0.5 / radius, rel=0.05)
    moved = sphere(50.0 * (1 + 0.5 / radius) ** 3)
    other = recover(values, [compartment(moved, "R"), rest(moved)], 11.0)["R"]
    change = other.activity_bq.value - found.activity_bq.value
    assert found.activity_bq.components["volume:R"] == pytest.approx(change, rel=0.15)


def test_resolution_error_is_carried():
    shape = sphere(20.0)
    values = blurred(shape * 1e5, 11.0)
    parts = [compartment(shape, "R"), rest(shape)]
    found = recover(values, parts, 11.0, u=0.5)["R"].activity_bq
    change = recover(values, parts, 11.5)["R"].activity_bq.value - found.value
    assert abs(found.components["resolution:site.1"]) == pytest.approx(abs(change), rel=0.1)


def test_noise_of_the_image_is_carried():
    """The spread over noisy scans against the mean stated uncertainty: 40 scans tell it to 11 %."""
    rng = np.random.default_rng(8)
    shape = sphere(20.0)
    parts = [compartment(shape, "R"), rest(shape)]
    mean = coarse(np.where(shape, 1e5, 2e4))
    sigma = np.sqrt(sigma_of_fwhm(11.0) ** 2 - STEP**2 / 12) / STEP
    values, stated = [], []
    for _ in range(40):
        noisy = ndimage.gaussian_filter(rng.poisson(mean / 500) * 500.0, sigma)
        found = recover(noisy, parts, 11.0)["R"].activity_bq
        values.append(found.value)
        stated.append(found.standard_uncertainty)
    assert 0.6 < np.mean(stated) / np.std(values, ddof=1) < 1.7


def test_too_small_a_region_is_not_made_up():
    tiny = sphere(0.4)
    found = recover(blurred(tiny * 1e5, 13.0), [compartment(tiny, "R"), rest(tiny)], 13.0)["R"]
    assert isinstance(found, RegionFinding)
    assert "below the recovery range: the image shows" in found.reason


def test_region_without_activity_has_no_value():
    shape = sphere(20.0)
    found = recover(blurred(np.where(shape, 0.0, 1e5), 11.0), [compartment(shape, "R"), rest(shape)], 11.0)["R"]
    assert isinstance(found, RegionFinding) or found.activity_bq.value < 0.02 * 20e5


def test_resolution_finer_than_the_voxels_is_told():
    shape = sphere(50.0)
    with pytest.raises(RegionFinding, match=r"not possible: expected a FWHM of at least 0\.8 voxels"):
        recover(blurred(shape * 1e5, 10.0), [compartment(shape, "R"), rest(shape)], 3.0)
