"""The scanner's model: conserved counts, resolution by place, noise, calibration."""

import numpy as np
import pytest

from hevesy.domain import Grid
from hevesy.physdata import nuclide
from hevesy.simulate.calibration import (
    CalibrationPhantom,
    measure_spheres,
    phantom_grid,
    scan_phantom,
    sphere_table,
)
from hevesy.simulate.movement import draw_poses
from hevesy.simulate.options import MATRICES, Size
from hevesy.simulate.scanner import Scanner, acquire, blur, breathe, noisy
from hevesy.simulate.seeds import generator, uid

SCANNER = Scanner()
GRID = Grid((40, 128, 128), (4.8, 4.8, 4.8), (-304.8, -304.8, -93.6))


def point_at(x_mm):
    image = np.zeros(GRID.shape, dtype=np.float32)
    k, j, i = np.rint(GRID.indices(np.array([x_mm, 0.0, 0.0]))).astype(int)[::-1]
    image[k, j, i] = 1e4
    return image, (k, j, i)


@pytest.mark.parametrize("x_mm", [0.0, 60.0, 120.0, 210.0])
def test_resolution_depends_on_the_place_and_counts_are_conserved(x_mm):
    image, (k, _, _) = point_at(x_mm)
    blurred = blur(image, GRID, SCANNER).astype(np.float64)
    assert blurred.sum() == pytest.approx(1e4, rel=1e-3)
    z = 4.8 * (np.arange(GRID.shape[0]) - k)
    sd = np.sqrt((blurred.sum(axis=(1, 2)) * z**2).sum() / blurred.sum())
    expected = SCANNER.fwhm_mm(np.array([np.hypot(x_mm, 2.4)]))[0]
    assert 2.3548 * sd == pytest.approx(expected, rel=0.02)


def test_resolution_is_finer_at_the_edge():
    fwhm = SCANNER.fwhm_mm(np.array([0.0, 100.0, 200.0, 400.0]))
    assert fwhm.tolist() == [11.0, 9.25, 7.5, 7.5]


def test_noise_keeps_the_mean_and_has_the_stated_variance():
    counts = np.full((50, 50, 50), 30.0, dtype=np.float32)
    drawn = noisy(counts, SCANNER, np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(30.0, rel=0.01)
    assert drawn.var() / 30.0 == pytest.approx(SCANNER.noise_factor, rel=0.03)


def test_noise_is_correlated_over_the_resolution():
    image = acquire(
        np.full(GRID.shape, 2e4, dtype=np.float32), GRID, SCANNER, duration_s=1500, rng=np.random.default_rng(2)
    )
    inner = image[10:30, 60:70, 60:70].astype(np.float64)
    inner -= inner.mean()
    assert (inner[:, :, 1:] * inner[:, :, :-1]).mean() / inner.var() > 0.4


def test_breathing_smears_along_z_only():
    image, (k, j, i) = point_at(0.0)
    smeared = breathe(image, GRID, SCANNER)
    assert smeared.sum() == pytest.approx(image.sum(), rel=1e-5)
    assert smeared[k + 1, j, i] > 0
    assert smeared[:, j, i].sum() == pytest.approx(smeared.sum(), rel=1e-6)


@pytest.mark.parametrize("size", list(Size))
def test_phantom_gives_the_sensitivity(size):
    phantom, matrices = CalibrationPhantom(), MATRICES[size]
    half_life = nuclide("Lu-177").half_life_s
    counts = scan_phantom(phantom, phantom_grid(matrices, phantom, "1.2"), SCANNER, half_life_s=half_life, seed=3)
    factor = counts.sum(dtype=np.float64) / (phantom.duration_s * phantom.mean_activity_bq(half_life))
    assert factor == pytest.approx(SCANNER.sensitivity_cps_per_bq, rel=3e-3)


def test_recovery_rises_with_the_sphere():
    spheres = measure_spheres(MATRICES[Size.FULL], SCANNER, seed=4)
    assert [round(s.volume_ml, 1) for s in spheres] == [0.5, 1.2, 2.6, 5.6, 11.5, 26.5, 113.1]
    coefficients = [s.coefficient for s in spheres]
    assert coefficients == sorted(coefficients)
    assert 0.1 < coefficients[0] < 0.3
    assert 0.75 < coefficients[-1] < 0.9
    assert all(0 < s.standard_uncertainty < 0.05 for s in spheres)
    assert sphere_table(spheres).splitlines()[0] == "volume_ml,recovery_coefficient,standard_uncertainty"


def test_large_sphere_recovers_as_a_blurred_ball_does():
    """First-order loss of a ball blurred by a Gaussian, 1 - 3 sigma / (R sqrt(2 pi)), to 3 %."""
    spheres = measure_spheres(MATRICES[Size.FULL], SCANNER, seed=4)
    radius = 30.0
    sigma = np.hypot(SCANNER.fwhm_mm(np.array([57.2]))[0] / 2.3548, 4.8 / np.sqrt(12))
    loss = 3 * sigma / (radius * np.sqrt(2 * np.pi))
    assert spheres[-1].coefficient == pytest.approx(1 - loss, rel=0.03)


def test_movement_is_small_seeded_and_starts_at_rest():
    centre = np.array([0.0, 0.0, 300.0])
    poses = draw_poses(5, 4, centre)
    assert np.allclose(poses[0].transform.array, np.eye(4))
    assert poses == draw_poses(5, 4, centre)
    assert poses[1:] != draw_poses(6, 4, centre)[1:]
    for pose in poses[1:]:
        assert 0.5 < np.abs(pose.transform.apply(centre) - centre).max() <= 8.0
        assert abs(pose.ct_breathing_mm) <= 3.5


def test_roles_have_their_own_random_numbers_and_identifiers():
    assert generator(1, "a").random() == generator(1, "a").random() != generator(1, "b").random()
    assert uid(1, "a") == uid(1, "a") != uid(2, "a")
    assert uid(1, "a").startswith("2.25.")
    assert len(uid(1, "a")) <= 64
