"""The gamma index against brute force, and where it can be told by hand."""

import itertools
import math

import numpy as np
import pytest
from scipy import ndimage

from hevesy.numerics.gamma_index import LARGEST, GammaCriteria, gamma_index

SPACING = (3.0, 2.0, 2.5)


def brute_force(reference, evaluated, spacing, criteria):
    """Every point of a fine lattice of the evaluated distribution, for every point of the reference."""
    step = criteria.distance_mm / 10
    n = math.ceil(LARGEST * 10)
    largest = reference.max()
    result = np.full(reference.shape, np.nan)
    offsets = [step * np.array(o) for o in itertools.product(range(-n, n + 1), repeat=3)]
    offsets = np.array([o for o in offsets if np.linalg.norm(o) <= LARGEST * criteria.distance_mm * (1 + 1e-12)])
    for place in np.argwhere(reference >= criteria.threshold * largest):
        points = (place + offsets / np.array(spacing)).T
        doses = ndimage.map_coordinates(evaluated, points, order=1, mode="constant", cval=np.inf, prefilter=False)
        inside = ((points >= 0) & (points <= np.array(reference.shape)[:, None] - 1)).all(axis=0)
        dose = reference[tuple(place)]
        allowed = criteria.dose_difference * (dose if criteria.local else largest)
        squares = np.sum(offsets**2, axis=1) / criteria.distance_mm**2 + ((doses - dose) / allowed) ** 2
        result[tuple(place)] = min(LARGEST, math.sqrt(squares[inside].min()))
    return result


@pytest.mark.parametrize("local", [False, True])
def test_as_by_brute_force(local):
    random = np.random.default_rng(5)
    reference = ndimage.gaussian_filter(random.random((5, 6, 5)), 1.0) * 100
    evaluated = ndimage.shift(reference, (0.3, -0.6, 0.4), order=1, mode="nearest") * 1.02
    criteria = GammaCriteria(4.0, 0.02, local, 0.5)
    found = gamma_index(reference, evaluated, SPACING, criteria)
    expected = brute_force(reference, evaluated, SPACING, criteria)
    assert np.array_equal(np.isnan(found.values), np.isnan(expected))
    assert found.values == pytest.approx(expected, abs=1e-9, nan_ok=True)
    assert 0.0 < np.nanmean(found.values) < LARGEST


def test_the_same_passes_everywhere():
    dose = np.random.default_rng(1).random((4, 5, 6))
    found = gamma_index(dose, dose, SPACING, GammaCriteria(3.0, 0.03, local=False, threshold=0.1))
    assert np.nanmax(found.values) == 0.0
    assert found.pass_rate == 1.0
    assert found.points == np.count_nonzero(dose >= 0.1 * dose.max())


def test_a_uniform_dose_shows_the_difference_alone():
    dose = np.full((6, 6, 6), 50.0)
    found = gamma_index(dose, dose * 1.02, SPACING, GammaCriteria(3.0, 0.03, local=False, threshold=0.1))
    assert found.values == pytest.approx(0.02 / 0.03)
    failed = gamma_index(dose, dose * 1.2, SPACING, GammaCriteria(3.0, 0.03, local=True, threshold=0.1))
    assert failed.values == pytest.approx(LARGEST)
    assert failed.pass_rate == 0.0


def test_a_ramp_shows_distance_and_difference_together():
    """Of a linear dose shifted by s the index is s / sqrt(d^2 + (D/slope)^2)."""
    x = np.arange(41.0) * 1.0
    ramp = np.broadcast_to(x * 1.0 + 100.0, (3, 3, 41)).copy()
    slope, largest = 1.0, ramp.max()
    criteria = GammaCriteria(3.0, 0.02, local=False, threshold=0.0)
    found = gamma_index(ramp, ramp + slope * 2.0, (1.0, 1.0, 1.0), criteria)
    expected = 2.0 / math.hypot(3.0, 0.02 * largest / slope)
    assert found.values[1, 1, 10:30] == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"distance_mm": 0.0}, "positive distance"),
        ({"threshold": 1.0}, "threshold below 1"),
        ({"local": True, "threshold": 0.0}, "threshold above 0"),
    ],
)
def test_criteria_that_say_nothing(change, said):
    given = {"distance_mm": 3.0, "dose_difference": 0.03, "local": False, "threshold": 0.1}
    with pytest.raises(ValueError, match=said):
        GammaCriteria(**(given | change))


def test_doses_that_cannot_be_compared():
    dose, criteria = np.ones((3, 3, 3)), GammaCriteria(3.0, 0.03, local=False, threshold=0.1)
    with pytest.raises(ValueError, match="on one lattice"):
        gamma_index(dose, np.ones((3, 3, 4)), SPACING, criteria)
    with pytest.raises(ValueError, match="positive reference"):
        gamma_index(0.0 * dose, dose, SPACING, criteria)
