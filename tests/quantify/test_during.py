"""Decay while counting, slice by slice, against numerical integration of what a scanner stores."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from hevesy.domain import DecayReference, Grid, Image, Quantity
from hevesy.errors import ScaleError
from hevesy.quantify import (
    DuringAcquisition,
    Frames,
    during_by_factor,
    scaled_concentration,
    start_factors,
)

HALF_LIVES = {"F-18": 6586.2, "Ga-68": 4062.6, "Tc-99m": 21625.0, "Lu-177": 574300.0}
BEDS = Frames(np.array([[0.0], [0.0], [190.0], [380.0]]), np.array([[180.0], [180.0], [180.0], [240.0]]))
TO_SCAN = 3600.0
CORRECTED, NOT_CORRECTED = DuringAcquisition.CORRECTED, DuringAcquisition.NOT_CORRECTED


def stored(half_life, reference, during):
    """What a scanner stores of one becquerel at the start of the acquisition, from its counts frame by frame."""
    rate = math.log(2) / half_life
    values = []
    for start, duration in zip(BEDS.starts_s[:, 0], BEDS.durations_s[:, 0], strict=True):
        mean = quad(lambda t: math.exp(-rate * t), start, start + duration)[0] / duration
        lag = {DecayReference.ADMINISTRATION: TO_SCAN + start, DecayReference.ACQUISITION: start}.get(reference)
        factor = 1.0 if lag is None else math.exp(rate * lag)
        if lag is not None and during is CORRECTED:
            own = quad(lambda t: math.exp(-rate * t), 0, duration)[0] / duration
            factor /= own
        values.append(mean * factor)
    return np.array(values)


@pytest.mark.parametrize("nuclide", HALF_LIVES)
@pytest.mark.parametrize("during", DuringAcquisition)
@pytest.mark.parametrize("reference", [DecayReference.NONE, DecayReference.ACQUISITION, DecayReference.ADMINISTRATION])
def test_every_slice_is_brought_to_the_start(nuclide, reference, during):
    half_life = HALF_LIVES[nuclide]
    factors = start_factors(reference, during, BEDS, half_life, administration_to_scan_s=TO_SCAN)
    np.testing.assert_allclose(factors * stored(half_life, reference, during), 1.0, rtol=1e-11)


def test_an_unknown_decay_state_is_refused():
    with pytest.raises(ScaleError, match="unknown"):
        start_factors(DecayReference.UNKNOWN, CORRECTED, BEDS, 6586.2, administration_to_scan_s=0.0)


def factor_of(half_life, lag, duration, during):
    rate = math.log(2) / half_life
    own = -math.expm1(-rate * duration) / (rate * duration)
    return math.exp(rate * lag) / (own if during is CORRECTED else 1.0)


@pytest.mark.parametrize("during", DuringAcquisition)
@pytest.mark.parametrize("to_start", [0.0, TO_SCAN])
def test_the_decay_factor_tells(during, to_start):
    lags = to_start + BEDS.starts_s[:, 0]
    factors = np.array([factor_of(6586.2, lag, d, during) for lag, d in zip(lags, BEDS.durations_s[:, 0], strict=True)])
    rounded = np.round(factors, 5)
    assert during_by_factor(rounded, BEDS, 6586.2, reference_to_start_s=to_start) is during


def test_decay_factors_of_something_else_tell_nothing():
    assert during_by_factor(np.ones(4), BEDS, 6586.2, reference_to_start_s=TO_SCAN) is None
    mixed = np.array([factor_of(6586.2, s, 180.0, CORRECTED) for s in BEDS.starts_s[:, 0]])
    mixed[0] = 1.0
    assert during_by_factor(mixed, BEDS, 6586.2, reference_to_start_s=0.0) is None


def test_slices_are_scaled_with_their_own_factors():
    grid = Grid((2, 3, 4), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))
    image = Image(grid, np.ones(grid.shape), Quantity.ACTIVITY_CONCENTRATION)
    made = scaled_concentration(image, None, duration_s=None, factors=np.array([2.0, 3.0]))
    np.testing.assert_array_equal(made.values[:, 0, 0], [2.0, 3.0])
    assert made.quantity is Quantity.ACTIVITY_CONCENTRATION
