"""Deformable registration of analytically bent CTs, on few voxels."""

import numpy as np
import pytest

from hevesy.align import (
    assess_alignment,
    check_deformation,
    compose,
    jacobian_on,
    register_deformable,
    resample_activity,
    resample_ct,
)
from hevesy.domain import Deformation, DisplacementField, Grid, Image, Quantity, RigidTransform
from hevesy.errors import AlignmentError
from hevesy.numerics.deformation import inverted
from hevesy.numerics.resample import block_mean, inverse

CENTRE, WIDTH, DEPTH = np.array([-60.0, -20.0, -30.0]), 60.0, 12.0


def breath(p):
    """The liver and what is near it, 12 mm towards the feet on the moving CT."""
    near = np.exp(-(((p - CENTRE) / WIDTH) ** 2).sum(axis=-1))
    return np.stack([0 * near, 0 * near, -DEPTH * near], axis=-1)


def bump(grid, phantom, height=DEPTH, width=WIDTH):
    points = phantom.points(grid)
    near = np.exp(-(((points - CENTRE) / width) ** 2).sum(axis=-1))
    field = np.stack([0 * near, 0 * near, -height * near], axis=-1)
    return DisplacementField(grid, field, inverted(field, points, inverse(grid.affine)))


@pytest.fixture(scope="module")
def grid(phantom):
    return phantom.grid((72, 64, 76), (5.5, 5.5, 5.5), frame="1.2.1")


def scan(phantom, grid, to_body=None, **options):
    """A CT whose voxels average eight, as those of a registration at a coarser size do."""
    (z, y, x), spacing = grid.shape, grid.spacing_mm[0] / 2
    origin = tuple(float(o) - spacing / 2 for o in grid.origin_mm)
    fine = phantom.ct(Grid((2 * z, 2 * y, 2 * x), (spacing,) * 3, origin), to_body, noise=20.0, **options)
    return Image(grid, block_mean(fine.values, (2, 2, 2)), fine.quantity)


@pytest.fixture(scope="module")
def scans(phantom, grid):
    """What lies at p on the fixed CT lies at move(p) + u(p) on the moving one; ``deform`` leads back."""
    move = phantom.move((4, -3, 5), (1, -2, 1))
    field = bump(phantom.grid((80, 70, 80), (5.5, 5.5, 5.5)), phantom)
    moving_grid = phantom.grid((72, 64, 76), (5.5, 5.5, 5.5), frame="1.2.2")
    moving = scan(phantom, moving_grid, move.inverse(), seed=2, deform=field.inverse().apply)
    return scan(phantom, grid, seed=1), moving, Deformation((field, move))


@pytest.fixture(scope="module")
def registered(scans):
    calls = []
    found = register_deformable(scans[0], scans[1], progress=lambda *told: calls.append(told))
    return found, calls


@pytest.fixture(scope="module")
def field(phantom, grid):
    """The breath on the grid of the fixed CT."""
    return bump(grid, phantom)


def liver(grid, phantom):
    points = phantom.points(grid)
    return points[phantom.ellipsoid(points, *phantom.ORGANS[2][:2])]


def test_a_breath_of_12_mm_is_followed(phantom, grid, scans, registered):
    found, true = registered[0].transform, scans[2]
    points = liver(grid, phantom)
    before = np.linalg.norm(found.rigid.apply(points) - true.apply(points), axis=1)
    after = np.linalg.norm(found.apply(points) - true.apply(points), axis=1)
    assert before.mean() > 4.0
    assert after.mean() < 0.7 * before.mean()  # the inside of the liver has one CT number: nothing leads it
    assert (found.source_frame, found.target_frame) == ("1.2.1", "1.2.2")


def test_the_report_tells_what_it_bends(registered):
    found, calls = registered
    quality = found.deformation
    assert 0 < quality.jacobian_minimum <= quality.jacobian_p5 < 1 < quality.jacobian_p95 <= quality.jacobian_maximum
    assert 2.0 < quality.largest_displacement_mm < 20.0
    assert 0 < quality.mean_displacement_mm < quality.largest_displacement_mm
    assert quality.inverse_consistency_mm < 0.5
    assert max(found.quality.residual_shift_mm, found.rigid_quality.residual_shift_mm) < 2.0
    assert calls[-1][1] == calls[-1][2]
    assert all(0 < done <= total for _, done, total in calls)


def test_two_runs_give_the_same_bits(phantom):
    small = phantom.grid((36, 32, 38), (11.0, 11.0, 11.0))
    fixed, moving = (phantom.ct(small, seed=n, deform=None if n == 1 else lambda p: p - breath(p)) for n in (1, 2))
    first, second = (register_deformable(fixed, moving).transform.steps[0] for _ in range(2))
    assert first.displacement_mm.any()
    assert np.array_equal(first.displacement_mm, second.displacement_mm)


def test_a_fold_is_refused(phantom, grid):
    folded = Deformation((bump(grid, phantom, height=90.0, width=30.0),))
    with pytest.raises(AlignmentError, match=r"Jacobian determinant falls to -\d"):
        check_deformation(folded, grid, np.ones(grid.shape, dtype=bool))


def test_the_jacobian_is_that_of_the_formula(phantom, grid, field):
    """det(1 + du/dx) = 1 + du_z/dz for a field along z."""
    points = phantom.points(grid)
    near = np.exp(-(((points - CENTRE) / WIDTH) ** 2).sum(axis=-1))
    expected = 1 + DEPTH * near * 2 * (points - CENTRE)[..., 2] / WIDTH**2
    inner = (slice(2, -2),) * 3
    found = jacobian_on(grid, Deformation((field, phantom.move((3, 2, 1), (4, 5, 6)))))
    assert found[inner] == pytest.approx(expected[inner], abs=3e-3)
    assert jacobian_on(grid, Deformation((phantom.move((1, 2, 3), (4, 5, 6)),))) == pytest.approx(1.0)


def test_a_left_handed_grid_has_the_same_jacobian(grid, field):
    last = grid.points(np.array([grid.shape[2] - 1.0, 0.0, 0.0]))
    mirrored = Grid(grid.shape, grid.spacing_mm, tuple(map(float, last)), ((-1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0)))
    bent = Deformation((field,))
    assert jacobian_on(mirrored, bent)[..., ::-1] == pytest.approx(jacobian_on(grid, bent))


def test_activity_is_conserved_where_it_is_swollen(phantom, grid, field):
    points = phantom.points(grid)
    values = 1e6 * np.exp(-0.5 * ((points - CENTRE) ** 2).sum(axis=-1) / 25.0**2)
    image = Image(grid, values, Quantity.ACTIVITY_CONCENTRATION)
    moved = resample_activity(image, grid, Deformation((field, phantom.move((3, 2, -4), (1, 2, 1)))))
    assert moved.image.values.sum() == pytest.approx(values.sum(), rel=3e-3)
    assert moved.conserved == pytest.approx(1.0, abs=3e-3)
    ct = resample_ct(Image(grid, np.full(grid.shape, 40.0), Quantity.CT_NUMBER), grid,
                     Deformation((field,)), outside_hu=-1000.0)  # fmt: skip
    assert np.unique(ct.values).tolist() in ([40.0], [-1000.0, 40.0])


def test_there_and_back_is_where_it_was(phantom, grid, field):
    bent = Deformation((field, phantom.move((3, 2, 1), (4, 5, 6))), "A", "B")
    points = phantom.points(grid)[10:-10:4, 10:-10:4, 10:-10:4].reshape(-1, 3)
    assert bent.inverse().apply(bent.apply(points)) == pytest.approx(points, abs=0.1)
    assert (bent.inverse().source_frame, bent.inverse().target_frame) == ("B", "A")


def test_a_chain_is_what_its_parts_are(phantom, field):
    bent = Deformation((field,), "A", "A")
    rigid = RigidTransform.from_array(phantom.move((3, 2, 1), (4, 5, 6)).array, "A", "B")
    chained = compose(bent, rigid)
    point = np.array([[-50.0, -10.0, -20.0]])
    assert chained.apply(point) == pytest.approx(rigid.apply(bent.apply(point)))
    assert chained.rigid.array == pytest.approx(rigid.array)
    assert (chained.source_frame, chained.target_frame) == ("A", "B")


def test_the_quality_of_a_deformation_is_that_of_what_it_brings_together(scans):
    fixed, moving, true = scans
    bent = assess_alignment(fixed, moving, true)
    rigid = assess_alignment(fixed, moving, true.rigid)
    assert bent.residual_shift_mm < 1.0
    assert bent.translation_mm == rigid.translation_mm


def test_fields_are_finite_and_fit_their_grid(grid):
    with pytest.raises(ValueError, match="finite vectors"):
        DisplacementField(grid, np.zeros((2, 2, 2, 3)), np.zeros((2, 2, 2, 3)))
