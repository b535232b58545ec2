from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from hevesy.numerics.geometric_transfer import (
    boundary_response,
    collected,
    concentrations,
    surface_density,
    transfer,
    width_response,
)
from hevesy.numerics.response import Response, blur, part_of
from hevesy.numerics.surface import area_density

STEP, N, FINE = 4.8, 26, 4
FINE_STEP = STEP / FINE
AXES = (np.arange(N * FINE) - (N * FINE - 1) / 2) * FINE_STEP
RADIUS = np.sqrt(AXES[:, None, None] ** 2 + AXES[None, :, None] ** 2 + AXES[None, None, :] ** 2)
SIGMA = 11.4 / 2.3548


def coarse(values):
    return values.reshape(N, FINE, N, FINE, N, FINE).mean((1, 3, 5)).astype(np.float32)


def ball(radius):
    return np.clip(0.5 - (RADIUS - radius) / FINE_STEP, 0.0, 1.0)


def response(sigma=SIGMA):
    return Response((STEP,) * 3, ((N - 1) / 2,) * 2, (sigma, sigma), (sigma, sigma), 0.0)


def solved(radius, image, sigma=SIGMA):
    share = coarse(ball(radius))
    shares = [part_of(share), part_of(1.0 - share)]
    found = transfer(shares, [blur(part, share.shape, response(sigma)) for part in shares])
    return found, concentrations(found.matrix, collected(found.shares, image))


def seen(radius, hot, warm, sigma=SIGMA):
    """The blurred ball as the voxels' centres show it; the mean over a voxel adds a twelfth of its square."""
    kept = np.sqrt(sigma**2 - STEP**2 / 12) / FINE_STEP
    return coarse(ndimage.gaussian_filter(hot * ball(radius) + warm * (1 - ball(radius)), kept, truncate=6))


@pytest.mark.parametrize("warm", [0.0, 0.2])
@pytest.mark.parametrize("radius", [12.0, 20.0, 30.0])
def test_concentrations_of_a_ball_and_what_is_around_it(radius, warm):
    _, values = solved(radius, seen(radius, 1.0, warm))
    assert values[0] == pytest.approx(1.0, abs=0.012)


@pytest.mark.parametrize("warm", [0.0, 0.2])
@pytest.mark.parametrize("radius", [12.0, 26.7])
def test_boundary_response_is_the_derivative(radius, warm):
    image = seen(radius, 1.0, warm)
    found, values = solved(radius, image)
    density = surface_density(found.shares[0], (STEP,) * 3)
    change = boundary_response(found, image, values, 0, density)
    numeric = (solved(radius + 0.25, image)[1] - solved(radius - 0.25, image)[1]) / 0.5
    assert change[0] == pytest.approx(numeric[0], rel=0.12)


@pytest.mark.parametrize("warm", [0.0, 0.2])
@pytest.mark.parametrize("radius", [10.0, 12.0, 20.0])
def test_boundary_response_with_the_area_from_points_is_the_derivative(radius, warm):
    image = seen(radius, 1.0, warm)
    found, values = solved(radius, image)
    density = part_of(area_density(ball(radius) > 0.5, FINE, (STEP,) * 3))
    change = boundary_response(found, image, values, 0, density)
    numeric = (solved(radius + 0.25, image)[1] - solved(radius - 0.25, image)[1]) / 0.5
    assert change[0] == pytest.approx(numeric[0], rel=0.065)


def test_width_response_is_the_derivative():
    image = seen(20.0, 1.0, 0.2)
    found, values = solved(20.0, image)
    change = width_response(found, values, response(), (np.array([1.0, 1.0]), np.array([1.0, 1.0])))
    numeric = (solved(20.0, image, SIGMA + 0.1)[1] - solved(20.0, image, SIGMA - 0.1)[1]) / 0.2
    assert change[0] == pytest.approx(numeric[0], rel=0.08)


@pytest.mark.parametrize("radius", [10.0, 20.0, 35.0])
def test_surface_density_sums_to_the_area(radius):
    density = surface_density(part_of(coarse(ball(radius))), (STEP,) * 3)
    assert density.values.sum() * STEP**3 == pytest.approx(4 * np.pi * radius**2, rel=0.05)


def test_equal_compartments_cannot_be_told_apart():
    share = part_of(coarse(ball(20.0)))
    image = blur(share, (N, N, N), response())
    found = transfer([share, share], [image, image])
    with pytest.raises(ValueError, match="cannot be told apart"):
        concentrations(found.matrix, np.ones(2))


def test_empty_compartment_is_refused():
    with pytest.raises(ValueError, match="no voxel"):
        concentrations(np.zeros((2, 2)), np.ones(2))
