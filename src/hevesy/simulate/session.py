"""Everything that the steps of one simulation share, and how its series and tracer are named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from hevesy.domain import Grid
from hevesy.physdata.phantoms import REFERENCE
from hevesy.simulate.calibration import CalibrationPhantom
from hevesy.simulate.dicom_base import Series, Subject
from hevesy.simulate.dicom_tracer import Tracer
from hevesy.simulate.drawn_errors import DrawnErrors, as_stated
from hevesy.simulate.movement import Pose
from hevesy.simulate.oblique import tilted
from hevesy.simulate.options import Matrices, Options
from hevesy.simulate.patient import VirtualPatient
from hevesy.simulate.quirks import Quirk
from hevesy.simulate.scanner import Scanner
from hevesy.simulate.seeds import uid

_WINTER_H, _SUMMER_H = 1, 2
"""Offsets of local time from UTC before and after the clocks are put forward. [h]"""


@dataclass(frozen=True)
class Session:
    """Everything that the steps share."""

    patient: VirtualPatient
    scanner: Scanner
    options: Options
    matrices: Matrices
    poses: tuple[Pose, ...]
    errors: DrawnErrors
    folder: Path

    def frame(self, k: int) -> str:
        """Frame of reference of a time point (from 0)."""
        return uid(self.options.seed, "frame of reference", k)

    def spect_grid(self, k: int) -> Grid:
        """Voxels of a time point's SPECT."""
        scans = self.patient.scenario.scans
        return self._turned(self.matrices.spect_grid(scans.lowest, scans.length, self.frame(k)))

    def ct_grid(self, k: int) -> Grid:
        """Voxels of a time point's CT."""
        scans = self.patient.scenario.scans
        return self._turned(self.matrices.ct_grid(scans.lowest, scans.length, self.frame(k)))

    def _turned(self, grid: Grid) -> Grid:
        scans = self.patient.scenario.scans
        if Quirk.OBLIQUE not in self.options.quirks:
            return grid
        return tilted(grid, (0.0, 0.0, scans.lowest + scans.length / 2))

    @property
    def stated(self) -> VirtualPatient:
        """The patient as the site's readings tell."""
        return as_stated(self.patient, self.errors)

    def as_assayed(self, phantom: CalibrationPhantom) -> CalibrationPhantom:
        """The phantom as the site's activity meter tells."""
        return replace(phantom, activity_bq=phantom.activity_bq * self.errors.phantom)

    def start(self, k: int) -> datetime:
        """When a time point's SPECT starts, by a clock that is never put forward."""
        scenario = self.patient.scenario
        return scenario.administration.start + timedelta(seconds=scenario.scans.times[k])

    def utc_offset_h(self, moment: datetime) -> int | None:
        """Offset from UTC that the files state; clocks go forward halfway to the second scan, or to the only one."""
        if Quirk.TIME_ZONES not in self.options.quirks:
            return None
        scenario = self.patient.scenario
        before, after = [0.0, *scenario.scans.times][:2] if len(self.poses) == 1 else scenario.scans.times[:2]
        change = scenario.administration.start + timedelta(seconds=(before + after) / 2)
        return _WINTER_H if moment < change else _SUMMER_H

    def local(self, moment: datetime) -> datetime:
        """The same moment by the clock on the wall."""
        return moment + timedelta(hours=(self.utc_offset_h(moment) or _WINTER_H) - _WINTER_H)


def series(session: Session, k: int, kind: str, number: int) -> Series:
    """What the objects of one kind and time point belong to."""
    seed, scenario = session.options.seed, session.patient.scenario
    start = session.start(k)
    subject = Subject(
        "SIMULATED^PATIENT",
        f"SIM-{seed}",
        "19600101",
        "M" if scenario.sex == "male" else "F",
        REFERENCE[scenario.sex].body_mass_g / 1000,
    )
    return Series(
        subject,
        session.scanner,
        uid(seed, "study", k),
        uid(seed, "series", kind, k),
        session.frame(k),
        session.local(start),
        session.local(start),
        number,
        f"{kind} {k + 1}",
        f"{scenario.radiopharmaceutical} scan {k + 1}",
        session.utc_offset_h(start),
    )


def tracer(session: Session) -> Tracer:
    """What was administered, as the site states it."""
    patient = session.stated
    scenario = patient.scenario
    return Tracer(
        scenario.radionuclide,
        scenario.radiopharmaceutical,
        scenario.radiopharmaceutical_code,
        round(patient.net_activity_bq, -3),
        scenario.administration.start,
        scenario.administration.end,
        patient.half_life_s,
        session.utc_offset_h(scenario.administration.start),
    )
