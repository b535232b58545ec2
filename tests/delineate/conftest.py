"""Drawn shapes with known volume."""

import sys

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hevesy.domain import Contour, Grid, Region, RegionKind, RigidTransform, Roi, Side


def circle(radius, centre, z, n=180, phase=0.05):
    t = np.arange(n) / n * 2 * np.pi + phase
    return np.stack([centre[0] + radius * np.cos(t), centre[1] + radius * np.sin(t), np.full(n, z)], axis=1)


def roi(polygons, name="drawn"):
    return Roi(1, name, contours=tuple(Contour(np.asarray(p, dtype=float)) for p in polygons))


def sphere(radius, centre, spacing, **kwargs):
    """Axial contours of a sphere, planes at multiples of the spacing."""
    cx, cy, cz = centre
    heights = np.arange(np.ceil((cz - radius) / spacing), np.floor((cz + radius) / spacing) + 1) * spacing
    return roi(
        [circle(np.sqrt(radius**2 - (z - cz) ** 2), (cx, cy), z) for z in heights if abs(z - cz) < radius], **kwargs
    )


def cylinder(radius, centre, heights, name="cylinder"):
    return roi([circle(radius, centre, z) for z in heights], name)


def grid(shape=(40, 40, 40), spacing=(2.5, 2.5, 2.5), centre=(0.0, 0.0, 0.0)):
    z, y, x = shape
    origin = np.array(centre) - np.array(spacing) * (np.array([x, y, z]) - 1) / 2
    return Grid(shape, spacing, tuple(map(float, origin)))


def move(translation, angles_deg):
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", angles_deg, degrees=True).as_matrix()
    matrix[:3, 3] = translation
    return RigidTransform.from_array(matrix)


def moved(drawn, transform):
    return Roi(drawn.number, drawn.name, contours=tuple(Contour(transform.apply(c.points_mm)) for c in drawn.contours))


def box_region(name, kind, corner, size, on=None, exact=None):
    on = on or grid((12, 12, 12), (5.0, 5.0, 5.0))
    mask = np.zeros(on.shape, dtype=bool)
    mask[tuple(slice(c, c + n) for c, n in zip(corner, size, strict=True))] = True
    volume = mask.sum() * on.voxel_volume_ml
    return Region(name, kind, Side.NONE, mask, on, volume if exact is None else exact)


LESION, ORGAN = RegionKind.LESION, RegionKind.ORGAN


@pytest.fixture(scope="session")
def shapes():
    """This module."""
    return sys.modules[__name__]
