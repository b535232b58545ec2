"""Convolution with voxel S values."""

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.physdata import JOULE_PER_MEV, source_term
from hevesy.transport.kernels import (
    convolution_memory_bytes,
    convolve,
    convolved_uncertainty,
    point_kernel_of,
    voxel_kernel,
    voxel_kernel_of,
)

SHAPE = (9, 10, 12)
KERNEL = voxel_kernel(source_term("Lu-177"), (4.0, 4.0, 5.0), SHAPE)


def activity(seed=0):
    return np.random.default_rng(seed).uniform(0, 1e9, SHAPE)


def direct(values, octant):
    dose = np.zeros(SHAPE)
    for source in np.ndindex(SHAPE):
        k, j, i = (np.abs(np.arange(n) - place) for n, place in zip(SHAPE, source, strict=True))
        dose += values[source] * octant[np.ix_(k, j, i)]
    return dose


def test_equals_the_sum_over_pairs():
    result = convolve(activity(), KERNEL)
    np.testing.assert_allclose(result.absorbed_dose_gy, direct(activity(), KERNEL.value), rtol=2e-5)
    assert 0.0 < result.transform_error < 1e-5


def test_one_voxel_gives_the_kernel():
    values = np.zeros(SHAPE)
    values[0, 0, 0] = 1e9
    result = convolve(values, KERNEL)
    np.testing.assert_allclose(
        result.absorbed_dose_gy, 1e9 * KERNEL.value, rtol=1e-5, atol=2e-7 * 1e9 * KERNEL.value.max()
    )


def test_density_divides_what_charged_particles_leave_and_not_the_dose_of_photons():
    ratio = np.random.default_rng(1).uniform(0.3, 1.9, SHAPE)
    expected = direct(activity(), KERNEL.electron) / ratio + direct(activity(), KERNEL.photon)
    np.testing.assert_allclose(convolve(activity(), KERNEL, density_ratio=ratio).absorbed_dose_gy, expected, rtol=2e-5)
    unity = convolve(activity(), KERNEL, density_ratio=np.ones(SHAPE)).absorbed_dose_gy
    np.testing.assert_allclose(unity, convolve(activity(), KERNEL).absorbed_dose_gy, rtol=2e-5)


def test_energy_of_a_large_uniform_source():
    spacing, shape = (6.0, 6.0, 6.0), (7, 7, 7)
    source = source_term("Y-90")
    dose = convolve(np.full(shape, 1e9), voxel_kernel(source, spacing, shape)).absorbed_dose_gy
    expected = 1e9 * point_kernel_of(source).electron.total_mev * JOULE_PER_MEV / (216.0 * 1e-6)
    assert dose[3, 3, 3] == pytest.approx(expected, rel=2e-3)
    assert expected / 8.0 < dose[0, 0, 0] < 0.8 * expected


def test_threads_change_no_bit():
    one, two = (convolve(activity(), KERNEL, workers=n).absorbed_dose_gy for n in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_uncertainty_is_that_of_the_kernel_carried_along():
    found = convolved_uncertainty(activity(), KERNEL)
    np.testing.assert_allclose(found, direct(activity(), KERNEL.standard_uncertainty), rtol=2e-5)


def test_nothing_gives_nothing():
    result = convolve(np.zeros(SHAPE), KERNEL)
    assert result.absorbed_dose_gy.max() == result.transform_error == 0.0


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_bad_activity_is_refused(bad):
    values = activity()
    values[1, 2, 3] = bad
    with pytest.raises(InputError, match="time-integrated activity"):
        convolve(values, KERNEL)


@pytest.mark.parametrize("ratio", [np.zeros(SHAPE), np.full(SHAPE, np.nan), np.ones((2, 2, 2))])
def test_bad_densities_are_refused(ratio):
    with pytest.raises(InputError, match="densit"):
        convolve(activity(), KERNEL, density_ratio=ratio)


def test_images_of_other_shape_are_refused():
    with pytest.raises(InputError, match=r"\(z, y, x\)"):
        convolve(np.ones((3, 3)), KERNEL)


def test_memory_is_estimated():
    assert 0.5e9 < convolution_memory_bytes((256, 256, 256)) < 4e9
    assert convolution_memory_bytes((64, 64, 64), scaled=True) > convolution_memory_bytes((64, 64, 64))


def test_kernels_of_one_point_kernel_are_one():
    np.testing.assert_array_equal(
        voxel_kernel_of(point_kernel_of(source_term("Lu-177")), (4.0, 4.0, 5.0), SHAPE).value, KERNEL.value
    )
