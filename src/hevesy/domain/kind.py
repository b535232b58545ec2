"""What sort of image a series holds."""

from __future__ import annotations

from enum import StrEnum


class ImageKind(StrEnum):
    """Sort of image; only a tomogram is a volume that may become a time point or a CT of one."""

    TOMOGRAM = "tomogram"
    """Reconstructed slices of one volume."""
    GATED_TOMOGRAM = "gated tomogram"
    TRANSMISSION = "transmission tomogram"
    """An attenuation map: no emission."""
    STATIC = "static planar"
    WHOLE_BODY = "whole-body planar"
    DYNAMIC = "dynamic planar"
    GATED = "gated planar"
    PROJECTIONS = "projections"
    """Angular views before reconstruction."""
    GATED_PROJECTIONS = "gated projections"
    REPROJECTION = "reprojection"
    LOCALIZER = "localizer"
    OTHER = "other"
    """An object without image, or one that does not say."""


PLANAR_KINDS = frozenset({
    ImageKind.STATIC, ImageKind.WHOLE_BODY, ImageKind.DYNAMIC, ImageKind.GATED, ImageKind.PROJECTIONS,
    ImageKind.GATED_PROJECTIONS,
})  # fmt: skip
"""Counts on a detector."""
