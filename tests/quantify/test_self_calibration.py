"""Scales of an image of microspheres: the delivered activity, the camera, and the pairs of Y-90."""

import math

import pytest

from hevesy.errors import ScaleError
from hevesy.physdata.pair_branch import PAIR_BRANCH_UNCERTAINTY_Y90, PAIR_BRANCH_Y90
from hevesy.quantify import pair_branch_scale, scale_difference, self_calibration
from hevesy.quantities import Uncertain, exact

GIVEN = Uncertain(2e9, {"delivered:activity": 6e7})


def test_what_is_shown_is_what_was_delivered():
    outside = Uncertain(0.05, {"outside:field": 0.01})
    scale = self_calibration(GIVEN, outside, 400.0)
    assert scale.value * 400.0 == pytest.approx(0.95 * 2e9)
    assert scale.relative_standard_uncertainty == pytest.approx(math.hypot(0.03, 0.01 / 0.95))
    assert set(scale.components) == {"delivered:activity", "outside:field"}


def test_activity_where_none_is_expected_is_uncertainty():
    scale = self_calibration(exact(2e9), exact(0.0), 400.0, elsewhere=20.0)
    assert scale.value == pytest.approx(5e6)
    assert scale.relative_standard_uncertainty == pytest.approx(0.05 / math.sqrt(3.0))


@pytest.mark.parametrize(("shown", "outside"), [(0.0, 0.0), (-1.0, 0.0), (math.nan, 0.0), (1.0, 1.0)])
def test_nothing_to_scale_by(shown, outside):
    with pytest.raises(ScaleError, match="self-calibration: expected"):
        self_calibration(GIVEN, exact(outside), shown)


@pytest.mark.parametrize(
    ("absolute", "verdict"), [(1.00, "agrees"), (1.09, "agrees"), (1.12, "doubtful"), (0.84, "disagrees")]
)
def test_difference_in_standard_uncertainties(absolute, verdict):
    own = Uncertain(1.0, {"delivered:activity": 0.03})
    found = scale_difference(Uncertain(absolute, {"calibration:therapy": 0.04 * absolute}), own)
    assert found.ratio.value == pytest.approx(absolute)
    assert found.ratio.relative_standard_uncertainty == pytest.approx(0.05)
    assert found.zeta == pytest.approx((absolute - 1.0) / (0.05 * absolute))
    assert found.verdict == verdict


def test_exact_scales_cannot_be_judged():
    with pytest.raises(ScaleError, match="with their uncertainties"):
        scale_difference(exact(1.0), exact(1.1))


@pytest.mark.parametrize("applied", [1.0, 0.9686, 3.2e-5, PAIR_BRANCH_Y90])
def test_pairs_that_the_scanner_took(applied):
    """A scanner that divides by a share of positrons shows activity in proportion to one over it."""
    true_bq, pairs = 1e6, 1e6 * PAIR_BRANCH_Y90
    shown = pairs / applied
    scale = pair_branch_scale(applied)
    assert shown * scale.value == pytest.approx(true_bq)
    assert scale.relative_standard_uncertainty == pytest.approx(PAIR_BRANCH_UNCERTAINTY_Y90 / PAIR_BRANCH_Y90)


def test_a_positron_fraction_is_a_share():
    with pytest.raises(ScaleError, match="up to 1"):
        pair_branch_scale(1.2)
