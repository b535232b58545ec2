"""The simulated population that plans are tried on."""

import math

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.numerics.kinetic_model import KINETIC_MODELS, values
from hevesy.physdata import nuclide
from hevesy.physdata.design_populations import design_population, known_design_populations


@pytest.mark.parametrize(("region", "least", "most"), [("kidneys", 32.0, 46.0), ("tumour", 39.0, 68.0)])
def test_typical_late_half_life_is_that_of_the_solved_curves(region, least, most):
    """10th and 90th percentile of the virtual patients between 96 and 192 h."""
    prior = design_population("psma-it-pbpk")
    model = KINETIC_MODELS["uptake-bi"]
    rate = nuclide("Lu-177").decay_constant_per_s * 3600.0
    late, _ = values(model, prior.mean[prior.slices[region]], np.array([96.0, 192.0]), rate)
    assert least < 96.0 * math.log(2.0) / math.log(late[0] / late[1]) < most


def test_it_says_that_it_is_simulated_and_knows_no_uptake():
    prior = design_population("psma-it-pbpk")
    assert "Simulated" in prior.source
    assert "not a prior for patients" in prior.source
    assert [name for name, flat in zip(prior.regions[0].parameters, prior.uninformative, strict=False) if flat] == [
        "log_amplitude"
    ]
    assert known_design_populations() == ("psma-it-pbpk",)


def test_unknown_population():
    with pytest.raises(InputError, match="psma-it-pbpk"):
        design_population("other")
