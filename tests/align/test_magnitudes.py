"""A baseline registered to the image after: a displaced virtual liver, and maps that lack values in places."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hevesy.align import register_magnitudes, resample_map
from hevesy.domain import Grid, Image, Quantity, RigidTransform
from hevesy.errors import AlignmentError
from hevesy.simulate.holmium import holmium_echoes, holmium_liver

SHAPE = (24, 48, 48)


def rigid(shift_mm, angles_deg):
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", angles_deg, degrees=True).as_matrix()
    matrix[:3, 3] = shift_mm
    return RigidTransform.from_array(matrix)


def first_echo(liver, *, with_holmium, seed):
    echoes = holmium_echoes(liver, 100.0, with_holmium=with_holmium, seed=seed, n_echoes=3)
    return Image(echoes.grid, echoes.magnitudes[0].astype(np.float64), Quantity.ARBITRARY)


@pytest.fixture(scope="module")
def after():
    liver = holmium_liver(SHAPE)
    return liver, first_echo(liver, with_holmium=True, seed=1)


@pytest.mark.parametrize(
    ("shift", "angles"), [((3.1, -2.4, 2.2), (1, -2, 1.5)), ((6, 4, -4), (3, 2, -3)), ((0, 0, 0), (0, 0, 0))]
)
def test_a_displaced_liver_is_found(after, shift, angles):
    """Mean error in the liver below 0.8 mm, a third of a voxel, with the holmium's own darkening in one image."""
    liver, image = after
    true = rigid(shift, angles)
    before = first_echo(holmium_liver(SHAPE, true), with_holmium=False, seed=2)
    found = register_magnitudes(image, before)
    points = liver.grid.points(np.argwhere(liver.liver)[:, ::-1].astype(float))
    errors = np.linalg.norm(found.transform.apply(points) - true.apply(points), axis=1)
    assert errors.mean() < 0.8
    assert found.likeness_after >= found.likeness_before - 1e-3
    assert found.rotation_deg == pytest.approx(
        np.degrees(Rotation.from_matrix(true.array[:3, :3]).magnitude()), abs=0.7
    )


def test_nothing_to_see_is_refused(after):
    with pytest.raises(AlignmentError, match="moving image"):
        register_magnitudes(after[1], Image(after[1].grid, np.zeros(SHAPE), Quantity.ARBITRARY))


def test_a_map_keeps_its_holes():
    """Constant values stay; a hole stays one where most of the weight is lost; outside there is nothing."""
    grid = Grid((6, 6, 6), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    values = np.full(grid.shape, 7.0)
    values[2, 2, 2:4] = np.nan
    moved = resample_map(values, grid, grid, rigid((0.4, 0.0, 0.0), (0, 0, 0)))
    assert np.isnan(moved[2, 2, 2])
    assert np.allclose(moved[np.isfinite(moved)], 7.0)
    assert np.isfinite(moved[2, 2, 4])
    assert np.isnan(resample_map(values, grid, grid, rigid((9.0, 0.0, 0.0), (0, 0, 0)))).all()
