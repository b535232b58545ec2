"""ICRP Publication 107 out of two optional packages: emissions by icrp107-database, branchings by radioactivedecay."""

from __future__ import annotations

import json
import math
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Citation
from hevesy.errors import InputError
from hevesy.physdata.backends.decay_library import AbstractDecayLibrary
from hevesy.physdata.emissions import EmissionSpectrum, Particle
from hevesy.physdata.nuclide_emissions import line_spectrum
from hevesy.physdata.nuclides import DecayMode
from hevesy.physdata.spectra import tilted

Floats = NDArray[np.float64]

_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "y": 365.2422 * 86400.0}
_LINES = (
    ("auger", Particle.ELECTRON, "conversion_auger"),
    ("IE", Particle.ELECTRON, "conversion_auger"),
    ("gamma", Particle.PHOTON, "gamma"),
    ("X", Particle.PHOTON, "x"),
    ("annihilation", Particle.PHOTON, "annihilation"),
    ("alpha", Particle.ALPHA, "alpha"),
    ("alpha recoil", Particle.RECOIL, "recoil"),
)
_STEEPEST = 500.0
"""Where one spectrum stands for both signs, that of the rarer one may be far from the sum."""
_SIGNS = (("beta-", Particle.ELECTRON), ("beta+", Particle.POSITRON))


class IcrpLibrary(AbstractDecayLibrary):
    """ICRP Publication 107; for comparison and research."""

    name = "icrp107"
    notice = (
        "ICRP Publication 107 decay data, copyright ICRP: for research and comparison only, not for commercial use "
        "without the permission of ICRP"
    )

    def __init__(self) -> None:
        try:
            _folder()
            import radioactivedecay
        except ModuleNotFoundError as missing:
            raise InputError(
                "the optional packages of ICRP 107 data (pip install 'hevesy[icrp107]')",
                f"{missing.name} is not installed",
                "--backend icrp107",
            ) from missing
        self._decays = radioactivedecay.DEFAULTDATA

    @property
    def citation(self) -> Citation:
        """Where the data come from."""
        text = "ICRP Publication 107, Nuclear Decay Data for Dosimetric Calculations, Ann. ICRP 38 (3) (2008)"
        return Citation("icrp107", f"{text}; by the packages icrp107-database and radioactivedecay")

    def names(self) -> tuple[str, ...]:
        """Radionuclides with emissions."""
        return _names()

    def half_life_s(self, name: str) -> float:
        """Half-life; infinite for what the library does not hold. [s]"""
        if name not in self.names():
            return math.inf
        entry = _entry(name)
        return float(entry["half_life"]) * _SECONDS[entry["time_unit"]]

    def half_life_uncertainty_s(self, name: str) -> float | None:
        """None: ICRP 107 gives no uncertainties."""
        del name
        return None

    def modes(self, name: str) -> tuple[DecayMode, ...]:
        """Ways of decaying; spontaneous fission, which has no single daughter, left out."""
        found = self._decays.nuclide_dict[name]
        columns = zip(self._decays.progeny[found], self._decays.bfs[found], self._decays.modes[found], strict=True)
        return tuple(DecayMode(mode, daughter, float(share)) for daughter, share, mode in columns if daughter != "SF")

    def spectra(self, name: str) -> tuple[EmissionSpectrum, ...]:
        """Everything that one decay of the nuclide itself sets free."""
        emissions = _entry(name)["emissions"]
        lines = [
            line_spectrum(particle, kind, [row[0] for row in rows], [row[1] for row in rows])
            for key, particle, kind in _LINES
            if (rows := emissions[key])
        ]
        return (*_betas(emissions), *lines)

    def energy_uncertainties_mev(self, name: str) -> dict[str, float] | None:
        """None: ICRP 107 gives no uncertainties."""
        del name
        return None

    def remarks(self, name: str) -> tuple[str, ...]:
        """Where the spectra of both signs had to be told apart."""
        emissions = _entry(name)["emissions"]
        if emissions["beta-"] and emissions["beta+"]:
            return (
                "the library gives one spectrum for both signs; each has its number and mean energy, its shape is near",
            )
        return ()


def _folder() -> Traversable:
    return files("icrp107_database").joinpath("icrp107")


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted(f.name.removesuffix(".json") for f in _folder().iterdir() if f.name.endswith(".json")))


@cache
def _entry(name: str) -> dict[str, Any]:
    text = _folder().joinpath(f"{name}.json").read_text(encoding="utf-8")
    entry: dict[str, Any] = json.loads(json.loads(text))
    return entry


def _betas(emissions: dict[str, Any]) -> list[EmissionSpectrum]:
    """The spectrum between its points as bins, with the number and the mean energy of the transitions."""
    points = np.array(emissions["b-spectra"], dtype=np.float64).reshape(-1, 2)
    found = []
    for key, particle in _SIGNS:
        transitions = np.array(emissions[key], dtype=np.float64).reshape(-1, 2)
        if not transitions.size or not points.size:
            continue
        low, high = points[:-1, 0], points[1:, 0]
        shape = 0.5 * (points[:-1, 1] + points[1:, 1]) * (high - low)
        shape *= transitions[:, 1].sum() / shape.sum()
        yields = tilted(0.5 * (low + high), shape, float(transitions[:, 0] @ transitions[:, 1]), _STEEPEST)
        found.append(EmissionSpectrum(particle, "beta", low, high, yields))
    return found
