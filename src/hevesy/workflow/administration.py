"""The administration as used: the study file first, the images where it is silent, contradictions told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from hevesy.domain import Administration as FileAdministration
from hevesy.errors import AdministrationError
from hevesy.physdata import Nuclide, known_nuclides, nuclide, recognised_half_life_s
from hevesy.quantities import Uncertain, combine
from hevesy.workflow.config import Administration, MeasuredActivityAt, ResidualActivity

_TELLING_DIFFERENCE = 0.05
"""Relative difference between stated and filed activity above which the report says so."""


@dataclass(frozen=True)
class UsedAdministration:
    """Nuclide, activities and times that every later stage uses."""

    nuclide: Nuclide
    radiopharmaceutical: str | None
    measured: MeasuredActivityAt | None
    residual: ResidualActivity | None
    net_activity: Uncertain | None
    """At the start of the administration; None where neither study nor images state it. [Bq]"""
    uncertainty_stated: bool
    start: datetime
    end: datetime | None
    source: str
    findings: tuple[str, ...]

    @property
    def decay_constant_per_s(self) -> float:
        """Physical decay constant. [1/s]"""
        return math.log(2) / self.nuclide.half_life_s


def use_administration(stated: Administration, filed: FileAdministration | None) -> UsedAdministration:
    """Settle the administration.

    Parameters
    ----------
    stated
        The study file's section.
    filed
        What the images agree on; None where they state nothing.

    Raises
    ------
    AdministrationError
        If nuclide or start are known from neither, the two name different nuclides, or times contradict each other.
    """
    filed = filed or FileAdministration()
    used_nuclide = nuclide(_with_data(_radionuclide(stated, filed)))
    start = stated.start or filed.start
    if start is None:
        raise AdministrationError(
            "the start of the administration", "neither images nor study state it", "administration.start"
        )
    net, uncertainty_stated, source = _net_activity(stated, filed, start, used_nuclide)
    return UsedAdministration(
        nuclide=used_nuclide,
        radiopharmaceutical=stated.radiopharmaceutical or filed.radiopharmaceutical,
        measured=stated.measured,
        residual=stated.residual if isinstance(stated.residual, ResidualActivity) else None,
        net_activity=net,
        uncertainty_stated=uncertainty_stated,
        start=start,
        end=stated.end,
        source=source,
        findings=tuple(_contradictions(stated, filed, net, start)),
    )


def _with_data(name: str) -> str:
    if name not in known_nuclides() and recognised_half_life_s(name) is not None:
        raise AdministrationError(
            f"a radionuclide whose own emissions suffice ({', '.join(known_nuclides())})",
            f"{name} came, with progeny or alpha particles, or without decay data",
            "administration.radionuclide",
        )
    return name


def _radionuclide(stated: Administration, filed: FileAdministration) -> str:
    if (
        stated.radionuclide
        and filed.radionuclide
        and nuclide(_with_data(stated.radionuclide)).name != filed.radionuclide
    ):
        raise AdministrationError(
            f"the nuclide of the images, {filed.radionuclide}",
            f"{stated.radionuclide} came",
            "administration.radionuclide",
        )
    name = stated.radionuclide or filed.radionuclide
    if name is None:
        raise AdministrationError("a radionuclide", "neither images nor study state it", "administration.radionuclide")
    return name


def _net_activity(
    stated: Administration, filed: FileAdministration, start: datetime, used: Nuclide
) -> tuple[Uncertain | None, bool, str]:
    if stated.measured is not None:
        return _difference(stated, stated.measured, start, used), True, "study: measured minus residual"
    activity = stated.activity or filed.activity_bq
    source = "study: net activity" if stated.activity else "images"
    if activity is None:
        return None, False, "not stated"
    relative = stated.relative_standard_uncertainty
    components = {"administered-activity:net": activity * relative} if relative else {}
    return Uncertain(activity, components), relative is not None, source


def _difference(stated: Administration, measured: MeasuredActivityAt, start: datetime, used: Nuclide) -> Uncertain:
    """Net activity at the start: both readings, by one activity meter, brought to the start by decay."""
    _check_reading_times(stated, measured, start)
    rate = math.log(2) / used.half_life_s
    parts = [(measured.activity, math.exp(-rate * (start - measured.at).total_seconds()))]
    if isinstance(stated.residual, ResidualActivity):
        lag = (stated.residual.at - start).total_seconds()
        parts.append((stated.residual.activity, -math.exp(rate * lag)))
    terms = [
        (Uncertain(a, {"administered-activity:meter": a * measured.relative_standard_uncertainty}), f) for a, f in parts
    ]
    net = math.fsum(a * f for a, f in parts)
    if net <= 0:
        raise AdministrationError(
            "a residual below the measured activity", f"net {net:.4g} Bq came", "administration.residual"
        )
    return combine(net, terms)


def _check_reading_times(stated: Administration, measured: MeasuredActivityAt, start: datetime) -> None:
    if measured.at > start:
        raise AdministrationError(
            f"an activity measured before the administration at {start}",
            f"{measured.at} came",
            "administration.measured.at",
        )
    if isinstance(stated.residual, ResidualActivity) and stated.residual.at < start:
        raise AdministrationError(
            f"a residual measured after the administration at {start}",
            f"{stated.residual.at} came",
            "administration.residual.at",
        )


def _contradictions(
    stated: Administration, filed: FileAdministration, net: Uncertain | None, start: datetime
) -> list[str]:
    found = []
    if net is not None and filed.activity_bq and abs(filed.activity_bq / net.value - 1) > _TELLING_DIFFERENCE:
        found.append(
            f"the images state an administered activity of {filed.activity_bq / 1e9:.4g} GBq, the study file a net "
            f"{net.value / 1e9:.4g} GBq; the study file's is used"
        )
    if stated.start is not None and filed.start is not None and stated.start != filed.start:
        lag = (filed.start - start).total_seconds() / 60
        found.append(
            f"the images state the start of the administration {abs(lag):.1f} min {'after' if lag > 0 else 'before'} "
            f"the study file; the study file's is used"
        )
    return found
