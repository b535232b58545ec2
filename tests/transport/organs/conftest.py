"""Small bodies for tests of organs."""

import numpy as np
import pytest

from hevesy.physdata import material
from hevesy.transport.mc import Outside, VoxelGeometry
from hevesy.transport.organs import labelled_anatomy


def build_cube(voxel_cm=1.0):
    """A cube of water: an inner cube (0) in the rest (1), another organ (2) in a corner, nothing outside."""
    labels = np.full((12, 12, 12), 1, dtype=np.int16)
    labels[4:8, 4:8, 4:8] = 0
    labels[1:3, 1:3, 1:3] = 2
    geometry = VoxelGeometry(
        (voxel_cm,) * 3,
        np.zeros(labels.shape, dtype=np.uint8),
        np.ones(labels.shape, dtype=np.float32),
        (material("water"),),
        Outside.VACUUM,
    )
    return labelled_anatomy("cube", geometry, labels, ("core", "rest", "corner"), {"inside": ("core", "corner")})


@pytest.fixture(scope="session")
def cube():
    """Builder of a cube of water with three organs."""
    return build_cube
