"""Alpha particles: ranges against NIST ASTAR, stopping and range consistent, recoils."""

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.physdata import known_materials, material
from hevesy.physdata.matter.alphas import alpha_citation, alpha_ranges, alpha_stopping_power, recoil_range_g_cm2

# CSDA ranges of NIST ASTAR (SRD 124) at 1, 5, 5.8 and 8.4 MeV. [1e-4 g/cm2]
ENERGIES = [1.0, 5.0, 5.8, 8.4]
ASTAR = {
    "water": [5.931, 37.59, 47.13, 84.88],
    "air": [6.698, 43.68, 54.77, 98.47],
    "muscle": [5.800, 37.81, 47.47, 85.65],
}


@pytest.mark.parametrize("name", ASTAR)
def test_ranges_are_those_of_astar(name):
    found = alpha_ranges((material(name),)).of(0, np.array(ENERGIES)) * 1e4
    np.testing.assert_allclose(found[1:], ASTAR[name][1:], rtol=0.03)
    assert found[0] == pytest.approx(ASTAR[name][0], abs=0.7)


@pytest.mark.parametrize("name", known_materials())
def test_every_medium_has_increasing_ranges(name):
    ranges = alpha_ranges((material(name),)).ranges_g_cm2[0]
    assert ranges[0] == 0.0
    assert (np.diff(ranges) > 0).all()


def test_range_is_the_integral_of_one_over_stopping():
    water = material("water")
    ranges = alpha_ranges((water,))
    step = 1e-3
    for energy in (0.5, 2.0, 7.0):
        slope = float(ranges.of(0, energy + step) - ranges.of(0, energy - step)) / (2 * step)
        assert 1.0 / slope == pytest.approx(float(alpha_stopping_power(water, np.array([energy]))[0]), rel=0.02)


def test_bone_stops_less_per_gram_than_tissue():
    both = alpha_ranges((material("muscle"), material("cortical bone")))
    assert both.of(1, 6.0) > 1.1 * both.of(0, 6.0)


def test_holmium_in_tissue():
    laden = alpha_ranges((material("liver"), material("liver with 50 mg ho/ml")))
    assert laden.of(1, 6.0) > laden.of(0, 6.0)


# Recoils of the actinium chain carry about 0.1 MeV; their ranges in tissue are about 0.1 micrometres.
def test_recoils_stay_where_they_are():
    assert 0.05e-4 < recoil_range_g_cm2(material("water"), 85, 217, 0.1) < 0.2e-4


@pytest.mark.parametrize("energy", [0.0, -1.0, 10.5, float("nan")])
def test_energies_outside_are_refused(energy):
    with pytest.raises(InputError, match="10 MeV"):
        alpha_stopping_power(material("water"), np.array([energy]))


def test_the_source_is_named():
    assert "ICRU Report 49" in alpha_citation().text
