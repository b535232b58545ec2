"""The voxel model on arrays: conservation, linearity, histograms and coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.decide.tare import (
    Compartment,
    activity_for_coverage,
    distribute,
    dose_volume,
    doses_of_map,
    local_doses,
    mean_doses,
    on_grid,
    volumes,
)
from hevesy.errors import InputError

SHAPE = (2, 3, 4)


def compartment(position, tumour, index, counts, share=1.0):
    index = np.asarray(index)
    return Compartment(position, tumour, index, np.full(index.size, share), np.asarray(counts, dtype=float))


@pytest.fixture
def tissues():
    """Two territories, the first with a tumour that shares its voxel 5 with normal tissue; liver that none perfuses."""
    return (
        compartment("a", None, [0, 1, 2, 3], [10, 10, 10, 10]),
        compartment("a", None, [5], [4], 0.4),
        compartment("a", "T1", [4], [40]),
        compartment("a", "T1", [5], [24], 0.6),
        compartment("b", None, [6, 7], [5, 15]),
        compartment(None, None, [8, 9], [7, 7]),
    )


def test_activity_is_shared_by_position_and_conserved(tissues):
    found = distribute(tissues, {"a": 0.7, "b": 0.3})
    of = lambda position: sum(one.activity.sum() for one in found if one.position == position)  # noqa: E731
    assert (of("a"), of("b"), of(None)) == (pytest.approx(0.7), pytest.approx(0.3), 0.0)
    whole = on_grid(found, [one.activity for one in found], SHAPE)
    assert whole.shape == SHAPE
    assert whole.sum() == pytest.approx(1.0)
    assert whole.ravel()[5] == pytest.approx(0.7 * 28 / 108)


def test_energy_is_conserved_and_a_shared_voxel_keeps_its_tissues_apart(tissues):
    found = distribute(tissues, {"a": 0.7, "b": 0.3})
    doses = local_doses(found, 2e-4, 5e-8)
    energy = sum(float(dose @ one.share) * 2e-4 for dose, one in zip(doses, found, strict=True))
    assert energy == pytest.approx(5e-8)
    assert doses[3][0] == pytest.approx(doses[2][0])
    assert doses[1][0] == pytest.approx(doses[0][0])


def test_means_of_volumes(tissues):
    found = distribute(tissues, {"a": 0.7, "b": 0.3})
    means = mean_doses(found, local_doses(found, 1.0, 1.0))
    per = 0.7 / 108
    assert means["tumour:T1"] == pytest.approx(40 * per)
    assert means["all_tumours"] == pytest.approx(40 * per)
    assert means["normal_perfused:a"] == pytest.approx(10 * per)
    assert means["normal_perfused:b"] == pytest.approx(0.15)
    assert means["perfused:a"] == pytest.approx(0.7 / 6.0)
    assert means["whole_liver"] == pytest.approx(1.0 / 10.0)
    assert means["whole_normal"] == pytest.approx((44 * per + 0.3) / 8.4)
    assert set(volumes(found)) == set(means)


def test_a_map_is_read_at_the_voxels(tissues):
    dose = np.arange(24.0).reshape(SHAPE)
    assert [part.tolist() for part in doses_of_map(tissues, dose)][:2] == [[0, 1, 2, 3], [5]]


def test_an_empty_territory_is_refused(tissues):
    empty = (*tissues[:4], compartment("b", None, [6, 7], [0, 0]))
    with pytest.raises(InputError, match="none in 'b' came"):
        distribute(empty, {"a": 0.7, "b": 0.3})


def test_histogram_of_known_doses():
    parts = (compartment("a", "T1", [0, 1, 2], [1, 1, 1]), compartment("b", "T1", [3], [1], 0.5))
    found = dose_volume(parts, (np.array([30.0, 10.0, 20.0]), np.array([40.0])), (0, 1))
    assert found.mean_gy == pytest.approx((60 + 20) / 3.5)
    assert found.fraction_above(20.0) == pytest.approx(2.5 / 3.5)
    assert found.fraction_above(20.1) == pytest.approx(1.5 / 3.5)
    assert (found.at_least(0.1), found.at_least(0.5 / 3.5), found.at_least(0.2), found.at_least(1.0)) == (
        40,
        40,
        30,
        10,
    )


doses = st.lists(st.floats(0.0, 500.0), min_size=1, max_size=30)


@given(doses, st.floats(0.01, 0.99))
def test_levels_and_fractions_are_inverse(values, fraction):
    found = dose_volume((compartment("a", None, range(len(values)), values),), (np.array(values),), (0,))
    level = found.at_least(fraction)
    assert found.fraction_above(level) >= fraction - 1e-9
    assert found.fraction_above(np.nextafter(level, np.inf)) < fraction + 1e-9
    assert min(values) <= found.mean_gy * (1 + 1e-9) + 1e-12


@given(doses.filter(lambda values: min(values) > 1.0), st.floats(0.05, 0.95))
def test_coverage_is_reached_and_not_by_less(values, fraction):
    slope = np.array(values)
    part = (compartment("a", "T1", range(slope.size), values),)
    start = np.full(slope.size, 5.0)
    activity = activity_for_coverage(part, (slope,), (start,), (0,), (fraction, 100.0))
    covered = lambda a: dose_volume(part, (slope * a + start,), (0,)).fraction_above(100.0 - 1e-9)  # noqa: E731
    assert covered(activity) >= fraction - 1e-9
    assert covered(activity * 0.999) < fraction + 1e-9


def test_what_gets_nothing_cannot_be_covered():
    part = (compartment("a", "T1", [0, 1], [1, 0]),)
    with pytest.raises(InputError, match="70 % of every tumour"):
        activity_for_coverage(part, (np.array([1.0, 0.0]),), (np.zeros(2),), (0,), (0.7, 100.0))
    scout = (np.array([0.0, 120.0]),)
    assert activity_for_coverage(part, (np.array([1.0, 0.0]),), scout, (0,), (0.7, 100.0)) == 100.0
