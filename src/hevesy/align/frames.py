"""Transforms between frames of reference, from registration objects or because the frames are one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Deformation, PointTransform, RigidTransform
from hevesy.errors import AlignmentError

AGREEMENT_MM = 0.5
"""How far two stated ways between the same frames may differ within half a metre of the origin. [mm]"""


def transform_between(
    transforms: Sequence[RigidTransform], source_frame: str | None, target_frame: str | None
) -> RigidTransform:
    """The transform from one frame of reference to another, along the stated ones and their inverses.

    Equal frames need none: the identity.

    Parameters
    ----------
    transforms
        As read from registration objects, each with both frames.
    source_frame, target_frame
        Frame of Reference UIDs.

    Raises
    ------
    AlignmentError
        If a frame is not named, no path joins the two, or the stated transforms contradict each other.
    """
    if not source_frame or not target_frame:
        raise AlignmentError("images that name their frame of reference", "one names none")
    placed = {source_frame: np.eye(4)}
    steps = [*transforms, *(t.inverse() for t in transforms)]
    waiting = [source_frame]
    while waiting:
        frame = waiting.pop(0)
        for step in steps:
            end = step.target_frame
            if step.source_frame != frame or end is None:
                continue
            if end in placed:
                _check_agreement(placed[end], step.array @ placed[frame], frame, end)
            else:
                placed[end] = step.array @ placed[frame]
                waiting.append(end)
    if target_frame not in placed:
        raise AlignmentError(
            f"a registration from frame {source_frame} to frame {target_frame}",
            f"{len(transforms)} transforms without such a path came",
        )
    return RigidTransform.from_array(placed[target_frame], source_frame, target_frame)


@overload
def compose(first: RigidTransform, second: RigidTransform) -> RigidTransform: ...
@overload
def compose(first: PointTransform, second: PointTransform) -> PointTransform: ...
def compose(first: PointTransform, second: PointTransform) -> PointTransform:
    """One transform in place of ``first`` and then ``second``; rigid where both are."""
    if isinstance(first, Deformation) or isinstance(second, Deformation):
        steps = [t.steps if isinstance(t, Deformation) else (t,) for t in (first, second)]
        return Deformation((*steps[0], *steps[1]), first.source_frame, second.target_frame)
    return RigidTransform.from_array(second.array @ first.array, first.source_frame, second.target_frame)


def _check_agreement(known: NDArray[np.float64], other: NDArray[np.float64], start: str, end: str) -> None:
    corners = np.array([[x, y, z, 1.0] for x in (-500, 500) for y in (-500, 500) for z in (-500, 500)])
    apart = float(np.linalg.norm(corners @ (known - other).T, axis=1).max())
    if apart > AGREEMENT_MM:
        raise AlignmentError(
            "registrations that agree with each other",
            f"those from frame {start} to frame {end} differ by {apart:.1f} mm",
        )
