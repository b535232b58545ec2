"""Radiopharmaceutical and camera as NM and PT objects state them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from hevesy.simulate.dicom_base import Series, code, decimal, offset, time
from hevesy.simulate.scanner import Scanner

_NUCLIDES = {
    "Lu-177": ("447553000", "SCT", "^177^Lutetium"),
    "Y-90": ("14691008", "SCT", "^90^Yttrium"),
    "Tc-99m": ("72454006", "SCT", "^99m^Technetium"),
    "Ho-166": ("C1943", "NCIt", "^166^Holmium"),
}
"""DICOM PS3.16 CID 18 and 4020."""


@dataclass(frozen=True)
class Tracer:
    """What was administered, or filled into the phantom."""

    radionuclide: str
    radiopharmaceutical: str
    code: tuple[str, str, str] | None
    activity_bq: float
    """At ``start``. [Bq]"""
    start: datetime
    end: datetime | None
    half_life_s: float
    """[s]"""
    utc_offset_h: int | None = None
    """Of the clock at ``start``, where the files state one. [h]"""


@dataclass(frozen=True)
class EmissionSeries:
    """A SPECT series with what it shows."""

    series: Series
    tracer: Tracer
    duration_s: float
    """Of the acquisition. [s]"""
    phantom: bool = False
    """Whether this is a calibration acquisition."""

    @property
    def since_administration_s(self) -> float:
        """Start of the administration to the start of the series, by a clock that is never put forward. [s]"""
        ahead = timedelta(hours=(self.series.utc_offset_h or 0) - (self.tracer.utc_offset_h or 0))
        return (self.series.start - self.tracer.start - ahead).total_seconds()


def tracer_item(tracer: Tracer, *, activity: str, utc_offset_h: int | None = None) -> Dataset:
    """Item of the Radiopharmaceutical Information Sequence.

    The unit of ``activity`` is the caller's choice. Times without an offset from UTC are those of the object's clock,
    dates with times are those of the clock then, which they state.
    """
    item = Dataset()
    item.Radiopharmaceutical = tracer.radiopharmaceutical
    item.RadionuclideTotalDose = activity
    zone = "" if tracer.utc_offset_h is None else offset(tracer.utc_offset_h)
    ahead = timedelta(hours=(utc_offset_h or 0) - (tracer.utc_offset_h or 0))
    item.RadiopharmaceuticalStartTime = time(tracer.start + ahead)
    item.RadiopharmaceuticalStartDateTime = f"{tracer.start:%Y%m%d%H%M%S.%f}{zone}"
    if tracer.end is not None:
        item.RadiopharmaceuticalStopTime = time(tracer.end + ahead)
        item.RadiopharmaceuticalStopDateTime = f"{tracer.end:%Y%m%d%H%M%S.%f}{zone}"
    item.RadiopharmaceuticalRoute = "Intravenous"
    nuclides = [code(*_NUCLIDES[tracer.radionuclide])] if tracer.radionuclide in _NUCLIDES else []
    item.RadionuclideCodeSequence = Sequence(nuclides)
    if tracer.code is not None:
        item.RadiopharmaceuticalCodeSequence = Sequence([code(*tracer.code)])
    return item


def energy_windows(scanner: Scanner) -> Sequence:
    """Energy Window Information Sequence with the one window."""
    return Sequence([energy_window("Lu-177 208 keV", *scanner.window_kev)])


def energy_window(name: str, lower_kev: float, upper_kev: float) -> Dataset:
    """Item of the Energy Window Information Sequence."""
    limits = Dataset()
    limits.EnergyWindowLowerLimit, limits.EnergyWindowUpperLimit = decimal(lower_kev), decimal(upper_kev)
    window = Dataset()
    window.EnergyWindowName = name
    window.EnergyWindowRangeSequence = Sequence([limits])
    return window


def supine(ds: Dataset) -> None:
    """Patient orientation: recumbent, supine, head first."""
    modifier = code("40199007", "SCT", "supine")
    orientation = code("102538003", "SCT", "recumbent")
    orientation.PatientOrientationModifierCodeSequence = Sequence([modifier])
    ds.PatientOrientationCodeSequence = Sequence([orientation])
    ds.PatientGantryRelationshipCodeSequence = Sequence([code("102540008", "SCT", "headfirst")])


def concentration_mapping(slope: float) -> Dataset:
    """Item of the Real World Value Mapping Sequence: stored value times a slope is the concentration. [Bq/ml]"""
    item = Dataset()
    item.LUTExplanation, item.LUTLabel = "Activity concentration", "BQML"
    item.RealWorldValueIntercept, item.RealWorldValueSlope = 0.0, slope
    item.add_new(0x00409216, "US", 0)
    item.add_new(0x00409211, "US", 65535)
    item.MeasurementUnitsCodeSequence = Sequence([code("Bq/ml", "UCUM", "Becquerels/milliliter")])
    return item
