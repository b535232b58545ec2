"""What every dose engine is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Citation, Image
from hevesy.errors import InputError
from hevesy.physdata import Nuclide
from hevesy.quantities import Uncertain


class Capability(StrEnum):
    """What an engine can serve."""

    REGIONS = "regions"
    MAPS = "maps"


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
    def dose_rate_map(
        self, nuclide: Nuclide, activity_concentration: Image, density_g_ml: float | NDArray[np.float64]
    ) -> Image:
        """Absorbed dose rate in every voxel.

        Parameters
        ----------
        nuclide
            Emissions.
        activity_concentration
            At one time. [Bq/ml]
        density_g_ml
            One density, or one per voxel. Shape ``(z, y, x)``. [g/ml]

        Returns
        -------
        [Gy/s]

        Raises
        ------
        InputError
            If the engine does not serve maps, or the input is not finite, of another quantity or shape, or a density
            is not positive.
        """


def refuse(engine: AbstractDoseEngine, capability: Capability) -> InputError:
    """The error of an engine that cannot serve what was asked."""
    served = " and ".join(sorted(engine.capabilities))
    return InputError(f"a dose engine that serves {capability}", f"{engine.name!r} serves {served} only", "transport")
