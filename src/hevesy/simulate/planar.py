r"""Planar images: anterior and posterior projections of the patient.

Each pixel holds the counts of the line behind it,

.. math:: C = k\, T \sum_y A(y)\, e^{-\mu d(y)}

with the sensitivity *k* of the reconstructed SPECT, the time *T* that the detector sees the point, and the depth *d* to
the body's surface on the detector's side. All of the body attenuates as water. Resolution is the same at every depth,
the noise is that of counting; scatter is not modelled.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.domain import Grid
from hevesy.errors import InputError
from hevesy.physdata.phantoms import fractions
from hevesy.simulate.emission import mean_activity
from hevesy.simulate.movement import Pose
from hevesy.simulate.patient import VirtualPatient
from hevesy.simulate.scanner import FWHM_PER_SD, Images, Scanner
from hevesy.simulate.seeds import generator

ATTENUATION_PER_MM = 0.0136
"""Of water at 208 keV, narrow beam. [1/mm]"""
_FWHM_MM = 12.0
"""Own choice for a medium-energy collimator at the distance of a patient. [mm]"""
_LARGEST = 65535


@dataclass(frozen=True)
class PlanarScan:
    """One acquisition with two opposite detectors."""

    kind: str
    """WHOLE BODY or STATIC."""
    start_s: float
    """After the start of the administration. [s]"""
    duration_s: float
    """[s]"""
    seconds_per_point: float
    """How long each point is seen. [s]"""
    grid: Grid
    """Voxels behind the pixels; rows run from head to feet, columns as each detector sees them."""


@dataclass(frozen=True)
class Projections:
    """What the two detectors count."""

    anterior: NDArray[np.uint16]
    """Patient's right on the left. Shape ``(z, x)``, from head to feet."""
    posterior: NDArray[np.uint16]
    """Patient's left on the left. Shape ``(z, x)``, from head to feet."""
    activity_bq: float
    """Mean in view during the scan. [Bq]"""


def project(patient: VirtualPatient, pose: Pose, scan: PlanarScan, scanner: Scanner, *, seed: int) -> Projections:
    """Count both views.

    Raises
    ------
    InputError
        If a pixel holds more counts than 16 bits.
    """
    activity = _mean_activity(patient, pose, scan, scanner)
    body = fractions(pose.place(patient.phantom.organ("Body").solid), scan.grid, supersample=3)
    rng = generator(seed, "noise", "planar", scan.kind, scan.start_s)
    anterior, posterior = (
        _counted(rows, scan, scanner, rng)
        for rows in (_line_sums(activity, body, scan.grid), _line_sums(activity[:, ::-1], body[:, ::-1], scan.grid))
    )
    return Projections(anterior, posterior[:, ::-1], float(activity.sum(dtype=np.float64)))


def _mean_activity(patient: VirtualPatient, pose: Pose, scan: PlanarScan, scanner: Scanner) -> Images:
    scenario = patient.scenario
    scans = scenario.scans.model_copy(update={"duration": scan.duration_s})
    during = replace(patient, scenario=scenario.model_copy(update={"scans": scans}))
    return mean_activity(during, pose, scan.grid, scanner, scan.start_s)[0]


def _line_sums(activity: Images, body: Images, grid: Grid) -> NDArray[np.float64]:
    """Activity that leaves the body unattenuated towards the first row, along the rows. Shape ``(z, x)``. [Bq]"""
    step = grid.spacing_mm[1]
    depth = (np.cumsum(body, axis=1, dtype=np.float64) - body / 2) * step
    leaving: NDArray[np.float64] = (activity * np.exp(-ATTENUATION_PER_MM * depth)).sum(axis=1)
    return leaving


def _counted(
    leaving_bq: NDArray[np.float64], scan: PlanarScan, scanner: Scanner, rng: np.random.Generator
) -> NDArray[np.uint16]:
    sigma = _FWHM_MM / FWHM_PER_SD / np.array([scan.grid.spacing_mm[2], scan.grid.spacing_mm[0]])
    blurred = ndimage.gaussian_filter(leaving_bq, sigma, mode="constant")
    counts = rng.poisson(blurred * scanner.sensitivity_cps_per_bq * scan.seconds_per_point)[::-1]
    if counts.max() > _LARGEST:
        raise InputError(f"at most {_LARGEST} counts in a planar pixel", f"{counts.max()} came", "--planar")
    stored: NDArray[np.uint16] = counts.astype(np.uint16)
    return stored
