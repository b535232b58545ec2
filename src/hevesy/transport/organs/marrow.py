r"""Charged particles in spongiosa: how red marrow, yellow marrow and bone share their energy.

A stated model, simpler than transport in images of trabeculae. Electrons that start in red marrow keep in marrow of
their own cavity the share of a sphere whose mean chord is that of marrow cavities; what leaves the cavity is shared by
mass over the spongiosa:

.. math:: \phi(r \leftarrow r) = \varphi + (1 - \varphi)\, w_r, \qquad
          1 - \varphi = \frac{1}{E} \int_0^{\infty} k(x) \left[1 - g(x/R)\right] \mathrm{d}x

with *k* the point kernel, *g* the chance that a place at distance *x* from a random point of the sphere lies in it,
:math:`R = \tfrac34 \bar\ell`, and :math:`w_r` the mass share of red marrow. Within a cavity red and yellow marrow lie
apart (red marrow fills cavities of its own). Energy from outside the spongiosa is shared by mass.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hevesy.transport.organs.charged import RadialEnergy

Floats = NDArray[np.float64]

CAVITY_CHORD_G_CM2 = 0.1157 * 1.03
"""Mean chord of marrow cavities (1157 um, weighted over the trabecular bone of an adult), as mass per area. [g/cm2]"""
MARROW_UNCERTAINTY = 0.15
"""Relative standard uncertainty of what particles that leave a cavity take from, or give to, red marrow."""


def cavity_share(kernel: RadialEnergy, chord_g_cm2: float = CAVITY_CHORD_G_CM2) -> float:
    """Share of the energy that stays in a sphere with this mean chord, filled evenly with emitters.

    References
    ----------
    .. [1] F. W. Spiers, A. H. Beddoe and J. R. Whitwell, Mean skeletal dose factors for beta-particle emitters in human
       bone, Br. J. Radiol. 51 (1978) 622 (chords of marrow cavities; unconfirmed as to the value used here).
    """
    radius = 0.75 * chord_g_cm2
    x = np.minimum(kernel.edges_g_cm2 / radius, 2.0)
    integral = x - 0.375 * x**2 + x**4 / 64.0
    width = np.diff(kernel.edges_g_cm2) / radius
    inside: Floats = np.diff(integral) / width
    return float(inside @ kernel.energy_mev / kernel.energy_mev.sum())


def marrow_self_share(kernel: RadialEnergy, red_marrow_mass_share: float) -> float:
    """Share of the energy that charged particles of red marrow leave in red marrow, if none left the spongiosa."""
    kept = cavity_share(kernel)
    return kept + (1.0 - kept) * red_marrow_mass_share
