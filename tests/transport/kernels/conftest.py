"""Sources of the kernel tests."""

import numpy as np
import pytest

from hevesy.physdata import Emissions, EmissionSpectrum, Particle
from hevesy.transport.kernels import point_kernel_table


def lines(particle, energies_mev, yields=None):
    energies = np.atleast_1d(np.asarray(energies_mev, dtype=float))
    numbers = np.ones_like(energies) if yields is None else np.asarray(yields, dtype=float)
    return EmissionSpectrum(particle, "given", energies, energies, numbers)


def emissions(*spectra):
    return Emissions("test", spectra, (), (), ())


@pytest.fixture(scope="session")
def source():
    """Builders of emissions."""

    class _Builders:
        electron, photon, alpha, recoil = Particle.ELECTRON, Particle.PHOTON, Particle.ALPHA, Particle.RECOIL
        lines = staticmethod(lines)
        emissions = staticmethod(emissions)

    return _Builders


@pytest.fixture(scope="session")
def water():
    """Point kernels in water."""
    return point_kernel_table("water")
