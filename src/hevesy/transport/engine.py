"""What every dose engine is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from hevesy.domain import Citation, Image, Quantity
from hevesy.errors import InputError
from hevesy.physdata import Emissions, Nuclide
from hevesy.quantities import Uncertain
from hevesy.transport.mc.geometry import VoxelGeometry

_DOSE_OF = {
    Quantity.ACTIVITY_CONCENTRATION: Quantity.ABSORBED_DOSE_RATE,
    Quantity.TIME_INTEGRATED_ACTIVITY_CONCENTRATION: Quantity.ABSORBED_DOSE,
}


class Capability(StrEnum):
    """What an engine can serve."""

    REGIONS = "regions"
    MAPS = "maps"
    MEDIA = "media"
    """Follows particles through media: a map wants the medium of every voxel, not only its density."""
    CROSSFIRE = "crossfire"
    """A map has the radiation from one voxel to another."""
    STATISTICS = "statistics"
    """A map wants a target uncertainty."""


@dataclass(frozen=True)
class EngineSettings:
    """What a study may ask of its engines; each takes what concerns it."""

    photons_below_mev: float = 0.0
    """Local deposition: photons of less energy count as absorbed where they are emitted. [MeV]"""
    target_uncertainty: float | None = None
    """Monte Carlo: mean relative standard uncertainty of the voxels above 20 % of the maximum at which it stops."""
    seed: int = 1
    """Monte Carlo: of the random numbers."""
    threads: int = 1
    """Threads at a time; they change no number."""


@dataclass(frozen=True)
class MapResult:
    """Absorbed dose, or its rate, in every voxel."""

    image: Image
    """[Gy/s] from an activity concentration, [Gy] from a time-integrated one."""
    statistical: Image | None
    """Standard uncertainty from the statistics of the method, in the same unit; None where it has none."""
    notes: tuple[str, ...] = ()
    """What the report should say about this map."""


class AbstractDoseEngine(ABC):
    """Turns activity into absorbed dose, by region, by voxel, or both.

    Final classes implement everything; nothing implemented is overridden, and what an engine cannot do it refuses with
    an :class:`~hevesy.errors.InputError` (:func:`refuse`).
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """Name in the study file."""

    @property
    @abstractmethod
    def capabilities(self) -> frozenset[Capability]:
        """What it can serve."""

    @property
    @abstractmethod
    def description(self) -> str:
        """One paragraph for the methods section of a report."""

    @property
    @abstractmethod
    def validity(self) -> tuple[str, ...]:
        """Where it stops being valid, one sentence each."""

    @abstractmethod
    def citations(self, nuclide: Nuclide) -> tuple[Citation, ...]:
        """References of the method and of the data it takes for a nuclide."""

    @abstractmethod
    def doubts(self, mass_kg: float) -> tuple[str, ...]:
        """What makes the result of a region of this mass doubtful, one clause each. [kg]"""

    @abstractmethod
    def map_memory_bytes(self, shape: tuple[int, int, int]) -> float:
        """Memory that a map of this shape ``(z, y, x)`` takes at its highest. [byte]"""

    @abstractmethod
    def region_s_value(self, nuclide: Nuclide, mass: Uncertain) -> Uncertain:
        """Absorbed dose to a region per decay in it.

        Parameters
        ----------
        nuclide
            Emissions.
        mass
            Mass of the region; its sources (``volume:REGION``) stay in the result, so that the covariance with the
            time-integrated activity is kept. [kg]

        Returns
        -------
        [Gy/(Bq s)]

        Raises
        ------
        InputError
            If the engine does not serve regions.
        RegionFinding
            If the region is outside what the engine's data support.
        """

    @abstractmethod
    def dose_map(self, emissions: Emissions, source: Image, geometry: VoxelGeometry) -> MapResult:
        """Absorbed dose, or its rate, in every voxel. Every engine is linear in the source, within its statistics.

        Parameters
        ----------
        emissions
            Per decay.
        source
            Activity concentration, or its time integral. [Bq/ml] or [Bq s/ml]
        geometry
            Density and medium of every voxel of the source's grid.

        Returns
        -------
        [Gy/s] or [Gy]

        Raises
        ------
        InputError
            If the engine does not serve maps, or the input is not what :func:`check_map_input` wants.
        """


def refuse(engine: AbstractDoseEngine, capability: Capability) -> InputError:
    """The error of an engine that cannot serve what was asked."""
    served = " and ".join(sorted(engine.capabilities & {Capability.REGIONS, Capability.MAPS}))
    return InputError(f"a dose engine that serves {capability}", f"{engine.name!r} serves {served} only", "transport")


def check_map_input(engine: AbstractDoseEngine, source: Image, geometry: VoxelGeometry) -> Quantity:
    """What the map of a source will be.

    Returns
    -------
    The dose in Gy of a time-integrated activity concentration, its rate in Gy/s of an activity concentration.

    Raises
    ------
    InputError
        If the source is something else, negative or not finite, its voxels are not those of the geometry, or a density
        is not positive.
    """
    if source.quantity not in _DOSE_OF:
        raise InputError("an activity concentration in Bq/ml or Bq s/ml", f"{source.quantity} came", engine.name)
    spacing = np.array(source.grid.spacing_mm) / 10.0
    if geometry.media.shape != source.grid.shape or not np.allclose(spacing, geometry.spacing_cm, rtol=1e-6):
        came = f"{geometry.media.shape} voxels of {geometry.spacing_cm} cm came"
        raise InputError(f"media and densities on {source.grid.shape} voxels of {spacing} cm", came, engine.name)
    density = geometry.density_g_ml
    if not (np.isfinite(density).all() and (density > 0).all()):
        raise InputError("positive densities", f"the lowest is {density.min():g} g/ml", engine.name)
    values = source.values
    if not np.isfinite(values).all() or (values < 0).any():
        raise InputError("a finite activity concentration from zero on in every voxel", "some are not", engine.name)
    return _DOSE_OF[source.quantity]
