"""Where charged particles of a region leave their energy: the point kernel laid around places of the exact geometry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.transport.organs.anatomy import Anatomy, Region
from hevesy.transport.organs.photons import Settings
from hevesy.transport.organs.places import OUTSIDE
from hevesy.transport.organs.sources import Kind, directions, generator, places

Floats = NDArray[np.float64]
_STEPS = 6


@dataclass(frozen=True)
class RadialEnergy:
    """Energy per decay in shells around a point, in water; radii as mass per area."""

    edges_g_cm2: Floats
    """Shape ``(shell + 1,)``. [g/cm2]"""
    energy_mev: Floats
    """Shape ``(shell,)``. [MeV]"""

    @property
    def total_mev(self) -> float:
        """Energy in all shells. [MeV]"""
        return float(self.energy_mev.sum())

    @property
    def mean_g_cm2(self) -> float:
        """Mean distance of the energy from the point. [g/cm2]"""
        middle = 0.5 * (self.edges_g_cm2[1:] + self.edges_g_cm2[:-1])
        return float(middle @ self.energy_mev / self.energy_mev.sum())

    def drawn(self, number: int, rng: np.random.Generator) -> Floats:
        """Distances of equal energy, one from each stratum, in random order. Shape ``(number,)``. [g/cm2]"""
        ends = np.concatenate([[0.0], np.cumsum(self.energy_mev)])
        strata = (np.arange(number) + rng.random(number)) / number * ends[-1]
        distances: Floats = np.interp(strata, ends, self.edges_g_cm2)
        rng.shuffle(distances)
        return distances


def charged_shares(anatomy: Anatomy, source: Region, kernel: RadialEnergy, settings: Settings, kind: Kind) -> Floats:
    """Share of the energy that charged particles of a region leave in every organ, batch by batch.

    A place of the source and a place on the shell around it, the shells in proportion to the point kernel of water; the
    distance between them is stretched along its way by the density of what lies there. What lies outside the body is
    lost. For soft tissues this is transport with the point kernel; at borders with lung and bone it leaves out how
    electrons scatter back.

    Parameters
    ----------
    kernel
        Around a point, in water.
    kind
        Of radiation, for its random numbers.

    Returns
    -------
    Shape ``(batch, organ)``.
    """
    number = -(-settings.charged_points // settings.batches)
    shares = np.zeros((settings.batches, len(anatomy.organs)))
    for index in range(settings.batches):
        rng = generator(settings.seed, index, kind)
        points = places(anatomy, source, number, rng)
        organs = _arrived(anatomy, points, directions(number, rng), kernel.drawn(number, rng))
        held = organs[organs != OUTSIDE]
        shares[index] = np.bincount(held, minlength=len(anatomy.organs)) / number
    return shares


def _arrived(anatomy: Anatomy, points: Floats, way: Floats, distances_g_cm2: Floats) -> NDArray[np.int64]:
    """Organs that hold the ends of straight ways of given mass per area."""
    organs = anatomy.places.locate(points)
    reach = distances_g_cm2 / anatomy.organ_density_g_ml[organs]
    open_ways = np.flatnonzero(~anatomy.places.clear(points, reach))
    place, arrived = points[open_ways], organs[open_ways]
    for _ in range(_STEPS):
        inside = np.flatnonzero(arrived != OUTSIDE)
        step = distances_g_cm2[open_ways[inside]] / _STEPS / anatomy.organ_density_g_ml[arrived[inside]]
        place[inside] += step[:, np.newaxis] * way[open_ways[inside]]
        arrived[inside] = anatomy.places.locate(place[inside])
    organs[open_ways] = arrived
    return organs
