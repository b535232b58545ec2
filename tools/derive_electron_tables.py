"""Derive the table of electron interactions with atoms from an ENDF/B-VIII.1 archive (a few seconds).

Writes ``src/hevesy/physdata/tables/electrons_endfb81/``: for every element, the first two transport cross sections of
elastic scattering, the weight of scattering by single electrons, the energy that bremsstrahlung takes, the spectrum of
the photons, and the subshells.

Elastic scattering is evaluated at few energies (16, none between 256 keV and 10 MeV), so what is interpolated is its
ratio to screened Rutherford scattering with Moliere's screening, which changes slowly. Angles below the cosine
0.999999 that the evaluation tabulates follow the form A/(eta + 1 - cosine)**2 that has the evaluated total.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from endf_archive import EndfArchive, write_source

Floats = NDArray[np.float64]
Sections = dict[tuple[int, int], Any]

FOLDER = Path(__file__).parent.parent / "src/hevesy/physdata/tables/electrons_endfb81"
ENERGIES = np.geomspace(1e-4, 100.0, 121)  # MeV
SPECTRUM_ENERGIES = np.geomspace(1e-3, 100.0, 26)  # MeV
TRANSFERS = np.geomspace(1e-3, 1e4, 141)  # momentum transfer sin(theta/2)/lambda, 1/angstrom
SHARES = np.concatenate(
    [[0.0, 0.01, 0.025], np.linspace(0.05, 0.95, 19), [0.975, 0.99, 1.0]]
)  # of the electron's energy
_ELEMENTS = {1: "H", 6: "C", 7: "N", 8: "O", 9: "F", 11: "Na", 12: "Mg", 13: "Al", 14: "Si", 15: "P", 16: "S", 17: "Cl"}
_ELEMENTS |= {18: "Ar", 19: "K", 20: "Ca", 22: "Ti", 26: "Fe", 29: "Cu", 30: "Zn", 53: "I", 67: "Ho"}
_MC2, _ALPHA, _RE2 = 0.51099895, 1 / 137.035999, 0.079407877  # MeV, -, barn
_ROUNDED = ("_barn", "electron_scattering")
_SMALLEST = 1e-6  # one minus the largest tabulated cosine


def moliere(z: int, energy: Floats) -> tuple[Floats, Floats]:
    """First two transport cross sections of screened Rutherford scattering. [barn]"""
    beta2, momentum2 = 1.0 - (_MC2 / (energy + _MC2)) ** 2, energy * (energy + 2.0 * _MC2)
    radius = 0.88534 / (_ALPHA * z ** (1 / 3))
    screen = 0.25 * _MC2**2 / (momentum2 * radius**2) * (1.13 + 3.76 * (_ALPHA * z) ** 2 / beta2)
    strength = 2.0 * np.pi * _RE2 * z**2 * _MC2**2 / (momentum2 * beta2)
    log = np.log1p(1.0 / screen)
    return strength * (log - 1.0 / (1.0 + screen)), 3.0 * strength * ((1.0 + 2.0 * screen) * log - 2.0)


def _moment(cosine: Floats, density: Floats, values: Any) -> float:  # noqa: ANN401 - a function of the cosine
    """Integral of a polynomial up to the second degree times a density that is linear between its points."""
    middle = 0.5 * (cosine[1:] + cosine[:-1])
    product, centre = density * values(cosine), 0.5 * (density[1:] + density[:-1]) * values(middle)
    return float(np.sum(np.diff(cosine) * (product[1:] + product[:-1] + 4.0 * centre)) / 6.0)


def _forward(large: float, total: float, edge: float) -> float:
    """First transport cross section of the angles that are not tabulated. [barn]"""
    missing, seen = total - large, _SMALLEST * edge
    if missing <= 1.001 * seen:
        return 0.0
    eta = _SMALLEST * seen / (missing - seen)
    strength = edge * (eta + _SMALLEST) ** 2
    return float(strength * (np.log1p(_SMALLEST / eta) - _SMALLEST / (eta + _SMALLEST)))


def elastic(z: int, sections: Sections) -> tuple[Floats, Floats]:
    """First two transport cross sections on ``ENERGIES``. [barn]"""
    distribution = sections[26, 525]["products"][0]["distribution"]
    energies = np.asarray(distribution["E"]) * 1e-6
    ratios = np.zeros((2, len(energies)))
    for i, (energy, angles) in enumerate(zip(energies, distribution["distribution"], strict=True)):
        cosine, density = np.asarray(angles["A_l"]).reshape(-1, 2).T
        large, total = (float(sections[23, mt]["sigma"](energy * 1e6)) for mt in (525, 526))
        density = density / _moment(cosine, density, np.ones_like) * large
        forward = _forward(large, total, float(density[-1]))
        first = _moment(cosine, density, lambda mu: 1.0 - mu) + forward
        second = _moment(cosine, density, lambda mu: 1.5 * (1.0 - mu**2)) + 3.0 * forward
        ratios[:, i] = np.array([first, second]) / np.concatenate(moliere(z, energies[i : i + 1]))
    both = [np.exp(np.interp(np.log(ENERGIES), np.log(energies), np.log(row))) for row in ratios]
    plain = moliere(z, ENERGIES)
    return both[0] * plain[0], both[1] * plain[1]


def electron_scattering(z: int, photons: Sections) -> Floats:
    """Logarithmic integral of the incoherent scattering function per electron, 2 S(x) dx / (x Z), up to ``TRANSFERS``.

    Scattering by the electrons of an atom goes as this function times Rutherford's formula, of electrons as of photons.
    """
    fine = np.geomspace(1e-5, TRANSFERS[-1], 4001)
    share = np.array([float(photons[27, 504]["H"](x)) for x in fine]) / z
    steps = (share[1:] + share[:-1]) * np.diff(np.log(fine))
    return np.interp(TRANSFERS, fine, np.concatenate([[0.0], np.cumsum(steps)]))


def shells(relaxation: Sections) -> Floats:
    """Electrons and binding energy [eV] of every subshell. Shape ``(subshell, 2)``."""
    return np.array([[float(shell["ELN"]), float(shell["EBI"])] for shell in relaxation[28, 533]["shells"]])


def radiative(sections: Sections) -> Floats:
    """Energy taken by bremsstrahlung times cross section on ``ENERGIES``. [MeV barn]"""
    loss = next(p for p in sections[26, 527]["products"] if p["LAW"] == 8)["distribution"]["ET"]
    return np.array([float(sections[23, 527]["sigma"](e * 1e6)) * float(loss(e * 1e6)) * 1e-6 for e in ENERGIES])


def spectra(sections: Sections) -> Floats:
    """Photon energy times its differential cross section, on ``SPECTRUM_ENERGIES`` and ``SHARES``. [barn]"""
    distribution = next(p for p in sections[26, 527]["products"] if p["LAW"] == 1)["distribution"]
    energies = np.asarray(distribution["E"]) * 1e-6
    rows = []
    for energy, photons in zip(energies, distribution["distribution"], strict=True):
        shares = np.maximum(SHARES, 2e-7 / energy) * energy * 1e6
        density = np.exp(np.interp(np.log(shares), np.log(photons["E'"]), np.log(np.ravel(photons["b"]))))
        rows.append(density * shares * float(sections[23, 527]["sigma"](energy * 1e6)))
    logs = np.log(np.array(rows))
    kept = energies > 3e-5
    where = np.log(SPECTRUM_ENERGIES)
    return np.stack([np.exp(np.interp(where, np.log(energies[kept]), c)) for c in logs[kept].T], axis=1)


def main(path: str) -> None:
    """Write the table and its source note."""
    archive = EndfArchive(Path(path))
    all_sections = {z: archive.sections(f"e-{z:03d}_{name}_000.endf") for z, name in _ELEMENTS.items()}
    photons = {z: archive.sections(f"photoat-{z:03d}_{name}_000.endf") for z, name in _ELEMENTS.items()}
    subshells = {z: shells(archive.sections(f"atom-{z:03d}_{name}_000.endf")) for z, name in _ELEMENTS.items()}
    transport = np.array([elastic(z, sections) for z, sections in all_sections.items()])
    table = {
        "atomic_number": np.array(list(all_sections), dtype=np.int64),
        "energy_mev": ENERGIES,
        "first_transport_barn": transport[:, 0],
        "second_transport_barn": transport[:, 1],
        "transfer_per_angstrom": TRANSFERS,
        "electron_scattering": np.array([electron_scattering(z, p) for z, p in photons.items()]),
        "shell_atomic_number": np.concatenate([np.full(len(rows), z) for z, rows in subshells.items()]),
        "shell_electrons": np.concatenate([rows[:, 0] for rows in subshells.values()]),
        "shell_binding_ev": np.concatenate([rows[:, 1] for rows in subshells.values()]),
        "radiative_mev_barn": np.array([radiative(s) for s in all_sections.values()]),
        "spectrum_energy_mev": SPECTRUM_ENERGIES,
        "spectrum_share": SHARES,
        "spectrum_barn": np.array([spectra(s) for s in all_sections.values()]),
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    arrays = {key: value.astype(np.float32) if key.endswith(_ROUNDED) else value for key, value in table.items()}
    np.savez_compressed(FOLDER / "electrons.npz", allow_pickle=False, **arrays)
    fields = {
        "part": "electron elastic scattering and bremsstrahlung, photon incoherent scattering functions, subshells",
        "script": "tools/derive_electron_tables.py",
        "citation": "Electron interactions with atoms of ENDF/B-VIII.1: "
        "G. P. A. Nobre et al., Nuclear Data Sheets 210 (2026) 1-224",
        "doi_unconfirmed": "10.1016/j.nds.2026.04.001",
        "doi_confirmation": "found quoted in one public repository; not resolved against the publisher",
    }
    write_source(FOLDER, archive, ["electrons.npz"], fields)


if __name__ == "__main__":
    main(sys.argv[1])
