"""A body with known shapes, sampled analytically wherever it has moved to."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hevesy.domain import Grid, Image, Quantity, RigidTransform

# centre, semi-axes [mm], HU; later ones lie on top
ORGANS = (
    ((-75, -10, 110), (65, 80, 110), -780),
    ((75, -10, 110), (60, 75, 105), -780),
    ((-60, -20, -30), (85, 75, 65), 60),
    ((95, 30, -35), (35, 45, 50), 50),
    ((-60, 55, -90), (27, 30, 55), 40),
    ((62, 58, -80), (27, 30, 55), 40),
    ((15, -30, 60), (45, 45, 50), 45),
    ((60, -60, -60), (40, 30, 40), -600),
)


def ellipsoid(p, centre, axes):
    return (((p - np.array(centre)) / np.array(axes)) ** 2).sum(axis=-1) < 1.0


def body_hu(p):
    x, y, z = np.moveaxis(p, -1, 0)
    hu = np.full(p.shape[:-1], -1000.0)
    width = 175 - 0.00035 * (z - 60) ** 2
    inside = (np.abs(x) / width) ** 2.4 + (np.abs(y) / (110 + 0.05 * z)) ** 2.2 < 1
    hu[inside] = -100
    hu[(np.abs(x) / (width - 18)) ** 2.4 + (np.abs(y) / (94 + 0.05 * z)) ** 2.2 < 1] = 30
    for centre, axes, value in ORGANS:
        hu[ellipsoid(p, centre, axes)] = value
    curve = 70 + 12 * np.sin(z / 60)
    hu[((x / 20) ** 2 + ((y - curve) / 17) ** 2 < 1) & (np.mod(z, 34) < 27)] = 350
    ring = np.abs(np.hypot(x / 150, (y - 5) / 88) - 1) < 0.045
    hu[ring & (np.mod(z + 0.35 * np.abs(y), 38) < 11) & (z > -40)] = 500
    hu[ellipsoid(p, (-95, 40, -175), (45, 35, 50)) | ellipsoid(p, (95, 40, -175), (45, 35, 50))] = 300
    return hu


def table_hu(p):
    x, y, _ = np.moveaxis(p, -1, 0)
    return np.where((np.abs(x) < 210) & (y > 135) & (y < 143), 120.0, -1000.0)


def grid(shape=(110, 116, 116), spacing=(4.0, 4.0, 4.0), shift=(0.0, 0.0, 0.0), frame=None):
    z, y, x = shape
    size = np.array([x, y, z]) - 1
    origin = -np.array(spacing) * size / 2 + np.array(shift)
    return Grid(shape, spacing, tuple(map(float, origin)), frame_of_reference=frame)


def move(translation, angles_deg, centre=(10.0, -5.0, 20.0), frames=(None, None)):
    rotation = Rotation.from_euler("xyz", angles_deg, degrees=True).as_matrix()
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    matrix[:3, 3] = np.array(centre) + np.array(translation) - rotation @ np.array(centre)
    return RigidTransform.from_array(matrix, *frames)


def points(grid):
    z, y, x = (np.arange(n, dtype=float) for n in grid.shape)
    k, j, i = np.meshgrid(z, y, x, indexing="ij")
    return grid.points(np.stack([i, j, k], axis=-1))


def ct(grid, to_body=None, *, seed=1, noise=15.0, deform=None):
    """A CT of the body; ``to_body`` maps points of the scan to points of the body at rest. The table never moves."""
    p = points(grid)
    q = p if to_body is None else to_body.apply(p)
    hu = np.maximum(body_hu(q if deform is None else deform(q)), table_hu(p))
    hu = hu + noise * np.random.default_rng(seed).standard_normal(hu.shape)
    return Image(grid, hu.astype(np.float32), Quantity.CT_NUMBER)


def target_error(found, true):
    """Distance of moved points in the trunk. [mm]"""
    p = np.array([[x, y, z] for x in (-100, 0, 100) for y in (-60, 0, 60) for z in (-120, 0, 120)], dtype=float)
    return np.linalg.norm(found.apply(p) - true.apply(p), axis=1)


@pytest.fixture(scope="session")
def phantom():
    """This module: the shapes and how to scan them."""
    return sys.modules[__name__]
