"""The partition formula: published figures, balance of activity, and the two ratios."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.decide.tare import Partition, activity_shares, concentration_ratio, mean_dose, partition_activity
from hevesy.errors import InputError

Y90, HO166 = 49.67e-9, 15.85e-9
masses = st.floats(0.01, 5.0)
partitions = st.builds(
    Partition, masses, masses, st.floats(0.2, 20.0), st.floats(0.0, 0.5), st.sampled_from([Y90, HO166])
)


@pytest.mark.parametrize(("factor", "gbq"), [(Y90, 1.525860), (HO166, 4.781670)])
def test_worked_example(factor, gbq):
    """D_T 120 Gy, M_N 1.2 kg, M_T 0.3 kg, r 4, L 0.05."""
    assert partition_activity(120.0, Partition(1.2, 0.3, 4.0, 0.05, factor)) / 1e9 == pytest.approx(gbq, abs=5e-7)


def test_segmentectomy_of_the_article_needs_a_tumour_of_104_g():
    """200 Gy, r 2.4, 850 MBq, 350 ml at 1.03 g/ml, without shunt: the article does not print the tumour mass."""
    whole = 0.350 * 1.03
    found = [
        tumour / 1000
        for tumour in range(50, 200)
        if partition_activity(200.0, Partition(whole - tumour / 1000, tumour / 1000, 2.4, 0.0, Y90)) <= 850e6
    ]
    assert max(found) == pytest.approx(0.104, abs=0.001)


@given(partitions, st.floats(1e6, 2e10))
def test_activity_is_conserved(partition, activity):
    shares = activity_shares(activity, partition)
    assert shares.tumour_bq + shares.normal_bq + shares.lung_bq == pytest.approx(activity, rel=1e-12)
    assert min(shares.tumour_bq, shares.normal_bq) > 0.0


@given(partitions, st.floats(10.0, 500.0))
def test_formula_and_shares_agree(partition, dose):
    shares = activity_shares(partition_activity(dose, partition), partition)
    tumour = mean_dose(shares.tumour_bq, partition.tumour_mass_kg, partition.dose_factor_j_per_bq)
    normal = mean_dose(shares.normal_bq, partition.normal_mass_kg, partition.dose_factor_j_per_bq)
    assert tumour == pytest.approx(dose, rel=1e-9)
    assert tumour / normal == pytest.approx(partition.concentration_ratio, rel=1e-9)


@given(partitions)
def test_ratio_of_activities_is_another_quantity(partition):
    shares = activity_shares(1e9, partition)
    counted = shares.tumour_bq / shares.normal_bq
    found = concentration_ratio(counted, partition.normal_mass_kg, partition.tumour_mass_kg)
    assert found == pytest.approx(partition.concentration_ratio, rel=1e-9)


@pytest.mark.parametrize(
    "values",
    [(0.0, 0.3, 4.0, 0.05), (1.2, -0.3, 4.0, 0.05), (1.2, 0.3, 0.0, 0.05), (1.2, 0.3, 4.0, 1.0), (1.2, 0.3, 4.0, -0.1)],
)
def test_impossible_inputs_are_refused(values):
    with pytest.raises(InputError):
        Partition(*values, Y90)


def test_ratio_of_nothing_is_refused():
    with pytest.raises(InputError, match="positive ratio"):
        concentration_ratio(0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    "call", [lambda: mean_dose(1e9, 0.0, Y90), lambda: partition_activity(0.0, Partition(1, 1, 1, 0, Y90))]
)
def test_no_mass_and_no_dose_are_refused(call):
    with pytest.raises(InputError, match="positive"):
        call()
