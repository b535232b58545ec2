"""Everything that the steps of one simulated radioembolisation share, and how its series are named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from hevesy.domain import Grid
from hevesy.physdata import nuclide
from hevesy.physdata.phantoms import REFERENCE
from hevesy.simulate.dicom_base import Series, Subject
from hevesy.simulate.dicom_tracer import EmissionSeries, Tracer
from hevesy.simulate.scanner import Scanner
from hevesy.simulate.seeds import uid
from hevesy.simulate.tare.deposition import Deposition
from hevesy.simulate.tare.liver import VirtualLiver
from hevesy.simulate.tare.options import Grids, TareOptions, Variant
from hevesy.simulate.tare.scenario import EmissionScan, TareScenario, local

SCOUT_NUCLIDES = {"99mTc-MAA": "Tc-99m", "166Ho": "Ho-166"}
_PHARMACEUTICALS = {"glass": "Y-90 glass microspheres", "resin": "Y-90 resin microspheres"}


@dataclass(frozen=True)
class Case:
    """What all steps share."""

    liver: VirtualLiver
    options: TareOptions
    grids: Grids
    treatment: Deposition
    scout: Deposition
    folder: Path

    @property
    def scenario(self) -> TareScenario:
        """The scenario."""
        return self.liver.scenario

    @property
    def is_misregistered(self) -> bool:
        """Whether the treatment's images have a frame of reference of their own."""
        return Variant.MISREGISTERED in self.options.variants

    @property
    def nuclide(self) -> str:
        """Of the treatment."""
        return self.scenario.spheres.nuclide

    @property
    def injected(self) -> datetime:
        """When the microspheres came, in the mean over the fractions weighted by their activity."""
        holmium = self.scenario.holmium
        shares = [] if holmium is None else holmium.fractions
        interval = 0.0 if holmium is None else holmium.interval
        later = sum(share * k * interval for k, share in enumerate(shares))
        return self.scenario.treatment.at + timedelta(seconds=round(later))

    @property
    def imaged(self) -> datetime:
        """When the image of the treatment starts."""
        return started(self.scenario.treatment.at, self.scenario.scan)

    @property
    def delivered_bq(self) -> float:
        """Activity that reached the patient, at the mean moment of the injections. [Bq]"""
        return self.delivered_at_bq(self.injected)

    def delivered_at_bq(self, moment: datetime) -> float:
        """The same activity at another moment. [Bq]"""
        treatment = self.scenario.treatment
        before, left = (
            reading.activity * decayed(self.nuclide, reading.at, moment)
            for reading in (treatment.assayed, treatment.residual)
        )
        return before - left

    def scout_left_bq(self, moment: datetime) -> float:
        """Activity of the scout in the patient. [Bq]"""
        scout = self.scenario.scout
        return scout.activity * decayed(SCOUT_NUCLIDES[scout.tracer], scout.at, moment)


def decayed(name: str, start: datetime, end: datetime) -> float:
    """What is left of one becquerel, or what there was before. A ratio."""
    return float(2.0 ** (-(end - start).total_seconds() / nuclide(name).half_life_s))


def started(injection: datetime, scan: EmissionScan) -> datetime:
    """When a scan starts."""
    return injection + timedelta(seconds=scan.after)


def series(case: Case, kind: str, start: datetime, number: int, scanner: Scanner) -> Series:
    """What the objects of one series belong to; all are of one study and one frame of reference."""
    seed, scenario = case.options.seed, case.scenario
    subject = Subject(
        "SIMULATED^LIVER",
        f"SIM-TARE-{seed}",
        "19600101",
        "M" if scenario.sex == "male" else "F",
        REFERENCE[scenario.sex].body_mass_g / 1000,
    )
    offset = start.utcoffset() or timedelta()
    return Series(
        subject,
        scanner,
        uid(seed, "tare", "study", f"{start:%Y%m%d}"),
        uid(seed, "tare", "series", kind),
        case.grids.truth.frame_of_reference or "",
        local(start),
        local(start),
        number,
        kind.replace("_", " "),
        f"{scenario.product} {kind.replace('_', ' ')}",
        round(offset.total_seconds() / 3600),
    )


def emission_series(case: Case, kind: str, scan: EmissionScan, number: int, scanner: Scanner) -> EmissionSeries:
    """A scan of the scout (kind ``scout``) or of the treatment."""
    scenario = case.scenario
    if kind == "scout":
        name, at, activity = SCOUT_NUCLIDES[scenario.scout.tracer], scenario.scout.at, scenario.scout.activity
        what, start = "Tc-99m MAA" if name == "Tc-99m" else "Ho-166 scout microspheres", started(at, scan)
    else:
        name, at, activity = case.nuclide, case.injected, case.delivered_bq
        what, start = _PHARMACEUTICALS.get(scenario.spheres.matrix, "Ho-166 microspheres"), case.imaged
    offset = round((at.utcoffset() or timedelta()).total_seconds() / 3600)
    tracer = Tracer(name, what, None, round(activity, -3), local(at), None, nuclide(name).half_life_s, offset)
    return EmissionSeries(series(case, kind, start, number, scanner), tracer, scan.duration)


def displaced(grid: Grid, by_mm: tuple[float, float, float], frame: str) -> Grid:
    """The same voxels in another frame of reference, where everything lies elsewhere. [mm]"""
    x, y, z = (a + b for a, b in zip(grid.origin_mm, by_mm, strict=True))
    return replace(grid, origin_mm=(x, y, z), frame_of_reference=frame)
