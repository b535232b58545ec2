"""The whole body of planar and hybrid studies, as a course of its own."""

from __future__ import annotations

from dataclasses import replace

from hevesy.domain import TimeActivityCurve
from hevesy.errors import RegionFinding
from hevesy.physdata import Nuclide
from hevesy.quantities import Uncertain, multiply_powers, scaled
from hevesy.workflow.config import Curves
from hevesy.workflow.courses import RegionCourse, fit_course
from hevesy.workflow.planar_courses import HybridCurves, planar_curve, stated_volume, whole_body_settings
from hevesy.workflow.planar_measured import PlanarMeasured
from hevesy.workflow.quantified import QuantifiedScan


def whole_body_course(
    measured: PlanarMeasured, curves: Curves, nuclide: Nuclide, spect: QuantifiedScan | None = None
) -> RegionCourse | None:
    """Follow all that the views show; None where the study does not ask for it.

    Parameters
    ----------
    measured
        What the planar scans show.
    curves
        Of the study; its model and its scatter between scans.
    nuclide
        Administered.
    spect
        The SPECT of a hybrid study.
    """
    stated = measured.section.whole_body
    if stated is None:
        return None
    settings = whole_body_settings(stated.name, stated.density, curves.model)
    volume = stated_volume(stated.name, stated.mass, stated.relative_standard_uncertainty, stated.density)
    empty = RegionCourse(settings, (), volume, None, None, None, ())
    try:
        curve = (
            planar_curve(measured, stated.name)
            if spect is None
            else _scaled(HybridCurves(measured, nuclide.half_life_s), stated.name, spect)
        )
    except RegionFinding as finding:
        return replace(empty, reason=finding.reason, findings=(finding.reason,))
    return fit_course(replace(empty, measured=curve), nuclide, curves.scatter_between_scans)


def _scaled(hybrid: HybridCurves, name: str, spect: QuantifiedScan) -> TimeActivityCurve:
    return hybrid.whole_body(name, spect.point.time_s, _in_field(spect))


def _in_field(spect: QuantifiedScan) -> Uncertain:
    """All that the SPECT shows. [Bq]"""
    total = float(spect.activity.values.sum(dtype=float)) * spect.activity.grid.voxel_volume_ml
    return multiply_powers((scaled(Uncertain(1.0), total), 1.0), (spect.scale, 1.0))
