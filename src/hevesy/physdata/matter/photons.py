"""Photon interactions of media, as tables that a compiled loop samples from.

Energies fall into bins that are even within each octave, so that the bin of an energy is read off its bits. Within
a bin every quantity is a straight line ``a + b E``. Angles are drawn from quantiles. What a photon is expected to leave
per length is derived from the very distributions that are sampled: an estimator by track length then agrees with one by
collisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata.constants import AVOGADRO, ELECTRON_MASS_MEV
from hevesy.physdata.materials import Material, material
from hevesy.physdata.matter.fluorescence import emitters_of
from hevesy.physdata.matter.photon_elements import PhotonElement, photon_element

Floats = NDArray[np.float64]
Composition = tuple[tuple[str, float], ...]
"""Elements and their shares of the mass."""

HC = 0.01239841984
"""Planck's constant times the speed of light. [MeV Å]"""
LOWEST_MEV = 1e-3
"""Photons below deposit their energy where they are. [MeV]"""

ENERGY_SHIFT = 44
"""Bits of an energy below its bin: 256 bins an octave."""
FIRST_ENERGY_BIN = int(np.float64(2.0**-10).view(np.int64)) >> ENERGY_SHIFT
ENERGY_BINS = 14 * 256
NODE_BINS = 32
"""Energy bins from one table of angles to the next: eight tables an octave."""
NODE_SHIFT = ENERGY_SHIFT + 5
QUANTILES = 128
"""Equally likely steps of an angle."""

_STRIDE = 8
_NOTHING = 1e-300


def _edges(first: int, count: int, shift: int) -> Floats:
    return (np.arange(first, first + count + 1, dtype=np.int64) << shift).view(np.float64)


ENERGY_EDGES = _edges(FIRST_ENERGY_BIN, ENERGY_BINS, ENERGY_SHIFT)
"""Edges of the energy bins. Shape ``(bin + 1,)``. [MeV]"""
_NODES = ENERGY_EDGES[::NODE_BINS, None]
_X = np.concatenate([[0.0], np.geomspace(1e-5, 1.5e3, 4000)])
_T = np.concatenate([[0.0], np.geomspace(1e-9, 0.05, 400), np.linspace(0.05, 2.0, 301)[1:]])


class PhotonArrays(NamedTuple):
    """What the compiled loops read; the first index is the medium, the last medium is water."""

    flight: Floats
    """Attenuation [cm2/g] and energy left per length [MeV cm2/g] as ``a, b, a, b``. Shape ``(medium, bin, 4)``."""
    channels: Floats
    """Chance of coherent, of either scattering, of any but photoelectric, as ``a, b``. Shape ``(medium, bin, 6)``."""
    angles: Floats
    """Quantiles of 1 - cos θ of coherent and incoherent scattering. Shape ``(2, medium, node, quantile + 1)``."""
    emitters: NDArray[np.float32]
    """Chance that a photoelectric event befalls one of the emitters up to each. Shape ``(medium, bin, emitter)``."""
    line_ranges: NDArray[np.int64]
    """First line, end of the own lines, end of the lines that follow. Shape ``(emitter, 3)``."""
    line_energies: Floats
    """[MeV]"""
    line_cumulative: Floats
    """Chance of the lines of a group up to each."""
    follow_below: Floats
    """Only after an own line below this energy, or none, another may follow. Shape ``(emitter,)``. [MeV]"""
    bindings: Floats
    """Binding energy of the shell. Shape ``(emitter,)``. [MeV]"""


@dataclass(frozen=True)
class PhotonTables:
    """Photon interactions of some media and of water."""

    materials: tuple[Material, ...]
    """In the order asked for, and water at the end."""
    arrays: PhotonArrays

    def _line(self, material_name: str, energy_mev: float | Floats, column: int) -> Floats:
        names = [m.name for m in self.materials]
        energy = np.atleast_1d(np.asarray(energy_mev, dtype=np.float64))
        if energy.size and not (energy.min() >= LOWEST_MEV and energy.max() < ENERGY_EDGES[-1]):
            raise ValueError(f"expected photon energies from {LOWEST_MEV:g} to {ENERGY_EDGES[-1]:g} MeV")
        rows = self.arrays.flight[names.index(material_name)]
        row = rows[(energy.view(np.int64) >> ENERGY_SHIFT) - FIRST_ENERGY_BIN]
        return np.asarray(row[:, column] + row[:, column + 1] * energy)

    def mass_attenuation(self, material_name: str, energy_mev: float | Floats) -> Floats:
        """Mass attenuation coefficient with coherent scattering. Shape ``(energy,)``. [cm2/g]"""
        return self._line(material_name, energy_mev, 0)

    def mass_energy_absorption(self, material_name: str, energy_mev: float | Floats) -> Floats:
        """Energy given to electrons per path, without what fluorescence carries off. Shape ``(energy,)``. [cm2/g]

        The bremsstrahlung of the electrons is not taken off: above 1 MeV it is up to a per cent of the value.
        """
        return self._line(material_name, energy_mev, 2) / np.atleast_1d(np.asarray(energy_mev, dtype=np.float64))


class _Medium(NamedTuple):
    """Elements of one medium and their atoms per gram, in mol."""

    elements: tuple[PhotonElement, ...]
    moles: Floats

    def sum(self, curve: str, x: Floats) -> Floats:
        """A cross section of all atoms of a gram. [mol barn/g]"""
        terms = (n * e.at(curve, x) for e, n in zip(self.elements, self.moles, strict=True))
        return np.asarray(sum(terms, start=np.zeros_like(x)))


def _medium(composition: Composition) -> _Medium:
    elements = tuple(photon_element(symbol) for symbol, _ in composition)
    fractions = np.array([fraction for _, fraction in composition])
    return _Medium(elements, fractions / np.array([e.atomic_mass for e in elements]))


def _straight(low: Floats, high: Floats, edges: Floats) -> tuple[Floats, Floats]:
    """Intercept and slope of the line through the values at both edges of each bin."""
    slope = (high - low) / np.diff(edges)
    return low - slope * edges[:-1], slope


def _quantiles(weights: Floats) -> Floats:
    """Quantiles of 1 - cos θ for densities over it at each node. Shape ``(node, quantile + 1)``."""
    steps = 0.5 * (weights[:, 1:] + weights[:, :-1]) * np.diff(_T)
    cumulative = np.concatenate([np.zeros((len(steps), 1)), np.cumsum(steps, axis=1)], axis=1)
    levels = np.linspace(0.0, 1.0, QUANTILES + 1)
    return np.stack([np.interp(levels * row[-1], row, _T) for row in cumulative])


def _angles(medium: _Medium) -> Floats:
    """Quantiles of the angles of coherent and incoherent scattering. Shape ``(2, node, quantile + 1)``.

    Thomson's cross section times the squared form factors, and Klein and Nishina's times the incoherent scattering
    functions, of all atoms.
    """
    x = _NODES / HC * np.sqrt(0.5 * _T)
    moles, elements = medium.moles, medium.elements
    form_squares = sum(
        (n * e.at("form", _X) ** 2 for e, n in zip(elements, moles, strict=True)), start=np.zeros(_X.shape)
    )
    form, bound = np.interp(x, _X, form_squares), np.interp(x, _X, medium.sum("scattering", _X))
    ratio = 1.0 / (1.0 + _NODES / ELECTRON_MASS_MEV * _T)
    klein_nishina = ratio**2 * (ratio + 1.0 / ratio - _T * (2.0 - _T))
    return np.stack([_quantiles((1.0 + (1.0 - _T) ** 2) * form), _quantiles(klein_nishina * bound)])


def _node_fractions(quantiles: Floats, energies: Floats) -> Floats:
    """Mean share of its energy that a photon loses, for angles of one table each. Shape ``(energy,)``."""
    k = energies[:, None] / ELECTRON_MASS_MEV
    low, width = quantiles[:, :-1], np.diff(quantiles, axis=1)
    kept = np.log1p(k * width / (1.0 + k * low)) / np.maximum(k * width, _NOTHING)
    return np.asarray(1.0 - kept.mean(axis=1))


def _transfer_fractions(quantiles: Floats, energies: Floats) -> Floats:
    r"""Mean share of its energy that a photon gives to the electron in incoherent scattering, as it is sampled.

    .. math:: \bar f = 1 - \langle 1 / (1 + k\,t)\rangle, \qquad k = E / m_e c^2, \quad t = 1 - \cos\theta
    """
    node = np.minimum(np.searchsorted(_NODES[:, 0], energies, side="right"), len(_NODES) - 1) - 1
    share = (energies - _NODES[node, 0]) / (_NODES[node + 1, 0] - _NODES[node, 0])
    nearer, farther = _node_fractions(quantiles[node], energies), _node_fractions(quantiles[node + 1], energies)
    return np.asarray((1.0 - share) * nearer + share * farther)


class _Row(NamedTuple):
    """The arrays of one medium."""

    flight: Floats
    channels: Floats
    angles: Floats
    emitters: Floats


@cache
def _row(composition: Composition, symbols: tuple[str, ...]) -> _Row:
    medium, emitters = _medium(composition), emitters_of(symbols)
    angles = _angles(medium) if composition else np.zeros((2, len(_NODES), QUANTILES + 1))
    ends = np.stack([ENERGY_EDGES[:-1] * (1.0 + 1e-12), ENERGY_EDGES[1:] * (1.0 - 1e-12)])
    coherent, incoherent, pair, photo = (
        AVOGADRO * medium.sum(curve, ends) for curve in ("coherent", "incoherent", "pair", "photoelectric")
    )
    total = coherent + incoherent + pair + photo
    middle = 0.5 * (ENERGY_EDGES[:-1] + ENERGY_EDGES[1:])
    shares = emitters.shares(medium.elements, medium.moles, middle)
    stays = ends - emitters.mean_energies @ shares.T
    given = np.interp(ends, ENERGY_EDGES[::_STRIDE], _transfer_fractions(angles[1], ENERGY_EDGES[::_STRIDE]))
    left = incoherent * given * ends + pair * np.clip(ends - 2.0 * ELECTRON_MASS_MEV, 0.0, None) + photo * stays
    flight = [*_straight(total[0], total[1], ENERGY_EDGES), *_straight(left[0], left[1], ENERGY_EDGES)]
    whole = np.maximum(total, _NOTHING)
    chances = (coherent / whole, (coherent + incoherent) / whole, 1.0 - photo / whole)
    channels = [part for chance in chances for part in _straight(chance[0], chance[1], ENERGY_EDGES)]
    return _Row(
        np.stack(flight, axis=-1),
        np.stack(channels, axis=-1),
        angles,
        np.cumsum(shares, axis=1),
    )


def photon_tables(materials: tuple[Material, ...]) -> PhotonTables:
    """Photon interactions of some media, to sample from and to compute with.

    Media are independent free atoms at rest: molecular interference in coherent scattering is not in, nor is the
    Doppler broadening of incoherent scattering, which moves no mean energy worth noting from 10 keV on.

    Parameters
    ----------
    materials
        Compositions, none for vacuum; densities are not used. Water is added at the end.

    Raises
    ------
    InputError
        If the table does not hold an element of a medium.

    References
    ----------
    .. [1] D. E. Cullen et al., EPDL, in ENDF/B-VIII.1 (:func:`hevesy.physdata.matter.photon_elements.photon_citation`)
    .. [2] J. H. Hubbell et al., J. Phys. Chem. Ref. Data 4 (1975) 471, doi:10.1063/1.555523
    """
    every = (*materials, material("water"))
    symbols = tuple(dict.fromkeys(symbol for m in every for symbol in m.mass_fractions))
    emitters = emitters_of(symbols)
    rows = [_row(tuple(m.mass_fractions.items()), symbols) for m in every]
    arrays = PhotonArrays(
        np.stack([row.flight for row in rows]),
        np.stack([row.channels for row in rows]),
        np.stack([row.angles for row in rows], axis=1),
        np.stack([row.emitters for row in rows]).astype(np.float32),
        emitters.line_ranges,
        emitters.line_energies,
        emitters.line_cumulative,
        emitters.follow_below,
        emitters.bindings,
    )
    return PhotonTables(every, arrays)
