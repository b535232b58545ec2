"""Coverage, cold spots, and deposits to add to an injected tumour."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.decide.tare import (
    DrawnDeposits,
    Errors,
    Margins,
    Room,
    Rules,
    Setting,
    Wanted,
    cold_spots,
    dose_around,
    dose_covering,
    influence,
    largest_factor,
    places,
    propose,
    share_covered,
    smallest_factor,
    sphere_radius_mm,
    sphere_shares,
    spread,
    spread_voxels,
    volume_histogram,
)
from hevesy.decide.tare.intratumoural.activities import priced_activities
from hevesy.domain import Grid
from hevesy.errors import InputError

MM = (1.0, 1.0, 1.0)


def ball(radius, size=41, centre=(0, 0, 0)):
    z, y, x = (axis - size // 2 - c for axis, c in zip(np.indices((size,) * 3), centre, strict=True))
    return z**2 + y**2 + x**2 <= radius**2


def falling(n, reach=2.5, high=100.0):
    """An octant of a dose that falls with the distance; per MBq. [Gy]"""
    z, y, x = np.indices((n,) * 3)
    return high * np.exp(-np.sqrt(z**2 + y**2 + x**2) / reach) * 1e-6


def test_doses_that_shares_of_the_volume_get():
    doses = np.arange(1.0, 101.0)
    assert share_covered(doses, 11.0) == pytest.approx(0.9)
    assert dose_covering(doses, 0.9) == 11.0
    assert dose_covering(doses, 1.0) == 1.0
    assert dose_covering(doses, 0.01) == 100.0
    assert volume_histogram(doses, np.array([0.0, 50.5, 101.0])).tolist() == [1.0, 0.5, 0.0]


def test_no_voxels_have_no_coverage():
    with pytest.raises(InputError, match="voxels of a tumour"):
        share_covered(np.zeros(0), 1.0)


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=60), st.floats(0.01, 1.0))
def test_the_dose_that_covers_a_share_covers_it(doses, share):
    doses = np.array(doses)
    assert share_covered(doses, dose_covering(doses, share)) >= share - 1e-9


@given(st.integers(0, 2**31))
@settings(max_examples=20)
def test_more_dose_never_covers_less(seed):
    rng = np.random.default_rng(seed)
    before, more = rng.exponential(50.0, 200), rng.exponential(20.0, 200)
    assert share_covered(before + more, 60.0) >= share_covered(before, 60.0)
    assert dose_covering(before + more, 0.9) >= dose_covering(before, 0.9)


def test_cold_spots_are_told_apart_with_place_and_way_to_activity():
    grid = Grid((9, 9, 9), (1.0, 2.0, 3.0), (10.0, 20.0, 30.0))
    dose = np.full(grid.shape, 100.0)
    dose[1, 1, 1:4] = (40.0, 20.0, 30.0)
    dose[6, 6, 6] = 50.0
    dose[0, 0, 0] = 1.0
    tumour = np.ones(grid.shape, dtype=bool)
    tumour[0] = False
    deposited = np.zeros(grid.shape, dtype=bool)
    deposited[1, 1, 7] = True
    first, second = cold_spots(dose, tumour, 60.0, deposited, grid)
    assert first.volume_ml == pytest.approx(3 * 6e-3)
    assert first.centre_mm == pytest.approx((12.0, 22.0, 33.0))
    assert (first.lowest_gy, first.to_deposition_mm) == (20.0, pytest.approx(5.0))
    assert second.lowest_at_mm == pytest.approx((16.0, 32.0, 48.0))
    assert cold_spots(dose, tumour, 60.0, np.zeros_like(deposited), grid)[0].to_deposition_mm is None


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.5, 0.8, 1.0)])
def test_a_deposit_holds_its_activity_and_its_volume(spacing):
    shares = sphere_shares(spacing, 0.3)
    assert shares.sum() == pytest.approx(1.0)
    assert np.allclose(shares, shares[::-1, ::-1, ::-1])
    assert np.prod(spacing) * 1e-3 / shares.max() == pytest.approx(0.3, rel=0.01)
    assert sphere_radius_mm(4.0 / 3.0 * np.pi) == pytest.approx(10.0)


def test_dose_around_a_deposit_is_the_sum_over_its_voxels():
    shares, kernel = sphere_shares(MM, 0.1), falling(20)
    octant = dose_around(shares, kernel)
    half = shares.shape[0] // 2
    assert octant.shape == (20 - half,) * 3
    parts = np.argwhere(shares > 0) - half
    for place in ((0, 0, 0), (3, 0, 1), (5, 4, 2)):
        distance = np.abs(np.array(place) - parts)
        expected = (shares[tuple((parts + half).T)] * kernel[tuple(distance.T)]).sum()
        assert octant[place] == pytest.approx(expected)


def test_influence_beyond_the_octant_is_none():
    octant = falling(5)
    found = influence(octant, np.array([[0, 0, 0], [0, 0, 7]]), np.array([[0, 0, 0], [0, 0, 4]]))
    assert found == pytest.approx(np.array([[octant[0, 0, 0], octant[0, 0, 4]], [0.0, octant[0, 0, 3]]]))


def test_places_keep_their_margins():
    tumour, organ = ball(12), ball(3, centre=(0, 0, 16))
    found = places(tumour, organ, MM, 3.0, Margins(1.0, 4.0), 2.0)
    centre = np.array([20, 20, 20])
    assert len(found)
    assert np.linalg.norm(found - centre, axis=1).max() <= 12.5 - 4.0
    assert np.linalg.norm(found - centre - np.array([0, 0, 16]), axis=1).min() >= 3.0 + 3.0 + 4.0
    assert ((found - centre) % 2 == 0).all()
    assert len(places(tumour, organ, MM, 13.0, Margins(1.0, 4.0), 2.0)) == 0


def test_spread_voxels_are_as_many_as_wanted():
    mask = ball(12)
    found = spread_voxels(mask, 500)
    assert 1 <= len(found) <= 500
    assert mask[tuple(found.T)].all()


def case(tumour, organ=None, limit_gy=None, largest_bq=1e9, available_bq=None, reach=2.5):
    octant = falling(41, reach)
    centres = places(tumour, np.zeros_like(tumour) if organ is None else organ, MM, 2.0, Margins(0.0, 0.0), 2.0)
    at = spread_voxels(tumour, 1200)
    rooms = ()
    if organ is not None:
        hit = influence(octant, np.argwhere(organ), centres)
        rooms = (Room("organ", np.full(len(hit), limit_gy), hit),)
    wanted = Wanted(60.0, np.full(len(at), 60.0), influence(octant, at, centres), rooms, largest_bq, available_bq)
    return wanted, centres


def rules(most, coverage=0.9):
    return Rules(most, coverage, 4.0)


def test_one_deposit_lies_in_the_middle_of_a_ball():
    wanted, centres = case(ball(6))
    found = propose(wanted, centres * 1.0, rules(1))
    assert centres[list(found.chosen)].tolist() == [[20, 20, 20]]
    assert found.coverage >= 0.9


def test_a_tumour_in_two_equal_parts_gets_equal_deposits_at_mirrored_places():
    """Far enough apart that neither deposit tells in the other part."""
    tumour = ball(5, 61, (0, 0, -16)) | ball(5, 61, (0, 0, 16))
    wanted, centres = case(tumour)
    found = propose(wanted, centres * 1.0, rules(2))
    chosen = centres[list(found.chosen)]
    assert (chosen.sum(axis=0) == [60, 60, 60]).all()
    assert found.activities_bq[0] == pytest.approx(found.activities_bq[1], rel=0.02)


def test_as_little_activity_as_covers():
    """Where the dose falls steeply, as that of electrons, more deposits need less activity for the same coverage."""
    wanted, centres = case(ball(9), reach=1.2)
    few, many = (propose(wanted, centres * 1.0, rules(n)) for n in (2, 5))
    assert few.coverage >= 0.9
    assert many.coverage >= 0.9
    assert many.activities_bq.sum() < few.activities_bq.sum()


def test_the_same_input_gives_the_same_proposal():
    wanted, centres = case(ball(7))
    first, second = (propose(wanted, centres * 1.0, rules(3)) for _ in range(2))
    assert first.chosen == second.chosen
    assert first.activities_bq.tolist() == second.activities_bq.tolist()


def test_limits_hold_and_the_one_that_binds_is_named():
    tumour, organ = ball(7), ball(3, centre=(0, 0, 12))
    open_wanted, open_places = case(tumour)
    free = propose(open_wanted, open_places * 1.0, rules(2))
    wanted, centres = case(tumour, organ, 4.0)
    found = propose(wanted, centres * 1.0, rules(2))
    hit = wanted.rooms[0].influence[:, list(found.chosen)] @ found.activities_bq
    assert hit.max() <= 4.0 * (1.0 + 1e-6)
    assert free.coverage >= 0.9
    strict, places_ = case(tumour, organ, 0.2)
    short = propose(strict, places_ * 1.0, rules(2))
    assert short.coverage < 0.9
    assert "organ" in short.binding


def test_activity_that_is_there_is_not_exceeded():
    wanted, centres = case(ball(8), available_bq=2e6)
    found = propose(wanted, centres * 1.0, rules(4))
    assert found.activities_bq.sum() <= 2e6 * (1 + 1e-6)
    assert "activity-available" in found.binding
    capped, places_ = case(ball(8), largest_bq=5e5)
    short = propose(capped, places_ * 1.0, rules(2))
    assert short.activities_bq.max() <= 5e5 * (1 + 1e-6)
    assert "activity-of-a-deposit" in short.binding


def test_worth_of_a_place_is_what_the_programme_gains_there():
    """The dual price against a finite difference: a little activity at a place that has none."""
    wanted, _ = case(ball(8))
    chosen, price = [0], 0.05
    found = priced_activities(wanted, chosen, price)
    place = int(np.argmax(found.worth))
    small = 1e-4
    forced = wanted.lacking_gy - wanted.influence[:, place] * small * wanted.unit_bq
    shifted = Wanted(60.0, forced, wanted.influence, (), wanted.largest_bq, None)
    gained = found.objective - (priced_activities(shifted, chosen, price).objective + price * small)
    assert gained / small == pytest.approx(found.worth[place], rel=0.02)


def test_factors_by_halving():
    assert largest_factor(lambda f: f <= 0.7, 2.0) == pytest.approx(0.7)
    assert largest_factor(lambda _: True, 2.0) == 2.0
    assert smallest_factor(lambda f: f >= 0.7, 2.0) == pytest.approx(0.7)
    assert smallest_factor(lambda _: True, 2.0) == 0.0
    assert smallest_factor(lambda _: False, 2.0) is None


def looked_at(dose, mask, **errors):
    points = np.argwhere(np.ones(mask.shape, dtype=bool))
    depth = np.where(mask, 1.0, -1.0)[tuple(points.T)]
    nothing = {"scale": {}, "transport_gy": np.zeros(len(points)), "statistical_gy": None, "noise_gy": None,
               "position_mm": 0.0, "boundary_mm": 0.0}  # fmt: skip
    return Setting(dose, MM, points, depth), Errors(**(nothing | errors))


def mean(doses):
    return np.array([doses.mean()])


def test_a_scale_spreads_the_mean_as_stated_and_sources_add_in_quadrature():
    mask = ball(4, 15)
    setting, errors = looked_at(np.full(mask.shape, 50.0), mask, scale={"batch:B": 0.03, "calibration:C": 0.04})
    found = spread(setting, errors, mean, n_draws=4000, seed=1)
    assert found.draws.std() == pytest.approx(2.5, rel=0.05)
    assert found.by_source["batch:B"][0] == pytest.approx(1.5, rel=0.05)
    assert found.by_source["calibration:C"][0] == pytest.approx(2.0, rel=0.05)


def test_a_shift_in_a_gradient_spreads_as_slope_times_shift():
    mask = ball(3, 15)
    dose = np.broadcast_to(3.0 * np.arange(15.0), (15, 15, 15)).copy()
    setting, errors = looked_at(dose, mask, position_mm=0.8)
    found = spread(setting, errors, mean, n_draws=600, seed=1, by_source=False)
    assert found.draws.std() == pytest.approx(2.4, rel=0.1)
    assert found.by_source == {}


def test_nothing_unsure_spreads_nothing():
    mask = ball(4, 15)
    setting, errors = looked_at(np.full(mask.shape, 50.0), mask)
    assert np.ptp(spread(setting, errors, mean, n_draws=60, seed=1).draws) == 0.0


def test_deposits_count_at_their_place_and_vary_with_it():
    mask, octant = ball(3, 11), falling(11)
    setting, errors = looked_at(np.zeros(mask.shape), mask)
    centre = np.array([[5.0, 5.0, 5.0]])
    sure = DrawnDeposits(octant, centre, np.array([1e6]), 0.0, 0.0)
    expected = influence(octant, np.argwhere(mask), centre.astype(int)).mean() * 1e6
    setting = Setting(setting.dose_gy, MM, setting.points, setting.depth_mm, sure)
    assert spread(setting, errors, mean, n_draws=60, seed=1).draws == pytest.approx(expected)
    unsure = DrawnDeposits(octant, centre, np.array([1e6]), 2.0, 0.1)
    setting = Setting(setting.dose_gy, MM, setting.points, setting.depth_mm, unsure)
    found = spread(setting, errors, mean, n_draws=1500, seed=1)
    assert set(found.by_source) == {"placement:deposits", "added-activity:deposits"}
    assert found.by_source["added-activity:deposits"][0] == pytest.approx(0.1 * expected, rel=0.1)
    assert found.by_source["placement:deposits"][0] > 0
