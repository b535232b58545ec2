"""Tissue dose factors against patients drawn from the prior."""

import math

import numpy as np
import pytest

from hevesy.domain import MeasuredActivity, PopulationPrior, RegionPrior, TimeActivityCurve
from hevesy.errors import RegionFinding
from hevesy.integrate import PriorUse, tissue_dose_factors, tissue_factor_estimate
from hevesy.integrate.single_time import half_life_factor
from hevesy.numerics.kinetic_model import KINETIC_MODELS, integral, values
from hevesy.quantities import Uncertain, interval95

HOUR = 3600.0
PHYSICAL = 159.5 * HOUR
LAM = math.log(2.0) / 159.5
MEAN = np.array([1.0, math.log(0.01), math.log(0.3)])
BETWEEN = np.array([[0.2, 0.01, 0.0], [0.01, 0.08, 0.02], [0.0, 0.02, 0.1]])


def use(model="uptake-mono", between=BETWEEN):
    parameters = KINETIC_MODELS[model].parameters
    n = len(parameters)
    prior = PopulationPrior(
        ligand="X", nuclide="Lu-177", activity_unit="MBq", fraction_of_administered_per_unit=None,
        regions=(RegionPrior("tumour", model, parameters, 0.06),), mean=MEAN[:n], mean_covariance=np.zeros((n, n)),
        between_patients=between[:n, :n], between_cycles=None, uninformative=(False,) * n, covariates=(), patients=10**6,
        source="made for a test",
    )  # fmt: skip
    return PriorUse(prior, "test")


def test_factors_are_those_of_the_patients():
    times = (4.0, 24.0, 96.0)
    found = tissue_dose_factors(use(), "tumour", times, physical_half_life_s=PHYSICAL)
    theta = np.random.default_rng(1).multivariate_normal(MEAN, BETWEEN, 200000)
    model = KINETIC_MODELS["uptake-mono"]
    ratios = integral(model, theta, LAM)[0][:, None] / values(model, theta, np.array(times), LAM)[0]
    np.testing.assert_allclose(found.median_h, np.median(ratios, axis=0), rtol=5e-3)
    np.testing.assert_allclose(found.interval95_h, np.quantile(ratios, [0.025, 0.975], axis=0).T, rtol=0.02)


def test_a_population_of_one_half_life_has_its_factor():
    found = tissue_dose_factors(use("mono", np.zeros((3, 3))), "tumour", (48.0,), physical_half_life_s=PHYSICAL)
    half_life = math.log(2.0) / (LAM + 0.01)
    assert found.median_h[0] == pytest.approx(float(half_life_factor(48.0, half_life)), rel=1e-12)
    assert found.relative_standard_deviation[0] == pytest.approx(0.0, abs=1e-12)


def test_estimate_covers_its_patients():
    rng = np.random.default_rng(2)
    model, inside = KINETIC_MODELS["uptake-mono"], []
    for theta in rng.multivariate_normal(MEAN, BETWEEN, 200):
        seen = float(values(model, theta, np.array([48.0]), LAM)[0][0]) * math.exp(0.06 * rng.standard_normal())
        point = MeasuredActivity(48.0 * HOUR, Uncertain(seen, {"counts:tumour@1": 0.01 * seen}))
        found = tissue_factor_estimate(TimeActivityCurve("tumour", (point,)), use(), physical_half_life_s=PHYSICAL)
        low, high = interval95(found.time_integrated_activity)
        inside.append(low <= float(integral(model, theta, LAM)[0]) * HOUR <= high)
    assert 0.90 <= np.mean(inside) <= 0.99
    assert set(found.time_integrated_activity.components) == {"counts:tumour@1", "prior:tumour", "fit:tumour"}


def test_unknown_region_is_a_finding():
    with pytest.raises(RegionFinding, match="no region 'kidney'"):
        tissue_dose_factors(use(), "kidney", (4.0,), physical_half_life_s=PHYSICAL)
