"""Many fits at once give what one at a time gives; G of many curves is that of each."""

import numpy as np
import pytest
from scipy.integrate import dblquad

from hevesy.numerics import exponentials as ex
from hevesy.numerics.exponential_fit import fit_exponentials
from hevesy.numerics.exponential_refit import refit
from hevesy.numerics.repair import protraction_factor, protraction_factors

PHYSICAL = np.log(2.0) / 159.5
CASES = {
    "mono": ([4.0, 24.0, 96.0, 168.0], [1.0], [0.014]),
    "at the bound": ([4.0, 24.0, 96.0, 168.0], [1.0], [PHYSICAL]),
    "uptake-mono": ([1.0, 4.0, 24.0, 96.0, 168.0], [1.0, -1.0], [0.012, 0.3]),
    "bi": ([2.0, 4.0, 24.0, 72.0, 96.0, 168.0], [1.0, 0.8], [0.012, 0.15]),
    "an unresolved phase": ([4.0, 24.0, 96.0, 168.0], [1.0, 0.8], [0.012, 0.9]),
}
AS_FREE_AS_THE_NOISE = 25
"""Of 40 fits of two phases to four points, those that have one minimum only."""
NAMES = {"at the bound": "mono", "an unresolved phase": "bi"}


@pytest.mark.parametrize("case", CASES)
def test_as_one_fit_at_a_time(case):
    times, amplitudes, rates = (np.array(x) for x in CASES[case])
    model = next(m for m in ex.MODELS if m.name == NAMES.get(case, case))
    truth = ex.values(amplitudes, rates, times)
    points = truth * np.exp(0.03 * np.random.default_rng(3).standard_normal((40, times.size)))
    first = fit_exponentials(model, times, truth, 0.03 * truth, PHYSICAL)
    found = refit(model, times, points, 0.03 * truth, PHYSICAL, start=first.parameters)
    same = 0
    for one, a, r in zip(points, found.amplitudes, found.rates, strict=True):
        alone = fit_exponentials(model, times, one, 0.03 * truth, PHYSICAL)
        residuals = (one - ex.values(a, r, times)) / (0.03 * truth)
        assert residuals @ residuals <= alone.chi_square + 0.005
        assert (r >= PHYSICAL * (1.0 - 1e-12)).all()
        same += ex.integral(a, r) == pytest.approx(ex.integral(alone.amplitudes, alone.rates), rel=1e-6)
    assert same >= (AS_FREE_AS_THE_NOISE if case == "an unresolved phase" else 39)


def test_no_noise_gives_the_truth_back():
    times = np.array([1.0, 4.0, 24.0, 48.0, 96.0, 168.0])
    model = next(m for m in ex.MODELS if m.name == "bi")
    amplitudes, rates = np.array([2.0, 1.0]), np.array([0.012, 0.2])
    truth = ex.values(amplitudes, rates, times)
    start = np.array([1.9, 1.1, 0.012 - PHYSICAL, 0.18])
    found = refit(model, times, np.stack([truth, 3.0 * truth]), 0.02 * truth, PHYSICAL, start=start)
    assert found.amplitudes == pytest.approx(np.stack([amplitudes, 3.0 * amplitudes]), rel=1e-6)
    assert found.rates == pytest.approx(np.stack([rates, rates]), rel=1e-6)


def test_protraction_factors_are_those_of_each_curve():
    rng = np.random.default_rng(5)
    rates = np.sort(rng.uniform(0.005, 0.5, (20, 3)), axis=1)
    amplitudes = rng.uniform(0.5, 2.0, (20, 3)) * np.array([1.0, 1.0, -0.3])
    repair = rng.uniform(0.1, 1.0, 20)
    many = protraction_factors(amplitudes, rates, repair)
    each = [protraction_factor(a, r, m) for a, r, m in zip(amplitudes, rates, repair.tolist(), strict=True)]
    assert many == pytest.approx(each, rel=1e-13)


@pytest.mark.parametrize(
    ("amplitudes", "rates", "repair"),
    [
        ([1.0], [0.014], 0.25),
        ([1.0, -1.0], [0.014, 0.35], 0.25),
        ([3.0, 1.0], [0.01, 0.06], 0.46),
        ([2.0, 0.7, -2.7], [0.009, 0.05, 0.4], 0.3),
        ([1.0, 0.5], [0.25, 0.02], 0.25),
    ],
    ids=["mono", "uptake", "bi", "bi with uptake", "rate of repair equal to one of decay"],
)
def test_protraction_factor_by_quadrature(amplitudes, rates, repair):
    """The double integral of r(t) r(w) exp(-mu (t - w)) itself, on u = 1 - exp(-k t)."""
    a, r = np.array(amplitudes), np.array(rates)
    slowest = r.min()

    def rate(time):
        return float(a @ np.exp(-r * time))

    def inner(w, u):
        t = -np.log1p(-u) / slowest
        jacobian = t / (slowest * (1.0 - u))
        return rate(t) * rate(w * t) * np.exp(-repair * t * (1.0 - w)) * jacobian

    overlap, _ = dblquad(inner, 0.0, 1.0 - 1e-12, 0.0, 1.0, epsabs=1e-9, epsrel=1e-9)
    dose = float(np.sum(a / r))
    assert protraction_factor(a, r, repair) == pytest.approx(2.0 * overlap / dose**2, rel=1e-6)
