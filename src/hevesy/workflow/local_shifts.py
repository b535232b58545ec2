"""Every region moved to where an emission scan shows it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hevesy.align import LocalShift, local_shifts
from hevesy.delineate import voxel_shares
from hevesy.domain import Image, RoiSet
from hevesy.errors import RegionFinding
from hevesy.quantify import position_relative_u
from hevesy.quantities import Uncertain, multiply_powers
from hevesy.report.model import AlignmentModel, LocalShiftModel
from hevesy.workflow.config import Alignment, LocalShiftChoice, RegionItem, Regions
from hevesy.workflow.drawn import roi_named
from hevesy.workflow.place import Drawing, PlacedRegions
from hevesy.workflow.recovery import UsedRecovery

_MEDIAN_LENGTH = 1.5381722544550522
"""Median length of a vector of three standard normal numbers (Maxwell's distribution)."""


@dataclass(frozen=True)
class ShiftSettings:
    """What the study says about local shifts."""

    choice: LocalShiftChoice | None
    fwhm_mm: float | None
    """Of the emission images: stated, or the mean that recovery by shape uses. [mm]"""


def shift_settings(section: Alignment, recovery: UsedRecovery) -> ShiftSettings:
    """Settle the resolution that the shifts are found with."""
    choice, resolution = section.local_shift, recovery.resolution
    if choice is None or choice.resolution is not None or resolution is None:
        return ShiftSettings(choice, choice.resolution if choice else None)
    return ShiftSettings(choice, float(np.mean(resolution.fwhm_mm)))


def with_local_shifts(
    section: ShiftSettings, regions: Regions, drawn: RoiSet, activity: Image, drawing: Drawing, *, home: bool
) -> Drawing:
    """The same drawing with every region moved to where one emission image shows it, where the study asks for that.

    Parameters
    ----------
    section, regions
        The study's choices.
    drawn
        What was drawn.
    activity
        Activity concentration at the scan. [Bq/ml]
    drawing
        How the drawn regions lie to this scan.
    home
        Whether the regions were drawn for this scan: those found on the image itself stay then.
    """
    if section.choice is None or section.fwhm_mm is None:
        return drawing
    shares = {}
    for item in regions.items:
        roi = roi_named(drawn, item.name)
        if roi is not None:
            try:
                shares[item.name] = voxel_shares(
                    roi, activity.grid, drawing.to_drawn, slice_spacing_mm=drawing.slice_spacing_mm
                )
            except RegionFinding:  # placing the region says why
                continue
    held = {item.name for item in regions.items if _stays(item, home=home)}
    found = local_shifts(activity, shares, fwhm_mm=section.fwhm_mm, maximum_mm=section.choice.maximum, held=held)
    return replace(drawing, shifts=found)


def _stays(item: RegionItem, *, home: bool) -> bool:
    return not item.local_shift or (home and item.found_within is not None)


def shift_findings(name: str, placed: Mapping[int, PlacedRegions]) -> list[str]:
    """Why a region was not moved on a scan."""
    return [
        f"time point {index}: not moved to where the emission image shows it: {shift.reason}"
        for index, regions in placed.items()
        if (shift := regions.shifts.get(name)) is not None and shift.reason is not None
    ]


def position_factor(
    activity: Image, placed: PlacedRegions, name: str, time_point: int, residual_mm: float = 0.0
) -> Uncertain:
    r"""1 with what the uncertainty of a region's position does to its activity.

    That of a region that was moved to where the image shows it is its shift's. Any other lies where the registration of
    the scans puts it, which leaves a residual: the median length :math:`\rho` of what parts of the body still need.
    For normal errors along each axis that is :math:`\sigma = \rho / 1.5382`.

    Parameters
    ----------
    activity
        Activity concentration at the scan. [Bq/ml]
    placed
        The regions on it.
    name, time_point
        For the source ``registration:<region>@<time point>``.
    residual_mm
        Residual shift between the drawing and this scan; 0 where they are one. [mm]
    """
    shift, region = placed.shifts.get(name), placed.regions.get(name)
    if region is None:
        return Uncertain(1.0)
    moved = shift is not None and shift.reason is None
    covariance = np.array(shift.covariance_mm2) if moved and shift else (residual_mm / _MEDIAN_LENGTH) ** 2 * np.eye(3)
    if not covariance.any():
        return Uncertain(1.0)
    relative = position_relative_u(activity, region.mask, covariance)
    return Uncertain(1.0, {f"registration:{name}@{time_point}": relative})


def registration_residuals(entries: Sequence[AlignmentModel], home: int | None) -> dict[int, float]:
    """Residual shift between the time point that the regions were drawn on and each other one. [mm]

    What nobody measured is left out. Through the reference the two residuals add in quadrature.
    """
    if home is None:
        return {}
    known = {entry.time_point: entry.residual_shift_mm or 0.0 for entry in entries}
    return {index: math.hypot(left, known.get(home, 0.0)) for index, left in known.items() if index != home}


def with_position(estimate: Uncertain, position: Uncertain) -> Uncertain:
    """An estimate with the uncertainty of its region's position."""
    return multiply_powers((estimate, 1.0), (position, 1.0)) if position.components else estimate


def local_shift_entries(names: Sequence[str], placed: Mapping[int, PlacedRegions]) -> list[LocalShiftModel]:
    """Every shift, for the results document."""
    return [entry for index, regions in placed.items() for entry in _entries(names, index, regions.shifts)]


def _entries(names: Sequence[str], index: int, shifts: Mapping[str, LocalShift]) -> Iterator[LocalShiftModel]:
    for name in names:
        shift = shifts.get(name)
        if shift is not None:
            moved = shift.reason is None
            yield LocalShiftModel(
                region=name,
                time_point=index,
                shift_mm=shift.shift_mm if moved else None,
                standard_uncertainty_mm=shift.standard_uncertainty_mm if moved else None,
                reason=shift.reason,
            )
