"""Products of radioembolisation: every number has a source; dose factors against decay data."""

import pytest

from hevesy.errors import InputError
from hevesy.physdata import decay_dose_factor, known_microspheres, microspheres


def test_names_and_matrices_find_the_product():
    assert [microspheres(name).key for name in ("resin", "TheraSphere", "quiremspheres")] == list(known_microspheres())
    with pytest.raises(InputError, match="one of the products"):
        microspheres("gold")


@pytest.mark.parametrize("key", known_microspheres())
def test_every_entry_has_a_source(key):
    product = microspheres(key)
    wanted = {"dose_factor_j_per_gbq", "diameter_um", "activity_per_sphere_bq", "specific_gravity_g_ml", "time_zone"}
    assert wanted <= set(product.sources)
    assert all(source.status in {"seed", "DOC", "MEM"} and source.text for source in product.sources.values())
    assert [s.citation.text.endswith("(unconfirmed)") for s in product.sources.values()] == [
        s.status == "MEM" for s in product.sources.values()
    ]


def test_glass_vials_are_3_to_20_gbq_in_half_steps():
    vial = microspheres("glass").vials[0]
    assert len(vial.activities_bq) == 35
    assert (vial.activities_bq[0], vial.activities_bq[1], vial.activities_bq[-1]) == (3e9, 3.5e9, 20e9)


def test_dose_factors_follow_from_decay_data():
    """Published: 49.67 and 15.85 J/GBq; the latter lies between electrons alone and all photons absorbed."""
    assert decay_dose_factor("Y-90").value * 1e9 == pytest.approx(49.69, abs=0.005)
    assert decay_dose_factor("Y-90").value * 1e9 == pytest.approx(49.67, rel=1e-3)
    electrons, everything = (decay_dose_factor("Ho-166", photons=photons).value * 1e9 for photons in (False, True))
    assert (electrons, everything) == (pytest.approx(15.48, abs=0.006), pytest.approx(16.14, abs=0.006))
    assert electrons < 1e9 * microspheres("holmium").dose_factor_j_per_bq < everything
    assert set(decay_dose_factor("Y-90").components) == {"half-life:Y-90", "energy:Y-90"}
