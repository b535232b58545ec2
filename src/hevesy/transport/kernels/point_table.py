"""Point kernels of single energies in one medium: what every kernel of a nuclide is summed from."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FINER = 10
"""Attenuation coefficients for each energy of the photon kernels."""


@dataclass(frozen=True)
class ElectronKernels:
    """Energy that electrons and the electrons they set free leave around a point. Bremsstrahlung is kept apart."""

    energies_mev: Floats
    """Starting energies, increasing. Shape ``(n,)``. [MeV]"""
    range_cm: Floats
    """Range in the continuous-slowing-down approximation. Shape ``(n,)``. [cm]"""
    edges: Floats
    """Of the shells, in ranges, from zero on, evenly spaced. Shape ``(m + 1,)``."""
    fractions: Floats
    """Share of the starting energy in every shell. Shape ``(n, m)``."""
    uncertainties: Floats
    """Standard uncertainty of the fractions from statistics. Shape ``(n, m)``."""
    photon_shares: Floats
    """Energies of bremsstrahlung photons, in starting energies, increasing. Shape ``(k,)``."""
    photon_yields: Floats
    """Bremsstrahlung photons per electron. Shape ``(n, k)``."""


@dataclass(frozen=True)
class PhotonKernels:
    """Energy that photons leave around a point, electrons that they set free followed."""

    energies_mev: Floats
    """Energies, increasing. Shape ``(n,)``. [MeV]"""
    attenuation_per_cm: Floats
    """Linear attenuation coefficient, at these energies and at nine between each two of them, evenly spaced in their
    logarithm. Shape ``(10 n - 9,)``. [1/cm]"""
    edges: Floats
    """Of the shells, in mean free paths, from zero on. Shape ``(m + 1,)``."""
    fractions: Floats
    """Share of the energy in every shell. Shape ``(n, m)``."""
    uncertainties: Floats
    """Standard uncertainty of the fractions from statistics. Shape ``(n, m)``."""

    @property
    def paths_cm(self) -> Floats:
        """Mean free path at the energies. Shape ``(n,)``. [cm]"""
        return 1.0 / self.attenuation_per_cm[::FINER]

    def path_cm(self, energies_mev: Floats) -> Floats:
        """Mean free path at any energies of the table. [cm]"""
        n = len(self.attenuation_per_cm)
        fine = np.interp(np.arange(n) / FINER, np.arange(len(self.energies_mev)), np.log(self.energies_mev))
        return np.asarray(np.exp(-np.interp(np.log(energies_mev), fine, np.log(self.attenuation_per_cm))))


@dataclass(frozen=True)
class PointKernelTable:
    """Point kernels of electrons and photons in one unbounded medium."""

    medium: str
    density_g_ml: float
    """[g/ml]"""
    electrons: ElectronKernels
    photons: PhotonKernels
    provenance: Mapping[str, str]
    """How it was made: settings, versions, hashes."""


def table_bytes(table: PointKernelTable) -> bytes:
    """The table as a compressed npz file, the same bytes for the same table."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for kind, part in (("electron", table.electrons), ("photon", table.photons)):
        for field in fields(part):
            wide = field.name in {"fractions", "uncertainties", "photon_yields"}
            arrays[f"{kind}_{field.name}"] = getattr(part, field.name).astype(np.float32 if wide else np.float64)
    note = {"medium": table.medium, "density_g_ml": table.density_g_ml, "provenance": dict(table.provenance)}
    arrays["note"] = np.frombuffer(json.dumps(note, sort_keys=True).encode("ascii"), dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def table_from_bytes(content: bytes) -> PointKernelTable:
    """Read a table back.

    Raises
    ------
    ValueError
        If the bytes are not a whole table.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            parts = [
                {f.name: np.asarray(arrays[f"{kind}_{f.name}"], dtype=np.float64) for f in fields(of)}
                for kind, of in (("electron", ElectronKernels), ("photon", PhotonKernels))
            ]
            note = json.loads(bytes(arrays["note"]).decode("ascii"))
        return PointKernelTable(
            note["medium"],
            float(note["density_g_ml"]),
            ElectronKernels(**parts[0]),
            PhotonKernels(**parts[1]),
            note["provenance"],
        )
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError("expected a table of point kernels, but the file is damaged") from error
