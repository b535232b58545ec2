"""Territories as drawn: what is refused, with names and volume."""

import re

import numpy as np
import pytest

from hevesy.decide.tare import LiverShares, check_territories
from hevesy.errors import InputError


def line(*ranges, size=100):
    """Shares along one axis; a voxel is 2 ml."""
    found = np.zeros((1, 1, size))
    for first, last in ranges:
        found[..., first:last] = 1.0
    return found


def shares(**changes):
    parts = {
        "liver": line((10, 90)),
        "tumours": {"T1": line((20, 30)), "T2": line((55, 60))},
        "territories": {"a": line((10, 50)), "b": line((50, 80))},
    }
    return LiverShares(voxel_ml=2.0, **{**parts, **changes})


def test_neighbours_that_touch_are_fine():
    found = shares(
        territories={"a": line((10, 50)) * 1.0, "b": line((50, 80))},
    )
    check_territories(found)
    assert found.ml(found.normal("a")) == 60.0
    assert found.ml(found.normal()) == 2.0 * (80 - 15)
    assert found.share_of_tumour("T1", "a") == 1.0
    assert found.share_of_tumour("T1", "b") == 0.0


def test_a_voxel_that_two_territories_share_is_no_overlap():
    a, b = line((10, 50)), line((49, 80))
    a[..., 49], b[..., 49] = 0.3, 0.7
    check_territories(shares(territories={"a": a, "b": b}))


WRONG = {
    "overlap": ({"territories": {"a": line((10, 53)), "b": line((50, 80))}}, "'a' and 'b' share 6 ml"),
    "leave": ({"territories": {"a": line((5, 50)), "b": line((50, 80))}}, "'a' leaves it by 10 ml"),
    "outside": ({"tumours": {"T1": line((20, 30)), "T2": line((82, 88))}}, "'T2' lies outside every territory: 12 ml"),
    "partly": ({"tumours": {"T1": line((20, 30)), "T2": line((76, 86))}}, "'T2' lies partly outside every territory: 12 ml"),
    "tumours": ({"tumours": {"T1": line((20, 30)), "T2": line((28, 40))}}, "'T1' and 'T2' share 4 ml"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_refused_with_volume(case):
    change, said = WRONG[case]
    with pytest.raises(InputError, match=re.escape(said)):
        check_territories(shares(**change))
