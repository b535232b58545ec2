"""Scout, PET and SPECT of a virtual radioembolisation as DICOM files."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from hevesy.domain import Grid, RigidTransform
from hevesy.numerics.decay import mean_over_start
from hevesy.physdata import nuclide
from hevesy.physdata.pair_branch import PAIR_BRANCH_Y90
from hevesy.simulate.beds import slice_timings
from hevesy.simulate.dicom_base import decimal, write
from hevesy.simulate.dicom_tracer import EmissionSeries, energy_window
from hevesy.simulate.nm import NmLayout, nm_object
from hevesy.simulate.quirks import Quirk
from hevesy.simulate.scanner import Images, Scanner
from hevesy.simulate.seeds import generator, uid
from hevesy.simulate.slices import Slice, pt_slice
from hevesy.simulate.tare.case import SCOUT_NUCLIDES, Case, displaced, emission_series, started
from hevesy.simulate.tare.options import Variant
from hevesy.simulate.tare.scans import blurred, counted, rebinned
from hevesy.simulate.tare.scenario import EmissionScan

_LARGEST = 65535
_MISREGISTERED_MM = (7.0, -5.0, 9.0)
"""Where the treatment's images lie with the variant ``misregistered``."""
_WINDOWS = {"Tc-99m": ("Tc-99m 140 keV", 126.5, 154.6), "Ho-166": ("Ho-166 81 keV", 74.5, 86.7)}
_PET = Scanner(model="Virtual PET/CT", collimator="", window_kev=(435.0, 650.0), reconstruction="OSEM i2s21 TOF PSF")
_SPECT = Scanner()
_COLLIMATORS = {"Tc-99m": "LEHR", "Ho-166": "MEGP"}


def write_scout(case: Case) -> None:
    """NM in counts, or in Bq/ml for a scout of holmium."""
    scan, tracer = case.scenario.scout.scan, case.scenario.scout.tracer
    name = SCOUT_NUCLIDES[tracer]
    at_start = case.scout.image * np.float32(case.scout_left_bq(started(case.scenario.scout.at, scan)))
    mean = _scanned(case, "scout", at_start * np.float32(mean_over_start(nuclide(name).half_life_s, scan.duration)))
    emission = emission_series(case, "scout", scan, 2, _camera(name))
    _write_nm(case, emission, mean, case.grids.spect, name)


def write_treatment(case: Case) -> None:
    """PET of yttrium, SPECT in Bq/ml of holmium, with a registration where they lie elsewhere."""
    name, scan = case.nuclide, case.scenario.scan
    kind = "pet" if name == "Y-90" else "spect"
    grid = _lying(case, case.grids.pet if kind == "pet" else case.grids.spect)
    at_start = activity_at(case, case.imaged)
    mean = _scanned(case, kind, at_start * np.float32(mean_over_start(nuclide(name).half_life_s, scan.duration)))
    emission = emission_series(case, kind, scan, 3, _PET if kind == "pet" else _camera(name))
    emission = replace(emission, series=replace(emission.series, frame_uid=grid.frame_of_reference or ""))
    if kind == "pet":
        _write_pet(case, emission, mean, grid)
    else:
        _write_nm(case, emission, mean, grid, name)


def activity_at(case: Case, moment: datetime) -> Images:
    """Activity in each voxel of the truth: of the treatment, and what is left of a scout of the same nuclide. [Bq]"""
    activity: Images = case.treatment.image * np.float32(case.delivered_at_bq(moment))
    if SCOUT_NUCLIDES[case.scenario.scout.tracer] == case.nuclide:
        activity = activity + case.scout.image * np.float32(case.scout_left_bq(moment))
    return activity


def registration(case: Case) -> RigidTransform | None:
    """From the frame of the treatment's images to that of the CT; None where it is the same."""
    frame = case.grids.truth.frame_of_reference
    own = _lying(case, case.grids.spect).frame_of_reference
    if own == frame:
        return None
    matrix = np.eye(4)
    matrix[:3, 3] = -np.array(_MISREGISTERED_MM)
    return RigidTransform.from_array(matrix, source_frame=own, target_frame=frame)


def _scanned(case: Case, kind: str, mean_bq: Images) -> Images:
    """Mean activity in each voxel of the scanner during the scan. Shape ``(z, y, x)``. [Bq]"""
    scenario, truth = case.scenario, case.grids.truth
    scan: EmissionScan = scenario.scout.scan if kind == "scout" else scenario.scan
    decays = mean_bq * np.float32(scan.duration)
    noisy = counted(decays, scan.camera, case.options, generator(case.options.seed, "tare", "noise", kind))
    seen = blurred(noisy, truth, scan.camera, case.options) / np.float32(scan.duration)
    return rebinned(seen, truth, case.grids.pet if kind == "pet" else case.grids.spect)


def _lying(case: Case, grid: Grid) -> Grid:
    if not case.is_misregistered:
        return grid
    return displaced(grid, _MISREGISTERED_MM, uid(case.options.seed, "tare", "frame", "treatment"))


def _camera(name: str) -> Scanner:
    _, low, high = _WINDOWS[name]
    return replace(_SPECT, collimator=_COLLIMATORS[name], window_kev=(low, high))


def _write_nm(case: Case, emission: EmissionSeries, mean_bq: Images, grid: Grid, name: str) -> None:
    """Holmium in Bq/ml by a Real World Value Mapping; technetium in counts, as a site leaves it."""
    kind, slope = emission.series.description, None
    values = mean_bq * np.float32(emission.duration_s * case.scenario.scout.scan.camera.counts_per_decay)
    if name == "Ho-166":
        values = mean_bq / np.float32(grid.voxel_volume_ml)
        slope = float(values.max()) / _LARGEST
        values = values / np.float32(slope)
    ds = nm_object(
        np.clip(np.rint(values), 0, _LARGEST).astype(np.uint16),
        grid,
        emission,
        sop_uid=uid(case.options.seed, "tare", kind, "nm"),
        layout=NmLayout(),
        slope_bq_ml=slope,
    )
    ds.EnergyWindowInformationSequence = Sequence([energy_window(*_WINDOWS[name])])
    write(_intra_arterial(ds), case.folder / "dicom" / kind / "nm.dcm")


def _write_pet(case: Case, emission: EmissionSeries, mean_bq: Images, grid: Grid) -> None:
    """Values decay-corrected to the start of the series, in Bq/ml."""
    seed, n = case.options.seed, grid.shape[0]
    concentration = mean_bq / np.float32(grid.voxel_volume_ml)
    timings = slice_timings(emission, n, frozenset({Quirk.DECAY_START}), seed)
    for k in range(n):
        place = Slice(k, k + 1, uid(seed, "tare", "pet", "slice", k))
        ds = _as_pet(pt_slice(concentration[k], grid, emission, place, timings[k]))
        write(_intra_arterial(ds), case.folder / "dicom" / "pet" / f"pt_{k + 1:04d}.dcm")


def _as_pet(ds: Dataset) -> Dataset:
    """Coincidences instead of a collimator."""
    del ds.CollimatorGridName
    limits = Dataset()
    limits.EnergyWindowLowerLimit, limits.EnergyWindowUpperLimit = (decimal(v) for v in _PET.window_kev)
    ds.EnergyWindowRangeSequence = Sequence([limits])
    ds.CollimatorType = "NONE"
    ds.CorrectedImage = ["NORM", "DTIM", "ATTN", "SCAT", "RAN", "DECY"]
    ds.RandomsCorrectionMethod = "DLYD"
    ds.RadiopharmaceuticalInformationSequence[0].RadionuclidePositronFraction = decimal(PAIR_BRANCH_Y90)
    return ds


def _intra_arterial(ds: Dataset) -> Dataset:
    ds.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalRoute = "Intra-arterial"
    return ds


def response_mm(case: Case, scan: EmissionScan, grid: Grid) -> float:
    """FWHM of an image at its voxels' centres, as a point source shows it: with the voxels' own width. [mm]"""
    voxel = sum(step**2 for step in (*grid.spacing_mm, *case.grids.truth.spacing_mm)) / 3.0 / 12.0
    blur = 0.0 if Variant.SHARP in case.options.variants else scan.camera.fwhm
    return math.hypot(blur, math.sqrt(8.0 * math.log(2.0) * voxel))


def image_folder(case: Case) -> Path:
    """Where the treatment's image is, from the patient's folder."""
    return Path("dicom") / ("pet" if case.nuclide == "Y-90" else "spect")
