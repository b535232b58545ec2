"""Derive absorbed fractions of uniformly filled water spheres in unbounded water from ENDF/B-VIII.1.

Usage: ``python tools/derive_sphere_fractions.py ENDFB81.tar.xz`` (needs the extra ``physics``; about five CPU minutes).
Writes ``src/hevesy/physdata/tables/spheres_endfb81/``. Point kernels of electrons and photons (``electron_kernel`` and
``photon_kernel``) are computed once per energy; every sphere follows from them without further sampling, because the
chance that a place at distance r from a random point of a sphere of radius R lies in the sphere too is

    g(r/R) = 1 - 3/4 (r/R) + 1/16 (r/R)^3   for r < 2 R.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import photon_kernel
from electron_kernel import AVOGADRO, WATER, WATER_MOLAR_MASS, Slowing, collision_stopping_power
from electron_kernel import radial_kernel as electron_kernel
from endf_archive import EndfArchive, write_source

Floats = NDArray[np.float64]

FOLDER = Path(__file__).parent.parent / "src/hevesy/physdata/tables/spheres_endfb81"
ENERGIES = np.geomspace(1e-3, 5.0, 46)  # MeV
MASSES = np.geomspace(1e-6, 100.0, 33)  # kg
SEED = 20240830
N_ELECTRONS, N_BATCHES = 12000, 12
_MEMBERS = {1: "e-001_H_000.endf", 8: "e-008_O_000.endf"}


def read_slowing(archive: EndfArchive) -> Slowing:
    """Stopping powers of water: Bethe's formula for collisions, EEDL for bremsstrahlung."""
    energy = np.geomspace(1e-5, 5.5, 700)
    radiative = np.zeros_like(energy)
    for z, n in WATER:
        sections = archive.sections(_MEMBERS[z])
        loss = next(p for p in sections[26, 527]["products"] if p["LAW"] == 8)["distribution"]["ET"]
        mean = np.array([float(sections[23, 527]["sigma"](e * 1e6)) * float(loss(e * 1e6)) for e in energy])
        radiative += n * mean * 1e-30 * AVOGADRO / WATER_MOLAR_MASS
    collision = collision_stopping_power(np.maximum(energy, 2e-4))
    return Slowing(energy, collision + radiative, collision)


def geometry_factor(ratio: Floats) -> Floats:
    """Share of places at distance ``ratio`` radii from a random point of a sphere that lie in it."""
    inside = 1.0 - 0.75 * ratio + ratio**3 / 16.0
    return np.where(ratio < 2.0, inside, 0.0)


def fractions(edges: Floats, kernel: Floats) -> Floats:
    """Absorbed fraction of every sphere. Shape ``(mass,)``."""
    radii = np.cbrt(3.0 * MASSES * 1000.0 / (4.0 * np.pi))
    middles = 0.5 * (edges[1:] + edges[:-1])
    return np.asarray(geometry_factor(middles[None, :] / radii[:, None]) @ kernel)


def _spread(slowing: Slowing, rng: np.random.Generator) -> tuple[photon_kernel.ElectronSpread, list[Floats]]:
    rows, quantiles = [], []
    for energy in ENERGIES:
        edges, kernel = electron_kernel(float(energy), slowing, N_ELECTRONS, rng)
        rows.append(fractions(edges, kernel))
        cumulative = np.concatenate([[0.0], np.cumsum(kernel)]) / kernel.sum()
        quantiles.append(np.interp((np.arange(500) + 0.5) / 500, cumulative, edges))
    return photon_kernel.ElectronSpread(ENERGIES, np.array(quantiles)), rows


def _histories(energy: float) -> int:
    """Photons per batch; more where the electrons they set free outrun the smallest spheres."""
    return 8000 if energy < 1.0 else 26000


def _photons(
    archive: EndfArchive, spread: photon_kernel.ElectronSpread, rng: np.random.Generator
) -> tuple[list[Floats], list[Floats]]:
    water = photon_kernel.read_water(archive)
    means, errors = [], []
    for e in ENERGIES.tolist():
        batches = [
            fractions(photon_kernel.EDGES, photon_kernel.radial_kernel(e, water, spread, _histories(e), rng))
            for _ in range(N_BATCHES)
        ]
        means.append(np.mean(batches, axis=0))
        errors.append(np.std(batches, axis=0, ddof=1) / np.sqrt(N_BATCHES) / means[-1])
    return means, errors


def _rows(rows: list[Floats], digits: int) -> list[list[float]]:
    return [[float(f"{value:.{digits}g}") for value in row] for row in rows]


def main(path: str) -> None:
    """Write the table and its source note."""
    archive = EndfArchive(Path(path))
    rng = np.random.default_rng(SEED)
    spread, electrons = _spread(read_slowing(archive), rng)
    photons, errors = _photons(archive, spread, rng)
    table = {
        "energies_mev": [float(f"{e:.10g}") for e in ENERGIES],
        "masses_kg": [float(f"{m:.10g}") for m in MASSES],
        "electron": _rows(electrons, 6),
        "photon": _rows(photons, 6),
        "photon_statistical": _rows(errors, 2),
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    rows = [f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in table.items()]
    text = ",\n".join(rows)
    (FOLDER / "spheres.json").write_text("{\n" + text.replace("],[", "],\n[") + "\n}\n", encoding="utf-8")
    fields = {
        "part": "electron, photo-atomic sublibraries of hydrogen and oxygen",
        "script": "tools/derive_sphere_fractions.py",
        "seed": str(SEED),
        "citation": "Absorbed fractions of water spheres, computed by this project from ENDF/B-VIII.1: "
        "G. P. A. Nobre et al., Nuclear Data Sheets 210 (2026) 1-224",
        "doi_unconfirmed": "10.1016/j.nds.2026.04.001",
        "doi_confirmation": "found quoted in one public repository; not resolved against the publisher",
        "density_effect": "R. M. Sternheimer et al., At. Data Nucl. Data Tables 30 (1984) 261-271",
    }
    write_source(FOLDER, archive, ["spheres.json"], fields)
    worst = max(float(row.max()) for row in errors)
    print(f"largest relative statistical uncertainty of a photon fraction: {100 * worst:.2f} %")


if __name__ == "__main__":
    main(sys.argv[1])
