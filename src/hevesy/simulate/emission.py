"""Activity of the virtual patient on the voxels of a SPECT, and its scans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Grid
from hevesy.physdata.phantoms import Medium, Union, fractions, volume, without
from hevesy.simulate.kinetics import mean_share
from hevesy.simulate.movement import Pose
from hevesy.simulate.patient import VirtualPatient
from hevesy.simulate.scanner import Scanner, acquire, breathe
from hevesy.simulate.seeds import generator

Images = NDArray[np.float32]

_LUNG_WEIGHT = 0.35
_CORTEX_WEIGHT = 0.4
"""Concentration of the remainder's activity against soft tissue: own choice (lung by its density)."""
_REGION_SAMPLES, _TISSUE_SAMPLES = 4, 3
"""Points per axis in boundary voxels of the regions, and of what only shapes the remainder."""


@dataclass(frozen=True)
class RemainderInView:
    """What of the rest of the body lies in the field of view."""

    share: float
    """Of the remainder's activity."""
    volume_ml: float
    mass_g: float


def mean_activity(
    patient: VirtualPatient, pose: Pose, grid: Grid, scanner: Scanner, time_s: float
) -> tuple[Images, RemainderInView]:
    """Mean activity per voxel during the scan that starts at a time. Shape ``(z, y, x)``. [Bq]"""
    duration = patient.scenario.scans.duration
    still, moving, covered = (np.zeros(grid.shape, dtype=np.float32) for _ in range(3))
    for region in patient.regions:
        share = fractions(pose.place(region.owned), grid, supersample=_REGION_SAMPLES)
        activity = patient.net_activity_bq * mean_share(region.parts, time_s, duration)
        (moving if region.mobility else still)[...] += share * (activity / region.volume_ml * grid.voxel_volume_ml)
        covered += share
    weights, view = _remainder(patient, pose, grid, covered)
    activity = patient.net_activity_bq * mean_share(patient.remainder, time_s, duration)
    still += weights * activity
    return still + breathe(moving, grid, scanner), view


def scan(
    patient: VirtualPatient, pose: Pose, grid: Grid, scanner: Scanner, *, index: int, seed: int
) -> tuple[Images, RemainderInView]:
    """Reconstructed counts of time point ``index`` (from 0). Shape ``(z, y, x)``."""
    scans = patient.scenario.scans
    activity, view = mean_activity(patient, pose, grid, scanner, scans.times[index])
    rng = generator(seed, "noise", "spect", index)
    return acquire(activity, grid, scanner, duration_s=scans.duration, rng=rng), view


def _remainder(patient: VirtualPatient, pose: Pose, grid: Grid, covered: Images) -> tuple[Images, RemainderInView]:
    """Share of the remainder's activity in each voxel."""
    phantom = patient.phantom
    tissue = phantom.organ("Body")
    body = fractions(pose.place(tissue.solid), grid, supersample=_TISSUE_SAMPLES)
    weights, density = body.copy(), body * tissue.density_g_ml
    whole = volume(tissue.solid) - sum(r.volume_ml for r in patient.regions)
    for medium, weight in ((Medium.LUNG, _LUNG_WEIGHT), (Medium.BONE, _CORTEX_WEIGHT)):
        organs = [o for o in phantom.organs if o.medium is medium]
        solid = without(Union(tuple(o.solid for o in organs)), [phantom.organ("Spongiosa").solid])
        share = fractions(pose.place(solid), grid, supersample=_TISSUE_SAMPLES)
        weights += share * (weight - 1.0)
        density += share * (organs[0].density_g_ml - tissue.density_g_ml)
        whole += volume(solid) * (weight - 1.0)
    free = np.clip(body - covered, 0.0, 1.0) / np.maximum(body, 1e-6)
    rest = np.clip(weights, 0.0, None) * free / np.float32(whole) * np.float32(grid.voxel_volume_ml)
    in_view = RemainderInView(
        float(rest.sum(dtype=np.float64)),
        float((body * free).sum(dtype=np.float64)) * grid.voxel_volume_ml,
        float((np.clip(density, 0.0, None) * free).sum(dtype=np.float64)) * grid.voxel_volume_ml,
    )
    return rest.astype(np.float32), in_view
