"""Absorbed fractions and S values of uniformly filled water spheres in unbounded water."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Citation
from hevesy.numerics.absorbed_fraction import FractionTable
from hevesy.physdata.constants import JOULE_PER_MEV
from hevesy.physdata.nuclides import Line, Nuclide
from hevesy.physdata.spectra import beta_energy_weights
from hevesy.physdata.tables_reader import read_table, source_citation
from hevesy.quantities import Uncertain

Floats = NDArray[np.float64]
Particle = Literal["electron", "photon"]

_SOURCE = "spheres_endfb81"
_ESCAPE_UNCERTAINTY = 0.02
"""Relative standard uncertainty of the electron energy that escapes (range, scattering, method)."""
_PHOTON_UNCERTAINTY = 0.01
"""Relative standard uncertainty of photon fractions (cross sections, method, statistics)."""


@cache
def _table(particle: Particle) -> FractionTable:
    table = read_table(_SOURCE, "spheres.json")
    return FractionTable(np.array(table["energies_mev"]), np.array(table["masses_kg"]), np.array(table[particle]))


def sphere_citation() -> Citation:
    """Where the table comes from."""
    return source_citation(_SOURCE)


def sphere_limits() -> tuple[tuple[float, float], tuple[float, float]]:
    """Lowest and highest energy [MeV] and mass [kg] of the table."""
    table = _table("electron")
    return (float(table.energies[0]), float(table.energies[-1])), (float(table.masses[0]), float(table.masses[-1]))


def _check(energies: Floats, mass_kg: float) -> None:
    (low, high), (lightest, heaviest) = sphere_limits()
    if not lightest <= mass_kg <= heaviest:
        raise ValueError(
            f"expected a mass between {lightest * 1000:g} g and {heaviest * 1000:g} g, the table of sphere absorbed "
            f"fractions, but {mass_kg * 1000:g} g came"
        )
    if energies.size and not (low <= energies.min() and energies.max() <= high):
        raise ValueError(
            f"expected energies between {low:g} and {high:g} MeV, the table of sphere absorbed fractions, but "
            f"{energies.min():g} to {energies.max():g} MeV came"
        )


def sphere_absorbed_fraction(particle: Particle, energy_mev: float, mass_kg: float) -> float:
    """Share of the emitted energy that stays in a unit-density sphere filled uniformly with emitters.

    The sphere lies in unbounded water. Bremsstrahlung of electrons leaves; electrons set free by photons are followed
    by their radial spread. Interpolated, never extrapolated.

    Parameters
    ----------
    particle
        ``electron`` (of either sign, without annihilation) or ``photon``.
    energy_mev
        Kinetic energy. [MeV]
    mass_kg
        Mass of the sphere. [kg]

    Raises
    ------
    ValueError
        If energy or mass lie outside the table.
    """
    _check(np.array([energy_mev]), mass_kg)
    return float(_table(particle).at(np.array([energy_mev]), mass_kg)[0][0])


class _Absorbed(NamedTuple):
    """Energy per decay and what a sphere keeps of it. [MeV]"""

    emitted: float
    absorbed: float
    slope: float
    """Derivative of the absorbed energy over the logarithm of the mass."""


def _absorbed_lines(particle: Particle, energies: Floats, weights: Floats, mass_kg: float) -> _Absorbed:
    """Sum over energies; what lies below the table stays where it is set free (range under 0.1 um or 3 um)."""
    lowest = sphere_limits()[0][0]
    on_spot = float(weights[energies < lowest].sum())
    energies, weights = energies[energies >= lowest], weights[energies >= lowest]
    _check(energies, mass_kg)
    if not energies.size:
        return _Absorbed(on_spot, on_spot, 0.0)
    fraction, slope = _table(particle).at(energies, mass_kg)
    emitted, absorbed = float(weights.sum()), float(weights @ fraction)
    return _Absorbed(emitted + on_spot, absorbed + on_spot, float(weights @ slope))


def _from_lines(particle: Particle, lines: tuple[Line, ...], mass_kg: float) -> _Absorbed:
    energies = np.array([line.energy_mev for line in lines], dtype=np.float64)
    weights = energies * np.array([line.yield_per_decay for line in lines], dtype=np.float64)
    return _absorbed_lines(particle, energies, weights, mass_kg)


def _from_betas(nuclide: Nuclide, mass_kg: float) -> _Absorbed:
    energies, weights = beta_energy_weights(nuclide)
    return _absorbed_lines("electron", energies, weights, mass_kg)


@dataclass(frozen=True)
class SphereAbsorption:
    """What a sphere keeps of one decay. [MeV]"""

    electron_emitted_mev: float
    electron_absorbed_mev: float
    photon_emitted_mev: float
    photon_absorbed_mev: float
    slope_mev: float
    """Derivative of all absorbed energy over the logarithm of the mass."""

    @property
    def absorbed_mev(self) -> float:
        """Electrons and photons together."""
        return self.electron_absorbed_mev + self.photon_absorbed_mev


def sphere_absorption(nuclide: Nuclide, mass_kg: float) -> SphereAbsorption:
    """Energy per decay that a sphere keeps, scaled to the evaluated energies of each type of radiation.

    Raises
    ------
    ValueError
        If the mass or an emission lies outside the table.
    """
    lines = _from_lines("electron", nuclide.electron_lines, mass_kg)
    betas = _from_betas(nuclide, mass_kg)
    photons = _from_lines("photon", nuclide.photon_lines, mass_kg)
    return SphereAbsorption(
        lines.emitted + betas.emitted,
        lines.absorbed + betas.absorbed,
        photons.emitted,
        photons.absorbed,
        lines.slope + betas.slope + photons.slope,
    )


def sphere_s_value(nuclide: Nuclide, mass_kg: float) -> Uncertain:
    r"""Absorbed dose to a sphere per decay in it.

    .. math:: S = \frac{1}{m} \sum_i E_i Y_i\, \phi_i(m)

    Crossfire from and to other regions is not included. The uncertainty has the sources ``energy:NUCLIDE`` (evaluated
    energies per decay) and ``absorbed-fraction:sphere`` (the table; not the difference between an organ and a sphere).

    Parameters
    ----------
    nuclide
        Emissions.
    mass_kg
        Mass of the sphere. [kg]

    Returns
    -------
    S value. [Gy/(Bq s)]

    Raises
    ------
    ValueError
        If the mass or an emission lies outside the table.

    References
    ----------
    .. [1] W. E. Bolch et al., J. Nucl. Med. 50 (2009) 477, doi:10.2967/jnumed.108.056036
    """
    kept = sphere_absorption(nuclide, mass_kg)
    gray_per_mev = JOULE_PER_MEV / mass_kg
    electron_share = kept.electron_absorbed_mev / kept.electron_emitted_mev if kept.electron_emitted_mev else 0.0
    photon_share = kept.photon_absorbed_mev / kept.photon_emitted_mev if kept.photon_emitted_mev else 0.0
    energy = math.hypot(
        electron_share * nuclide.electron_energy_uncertainty_mev, photon_share * nuclide.photon_energy_uncertainty_mev
    )
    escape = _ESCAPE_UNCERTAINTY * (kept.electron_emitted_mev - kept.electron_absorbed_mev)
    table = math.hypot(escape, _PHOTON_UNCERTAINTY * kept.photon_absorbed_mev)
    components = {f"energy:{nuclide.name}": energy * gray_per_mev, "absorbed-fraction:sphere": table * gray_per_mev}
    return Uncertain(kept.absorbed_mev * gray_per_mev, components)
