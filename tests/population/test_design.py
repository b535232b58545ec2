"""Designs against closed forms, the simulation against the information, and the search against all plans."""

import math

import numpy as np
import pytest

from hevesy.domain import PopulationPrior, RegionPrior
from hevesy.numerics.kinetic_model import KINETIC_MODELS
from hevesy.population.design import DesignProblem, ScanErrors, plans_of
from hevesy.population.design_information import expected_uncertainty
from hevesy.population.design_search import _exchanged, best_plans, criterion
from hevesy.population.design_simulation import check_fit, simulated_errors

PHYSICAL = math.log(2.0) / 159.5
TIMES = np.array([4.0, 24.0, 48.0, 96.0, 168.0])


def population(model="mono", spread=0.3, regions=("kidneys",), flat=True):
    kinetics = KINETIC_MODELS[model]
    typical = [0.0, math.log(0.01), math.log(0.06), 0.0, math.log(1.0)]
    of_model = {"mono": typical[:2], "uptake-mono": [*typical[:2], typical[4]], "uptake-bi": typical}[model]
    n = len(of_model)
    variances = np.tile([0.0 if flat else 0.25, *[spread**2] * (n - 1)], len(regions))
    return PopulationPrior(
        ligand="any",
        nuclide="Lu-177",
        activity_unit="MBq",
        fraction_of_administered_per_unit=None,
        regions=tuple(RegionPrior(name, model, kinetics.parameters, 0.05) for name in regions),
        mean=np.tile(of_model, len(regions)),
        mean_covariance=np.zeros((n * len(regions),) * 2),
        between_patients=np.diag(variances),
        between_cycles=None,
        uninformative=tuple(np.tile([flat, *[False] * (n - 1)], len(regions)).tolist()),
        covariates=(),
        patients=10,
        source="test",
    )


def problem(prior, noise=0.05, patients=300, **errors):
    n = len(prior.regions)
    return DesignProblem(
        prior, tuple(r.name for r in prior.regions), PHYSICAL, ScanErrors(np.full(n, noise), **errors), patients, 1
    )


@pytest.mark.parametrize("time", [4.0, 48.0, 168.0])
def test_one_scan_of_a_mono_exponential_in_closed_form(time):
    """The scan gives the level, the population the rate: u2 = s2 + ((t - 1/k) w)2 omega2 for ln of the integral."""
    judged = problem(population(spread=0.2))
    washout = np.exp(judged.patients[:, 1])
    expected = np.sqrt(np.mean(0.05**2 + ((time - 1.0 / (washout + PHYSICAL)) * washout * 0.2) ** 2))
    found = expected_uncertainty(judged, [(time,)], TIMES)
    assert found[0, 0] == pytest.approx(expected, rel=1e-5)


def test_scans_without_a_population_in_closed_form():
    """With a hardly known rate it is the regression of logarithms on time."""
    judged = problem(population(spread=30.0), patients=1)
    object.__setattr__(judged, "patients", np.array([[0.0, math.log(0.01)]]))
    plan = (4.0, 24.0, 96.0)
    rate = 0.01 + PHYSICAL
    t = np.array(plan)
    weights = np.full(3, 1 / 3) - (t.mean() - 1 / rate) * (t - t.mean()) / np.sum((t - t.mean()) ** 2)
    found = expected_uncertainty(judged, [plan], TIMES)
    assert found[0, 0] == pytest.approx(0.05 * math.sqrt(weights @ weights), rel=1e-4)


def test_an_error_of_scale_adds_in_quadrature():
    plans = [(4.0, 96.0)]
    without = expected_uncertainty(problem(population()), plans, TIMES)
    with_it = expected_uncertainty(problem(population(), scale_sd=0.04), plans, TIMES)
    np.testing.assert_allclose(with_it**2 - without**2, 0.04**2, rtol=1e-9)


@pytest.mark.parametrize("model", ["mono", "uptake-mono", "uptake-bi"])
def test_another_scan_is_never_worse(model):
    judged = problem(population(model))
    few, more = [(4.0, 96.0)], [(4.0, 48.0, 96.0)]
    assert expected_uncertainty(judged, more, TIMES)[0, 0] < expected_uncertainty(judged, few, TIMES)[0, 0]


@pytest.mark.parametrize("model", ["mono", "uptake-mono", "uptake-bi"])
@pytest.mark.parametrize("plan", [(48.0,), (4.0, 96.0), (4.0, 24.0, 96.0)])
def test_the_simulation_agrees_with_the_information(model, plan):
    """400 patients: the root mean square is known to about 4 % (one standard deviation), 15 % allowed with curvature."""
    judged = problem(population(model), noise=0.03, patients=400)
    expected = expected_uncertainty(judged, [plan], TIMES)[0, 0]
    found = simulated_errors(judged, [plan], "bayes")
    assert found.rmse[0, 0] == pytest.approx(expected, rel=0.15)
    assert abs(found.bias[0, 0]) < 0.4 * found.rmse[0, 0]


def test_regions_that_go_together_help_each_other():
    alone = population("mono", regions=("a", "b"))
    covariance = np.array(alone.between_patients)
    covariance[1, 3] = covariance[3, 1] = 0.95 * covariance[1, 1]
    together = PopulationPrior(**{**vars(alone), "between_patients": covariance})
    plan = [(24.0,)]
    assert (
        expected_uncertainty(problem(together), plan, TIMES)[0, 0]
        < expected_uncertainty(problem(alone), plan, TIMES)[0, 0]
    )


def test_fit_of_too_simple_a_model_is_biased():
    judged = problem(population("uptake-bi"), noise=0.02)
    simple = simulated_errors(judged, [(24.0, 96.0, 168.0)], "mono")
    assert abs(simple.bias[0, 0]) > 0.03


def test_hybrid_scans_carry_the_error_of_the_one_that_scales():
    """A known rate: u2 = s2 (1 + 1/n - 2/n) of the mean of n planar scans over one of them, and the SPECT's error."""
    judged = problem(population(spread=1e-4), noise=0.05, patients=4000, hybrid=True, scale_sd=0.03)
    found = simulated_errors(judged, [(4.0, 48.0, 96.0)], "bayes")
    assert found.rmse[0, 0] == pytest.approx(math.hypot(0.03, 0.05 * math.sqrt(2.0 / 3.0)), rel=0.05)
    with pytest.raises(ValueError, match="simulation"):
        expected_uncertainty(judged, [(4.0, 48.0, 96.0)], TIMES)


def test_times_spread_about_the_plan():
    judged = problem(population(), timing_sd_h=2.0)
    shifts = judged.scan_times(TIMES) - TIMES
    assert np.std(shifts) == pytest.approx(2.0, rel=0.1)
    assert (judged.scan_times(np.array([0.5, 4.0])) > 0).all()


def test_plans_keep_the_gap():
    found = list(plans_of(np.array([1.0, 2.0, 10.0, 20.0]), 2, 5.0))
    assert found == [(1.0, 10.0), (1.0, 20.0), (2.0, 10.0), (2.0, 20.0), (10.0, 20.0)]


def test_exchange_finds_the_best_of_all():
    judged = problem(population("uptake-bi"), patients=60)
    candidates = np.array([1.0, 2, 4, 6, 20, 24, 28, 44, 52, 72, 96, 120, 168, 192])
    every = best_plans(judged, candidates, 3, minimum_gap_h=1.0, keep=5)
    assert every.exhaustive
    met = _exchanged(judged, candidates, 3, 1.0)
    values = criterion(expected_uncertainty(judged, met, candidates))
    assert met[int(np.argmin(values))] == every.plans[0]


def test_best_come_first():
    found = best_plans(problem(population()), TIMES, 2, minimum_gap_h=1.0, keep=4)
    values = criterion(found.uncertainty)
    assert (np.diff(values) >= 0).all()
    assert len(found.plans) == 4


@pytest.mark.parametrize(("fit", "visits"), [("bi", 3), ("uptake-mono", 2), ("nonsense", 3)])
def test_what_cannot_be_fitted_is_refused(fit, visits):
    with pytest.raises(ValueError, match="expected"):
        check_fit(fit, visits)


def test_a_region_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="liver"):
        DesignProblem(population(), ("liver",), PHYSICAL, ScanErrors(np.array([0.05])), 10, 1)
