"""Spheres filled evenly with decays, from the point kernel of the decay."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.physdata import JOULE_PER_MEV
from hevesy.quantities import Uncertain
from hevesy.transport.kernels.decay_data import EnergyUncertainty
from hevesy.transport.kernels.point_kernel import (
    BREMSSTRAHLUNG_UNCERTAINTY,
    PHOTON_UNCERTAINTY,
    RANGE_UNCERTAINTY,
    PointKernel,
    RadialPart,
    stretched,
)

Floats = NDArray[np.float64]

MASS_LIMITS_KG = (1e-6, 10.0)
"""Spheres of 1 mg to 10 kg. [kg]"""


def chances_inside(edges_cm: Floats, radius_cm: float) -> Floats:
    r"""Mean chance of every shell that a place in it, seen from a random point of a sphere, lies in the sphere too.

    .. math:: g(x) = 1 - \tfrac34 x + \tfrac1{16} x^3, \qquad x = r/R < 2

    averaged over the radii of the shell. Shape ``(shell,)``.
    """
    x = np.minimum(edges_cm / radius_cm, 2.0)
    integral = x - 0.375 * x**2 + x**4 / 64.0
    width = np.diff(edges_cm) / radius_cm
    return np.asarray(np.diff(integral) / width)


def sphere_s_value(kernel: PointKernel, mass_kg: float, energies: EnergyUncertainty | None = None) -> Uncertain:
    """Self-absorbed dose per decay of a sphere in an unbounded medium of the same kind and density.

    The uncertainty has the sources ``absorbed-fraction:sphere-range`` (electron and alpha ranges),
    ``absorbed-fraction:sphere-photon`` (photons and bremsstrahlung), ``absorbed-fraction:sphere-statistics``, and those
    of the decay data where they are given; the difference between an organ and a sphere is not in it.

    Parameters
    ----------
    kernel
        Energy per decay around a point.
    mass_kg
        1 mg to 10 kg. [kg]
    energies
        Uncertainty of the energies per decay.

    Returns
    -------
    [Gy/(Bq s)]

    Raises
    ------
    InputError
        If the mass is outside.
    """
    low, high = MASS_LIMITS_KG
    if not low <= mass_kg <= high:
        raise InputError(f"a mass of {low * 1e3:g} g to {high * 1e3:g} g", f"{mass_kg * 1e3:g} g came")
    radius = (3.0 * mass_kg * 1e3 / (4.0 * math.pi * kernel.density_g_ml)) ** (1.0 / 3.0)
    inside = chances_inside(kernel.edges_cm, radius)

    def kept(part: RadialPart) -> float:
        return float(inside @ part.energy_mev)

    factor, gray = 1.0 + RANGE_UNCERTAINTY, JOULE_PER_MEV / mass_kg
    parts = (kernel.electron, kernel.heavy, kernel.bremsstrahlung, kernel.photon)
    moved = [kept(stretched(part, kernel.edges_cm, factor)) - kept(part) for part in parts[:2]]
    photons = PHOTON_UNCERTAINTY * kept(kernel.photon), BREMSSTRAHLUNG_UNCERTAINTY * kept(kernel.bremsstrahlung)
    statistics = math.sqrt(sum(float(inside**2 @ part.variance_mev2) for part in parts))
    components = {
        "absorbed-fraction:sphere-range": math.hypot(*moved) * gray,
        "absorbed-fraction:sphere-photon": math.hypot(*photons) * gray,
        "absorbed-fraction:sphere-statistics": statistics * gray,
    }
    electron, heavy, photon = kept(parts[0]) + kept(parts[2]), kept(parts[1]), kept(parts[3])
    if energies is not None:
        components |= energies.components(electron * gray, photon * gray, heavy * gray)
    return Uncertain((electron + heavy + photon) * gray, components)
