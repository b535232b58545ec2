"""Bringing time points together: registration, its quality, and resampling."""

from hevesy.align.across import as_shown, register_across
from hevesy.align.deform import (
    DeformableRegistration,
    DeformationQuality,
    check_deformation,
    register_deformable,
)
from hevesy.align.frames import compose, transform_between
from hevesy.align.local import LocalShift, local_shifts
from hevesy.align.magnitudes import MagnitudeRegistration, register_magnitudes, resample_map
from hevesy.align.pictures import OverlaySlice, overlay_slices
from hevesy.align.planar import planar_shift, shifted
from hevesy.align.quality import AlignmentQuality, assess_alignment, check_alignment
from hevesy.align.register import Registration, register_rigid
from hevesy.align.resample import (
    Resampled,
    move_grid,
    resample_activity,
    resample_ct,
    resample_labels,
    resample_mask,
    transform_roi_set,
)
from hevesy.align.through import jacobian_on

__all__ = [
    "AlignmentQuality",
    "DeformableRegistration",
    "DeformationQuality",
    "LocalShift",
    "MagnitudeRegistration",
    "OverlaySlice",
    "Registration",
    "Resampled",
    "as_shown",
    "assess_alignment",
    "check_alignment",
    "check_deformation",
    "compose",
    "jacobian_on",
    "local_shifts",
    "move_grid",
    "overlay_slices",
    "planar_shift",
    "register_across",
    "register_deformable",
    "register_magnitudes",
    "register_rigid",
    "resample_activity",
    "resample_ct",
    "resample_labels",
    "resample_map",
    "resample_mask",
    "shifted",
    "transform_between",
    "transform_roi_set",
]
