"""How the patient lies at each time point, and where the diaphragm was during the CT."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import RigidTransform
from hevesy.physdata.phantoms import LPS_MM_FROM_PHANTOM_CM, AbstractSolid, Transformed, transformed
from hevesy.simulate.seeds import generator

_SHIFT_SD_MM, _SHIFT_LIMIT_MM = 4.0, 8.0
_TURN_SD_DEG, _TURN_LIMIT_DEG = 0.8, 2.0
_BREATH_SD_MM, _BREATH_LIMIT_MM = 2.0, 3.5


@dataclass(frozen=True)
class Pose:
    """Position of the patient at one time point."""

    transform: RigidTransform
    """From the reference (time point 1) to this time point."""
    ct_breathing_mm: float
    """Cranial shift of the diaphragm in the CT against its mean position, which the SPECT shows. [mm]"""

    def place(self, solid: AbstractSolid, shift_mm: float = 0.0) -> Transformed:
        """Carry a solid from the phantom to the scanner, shifted cranially within the patient."""
        shift = np.eye(4)
        shift[2, 3] = shift_mm
        return transformed(solid, self.transform.array @ shift @ LPS_MM_FROM_PHANTOM_CM)


def draw_poses(seed: int, n: int, centre_mm: NDArray[np.float64]) -> tuple[Pose, ...]:
    """Poses of ``n`` time points; the first one is the reference and does not move.

    Parameters
    ----------
    seed
        Of the simulation.
    n
        Number of time points.
    centre_mm
        Point that the patient turns about. Shape ``(3,)``. [mm]
    """
    return tuple(_draw(seed, k, centre_mm) for k in range(n))


def _draw(seed: int, k: int, centre_mm: NDArray[np.float64]) -> Pose:
    rng = generator(seed, "movement", k)
    shift = np.clip(rng.normal(0.0, _SHIFT_SD_MM, 3), -_SHIFT_LIMIT_MM, _SHIFT_LIMIT_MM)
    turn = np.radians(np.clip(rng.normal(0.0, _TURN_SD_DEG, 3), -_TURN_LIMIT_DEG, _TURN_LIMIT_DEG))
    breath = float(np.clip(rng.normal(0.0, _BREATH_SD_MM), -_BREATH_LIMIT_MM, _BREATH_LIMIT_MM))
    if k == 0:
        return Pose(RigidTransform.identity(), breath)
    matrix = np.eye(4)
    matrix[:3, :3] = rotation(turn)
    matrix[:3, 3] = centre_mm - matrix[:3, :3] @ centre_mm + shift
    return Pose(RigidTransform.from_array(matrix), breath)


def rotation(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Matrix of a turn about x, then y, then z. [rad] Shape ``(3, 3)``."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(angles), np.sin(angles)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    turned: NDArray[np.float64] = about_z @ about_y @ about_x
    return turned
