"""Bayesian sampling: an optional extra, absent or present."""

import sys

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.numerics.kinetic_model import KINETIC_MODELS
from hevesy.population import (
    NutsSettings,
    Sampling,
    Specification,
    arrange,
    completed,
    fit_population,
    individuals,
    nuts_individuals,
    population_uncertainty,
    sample_by_nuts,
)


@pytest.fixture(scope="module")
def fit(cohorts):
    cohort, _ = cohorts.simulated(41, patients=12, means={"kidney": cohorts.MEANS["kidney"]})
    layout = arrange(cohort, {"kidney": KINETIC_MODELS["uptake-mono"]})
    return fit_population(layout, Specification("diagonal", "common"))


def test_absent(fit, monkeypatch):
    monkeypatch.setitem(sys.modules, "numpyro", None)
    with pytest.raises(InputError, match=r"--method nuts: expected the package numpyro .* it is not installed"):
        sample_by_nuts(fit, NutsSettings(1))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_agrees_with_the_linearised_method(fit):
    pytest.importorskip("numpyro", reason="the extra hevesy[bayes] is not installed")
    posterior = sample_by_nuts(fit, NutsSettings(1, warm_up=300, draws=300))
    assert posterior.largest_r_hat < 1.1
    sampled = nuts_individuals(fit.layout, posterior)
    linear = individuals(fit, population_uncertainty(fit), Sampling(1))
    ratios = np.array([a.value / b.value for a, b in zip(sampled, linear, strict=True)])
    widths = np.array([a.standard_uncertainty / b.standard_uncertainty for a, b in zip(sampled, linear, strict=True)])
    assert np.median(np.abs(ratios - 1)) < 0.015
    assert 0.8 < np.median(widths) < 1.25
    at = completed(fit.layout, fit.specification, posterior.record)
    assert at.minus_log_likelihood < fit.minus_log_likelihood + 5.0
