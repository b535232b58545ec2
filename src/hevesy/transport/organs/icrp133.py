"""S values from specific absorbed fractions of ICRP Publication 133 that a user brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from hevesy.errors import InputError, ReadError
from hevesy.physdata import JOULE_PER_MEV, Emissions, Particle, merged
from hevesy.physdata.saf_files import SafTable, read_saf_file

Floats = NDArray[np.float64]
Kind = Literal["photon", "electron", "alpha"]
_PARTICLES: dict[Kind, tuple[Particle, ...]] = {
    "photon": (Particle.PHOTON,),
    "electron": (Particle.ELECTRON, Particle.POSITRON),
    "alpha": (Particle.ALPHA, Particle.RECOIL),
}
_POINTS_PER_BIN = 4


@dataclass(frozen=True)
class SafSValue:
    """Mean absorbed dose to a target per decay in the source, by kind of radiation. [Gy/(Bq s)]"""

    target: str
    parts: Mapping[Kind, float]

    @property
    def value(self) -> float:
        """Sum of the parts. [Gy/(Bq s)]"""
        return sum(self.parts.values())


def read_saf_folder(folder: Path, sex: Literal["male", "female"]) -> dict[Kind, SafTable]:
    """The photon, electron and alpha files of one reference adult.

    Raises
    ------
    ReadError
        If a file is missing, twice there, or of another layout.
    """
    tables: dict[Kind, SafTable] = {}
    for kind in _PARTICLES:
        pattern = f"rcp-a{sex[0]}_{kind}_*.SAF"
        found = sorted(folder.glob(pattern))
        if len(found) != 1:
            raise ReadError(f"one file {pattern}", f"{len(found)} came", folder.name)
        tables[kind] = read_saf_file(found[0])
    return tables


def saf_s_values(tables: Mapping[Kind, SafTable], emissions: Emissions, source: str) -> tuple[SafSValue, ...]:
    r"""S values of one source region for every target.

    .. math:: S(r_T \leftarrow r_S) = \sum_i E_i Y_i\, \Phi(r_T \leftarrow r_S, E_i)

    Between energies the fractions follow a monotone cubic in the logarithm of the energy; below the lowest energy its
    value stands. Recoils take the fraction of the lowest alpha energy. Masses are those of ICRP 133: targets with their
    blood.

    Raises
    ------
    InputError
        If the source is unknown or an energy lies above the files.

    References
    ----------
    .. [1] ICRP Publication 133, The ICRP computational framework for internal dose assessment for reference adults:
       specific absorbed fractions, Ann. ICRP 45(2) (2016), doi:10.1177/0146645316661077
    """
    known = {name.lower(): name for name in tables["photon"].sources}
    if source.lower() not in known:
        raise InputError(f"one of the source regions {', '.join(known.values())}", f"{source!r} came", "--source")
    name = known[source.lower()]
    return tuple(
        SafSValue(
            target, {kind: _dose(table, emissions, (target, name), _PARTICLES[kind]) for kind, table in tables.items()}
        )
        for target in tables["photon"].targets
    )


def _dose(table: SafTable, emissions: Emissions, pair: tuple[str, str], particles: tuple[Particle, ...]) -> float:
    low, high, yields = merged(emissions.of(*particles))
    if not len(yields):
        return 0.0
    top = float(table.energies_mev[-1])
    if high.max() > top:
        raise InputError(f"energies up to {top:g} MeV, the end of {table.file}", f"{high.max():g} MeV came")
    steps = (np.arange(_POINTS_PER_BIN) + 0.5) / _POINTS_PER_BIN
    energies = low[:, np.newaxis] + (high - low)[:, np.newaxis] * steps
    curve = PchipInterpolator(np.log(table.energies_mev), table.values[pair])
    fractions = curve(np.log(np.maximum(energies, table.energies_mev[0])))
    return float(yields @ (energies * fractions).mean(axis=1)) * JOULE_PER_MEV
