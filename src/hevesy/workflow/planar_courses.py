r"""Courses of activity from planar scans: alone, or scaled by one SPECT.

A hybrid course takes its shape from the planar scans and its scale from the SPECT,

.. math:: A(t) = A_\mathrm{SPECT} \frac{P(t)}{P(t_\mathrm{ref})} ,

so that every error that is common to the planar scans (sensitivity, attenuation, thickness, a model that is wrong by
one factor) cancels, and one that is not the same share of the counts on each scan (background, overlap, scatter)
cancels in part: the signed components of the uncertainty do just that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hevesy.domain import MeasuredActivity, RegionKind, Side, TimeActivityCurve
from hevesy.errors import RegionFinding
from hevesy.quantify import PlanarMeasurement
from hevesy.quantities import Uncertain, multiply_powers, scaled
from hevesy.workflow.planar_measured import Measured, PlanarMeasured
from hevesy.workflow.settings import RegionSettings

_LARGEST_GAP_S = 6.0 * 3600.0
"""Between the SPECT and the planar scan that it scales. [s]"""


@dataclass(frozen=True)
class HybridCurves:
    """The planar scans of a study that one SPECT scales."""

    measured: PlanarMeasured
    half_life_s: float
    """Physical. [s]"""

    def curve(self, name: str, spect_time_s: float, activity: Uncertain) -> TimeActivityCurve | None:
        """The course of a region; None where the planar scans do not look for it.

        Parameters
        ----------
        name
            Of the region.
        spect_time_s
            Start of the administration to the start of the SPECT. [s]
        activity
            That the SPECT shows then. [Bq]

        Raises
        ------
        RegionFinding
            If a planar scan could not measure the region, or none is near the SPECT in time.
        """
        if name not in self.measured.regions:
            return None
        return self._scaled(name, self.measured.regions[name], self.measured.regions[name], spect_time_s, activity)

    def whole_body(self, name: str, spect_time_s: float, in_field: Uncertain) -> TimeActivityCurve:
        """The whole body's course, scaled by all that the SPECT shows over what the same rows of the views show.

        What the model leaves out cancels as far as the SPECT sees the body; of the rest it stays, as a source of its
        own.

        Raises
        ------
        RegionFinding
            If a planar scan could not measure it, or none is near the SPECT in time.
        """
        regions, beside = self.measured.regions[name], self.measured.field_of_view
        curve = self._scaled(name, regions, beside, spect_time_s, in_field)
        stated = self.measured.section.whole_body
        model = stated.model_relative_standard_uncertainty if stated else 0.0
        shares = [
            p.activity.value / w.activity.value for p, w in zip(*map(measurements, (beside, regions)), strict=True)
        ]
        outside = [Uncertain(1.0, {f"planar-model:{name}.outside": model * abs(1.0 - share)}) for share in shares]
        pairs = zip(curve.points, outside, strict=True)
        return replace(
            curve, points=tuple(replace(p, activity=multiply_powers((p.activity, 1.0), (u, 1.0))) for p, u in pairs)
        )

    def _scaled(
        self,
        name: str,
        shape: Sequence[Measured],
        scale: Sequence[Measured],
        spect_time_s: float,
        activity: Uncertain,
    ) -> TimeActivityCurve:
        found, beside = measurements(shape), measurements(scale)
        scans = self.measured.scans
        times = [scan.time_s + one.time_s for scan, one in zip(scans, found, strict=True)]
        near = [scan.time_s + one.time_s for scan, one in zip(scans, beside, strict=True)]
        nearest = min(range(len(near)), key=lambda n: abs(near[n] - spect_time_s))
        lag = near[nearest] - spect_time_s
        if abs(lag) > _LARGEST_GAP_S:
            raise RegionFinding(f"no planar scan within 6 h of the SPECT: the nearest is {abs(lag) / 3600:.1f} h away")
        there = scaled(activity, math.exp(-_rate(near, beside, nearest, self.half_life_s) * lag))
        reference = beside[nearest].activity
        points = tuple(
            MeasuredActivity(time, multiply_powers((one.activity, 1.0), (reference, -1.0), (there, 1.0)))
            for time, one in zip(times, found, strict=True)
        )
        return TimeActivityCurve(name, points)


def _rate(times_s: Sequence[float], found: Sequence[PlanarMeasurement], nearest: int, half_life_s: float) -> float:
    """Rate at which the activity falls about one scan, from its neighbour; physical decay with one scan. [1/s]"""
    if len(found) == 1:
        return math.log(2.0) / half_life_s
    other = nearest + 1 if nearest + 1 < len(found) else nearest - 1
    ratio = found[nearest].activity.value / found[other].activity.value
    return math.log(ratio) / (times_s[other] - times_s[nearest])


def measurements(found: Sequence[Measured]) -> list[PlanarMeasurement]:
    """All scans of a region.

    Raises
    ------
    RegionFinding
        The first reason why a scan could not measure it.
    """
    measured = []
    for one in found:
        if isinstance(one, RegionFinding):
            raise one
        measured.append(one)
    return measured


def planar_curve(measured: PlanarMeasured, name: str) -> TimeActivityCurve:
    """The course of a region by planar scans alone.

    Raises
    ------
    RegionFinding
        If a scan could not measure it.
    """
    found = measurements(measured.regions[name])
    pairs = zip(measured.scans, found, strict=True)
    return TimeActivityCurve(name, tuple(MeasuredActivity(s.time_s + m.time_s, m.activity) for s, m in pairs))


def whole_body_settings(name: str, density_g_ml: float, model: str) -> RegionSettings:
    """The whole body as a region of its own, without biology."""
    return RegionSettings(
        name=name,
        kind=RegionKind.ORGAN,
        side=Side.NONE,
        code=None,
        density_g_ml=density_g_ml,
        model=model,
        half_life_s=None,
        half_life_source=None,
        tail=None,
        alpha_beta_gy=None,
        repair_half_time_s=None,
    )


def stated_volume(name: str, mass_kg: float, relative: float, density_g_ml: float) -> Uncertain:
    """Volume of a stated mass. [ml]"""
    volume = 1000.0 * mass_kg / density_g_ml
    return Uncertain(volume, {f"volume:{name}": relative * volume})
