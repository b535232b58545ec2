"""Computing the point kernels of a medium by this package's own transport."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata import Material
from hevesy.physdata.matter.electrons import csda_range_g_cm2
from hevesy.physdata.matter.photons import LOWEST_MEV, photon_tables
from hevesy.transport.kernels.first_flights import first_flights
from hevesy.transport.kernels.kernel_settings import KernelSettings, Report, settings_note
from hevesy.transport.kernels.point_table import FINER, ElectronKernels, PhotonKernels, PointKernelTable
from hevesy.transport.mc.electron_radial import electron_point_source
from hevesy.transport.mc.photon_radial import photon_radial_kernel

Floats = NDArray[np.float64]

_TASK = "point kernels"


_PHOTON_SHARES = np.geomspace(1e-4, 1.0, 41)


def _on_shares(energies: Floats, yields: Floats, electron_mev: float) -> Floats:
    """Photons on the shares of the electron's energy, number and energy kept."""
    shares = np.clip(energies / electron_mev, _PHOTON_SHARES[0], 1.0)
    index = np.clip(np.searchsorted(_PHOTON_SHARES, shares, side="right") - 1, 0, len(_PHOTON_SHARES) - 2)
    part = (shares - _PHOTON_SHARES[index]) / (_PHOTON_SHARES[index + 1] - _PHOTON_SHARES[index])
    n = len(_PHOTON_SHARES)
    sums = np.bincount(index, yields * (1.0 - part), n) + np.bincount(index + 1, yields * part, n)
    return sums.astype(np.float64)


def _electrons(medium: Material, settings: KernelSettings, report: Report) -> ElectronKernels:
    energies = np.geomspace(settings.lowest_mev, settings.highest_mev, settings.electron_energies)
    ranges = csda_range_g_cm2(medium, energies) / medium.density_g_ml
    edges = np.linspace(0.0, settings.electron_reach, settings.electron_shells + 1)
    means, errors, photons = [], [], []
    for i, (energy, reach) in enumerate(zip(energies.tolist(), ranges.tolist(), strict=True)):
        report(_TASK, i, settings.electron_energies + settings.photon_energies)
        one = np.ones(1)
        found = electron_point_source(
            energy * one, one, edges * reach, settings.electron_histories, settings.seed + i, medium
        )
        last = found.kernel.energy_mev.copy()
        last[-1] += found.beyond_mev
        means.append(last / energy)
        errors.append(found.kernel.standard_uncertainty_mev / energy)
        spectrum = found.bremsstrahlung
        photons.append(_on_shares(spectrum.mean_energies_mev, spectrum.yields, energy))
    return ElectronKernels(
        energies, ranges, edges, np.array(means), np.array(errors), _PHOTON_SHARES, np.array(photons)
    )


def _photons(medium: Material, settings: KernelSettings, electrons: ElectronKernels, report: Report) -> PhotonKernels:
    """The electrons of first collisions travel, those of later ones deposit at once.

    What is left beyond the last shell is nothing, so the shells are made to hold what was emitted: the estimator by
    track length keeps energy on average only.
    """
    energies = np.geomspace(settings.lowest_mev, settings.highest_mev, settings.photon_energies)
    tables = photon_tables((medium,))
    fine = np.geomspace(settings.lowest_mev, settings.highest_mev, FINER * (settings.photon_energies - 1) + 1)
    attenuation = tables.mass_attenuation(medium.name, np.maximum(fine, LOWEST_MEV)) * medium.density_g_ml
    edges = np.concatenate([[0.0], np.geomspace(*settings.photon_reach, settings.photon_shells)])
    means, errors = [], []
    for i, (energy, per_cm) in enumerate(zip(energies.tolist(), attenuation[::FINER].tolist(), strict=True)):
        report(_TASK, settings.electron_energies + i, settings.electron_energies + settings.photon_energies)
        one, seed = np.ones(1), settings.seed + 1000 + i
        found = photon_radial_kernel(energy * one, one, edges / per_cm, settings.photon_histories, seed, medium)
        at_once, carried = first_flights(energy, tables, medium.density_g_ml, electrons, edges / per_cm)
        left = found.energy_mev - at_once + carried
        means.append(left / left.sum())
        errors.append(found.standard_uncertainty_mev / energy)
    return PhotonKernels(energies, attenuation, edges, np.array(means), np.array(errors))


def _silent(task: str, done: int, total: int) -> None:
    del task, done, total


def derive_point_kernels(medium: Material, settings: KernelSettings, report: Report | None = None) -> PointKernelTable:
    """Point kernels of single energies by transport in the unbounded medium.

    Parameters
    ----------
    medium
        Composition and density.
    settings
        Energies, shells and histories.
    report
        Told the progress: what, how many energies are done, how many there are.
    """
    tell = report or _silent
    electrons = _electrons(medium, settings, tell)
    photons = _photons(medium, settings, electrons, tell)
    total = settings.electron_energies + settings.photon_energies
    tell(_TASK, total, total)
    note = {"settings": settings_note(settings), "source": medium.source.text, "data": "ENDF/B-VIII.1"}
    return PointKernelTable(medium.name, medium.density_g_ml, electrons, photons, note)
