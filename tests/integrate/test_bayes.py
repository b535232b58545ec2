"""Posteriors of curves: exact limits, sources, correlations, conflicts, coverage."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from hevesy.domain import CovariateEffect, MeasuredActivity, PopulationPrior, RegionPrior, TimeActivityCurve
from hevesy.errors import InputError, RegionFinding
from hevesy.integrate import PriorUse, check_prior, evaluate, posterior_curves, prior_half_life
from hevesy.integrate.bayes_curve import curve_parameters
from hevesy.numerics.kinetic_model import KINETIC_MODELS, integral, values
from hevesy.quantities import Uncertain, correlation

HOUR = 3600.0
PHYSICAL = 159.5 * HOUR
LAM = math.log(2.0) / 159.5
ADMINISTERED = Uncertain(7.4e9, {"administered-activity:meter": 0.02 * 7.4e9})
KIDNEY = (math.log(3.0), math.log(0.010), math.log(0.5))
LIVER = (math.log(8.0), math.log(0.006), math.log(0.4))


def prior(
    *, between=None, model="uptake-mono", regions=("kidney", "liver"), flat=False, fraction=0.01, residual=0.07, **more
):
    parameters = KINETIC_MODELS[model].parameters
    n = len(parameters)
    mean = np.concatenate([np.array(m[:n]) for m in (KIDNEY, LIVER)[: len(regions)]])
    between = np.diag([0.09, 0.06, 0.1][:n] * len(regions)) if between is None else between
    uninformative = tuple(flat and k % n == 0 for k in range(mean.size))
    keep = np.outer([not f for f in uninformative], [not f for f in uninformative])
    return PopulationPrior(
        ligand="DOTATATE",
        nuclide="Lu-177",
        activity_unit="% of the administered activity",
        fraction_of_administered_per_unit=fraction,
        regions=tuple(RegionPrior(name, model, parameters, residual) for name in regions),
        mean=mean,
        mean_covariance=np.zeros((mean.size, mean.size)),
        between_patients=between * keep,
        between_cycles=None,
        uninformative=uninformative,
        covariates=more.pop("covariates", ()),
        patients=more.pop("patients", 10**6),
        source="made for a test",
    )


def scanned(region, times_h, activities, *, own=0.01, calibration=0.05):
    points = tuple(
        MeasuredActivity(
            t * HOUR,
            Uncertain(float(a), {f"counts:{region}@{k}": own * a, **({"calibration:site": calibration * a} if calibration else {})}),
        )
        for k, (t, a) in enumerate(zip(times_h, activities, strict=True), start=1)
    )  # fmt: skip
    return TimeActivityCurve(region, points)


def solve(curves, population, *, administered=ADMINISTERED, **options):
    use = PriorUse(population, "test", administered_activity_bq=administered, **options)
    return posterior_curves(curves, use, physical_half_life_s=PHYSICAL)


def relative(estimate, source):
    return estimate.components.get(source, 0.0) / estimate.value


def test_a_certain_half_life_is_the_single_time_formula():
    population = prior(model="mono", regions=("kidney",), between=np.diag([0.0, 1e-12]), flat=True)
    (found,) = solve([scanned("kidney", [72.0], [1e8])], population, administered=None)
    half_life = math.log(2.0) / (LAM + 0.01) * HOUR
    expected = 1e8 * 2.0 ** (72.0 * HOUR / half_life) * half_life / math.log(2.0)
    assert found.laplace_bq_s[0] == pytest.approx(expected, rel=1e-5)
    assert found.fitted.time_integrated_activity.value == pytest.approx(expected, rel=2e-3)
    assert found.fitted.effective_half_life.value == pytest.approx(half_life, rel=1e-4)
    assert found.conflict_probability is None
    assert [name for name, _, _ in found.fitted.candidates] == ["mono", "prior-without-uptake"]


def test_without_an_uptake_in_the_prior_calibration_passes_whole():
    (found,) = solve([scanned("kidney", [24.0, 96.0], [1e8, 4e7])], prior(regions=("kidney",), flat=True))
    whole = found.fitted.time_integrated_activity
    assert relative(whole, "calibration:site") == pytest.approx(0.05, rel=1e-6)
    assert relative(whole, "administered-activity:meter") == 0.0


def test_components_are_the_posterior_covariance():
    times = [24.0, 96.0]
    curves = [scanned("kidney", times, [1.1e8, 4e7]), scanned("liver", times, [3.5e8, 1.6e8])]
    kidney, liver = solve(curves, prior(between=_correlated(0.7)))
    for found in (kidney, liver):
        low, high = found.interval95_bq_s
        whole = found.fitted.time_integrated_activity
        spread = math.log(high / low) / (2 * 1.959963984540054)
        assert whole.relative_standard_uncertainty == pytest.approx(math.sqrt(math.expm1(spread**2)), rel=1e-9)
        at_mode, laplace_u = found.laplace_bq_s
        assert whole.value == pytest.approx(at_mode, rel=0.02)
        assert whole.standard_uncertainty == pytest.approx(laplace_u, rel=0.1)
        assert low < found.mean_bq_s < high
        assert found.effective_draws > 400
    assert correlation(kidney.fitted.time_integrated_activity, liver.fitted.time_integrated_activity) > 0.1


def _correlated(rho):
    sd = np.sqrt([0.09, 0.06, 0.1] * 2)
    matrix = np.eye(6)
    for k in range(3):
        matrix[k, k + 3] = matrix[k + 3, k] = rho
    return matrix * np.outer(sd, sd)


def test_one_scan_agrees_with_quadrature():
    """Kidney alone, flat amplitude, mono: the only unknown is the log-normal washout."""
    population = prior(model="mono", regions=("kidney",), flat=True, residual=1e-4)
    curve = scanned("kidney", [24.0], [1e8], own=1e-5, calibration=0.0)
    (found,) = solve([curve], population, administered=None)

    def log_tia(z):
        rate = LAM + math.exp(math.log(0.01) + math.sqrt(0.06) * z)
        return math.log(1e8 * HOUR) + 24.0 * rate - math.log(rate)

    def mean_of(function):
        return quad(lambda z: function(z) * math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi), -8, 8)[0]

    expected = mean_of(lambda z: math.exp(log_tia(z)))
    assert found.mean_bq_s == pytest.approx(expected, rel=2e-3)
    assert found.fitted.time_integrated_activity.value == pytest.approx(math.exp(log_tia(0.0)), rel=2e-3)
    for got, z in zip(found.interval95_bq_s, (1.96, -1.96), strict=True):
        assert got == pytest.approx(math.exp(log_tia(z)), rel=5e-3)


def test_another_region_helps_through_correlation():
    kidney = scanned("kidney", [24.0], [1.1e8])
    liver = scanned("liver", [4.0, 24.0, 96.0, 168.0], [3e8, 4e8, 1.7e8, 8e7])
    alone, _ = solve([kidney, liver], prior(between=_correlated(0.0)))
    helped, _ = solve([kidney, liver], prior(between=_correlated(0.9)))
    assert (
        helped.fitted.time_integrated_activity.relative_standard_uncertainty
        < 0.85 * alone.fitted.time_integrated_activity.relative_standard_uncertainty
    )


def test_more_scans_leave_less_to_the_prior():
    def left(times):
        activity, _ = values(KINETIC_MODELS["uptake-mono"], np.array(KIDNEY), np.array(times), LAM)
        (found,) = solve([scanned("kidney", times, activity * 7.4e7, calibration=0.0)], prior(regions=("kidney",)))
        return found.fitted.time_integrated_activity

    one, two, four = left([24.0]), left([24.0, 96.0]), left([4.0, 24.0, 96.0, 168.0])
    assert one.relative_standard_uncertainty > two.relative_standard_uncertainty > four.relative_standard_uncertainty
    assert relative(one, "prior:kidney") > 2 * relative(four, "prior:kidney")
    truth = integral(KINETIC_MODELS["uptake-mono"], np.array(KIDNEY), LAM)[0] * 7.4e7 * HOUR
    assert four.value == pytest.approx(float(truth), rel=0.02)


def test_curve_and_integral_agree():
    for model in ("mono", "uptake-mono"):
        (found,) = solve([scanned("kidney", [24.0, 96.0], [1.1e8, 4e7])], prior(model=model, regions=("kidney",)))
        fitted = found.fitted
        area = sum(a / r for a, r in zip(fitted.amplitudes_bq, fitted.rates_per_s, strict=True))
        assert area == pytest.approx(fitted.time_integrated_activity.value, rel=1e-9)
        assert evaluate(fitted, np.array([24.0 * HOUR]))[0] == pytest.approx(1.1e8, rel=0.2)
        assert 0.0 < fitted.extrapolated_fraction < 1.0
        assert fitted.integral_to_last_scan.value < fitted.time_integrated_activity.value


@pytest.mark.parametrize("name", list(KINETIC_MODELS))
def test_exponentials_of_a_kinetic_model(name):
    model = KINETIC_MODELS[name]
    rng = np.random.default_rng(4)
    theta = np.array([1.0, -4.0, -2.0, 0.3, -1.0])[
        [0, 1, *((2, 3) if model.has_fast else ()), *((4,) if model.has_uptake else ())]
    ]
    covariance = 0.01 * np.eye(theta.size)
    amplitudes, rates, spread = curve_parameters(model, theta, covariance, LAM)
    times = np.array([1.0, 10.0, 50.0, 200.0])
    expected, _ = values(model, theta, times, LAM)
    np.testing.assert_allclose(np.exp(-np.outer(times * HOUR, rates)) @ amplitudes, expected, rtol=1e-10)
    drawn = np.array([np.concatenate(curve_parameters(model, t, covariance, LAM)[:2])
                      for t in theta + 1e-4 * rng.standard_normal((400, theta.size))])  # fmt: skip
    np.testing.assert_allclose(np.sqrt(np.diag(spread)) / 1e3, drawn.std(axis=0), rtol=0.15)


def test_scans_strange_to_the_prior_are_told():
    usual, _ = values(KINETIC_MODELS["uptake-mono"], np.array(KIDNEY), np.array([24.0, 96.0]), LAM)
    population = prior(regions=("kidney",))
    (fits,) = solve([scanned("kidney", [24.0, 96.0], usual * 7.4e7)], population)
    (strange,) = solve([scanned("kidney", [24.0, 96.0], usual * 7.4e7 * [5.0, 1.0])], population)
    assert fits.conflict_probability > 0.5
    assert strange.conflict_probability < 0.001
    assert "prior-conflict" in [name for name, _, _ in strange.fitted.candidates]
    assert "prior-conflict" not in [name for name, _, _ in fits.fitted.candidates]


def test_two_kidneys_share_the_region_of_the_prior_each_alone():
    curves = [scanned("left", [24.0], [5e7]), scanned("right", [24.0], [6e7])]
    left, right = solve(curves, prior(), regions={"left": "kidney", "right": "kidney"})
    assert right.fitted.time_integrated_activity.value / left.fitted.time_integrated_activity.value == pytest.approx(
        1.2
    )
    assert "prior-without-uptake" in [name for name, _, _ in left.fitted.candidates]


def test_what_the_prior_does_not_have_is_a_finding_and_others_are_delivered():
    curves = [scanned("kidney", [24.0], [1e8]), scanned("lung", [24.0], [1e8]), scanned("liver", [24.0], [-1.0])]
    kidney, lung, liver = solve(curves, prior())
    assert kidney.fitted.region == "kidney"
    assert isinstance(lung, RegionFinding)
    assert "no region 'lung' (it has kidney, liver)" in lung.reason
    assert isinstance(liver, RegionFinding)
    assert "is -1 Bq" in liver.reason


def test_another_ligand_or_nuclide_is_refused():
    population = prior()
    check_prior(population, nuclide="Lu-177", ligand="dota-tate", where="--prior")
    with pytest.raises(InputError, match=r"a prior of PSMA-617, but one of DOTATATE came"):
        check_prior(population, nuclide="Lu-177", ligand="PSMA-617", where="--prior")
    with pytest.raises(InputError, match=r"a prior of Y-90, but one of Lu-177 came"):
        check_prior(population, nuclide="Y-90", ligand="DOTATATE", where="--prior")


def test_covariates_move_the_prior_and_are_asked_for():
    effect = CovariateEffect("egfr", "log", math.log(85.0), np.array([0.0, 0.8, 0.0]))
    population = prior(regions=("kidney",), covariates=(effect,))
    with pytest.raises(InputError, match="the covariate egfr"):
        solve([scanned("kidney", [24.0], [1e8])], population)

    def half_life(egfr):
        use = PriorUse(population, "test", covariates={"egfr": egfr})
        return prior_half_life(use, "kidney", physical_half_life_s=PHYSICAL)

    assert half_life(85.0).value == pytest.approx(math.log(2.0) / (LAM + 0.01) * HOUR, rel=1e-9)
    assert half_life(40.0).value > half_life(85.0).value
    assert 0.1 < half_life(85.0).relative_standard_uncertainty < 0.25


def test_a_prior_of_few_patients_leaves_more_open():
    def spread(patients):
        use = PriorUse(prior(regions=("kidney",), patients=patients), "test")
        return prior_half_life(use, "kidney", physical_half_life_s=PHYSICAL).relative_standard_uncertainty

    assert spread(10**6) < spread(30) < spread(5)
    assert spread(20) == pytest.approx(spread(10**6) * 2.093 / 1.960, rel=0.02)


def test_a_posterior_that_says_nothing_is_a_finding():
    wide = prior(model="mono", regions=("kidney",), between=np.diag([0.0, 1.0]), flat=True, fraction=None)
    (found,) = solve([scanned("kidney", [168.0], [1e6])], wide, administered=None)
    assert isinstance(found, RegionFinding)
    assert "too little is known: the integral lies anywhere from" in found.reason


def test_no_more_in_a_region_than_was_administered():
    """The prior says nothing about the uptake and allows half-lives so short that all of it would not be enough."""
    population = prior(model="mono", regions=("kidney",), between=np.diag([0.0, 0.5]), flat=True, fraction=None)
    curve = scanned("kidney", [96.0], [1e8], calibration=0.0)
    (free,) = solve([curve], population, administered=None)
    (limited,) = solve([curve], population)
    assert limited.interval95_bq_s[1] < 0.7 * free.interval95_bq_s[1]
    assert limited.fitted.amplitudes_bq[0] < 7.4e9 * 1.1


@pytest.mark.parametrize(("times", "seed"), [((24.0,), 1), ((96.0,), 2), ((24.0, 96.0), 3)])
def test_intervals_cover_patients_of_the_prior(times, seed):
    """100 patients, two regions: binomial 3 sigma limits about 95 % of 200 are 90.4 and 99.6 %."""
    rng = np.random.default_rng(seed)
    population = prior(between=_correlated(0.5))
    model, inside = KINETIC_MODELS["uptake-mono"], []
    for theta in rng.multivariate_normal(population.mean, population.between_patients, 100):
        scale = 7.4e7 * math.exp(0.05 * rng.standard_normal())
        curves = []
        for name, own in (("kidney", theta[:3]), ("liver", theta[3:])):
            seen = values(model, own, np.array(times), LAM)[0] * np.exp(0.07 * rng.standard_normal(len(times)))
            curves.append(scanned(name, times, seen * scale))
        for found, own in zip(solve(curves, population), (theta[:3], theta[3:]), strict=True):
            truth = float(integral(model, own, LAM)[0]) * 7.4e7 * HOUR
            low, high = found.interval95_bq_s
            inside.append(low <= truth <= high)
    assert 0.904 <= np.mean(inside) <= 0.996
