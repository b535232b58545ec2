"""Lung shunt fractions from a scout."""

import math

import numpy as np
import pytest

from hevesy.decide.tare import PlanarCounts, planar_lung_shunt, tomographic_lung_shunt
from hevesy.errors import InputError
from hevesy.quantities import Uncertain, exact

LUNG, LIVER = PlanarCounts(6e3, 5e3, 1e3, 800.0), PlanarCounts(1.0e5, 6.6e4, 2e3, 1.4e3)


def test_geometric_mean_less_background():
    lung, liver = math.sqrt(5e3 * 4.2e3), math.sqrt(9.8e4 * 6.46e4)
    assert planar_lung_shunt(LUNG, LIVER).value == pytest.approx(lung / (lung + liver), rel=1e-12)


def test_a_common_attenuation_cancels():
    half = [
        PlanarCounts(*(0.5 * n for n in (c.anterior, c.posterior, c.anterior_background, c.posterior_background)))
        for c in (LUNG, LIVER)
    ]
    assert planar_lung_shunt(*half).value == pytest.approx(planar_lung_shunt(LUNG, LIVER).value, rel=1e-12)


def test_uncertainty_is_that_of_the_counts():
    """Against 20 000 draws of all eight counts (Poisson): relative error of their spread 0.5 %, tolerance 3 %."""
    random = np.random.default_rng(4)

    def drawn(c):
        a, p, ab, pb = (
            random.poisson(n, 20_000) for n in (c.anterior, c.posterior, c.anterior_background, c.posterior_background)
        )
        return np.sqrt((a - ab) * (p - pb))

    lung, liver = drawn(LUNG), drawn(LIVER)
    assert planar_lung_shunt(LUNG, LIVER).standard_uncertainty == pytest.approx(np.std(lung / (lung + liver)), rel=0.03)


def test_a_shared_calibration_cancels():
    lung, liver = (Uncertain(v, {"calibration:site": 0.1 * v}) for v in (5e6, 95e6))
    assert tomographic_lung_shunt(lung, liver).standard_uncertainty == pytest.approx(0.0, abs=1e-15)
    assert tomographic_lung_shunt(lung, liver).value == pytest.approx(0.05)


def test_background_above_the_region_and_an_empty_liver_are_refused():
    with pytest.raises(InputError, match="than of its background"):
        planar_lung_shunt(PlanarCounts(900.0, 5e3, 1e3, 800.0), LIVER)
    with pytest.raises(InputError, match="activity in the liver"):
        tomographic_lung_shunt(exact(1.0), exact(0.0))
