from __future__ import annotations

import numpy as np
import pytest

from hevesy.numerics.surface import area_density

BLOCK, FACTOR = 4.8, 5
STEP = BLOCK / FACTOR


def points(n_blocks):
    one = (np.arange(n_blocks * FACTOR) + 0.5) * STEP
    z, y, x = np.meshgrid(one, one, one, indexing="ij")
    return x, y, z


def area(inside):
    return float(area_density(inside, FACTOR, (BLOCK,) * 3).sum()) * BLOCK**3


@pytest.mark.parametrize("slab_mm", [STEP, 2.4, 4.8])
@pytest.mark.parametrize("radius", [10.0, 16.0, 25.0])
def test_a_ball_whatever_the_slices_it_was_drawn_on(radius, slab_mm):
    x, y, z = points(14)
    z = (np.floor(z / slab_mm) + 0.5) * slab_mm
    inside = (x - 33.3) ** 2 + (y - 34.1) ** 2 + (z - 32.7) ** 2 < radius**2
    assert area(inside) == pytest.approx(4 * np.pi * radius**2, rel=0.07)


def test_a_box_loses_a_little_where_its_faces_meet():
    x, y, z = points(14)
    inside = (abs(x - 33.0) < 24.0) & (abs(y - 33.0) < 24.0) & (abs(z - 33.0) < 24.0)
    assert 0.94 * 6 * 48.0**2 < area(inside) < 6 * 48.0**2


@pytest.mark.parametrize("n_points", [1, 2, 4])
def test_both_faces_of_a_thin_plate_count(n_points):
    inside = np.zeros((10 * FACTOR,) * 3, dtype=bool)
    inside[10:40, 10:40, 23 : 23 + n_points] = True
    across = area_density(inside, FACTOR, (BLOCK,) * 3)[5, 5].sum() * BLOCK
    assert across == pytest.approx(2.0, rel=1e-6)


def test_anisotropic_blocks():
    x, _, z = points(8)
    spacing = (2.0, 3.0, 4.0)
    inside = (x > 2 * BLOCK) & (x < 6 * BLOCK) & (z > 2 * BLOCK) & (z < 6 * BLOCK)
    inside[:, : 2 * FACTOR], inside[:, 6 * FACTOR :] = False, False
    density = area_density(inside, FACTOR, spacing)
    assert density[4, 4, 2] == pytest.approx(0.5 / 4.0)
    assert density[2, 4, 4] == pytest.approx(0.5 / 2.0)
