"""The job of ``hevesy fit``: from a table of activities to the time-integrated activity of every region."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hevesy.domain import FittedCurve, Progress, TimeActivityCurve, silent
from hevesy.errors import InputError, RegionFinding
from hevesy.integrate import FitSettings, Share, check_curve, check_together, check_uncertainty, fit_together
from hevesy.physdata import Nuclide, decay_data
from hevesy.workflow.few_scans import FewScans, settle_few_scans
from hevesy.workflow.fit_document import CheckModel, check_entry, document, group_entry, region_entry
from hevesy.workflow.fit_methods import JOINT_METHODS, METHODS, Integrated, JointMethod, MethodInput, check_method
from hevesy.workflow.fit_points import MeasuredTable, read_curves
from hevesy.workflow.fit_request import LAST_SCAN, FitRequest, fit_settings, groups_of, parse_shares, tail_of

Found = Integrated | RegionFinding


@dataclass(frozen=True)
class FitResult:
    """What the job found."""

    document: dict[str, Any]
    """As written with ``--json``."""
    measured: Mapping[str, TimeActivityCurve]
    """The points of every region that has a curve."""
    fitted: Mapping[str, FittedCurve]

    @property
    def complete(self) -> bool:
        """Whether every region has a value."""
        return all(region["time_integrated_activity_bq_s"]["value"] is not None for region in self.document["regions"])


@dataclass(frozen=True)
class _Job:
    request: FitRequest
    nuclide: Nuclide
    table: MeasuredTable
    settings: FitSettings
    shares: tuple[Share, ...]
    few: FewScans

    def of_region(self, curve: TimeActivityCurve) -> FitSettings:
        """Settings with the tail and the end of the period of one region."""
        tail = tail_of(self.request.tail, curve.region, self.nuclide)
        end = float(curve.times_s[-1]) if self.request.until == LAST_SCAN else self.settings.until_s
        return replace(self.settings, tail=tail, until_s=end)


def fit_table(request: FitRequest, progress: Progress = silent) -> FitResult:
    """Do what was asked.

    Parameters
    ----------
    request
        Table, nuclide and choices.
    progress
        Told how far the regions are.

    Raises
    ------
    InputError
        If the table is malformed or a choice is unknown or contradicts another. What the points of one region cannot
        support is an entry of that region instead.
    """
    nuclide = decay_data(request.nuclide, "--nuclide")
    check_method(request.method)
    table = read_curves(request, nuclide)
    settings = fit_settings(request, nuclide, stated=table.stated)
    few = settle_few_scans(request.few, nuclide)
    job = _Job(request, nuclide, table, settings, parse_shares(request.shares, table.curves), few)
    if job.shares and request.method != "fit":
        raise InputError("the method fit with regions that share rates", f"{request.method} came", "--share")
    found = _found(job, progress)
    checks, groups = _checks(job, found, progress)
    fitted = {name: item.curve for name, item in found.items() if isinstance(item, Integrated)}
    measured = {name: curve for name, curve in table.curves.items() if isinstance(curve, TimeActivityCurve)}
    entries = [region_entry(name, measured.get(name), found[name], checks.get(name)) for name in table.curves]
    return FitResult(document(request, nuclide, table, settings, entries, groups), measured, fitted)


def _found(job: _Job, progress: Progress) -> dict[str, Found]:
    name = job.request.method
    if name in JOINT_METHODS:
        return _jointly(job, JOINT_METHODS[name], progress)
    return _alone(job, METHODS[name], progress) | _together(job)


def _jointly(job: _Job, way: JointMethod, progress: Progress) -> dict[str, Found]:
    """Every region that has a curve, all together."""
    usable = [curve for curve in job.table.curves.values() if isinstance(curve, TimeActivityCurve)]
    if job.request.until == LAST_SCAN:
        raise InputError("a time or no end with a method of all regions", "last-scan came", "--until")
    tail = tail_of(job.request.tail, "", job.nuclide)
    given = MethodInput(replace(job.settings, tail=tail), job.few)
    found = dict(zip((curve.region for curve in usable), way(usable, given), strict=True)) if usable else {}
    progress("fit the regions", len(usable), len(usable))
    return {
        name: curve if isinstance(curve, RegionFinding) else found[name] for name, curve in job.table.curves.items()
    }


def _alone(
    job: _Job, way: Callable[[TimeActivityCurve, MethodInput], Integrated], progress: Progress
) -> dict[str, Found]:
    shared = {region for group in groups_of(job.shares) for region in group}
    found: dict[str, Found] = {}
    for done, (name, curve) in enumerate(job.table.curves.items(), start=1):
        if isinstance(curve, RegionFinding):
            found[name] = curve
        elif name not in shared:
            try:
                found[name] = way(curve, MethodInput(job.of_region(curve), job.few))
            except RegionFinding as finding:
                found[name] = finding
        progress("fit the regions", done, len(job.table.curves))
    return found


def _together(job: _Job) -> dict[str, Found]:
    """Regions that share rates; one whose points are no curve, or rise at the end, is left out of its group."""
    found: dict[str, Found] = {}
    for group in groups_of(job.shares):
        curves = []
        for name in group:
            curve = job.table.curves[name]
            reason = curve if isinstance(curve, RegionFinding) else _unfit(curve, job)
            if reason is not None:
                found[name] = reason
            elif isinstance(curve, TimeActivityCurve):
                curves.append(curve)
        if curves:
            found |= _one_group(job, curves)
    return found


def _unfit(curve: TimeActivityCurve, job: _Job) -> RegionFinding | None:
    try:
        check_curve(curve, job.of_region(curve))
    except RegionFinding as finding:
        return finding
    if len(curve.points) > 1 and curve.activities_bq[-1] >= curve.activities_bq[-2]:
        return RegionFinding("activity still rising at the last scan: it cannot share rates")
    return None


def _one_group(job: _Job, curves: list[TimeActivityCurve]) -> dict[str, Found]:
    shares = [share for share in job.shares if set(share.regions) & {c.region for c in curves}]
    try:
        fitted = fit_together(curves, [job.of_region(c) for c in curves], shares)
    except RegionFinding as finding:
        return {curve.region: finding for curve in curves}
    return {f.region: Integrated(f, {"shares": [[s.what, *s.regions] for s in shares]}) for f in fitted}


def _checks(
    job: _Job, found: Mapping[str, Found], progress: Progress
) -> tuple[dict[str, CheckModel], list[dict[str, Any]]]:
    """Uncertainties by drawing, where they were asked for; and what is common to regions that share rates."""
    request, checks, groups = job.request, {}, []
    shared = {region for group in groups_of(job.shares) for region in group}
    fitted = {name: item.curve for name, item in found.items() if isinstance(item, Integrated)}
    curves = {name: c for name, c in job.table.curves.items() if isinstance(c, TimeActivityCurve)}
    for name in [n for n in fitted if n not in shared and request.check_samples]:
        checks[name] = _check_alone(job, curves[name], fitted[name], progress)
    for group in groups_of(job.shares):
        members = [name for name in group if name in fitted]
        drawn = None
        if members and request.check_samples:
            of_group = [curves[name] for name in members]
            settings = [replace(job.of_region(c), model=fitted[members[0]].model) for c in of_group]
            shares = [share for share in job.shares if set(share.regions) & set(members)]
            found_checks, drawn = check_together(
                of_group, settings, shares, (request.check_samples, request.seed), progress
            )
            checks |= {name: check_entry(check) for name, check in zip(members, found_checks, strict=True)}
        groups.append(group_entry([fitted[name] for name in members], drawn))
    return checks, groups


def _check_alone(job: _Job, curve: TimeActivityCurve, fitted: FittedCurve, progress: Progress) -> CheckModel:
    settings = replace(job.of_region(curve), model=fitted.model)
    if job.request.method != "fit" or not fitted.rates_per_s or fitted.model == "average" or settings.robust:
        return {"samples": 0, "reason": "only a sum of exponentials by ordinary least squares is drawn anew"}
    return check_entry(check_uncertainty(curve, settings, job.request.check_samples, job.request.seed, progress))
