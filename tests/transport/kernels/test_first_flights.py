"""First collisions of photons, and the electrons that travel from there."""

import numpy as np
import pytest

from hevesy.physdata import material
from hevesy.physdata.matter.photons import photon_tables
from hevesy.transport.kernels import point_kernel_table
from hevesy.transport.kernels.first_flights import first_flights

TABLES = photon_tables((material("water"),))
ELECTRONS = point_kernel_table("water").electrons
EDGES = np.concatenate([[0.0], np.geomspace(1e-4, 300.0, 200)])


@pytest.mark.parametrize("energy", [0.002, 0.03, 0.2, 1.0, 4.0])
def test_electrons_carry_energy_and_lose_none(energy):
    at_once, carried = first_flights(energy, TABLES, 1.0, ELECTRONS, EDGES)
    assert carried.sum() == pytest.approx(at_once.sum(), rel=1e-3)
    assert (carried >= -1e-12).all()


def test_within_the_range_of_the_electrons_less_is_left():
    at_once, carried = first_flights(1.0, TABLES, 1.0, ELECTRONS, EDGES)
    near, far = EDGES[1:] < 0.05, EDGES[:-1] > 5.0
    assert carried[near].sum() < 0.6 * at_once[near].sum()
    assert carried[far].sum() == pytest.approx(at_once[far].sum(), rel=0.02)
    assert carried[far].sum() > at_once[far].sum()


def test_electrons_of_soft_photons_do_not_travel():
    at_once, carried = first_flights(0.0015, TABLES, 1.0, ELECTRONS, EDGES)
    np.testing.assert_allclose(np.cumsum(carried), np.cumsum(at_once), atol=0.01 * at_once.sum())


def test_lengths_scale_with_density():
    _, water = first_flights(0.5, TABLES, 1.0, ELECTRONS, EDGES)
    light = type(ELECTRONS)(**{**vars(ELECTRONS), "range_cm": 4.0 * ELECTRONS.range_cm})
    _, thin = first_flights(0.5, TABLES, 0.25, light, 4.0 * EDGES)
    np.testing.assert_allclose(thin, water, rtol=1e-9, atol=1e-15)
