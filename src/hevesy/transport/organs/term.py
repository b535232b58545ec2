"""What a decay emits, made ready for organs: point kernels of its charged particles, spectra of its photons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata import Emissions, EmissionSpectrum, Particle, material, merged
from hevesy.transport.kernels.heavy import heavy_energy
from hevesy.transport.mc.electron_radial import electron_point_source
from hevesy.transport.organs.charged import RadialEnergy

_EDGES_CM = np.concatenate([[0.0], np.geomspace(1e-6, 20.0, 731)])
_ON_SPOT_MEV = 1e-3
_HISTORIES = 40_000


@dataclass(frozen=True)
class SourceTerm:
    """What a decay emits, sorted by how it is followed."""

    photons: tuple[EmissionSpectrum, ...]
    bremsstrahlung: tuple[EmissionSpectrum, ...]
    electrons: RadialEnergy
    """Electrons and positrons, without their bremsstrahlung."""
    heavy: RadialEnergy
    """Alpha particles and recoils."""


def organ_source_term(emissions: Emissions, seed: int = 1) -> SourceTerm:
    """Sort the emissions of a decay.

    Electrons are followed in water around a point; those below 1 keV (range under 0.1 micrometres) stay on the spot,
    and so do photons below 1 keV. Bremsstrahlung starts where the decay is. All energy is kept.

    Parameters
    ----------
    emissions
        Per decay of the parent.
    seed
        Of the electrons' random numbers.

    Raises
    ------
    InputError
        If an energy is above what the tables hold.
    """
    water = material("water")
    heavy = heavy_energy(emissions, water, _EDGES_CM) if emissions.of(Particle.ALPHA, Particle.RECOIL) else None
    photons = tuple(_above(spectrum) for spectrum in emissions.of(Particle.PHOTON))
    lost = emissions.energy_mev(Particle.PHOTON) - sum(s.energy_mev for s in photons) if photons else 0.0
    electrons, bremsstrahlung = _electrons(emissions, seed)
    electrons[0] += lost
    nothing = np.zeros(len(_EDGES_CM) - 1)
    return SourceTerm(
        photons,
        bremsstrahlung,
        RadialEnergy(_EDGES_CM, electrons),
        RadialEnergy(_EDGES_CM, nothing if heavy is None else heavy),
    )


def _above(spectrum: EmissionSpectrum) -> EmissionSpectrum:
    kept = (spectrum.mean_energies_mev >= _ON_SPOT_MEV) & (spectrum.yields > 0)
    return EmissionSpectrum(
        spectrum.particle, spectrum.kind, spectrum.low_mev[kept], spectrum.high_mev[kept], spectrum.yields[kept]
    )


def _electrons(emissions: Emissions, seed: int) -> tuple[NDArray[np.float64], tuple[EmissionSpectrum, ...]]:
    low, high, yields = merged(emissions.of(Particle.ELECTRON, Particle.POSITRON))
    energies = 0.5 * (low + high)
    followed = (energies >= _ON_SPOT_MEV) & (yields > 0)
    shells = np.zeros(len(_EDGES_CM) - 1)
    shells[0] = energies[~followed] @ yields[~followed]
    if not followed.any():
        return shells, ()
    number = float(yields[followed].sum())
    point = electron_point_source(energies[followed], yields[followed], _EDGES_CM, _HISTORIES, seed, material("water"))
    photons = point.bremsstrahlung
    per_decay = EmissionSpectrum(photons.particle, "given", photons.low_mev, photons.high_mev, photons.yields * number)
    kept = float(energies[followed] @ yields[followed]) - per_decay.energy_mev
    shells += point.kernel.energy_mev * (kept / point.kernel.energy_mev.sum())
    return shells, (per_decay,)
