"""The dose map of a treatment so far, its picture, and the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.decide.tare import ASSUMPTIONS, HEALTHY, risk_of_exceeding
from hevesy.domain import Image, Quantity
from hevesy.report import write_nifti
from hevesy.workflow.tare.live.job import LiveCase

Floats = NDArray[np.float64]
_ML_PER_KG = 1e3
_CURVE_POINTS = 25


def dose_map(case: LiveCase) -> Floats:
    """Absorbed dose of all fractions where it is laid down, NaN without a value. Shape ``(z, y, x)``. [Gy]"""
    regions, shown = case.measured.regions, case.measured.shown
    last = shown[-1]
    before = np.zeros(last.amount_per_ml.shape)
    activity = np.zeros(last.amount_per_ml.shape)
    for one, fraction in zip(shown, case.fractions, strict=True):
        amount = np.where(one.found, one.amount_per_ml, last.amount_per_ml)
        activity += (amount - before) * fraction.activity_per_amount.value
        before = amount
    mass = case.content.density / _ML_PER_KG
    volume_kg = regions.volume_ml(HEALTHY) * mass
    factor = case.standing.dose_per_activity.value * volume_kg
    values = np.full(regions.grid.shape, np.nan)
    values[regions.liver] = np.where(last.found, activity * factor / mass, np.nan)
    return values


def region_maps(case: LiveCase) -> dict[str, NDArray[np.bool_]]:
    """The parts of the liver, and its voids. Shape ``(z, y, x)``."""
    regions = case.measured.regions
    found = {}
    for name, part in {**regions.parts, "void": ~case.measured.shown[-1].found}.items():
        mask = np.zeros(regions.grid.shape, dtype=np.bool_)
        mask[regions.liver] = part
        found[name] = mask
    return found


def risk_curves(case: LiveCase) -> dict[str, list[tuple[float, float]]]:
    """Probability of exceeding the limit over the activity of the next fraction [GBq], by assumption."""
    per = case.standing.dose_per_activity.value
    most = max(case.limit.dose_gy / per, 1.0)
    found: dict[str, list[tuple[float, float]]] = {}
    for assumption in ASSUMPTIONS:
        points = []
        for activity in np.linspace(0.0, most, _CURVE_POINTS):
            risk = risk_of_exceeding(case.standing, case.limit.dose_gy, float(activity), assumption)
            points.append((float(activity) * 1e-9, risk))
        found[assumption] = points
    return found


@dataclass(frozen=True)
class ShownPlane:
    """The transverse plane with most dose, within the box of the liver. Arrays of shape ``(y, x)``."""

    absorbed_dose_gy: Floats
    """NaN outside the liver and in voids. [Gy]"""
    void: NDArray[np.bool_]
    aspect: float
    """Height over width of a voxel."""


def write_pictures(case: LiveCase, document: Mapping[str, Any], out: Path) -> ShownPlane:
    """Write ``absorbed_dose.nii.gz``, ``live.jpg`` and ``live.html``.

    Returns
    -------
    The plane that the picture shows.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    from hevesy.report.tare_live import LivePicture, write_live_report

    doses = dose_map(case)
    write_nifti(Image(case.measured.regions.grid, doses, Quantity.ABSORBED_DOSE), out / "absorbed_dose.nii.gz")
    grid = case.measured.regions.grid
    picture = LivePicture(grid, doses, region_maps(case), risk_curves(case))
    write_live_report(document, picture, out)
    return ShownPlane(doses[picture.box], picture.regions["void"][picture.box], grid.spacing_mm[1] / grid.spacing_mm[0])
