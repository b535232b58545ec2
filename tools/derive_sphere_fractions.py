"""Derive absorbed fractions of uniformly filled water spheres in unbounded water from this project's point kernels.

Usage: ``python tools/derive_sphere_fractions.py`` (a minute). Writes ``src/hevesy/physdata/tables/spheres_endfb81/``
from ``point_kernels_endfb81``: every sphere follows from the kernel of an energy without further sampling, because the
chance that a place at distance r from a random point of a sphere of radius R lies in the sphere too is known.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata import Emissions, EmissionSpectrum, Particle
from hevesy.transport.kernels import point_kernel_of
from hevesy.transport.kernels.spheres import chances_inside

Floats = NDArray[np.float64]

TABLES = Path(__file__).parent.parent / "src/hevesy/physdata/tables"
FOLDER = TABLES / "spheres_endfb81"
KERNELS = "point_kernels_endfb81"
ENERGIES = np.geomspace(1e-3, 5.0, 46)  # MeV
MASSES = np.geomspace(1e-6, 100.0, 33)  # kg


def fractions(particle: Particle, energy_mev: float) -> tuple[Floats, Floats]:
    """Absorbed fraction of every sphere and its statistical uncertainty. Shapes ``(mass,)``."""
    at = np.array([energy_mev])
    line = EmissionSpectrum(particle, "given", at, at, np.ones(1))
    kernel = point_kernel_of(Emissions("line", (line,), (), (), ()))
    part = kernel.electron if particle is Particle.ELECTRON else kernel.photon
    radii = np.cbrt(3.0 * MASSES * 1000.0 / (4.0 * np.pi))
    inside = np.array([chances_inside(kernel.edges_cm, float(radius)) for radius in radii])
    return inside @ part.energy_mev / energy_mev, np.sqrt(inside**2 @ part.variance_mev2) / energy_mev


def _rows(rows: list[Floats], digits: int) -> list[list[float]]:
    return [[float(f"{value:.{digits}g}") for value in row] for row in rows]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Write the table and its source note."""
    electrons = [fractions(Particle.ELECTRON, float(e)) for e in ENERGIES]
    photons = [fractions(Particle.PHOTON, float(e)) for e in ENERGIES]
    table = {
        "energies_mev": [float(f"{e:.10g}") for e in ENERGIES],
        "masses_kg": [float(f"{m:.10g}") for m in MASSES],
        "electron": _rows([value for value, _ in electrons], 6),
        "photon": _rows([value for value, _ in photons], 6),
        "photon_statistical": _rows([u / value for value, u in photons], 2),
    }
    rows = [f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in table.items()]
    text = ",\n".join(rows).replace("],[", "],\n[")
    (FOLDER / "spheres.json").write_text("{\n" + text + "\n}\n", encoding="utf-8")
    lines = [
        'title = "ENDF/B-VIII.1 evaluated nuclear data library"',
        'edition = "ENDF/B-VIII.1"',
        "date = 2024-08-30",
        'licence = "work of the United States Government (US DOE, NNDC); open, please cite; see LICENSE.txt"',
        'part = "electron, photo-atomic sublibraries of hydrogen and oxygen, by the point kernels in water"',
        'script = "tools/derive_sphere_fractions.py"',
        'citation = "Absorbed fractions of water spheres, computed by this project from ENDF/B-VIII.1: '
        'G. P. A. Nobre et al., Nuclear Data Sheets 210 (2026) 1-224"',
        'doi_unconfirmed = "10.1016/j.nds.2026.04.001"',
        'doi_confirmation = "found quoted in one public repository; not resolved against the publisher"',
        "",
        "[input]",
        f'"{KERNELS}/water.npz" = "{_digest(TABLES / KERNELS / "water.npz")}"',
        "",
        "[output]",
        f'"spheres.json" = "{_digest(FOLDER / "spheres.json")}"',
    ]
    (FOLDER / "SOURCE.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    worst = max(float((u / value).max()) for value, u in photons)
    print(f"largest relative statistical uncertainty of a photon fraction: {100 * worst:.2f} %")


if __name__ == "__main__":
    main()
