"""Monte Carlo propagation: every input drawn wrong, and the doses of each draw by the functions of the job itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.special import expit

from hevesy.domain import Progress, silent
from hevesy.errors import RegionFinding
from hevesy.integrate import EXPECTED_SCATTER, DrawnCurves, Scatter, draw_curves
from hevesy.numerics.recovery import volume_derivative
from hevesy.numerics.repair import protraction_factors
from hevesy.quantify import RecoveryCurve
from hevesy.quantities import Draws, Uncertain, drawn, exact
from hevesy.workflow.courses import RegionCourse
from hevesy.workflow.doses import Depositing, RegionDose

Floats = NDArray[np.float64]

_MASSES = 33
"""Masses at which an engine is asked for S values; between them ln S is a cubic spline of ln m."""
_LN_2 = float(np.log(2.0))


@dataclass(frozen=True)
class RegionDraws:
    """One region in every draw. Shape ``(sample,)`` each."""

    time_integrated_activity: Floats
    """[Bq s]"""
    absorbed_dose: Floats | None
    """[Gy]"""
    bed: Floats | None
    """[Gy]"""
    eqd2: Floats | None
    """[Gy]"""
    note: str | None = None
    """What was not drawn anew."""


@dataclass(frozen=True)
class UncertaintyDrawing:
    """What drawing needs beside the regions."""

    draws: Draws
    depositing: Depositing
    scatter_between_scans: float
    recovery_curve: RecoveryCurve | None
    """Where recovery goes by volume."""


def draw_doses(
    doses: Sequence[RegionDose], drawing: UncertaintyDrawing, progress: Progress = silent
) -> Mapping[str, RegionDraws]:
    """Draw every region that has a curve.

    Calibration, dead time, counts, registration, boundaries, recovery, half-lives, S values, alpha/beta and repair are
    drawn log-normal about their values, each source once for all regions and scans that share it. Counts within a moved
    boundary and what neighbours spill follow the response that was measured on the image; volume, mass, recovery by
    volume, the fit, S, G, BED and EQD2 are computed again.

    Parameters
    ----------
    doses
        As computed.
    drawing
        Seed, number of draws and engine.
    progress
        Told of every region.

    References
    ----------
    .. [1] JCGM 101:2008, Propagation of distributions using a Monte Carlo method
    """
    found = {}
    for done, dose in enumerate(doses, start=1):
        draws = _region(dose, drawing)
        if draws is not None:
            found[dose.course.settings.name] = draws
        progress("draw the uncertainties", done, len(doses))
    return found


def _region(dose: RegionDose, drawing: UncertaintyDrawing) -> RegionDraws | None:
    course = dose.course
    if course.fitted is None or course.measured is None:
        return None
    curves = draw_curves(
        course.measured,
        course.fitted,
        np.stack([_activity(point.activity, course, drawing) for point in course.measured.points], axis=1),
        drawing.draws,
        physical_half_life_s=drawing.depositing.nuclide.half_life_s,
        scatter=Scatter(drawing.scatter_between_scans, EXPECTED_SCATTER.degrees_of_freedom),
        fixed_half_life_s=course.settings.half_life_s,
    )
    note = None if curves.refitted else f"the curve ({course.fitted.model}) was not fitted again"
    try:
        s_values = _s_values(course, drawing) if dose.absorbed_dose is not None else None
    except RegionFinding as finding:
        s_values, note = None, f"no S value for some of the drawn masses: {finding.reason}"
    tia = curves.time_integrated_activity
    absorbed = None if s_values is None else tia * s_values
    bed, eqd2 = _effects(dose, absorbed, curves, drawing.draws)
    return RegionDraws(tia, absorbed, bed, eqd2, note)


def _activity(measured: Uncertain, course: RegionCourse, drawing: UncertaintyDrawing) -> Floats:
    """Draws of a measured activity of a region. [Bq]"""
    activity, curve = drawn(measured, drawing.draws), drawing.recovery_curve
    scan = next((scan for scan in course.scans if scan.activity_bq is measured), None)
    if scan is None or curve is None or scan.recovery is None or scan.by_shape is not None:
        return activity
    result: Floats = activity * _recovery_again(scan.recovery, scan.volume_ml, curve, drawing.draws)
    return result


def _recovery_again(coefficient: Uncertain, volume_ml: Uncertain, curve: RecoveryCurve, draws: Draws) -> Floats:
    """What the curve itself makes of drawn volumes and parameters, over what its derivatives make of them."""
    names = [f"recovery:{curve.name}.{n}" for n in (1, 2)]
    first, second = (draws.normal(name) for name in names)
    lower = np.linalg.cholesky(curve.covariance)
    b1 = drawn(Uncertain(curve.b1_ml, {names[0]: float(lower[0, 0])}), draws)
    b2 = curve.b2 * np.exp((lower[1, 0] * first + lower[1, 1] * second) / curve.b2)
    volumes = drawn(volume_ml, draws)
    exactly = expit(b2 * np.log(volumes / b1))
    slope = volume_derivative(volume_ml.value, curve.b1_ml, curve.b2) / coefficient.value
    linear = slope * volume_ml.value * np.log(volumes / volume_ml.value)
    for name, normal in zip(names, (first, second), strict=True):
        linear += coefficient.components.get(name, 0.0) / coefficient.value * normal
    result: Floats = np.exp(linear) * coefficient.value / exactly
    return result


def _s_values(course: RegionCourse, drawing: UncertaintyDrawing) -> Floats:
    """S values of the drawn masses, with the engine's own sources. [Gy/(Bq s)]"""
    if course.mass_kg is None:
        raise ValueError(f"expected a mass of {course.settings.name}, but there is none")
    masses = drawn(course.mass_kg, drawing.draws)
    own = drawn(drawing.depositing.s_value(course, exact(course.mass_kg.value)), drawing.draws)
    if not course.mass_kg.components:
        return own
    nodes = np.geomspace(masses.min(), masses.max(), _MASSES)
    values = [drawing.depositing.s_value(course, exact(float(node))).value for node in nodes]
    spline = CubicSpline(np.log(nodes), np.log(values))
    result: Floats = own * np.exp(spline(np.log(masses)) - spline(np.log(course.mass_kg.value)))
    return result


def _effects(
    dose: RegionDose, absorbed: Floats | None, curves: DrawnCurves, draws: Draws
) -> tuple[Floats | None, Floats | None]:
    settings = dose.course.settings
    if absorbed is None or dose.g is None or settings.alpha_beta_gy is None or settings.repair_half_time_s is None:
        return None, None
    ratio = drawn(settings.alpha_beta_gy, draws)
    if curves.amplitudes_bq is None or curves.rates_per_s is None:
        g = drawn(dose.g, draws)
    else:
        repair = _LN_2 / drawn(settings.repair_half_time_s, draws)
        g = protraction_factors(curves.amplitudes_bq, curves.rates_per_s, repair)
    bed = absorbed * (1.0 + g * absorbed / ratio)
    return bed, bed * ratio / (ratio + 2.0)


def earlier_draws(estimate: Uncertain, draws: Draws) -> Floats:
    """Draws of a dose that was given before; zero without an uncertainty stays zero. Shape ``(sample,)``. [Gy]"""
    return drawn(estimate, draws) if estimate.components else np.full(draws.samples, estimate.value)
