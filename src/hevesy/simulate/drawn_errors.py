r"""What a site gets wrong, drawn from the distributions that the written study file states.

Factors are log-normal with median 1 and the stated relative standard uncertainty *u*,

.. math:: f = \exp(s z), \qquad s^2 = \ln(1 + u^2), \qquad z \sim N(0, 1),

boundaries are moved by a normal distance. Every error has its own random numbers, so that none shifts another one or
the images' noise.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from hevesy.simulate.patient import VirtualPatient
from hevesy.simulate.seeds import generator

ADMINISTERED_RELATIVE_STANDARD_UNCERTAINTY = 0.02
"""Of the reading before the administration."""
PHANTOM_RELATIVE_STANDARD_UNCERTAINTY = 0.03
"""Of the calibration phantom's activity."""
SPHERES_RELATIVE_STANDARD_UNCERTAINTY = 0.01
"""Of the activity in the spheres, common to all: the same activity meter as the phantom, other pipettes and balance."""
PLANAR_STANDARD_RELATIVE_STANDARD_UNCERTAINTY = 0.03
"""Of the activity of the standard that the planar images are calibrated with."""
PLANAR_SCATTER_RELATIVE_STANDARD_UNCERTAINTY = 0.1
"""Of the scatter that a triple energy window finds: the spectrum is no straight line."""
BOUNDARY_STANDARD_UNCERTAINTY_MM = 0.5
"""Of a drawn boundary's mean position along its normal. [mm]"""


@dataclass(frozen=True)
class DrawnErrors:
    """Stated over true values; without arguments, everything is stated as it is."""

    administered: float = 1.0
    """Reading before the administration, stated over true."""
    phantom: float = 1.0
    """Activity of the calibration phantom, stated over true."""
    spheres: float = 1.0
    """Activity in the spheres, stated over true."""
    planar_standard: float = 1.0
    """Activity of the standard of the planar images, stated over true."""
    planar_scatter: float = 1.0
    """Counts of the scatter windows over those of a straight spectrum."""
    boundary_mm: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """How far outside its true place each region's boundary is drawn; below zero for inside. [mm]"""

    def as_truth(self) -> dict[str, Any]:
        """The errors as they are written to truth.json."""
        return {
            "administered_activity_stated_over_true": self.administered,
            "phantom_activity_stated_over_true": self.phantom,
            "sphere_activity_stated_over_true": self.spheres,
            "planar_standard_stated_over_true": self.planar_standard,
            "planar_scatter_windows_over_straight_spectrum": self.planar_scatter,
            "boundary_displacement_mm": dict(self.boundary_mm),
        }


EXACT = DrawnErrors()
"""No errors."""


def draw_errors(seed: int, regions: Iterable[str]) -> DrawnErrors:
    """Draw one error of each kind, and one of each region's boundary.

    Parameters
    ----------
    seed
        Of the simulation.
    regions
        Names of the drawn regions.
    """
    boundary = {
        name: BOUNDARY_STANDARD_UNCERTAINTY_MM * float(generator(seed, "error", "boundary", name).standard_normal())
        for name in regions
    }
    return DrawnErrors(
        _factor(seed, "administered", ADMINISTERED_RELATIVE_STANDARD_UNCERTAINTY),
        _factor(seed, "phantom", PHANTOM_RELATIVE_STANDARD_UNCERTAINTY),
        _factor(seed, "spheres", SPHERES_RELATIVE_STANDARD_UNCERTAINTY),
        _factor(seed, "planar standard", PLANAR_STANDARD_RELATIVE_STANDARD_UNCERTAINTY),
        _factor(seed, "planar scatter", PLANAR_SCATTER_RELATIVE_STANDARD_UNCERTAINTY),
        MappingProxyType(boundary),
    )


def as_stated(patient: VirtualPatient, errors: DrawnErrors) -> VirtualPatient:
    """The patient as the site's activity meter tells: another reading before the administration, and what follows."""
    administration = patient.scenario.administration
    measured = administration.measured.model_copy(
        update={"activity": administration.measured.activity * errors.administered}
    )
    administration = administration.model_copy(update={"measured": measured})
    scenario = patient.scenario.model_copy(update={"administration": administration})
    return replace(patient, scenario=scenario, net_activity_bq=administration.net_activity_bq(patient.half_life_s))


def _factor(seed: int, role: str, relative_standard_uncertainty: float) -> float:
    spread = math.sqrt(math.log1p(relative_standard_uncertainty**2))
    return math.exp(spread * float(generator(seed, "error", role).standard_normal()))
