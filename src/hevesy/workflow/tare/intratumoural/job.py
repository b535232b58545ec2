"""Microbrachytherapy: dose around an injection into a tumour, its coverage, and what to add where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.decide.tare import dose_around, sphere_shares
from hevesy.physdata import nuclide, source_term
from hevesy.quantities.settings_file import read_yaml, validate_settings
from hevesy.transport import AbstractDoseEngine
from hevesy.transport.kernels import VoxelKernel
from hevesy.workflow.engines import UsedCtCurve, used_ct_curve
from hevesy.workflow.tare.images.read import ImageSettings, PatientImages, load_images
from hevesy.workflow.tare.intratumoural.activity import Deposition, load_deposition, time_integrated
from hevesy.workflow.tare.intratumoural.dose import (
    LIBRARY,
    DoseMap,
    chosen_engine,
    signed_dose,
    transport_uncertainty,
    tumour_kernel,
)
from hevesy.workflow.tare.intratumoural.figures import Doubts, coverage_probability
from hevesy.workflow.tare.intratumoural.limits import HeldLimit, held_limits
from hevesy.workflow.tare.intratumoural.proposal import (
    Case,
    Proposed,
    adjusted,
    drawn_deposits,
    proposed_deposits,
    source_of,
)
from hevesy.workflow.tare.intratumoural.settings import Intratumoural, StatedMatter, TumourCtMatter
from hevesy.workflow.tare.intratumoural.voxels import WorkingVoxels, matter_on, working_voxels

Floats = NDArray[np.float64]

_LN2 = float(np.log(2.0))


@dataclass(frozen=True)
class Inputs:
    """What was read."""

    settings: Intratumoural
    folder: Path
    images: PatientImages
    deposition: Deposition
    curve: UsedCtCurve | None


@dataclass(frozen=True)
class Before:
    """What is known before anything is added."""

    dose: DoseMap
    doubts: Doubts
    kernel: VoxelKernel


@dataclass(frozen=True)
class Added:
    """What is proposed, and what it gives."""

    case: Case
    proposed: Proposed
    decays_per_ml: Floats
    """Shape ``(z, y, x)``. [Bq s/ml]"""
    dose: DoseMap


@dataclass(frozen=True)
class Found:
    """What was computed. Arrays of shape ``(z, y, x)``."""

    inputs: Inputs
    engine: AbstractDoseEngine
    voxels: WorkingVoxels
    limits: tuple[HeldLimit, ...]
    dose: DoseMap
    """Of the activity that was measured."""
    added: Added | None
    """None where nothing is asked for."""
    doubts: Doubts
    doubts_after: Doubts
    """With what is proposed."""
    notes: tuple[str, ...]

    @property
    def total_gy(self) -> Floats:
        """Dose with the proposed deposits, below zero where noise says so. [Gy]"""
        return self.dose.signed_gy if self.added is None else self.dose.signed_gy + self.added.dose.signed_gy


def read_inputs(path: Path) -> Inputs:
    """Read the file and everything it names.

    Raises
    ------
    InputError
        On the first thing that is not as it should be.
    """
    settings = validate_settings(Intratumoural, read_yaml(path, "settings file"), path.name)
    folder, stated = path.parent, settings.images
    asked = ImageSettings(
        ct=stated.ct,
        regions=stated.regions,
        labels=None if stated.labels is None else dict(stated.labels),
        liver=settings.tumour,
        registration=stated.registration,
    )
    curve = None if isinstance(settings.matter, StatedMatter) else used_ct_curve(settings.matter, folder)
    images = load_images(asked, folder)
    deposition = load_deposition(settings, images, folder, nuclide(settings.nuclide).half_life_s)
    return Inputs(settings, folder, images, deposition, curve)


def find(inputs: Inputs) -> Found:
    """Compute dose maps, and deposits where they are asked for.

    Raises
    ------
    InputError
        If the engine does not fit, or a region is not where it should be.
    """
    settings, deposition = inputs.settings, inputs.deposition
    emissions = source_term(settings.nuclide, None, LIBRARY)
    engine = chosen_engine(settings.engine, emissions, settings.voxel)
    names = [organ.name for organ in settings.organs]
    voxels = working_voxels(deposition, inputs.images, settings.tumour, names, settings.voxel)
    matter = matter_on(voxels, inputs.images, settings.matter, inputs.curve)
    grid = voxels.grid

    def dose_of(decays_per_ml: Floats) -> DoseMap:
        return signed_dose(engine, emissions, decays_per_ml, grid, matter.geometry)

    shares = None if settings.add is None else sphere_shares(grid.spacing_mm, settings.add.volume)
    kernel = tumour_kernel(emissions, grid, _density(settings.matter), _half(shares))
    seconds = time_integrated(deposition, settings.injected, nuclide(settings.nuclide).half_life_s)
    decays = voxels.concentration * seconds
    measured = dose_of(decays)
    limits = tuple(
        held_limits(settings.organs, {n: region.mask for n, region in voxels.organs.items()}, grid.voxel_volume_ml)
    )
    transport = transport_uncertainty(decays, grid, kernel)
    doubts = Doubts(voxels, deposition.scale, transport, kernel.value, seconds, settings.uncertainty)
    addition = None
    if settings.add is not None and shares is not None:
        life = nuclide(settings.nuclide).half_life_s / _LN2
        around = dose_around(shares, kernel.value * life)
        case = Case(voxels, settings.add, settings.prescribed, limits, measured.signed_gy, shares, around)
        addition = _addition(case, life, dose_of, Before(measured, doubts, kernel))
    added = 0.0 if addition is None else addition.decays_per_ml
    after = replace(doubts, transport_gy=transport_uncertainty(decays + added, grid, kernel))
    return Found(inputs, engine, voxels, limits, measured, addition, doubts, after, matter.findings)


def _addition(case: Case, life_s: float, dose_of: Callable[[Floats], DoseMap], before: Before) -> Added:
    """What is proposed, and its dose map by the engine."""
    proposed = proposed_deposits(case)
    laid = source_of(case, proposed) * (life_s / case.voxels.grid.voxel_volume_ml)
    dose = dose_of(laid)
    deposits = drawn_deposits(case, proposed)
    probability = None
    if case.asked.probability is not None and deposits is not None:
        transport = transport_uncertainty(laid, case.voxels.grid, before.kernel)
        probability = coverage_probability(before.dose, before.doubts, case.prescribed, deposits, transport)
    proposed, factor = adjusted(case, proposed, dose.signed_gy, probability)
    spread = None if dose.statistical_gy is None else dose.statistical_gy * factor
    return Added(case, proposed, laid * factor, DoseMap(dose.signed_gy * factor, spread, dose.notes))


def _half(shares: Floats | None) -> tuple[int, int, int]:
    if shares is None:
        return 0, 0, 0
    z, y, x = (n // 2 for n in shares.shape)
    return z, y, x


def _density(stated: StatedMatter | TumourCtMatter) -> float:
    return stated.density if isinstance(stated, StatedMatter) else stated.tumour_density
