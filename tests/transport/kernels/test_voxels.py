"""Voxel S values."""

import math

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.physdata import JOULE_PER_MEV, source_term
from hevesy.transport.kernels import (
    checked_radius,
    octant_memory_bytes,
    octant_shape,
    point_kernel_of,
    voxel_kernel,
    voxel_kernel_of,
)

LUTETIUM, YTTRIUM = source_term("Lu-177"), source_term("Y-90")


def mirrored_sum(octant):
    counts = [np.where(np.arange(n) == 0, 1.0, 2.0) for n in octant.shape]
    return float(np.einsum("kji,k,j,i->", octant, *counts))


@pytest.mark.parametrize("spacing", [(0.5, 0.5, 0.5), (2.0, 2.0, 2.0), (4.0, 4.0, 10.0), (10.0, 10.0, 10.0)])
def test_all_voxels_together_get_what_electrons_leave(spacing):
    point = point_kernel_of(YTTRIUM)
    kernel = voxel_kernel_of(point, spacing, octant_shape(13.0, spacing))
    kept = mirrored_sum(kernel.electron) * math.prod(spacing) * 1e-6 / JOULE_PER_MEV
    assert kept == pytest.approx(point.electron.total_mev, rel=2e-3)
    assert kept > point.electron.total_mev


def test_all_voxels_together_get_what_photons_leave():
    point = point_kernel_of(LUTETIUM)
    kernel = voxel_kernel_of(point, (10.0, 10.0, 10.0), octant_shape(900.0, (10.0, 10.0, 10.0)))
    kept = mirrored_sum(kernel.photon) * 1e-3 / JOULE_PER_MEV
    assert kept == pytest.approx(point.photon.total_mev, rel=3e-3)


def test_large_voxels_keep_everything_but_photons():
    kernel = voxel_kernel(LUTETIUM, (100.0, 100.0, 100.0), (1, 1, 1))
    expected = point_kernel_of(LUTETIUM).electron.total_mev * JOULE_PER_MEV
    assert kernel.electron[0, 0, 0] == pytest.approx(expected, rel=5e-3)


# A voxel is eight of half the edge: its self S value is the mean over their pairs.
def test_voxel_sizes_agree_with_one_another():
    fine = voxel_kernel(YTTRIUM, (2.0, 2.0, 2.0), (2, 2, 2)).value
    coarse = voxel_kernel(YTTRIUM, (4.0, 4.0, 4.0), (1, 1, 1)).value[0, 0, 0]
    halves = list(np.ndindex(2, 2, 2))
    pairs = [tuple(abs(a - b) for a, b in zip(one, other, strict=True)) for one in halves for other in halves]
    assert np.mean([fine[pair] for pair in pairs]) == pytest.approx(coarse, rel=1e-3)


def test_cubic_kernels_are_symmetric():
    value = voxel_kernel(LUTETIUM, (4.8, 4.8, 4.8), (8, 8, 8)).value
    np.testing.assert_allclose(value, value.transpose(1, 0, 2), rtol=2e-3)
    np.testing.assert_allclose(value, value.transpose(2, 1, 0), rtol=2e-3)
    assert (np.diff(value[0, 0]) < 0).all()


def test_uncertainty_is_of_the_size_of_its_parts():
    kernel = voxel_kernel(LUTETIUM, (4.8, 4.8, 4.8), (8, 8, 8))
    relative = kernel.standard_uncertainty / kernel.value
    assert relative[0, 0, 0] < 2e-3
    assert (relative[3:, 3:, 3:] > 0.0099).all()
    assert relative.max() < 0.05


def test_half_the_density_and_twice_the_edge_share_alike():
    dense, light = (
        voxel_kernel(LUTETIUM, (a, a, a), (4, 4, 4), density_g_ml=d).value for a, d in ((3.0, 1.0), (6.0, 0.5))
    )
    np.testing.assert_allclose(light, dense / 4.0, rtol=1e-9)


def test_radius_below_the_electron_range_is_refused():
    point = point_kernel_of(YTTRIUM)
    assert checked_radius(point, 20.0) == 20.0
    for radius in (5.0, 0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match=r"at least 11\.\d mm.*water"):
            checked_radius(point, radius)


def test_octants_and_their_memory():
    assert octant_shape(9.6, (4.8, 4.8, 10.0)) == (1, 3, 3)
    assert octant_memory_bytes((100, 100, 100)) > 5 * 8e6
