"""Photon cross sections, form factors and fluorescence of the elements, from ENDF/B-VIII.1 (EPDL and EADL)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Citation
from hevesy.errors import InputError
from hevesy.physdata.tables_reader import source_citation

Floats = NDArray[np.float64]

_SOURCE = "photons_endfb81"
_CURVES = ("coherent", "incoherent", "pair", "photoelectric", "K", "L1", "L2", "L3", "form", "scattering")
SHELLS = ("K", "L1", "L2", "L3")


@dataclass(frozen=True)
class PhotonElement:
    """One element, as a free atom at rest."""

    symbol: str
    z: int
    atomic_mass: float
    """[g/mol]"""
    curves: dict[str, tuple[Floats, Floats]]
    """Cross sections [barn] over energy [MeV], in total and by shell; ``form`` and ``scattering`` over the momentum
    transfer sin(θ/2)/λ [1/Å]."""
    lines: Floats
    """Fluorescence: shell of the vacancy (1 to 4 for K to L3), 1 for a line of K and 0 for one of an outer shell,
    energy [MeV], photons per vacancy. Shape ``(line, 4)``."""

    def at(self, curve: str, x: Floats) -> Floats:
        """A curve at some energies or momentum transfers, straight between its points and zero below its threshold."""
        points, values = self.curves[curve]
        if not points.size:
            return np.zeros_like(x)
        return np.asarray(np.interp(x, points, values, left=0.0))


@cache
def _archive() -> dict[str, NDArray[np.float64]]:
    path = files("hevesy.physdata").joinpath("tables", _SOURCE, "photons.npz")
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        return {name: arrays[name].astype(np.float64) for name in arrays.files}


def photon_citation() -> Citation:
    """Where the table comes from."""
    return source_citation(_SOURCE)


@cache
def photon_element(symbol: str) -> PhotonElement:
    """Photon data of one element.

    Raises
    ------
    InputError
        If the table does not hold it; the known ones are listed.
    """
    arrays = _archive()
    if f"{symbol}_head" not in arrays:
        known = [name.removesuffix("_head") for name in arrays if name.endswith("_head")]
        raise InputError(f"one of the elements {' '.join(known)}", f"{symbol!r} came")
    stops = np.cumsum(arrays[f"{symbol}_counts"].astype(np.int64))[:-1]
    parts = np.split(arrays[f"{symbol}_points"], stops, axis=1)
    curves = {name: (part[0], part[1]) for name, part in zip(_CURVES, parts, strict=True)}
    z, mass = arrays[f"{symbol}_head"]
    return PhotonElement(symbol, int(z), float(mass), curves, arrays[f"{symbol}_lines"])
