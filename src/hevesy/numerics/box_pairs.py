r"""From a point source to pairs of voxels: how much of what is around a point goes from one box into another.

A place at the distance *r* from a random point of a box lies in the box that is shifted by :math:`v` with the chance

.. math:: A_v(r) = \frac{1}{4\pi} \oint T(r \Omega - v)\, d\Omega, \qquad T(x) = \prod_i \max(0, 1 - |x_i|/a_i),

so the pair of boxes follows from the energy in shells around the point by a sum over shells. Nearby, places on every
shell are shared among the eight boxes around them with the weights *T* (all pairs at once); far away, where the energy
per volume is smooth over a box, a Gauss rule with the weight *T* needs few places per pair.

All arrays hold one octant, ``(z, y, x)``, the other seven being its mirror images.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled

Floats = NDArray[np.float64]

_GAUSS_4 = np.polynomial.legendre.leggauss(4)
_NODES = 0.5 * (1.0 + _GAUSS_4[0])
_WEIGHTS = 0.5 * _GAUSS_4[1]
_RADIAL = (0.5 - 0.5 / math.sqrt(3.0), 0.5 + 0.5 / math.sqrt(3.0))
_PANELS_PER_BOX = 3.0
"""Panels of four angles for each box edge that fits into the radius: the error of a chance is about 1e-5."""

_OUTER_3, _WEIGHT_3 = math.sqrt(0.4), 1.0 / 4.8
"""Gauss rule of three places for the weight 1 - |x|: exact to the fifth power."""
_OUTER_2 = math.sqrt(1.0 / 6.0)
"""Two places: exact to the third power."""
_TWO_PLACES, _ONE_PLACE = 10.0, 32.0
"""Distances in box edges from which on two places an axis, and one in all, are enough for 2e-4."""


@compiled
def _share(x: float, y: float, z: float, weight: float, into: Floats) -> None:
    """Share a weight among the eight boxes around a place given in box edges; what falls off the array is left out."""
    i, j, k = int(x), int(y), int(z)
    fx, fy, fz = x - i, y - j, z - k
    for dk in range(2):
        for dj in range(2):
            for di in range(2):
                if k + dk < into.shape[0] and j + dj < into.shape[1] and i + di < into.shape[2]:
                    wx = fx if di else 1.0 - fx
                    wy = fy if dj else 1.0 - fy
                    wz = fz if dk else 1.0 - fz
                    into[k + dk, j + dj, i + di] += weight * wx * wy * wz


@compiled
def _shell(
    low: float, high: float, edges: tuple[float, float, float], nodes: Floats, weights: Floats, into: Floats
) -> None:
    """Chances of a shell, places spread evenly over its radius, for the mean over one octant of directions."""
    panels = max(3, math.ceil(_PANELS_PER_BOX * high / min(edges[0], edges[1], edges[2])))
    step = 0.5 * math.pi / panels
    for which in range(2):
        radius = low + (high - low) * _RADIAL[which]
        for p in range(panels):
            for n in range(len(nodes)):
                polar = (p + nodes[n]) * step
                share = 0.5 * weights[n] * step * math.sin(polar)
                z, across = radius * math.cos(polar) / edges[2], radius * math.sin(polar)
                for q in range(panels):
                    for m in range(len(nodes)):
                        azimuth = (q + nodes[m]) * step
                        weight = share * weights[m] / panels
                        _share(
                            across * math.cos(azimuth) / edges[0],
                            across * math.sin(azimuth) / edges[1],
                            z,
                            weight,
                            into,
                        )


@compiled
def _near(
    shells: Floats,
    energy: Floats,
    variance: Floats,
    edges: tuple[float, float, float],
    rule: tuple[Floats, Floats],
    sums: tuple[Floats, Floats],
) -> None:
    """Add every shell to the value and its variance."""
    scratch = np.zeros_like(sums[0])
    for s in range(len(energy)):
        if energy[s] == 0.0 and variance[s] == 0.0:
            continue
        scratch[:] = 0.0
        _shell(shells[s], shells[s + 1], edges, rule[0], rule[1], scratch)
        for k in range(scratch.shape[0]):
            for j in range(scratch.shape[1]):
                for i in range(scratch.shape[2]):
                    zeros = int(k == 0) + int(j == 0) + int(i == 0)
                    chance = scratch[k, j, i] * 0.125 * (1 << zeros)
                    sums[0][k, j, i] += chance * energy[s]
                    sums[1][k, j, i] += chance * chance * variance[s]


def near_pairs(
    shells: Floats, energy: Floats, variance: Floats, edges: tuple[float, float, float], shape: tuple[int, int, int]
) -> tuple[Floats, Floats]:
    """Energy that goes from a box into each box of an octant, from the energy in shells around a point.

    Parameters
    ----------
    shells
        Radii. Shape ``(shell + 1,)``.
    energy
        In every shell; it is spread evenly over the radius within the shell. Shape ``(shell,)``.
    variance
        Of the energy in every shell, shells being independent. Shape ``(shell,)``.
    edges
        Of a box ``(x, y, z)``, in the unit of the radii.
    shape
        Of the octant ``(z, y, x)``.

    Returns
    -------
    Energy, and its variance. Shape ``(z, y, x)``.
    """
    sums = np.zeros(shape), np.zeros(shape)
    reached = int(
        np.searchsorted(shells, math.dist((0, 0, 0), [n * a for n, a in zip(shape[::-1], edges, strict=True)]))
    )
    n = min(len(energy), reached)
    _near(shells[: n + 1], energy[:n], variance[:n], edges, (_NODES, _WEIGHTS), sums)
    return sums


@compiled
def _rule(number: int, points: int) -> tuple[float, float]:
    """Weight and place of one node of the rules of one, two and three places."""
    if points == 1:
        return 1.0, 0.0
    if points == 2:
        return 0.5, (2.0 * number - 1.0) * _OUTER_2
    if number == 1:
        return 1.0 - 2.0 * _WEIGHT_3, 0.0
    return _WEIGHT_3, (number - 1.0) * _OUTER_3


@compiled
def _add(square: float, weight: float, step: float, table: Floats, sums: Floats) -> None:
    """Add the weighted densities at a squared radius; there is nothing beyond the table."""
    place = math.sqrt(square) / step
    index = int(place)
    if index >= table.shape[0] - 1:
        return
    part, scale = place - index, weight / square
    for m in range(table.shape[1]):
        sums[m] += scale * (table[index, m] + part * (table[index + 1, m] - table[index, m]))


@compiled
def _pair(
    v: tuple[float, float, float],
    edges: tuple[float, float, float],
    points: int,
    step: float,
    table: Floats,
    sums: Floats,
) -> None:
    """Weighted means of the densities over a pair of boxes by a product rule of so many places per axis."""
    for c in range(points):
        wc, dc = _rule(c, points)
        z = v[2] + dc * edges[2]
        for b in range(points):
            wb, db = _rule(b, points)
            y = v[1] + db * edges[1]
            for a in range(points):
                wa, da = _rule(a, points)
                x = v[0] + da * edges[0]
                _add(x * x + y * y + z * z, wa * wb * wc, step, table, sums)


@compiled
def _far(
    step: float, table: Floats, edges: tuple[float, float, float], inner: tuple[int, int, int], into: Floats
) -> None:
    longest = max(edges[0], edges[1], edges[2])
    volume = edges[0] * edges[1] * edges[2]
    sums = np.zeros(table.shape[1])
    for k in range(into.shape[1]):
        for j in range(into.shape[2]):
            start = inner[2] if k < inner[0] and j < inner[1] else 0
            for i in range(start, into.shape[3]):
                v = (i * edges[0], j * edges[1], k * edges[2])
                distance = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]) / longest
                sums[:] = 0.0
                if distance >= _ONE_PLACE:
                    _add(v[0] * v[0] + v[1] * v[1] + v[2] * v[2], 1.0, step, table, sums)
                else:
                    _pair(v, edges, 3 if distance < _TWO_PLACES else 2, step, table, sums)
                for m in range(len(sums)):
                    into[m, k, j, i] = volume * sums[m]


def far_pairs(
    step: float, strength: Floats, edges: tuple[float, float, float], inner: tuple[int, int, int], into: Floats
) -> None:
    """Fill the boxes of an octant outside its inner part from smooth densities of energy around a point.

    Parameters
    ----------
    step
        Of the radii of ``strength``, which begin at zero.
    strength
        Energy per volume times the squared radius, of several kinds. Shape ``(n, kind)``.
    edges
        Of a box ``(x, y, z)``, in the unit of the radii.
    inner
        Shape ``(z, y, x)`` of the part that stays as it is.
    into
        Octants ``(kind, z, y, x)``, changed in place.
    """
    _far(step, strength, edges, inner, into)
