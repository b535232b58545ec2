"""The marginal likelihood: its gradient, and its value against quadrature."""

import numpy as np
import pytest

from hevesy.numerics.kinetic_model import KINETIC_MODELS, values
from hevesy.population import Cohort, Observation, Population, arrange
from hevesy.population.layout import Effect
from hevesy.population.marginal import marginal
from hevesy.population.parameters import coordinates, structure_mask
from hevesy.population.regularise import penalty
from hevesy.population.start import resolved

MODELS = {"kidney": KINETIC_MODELS["uptake-mono"], "liver": KINETIC_MODELS["bi"]}
MEAN = np.array([1.3, -4.6, -1.0, 1.8, -5.4, -2.5, -0.5])


def start(layout, structure):
    n = layout.n_parameters
    half = 0.25 * np.eye(n) + 0.04 * np.tril(np.random.default_rng(3).normal(size=(n, n)))
    covariance = (half @ half.T) * structure_mask(layout, structure)
    cycles = np.full(n, 0.02) if layout.has_occasions else np.zeros(0)
    residual = np.full(len(layout.regions), 0.1)
    return Population(MEAN, np.full(len(layout.effects), 0.1), covariance, cycles, residual)


def in_cycles(cohort):
    """Patients two by two as the cycles of one, the last one alone."""
    return Cohort(
        cohort.nuclide,
        cohort.physical_half_life_h,
        "",
        tuple(
            Observation(str(int(o.patient) // 2), o.region, o.time_h, o.activity, 0.05 * o.activity, o.patient)
            for o in cohort.observations
        ),
    )


@pytest.mark.parametrize(
    ("structure", "cycles"), [("diagonal", False), ("region", False), ("parameter", False), ("full", True)]
)
def test_gradient_is_that_of_differences(cohorts, structure, cycles):
    cohort, _ = cohorts.simulated(1, patients=3)
    cohort = in_cycles(cohort) if cycles else cohort
    n = len(cohort.patients)
    effects = [Effect("size", 1, np.linspace(-1, 1, n)), Effect("age", 4, np.cos(np.arange(n)))]
    layout = arrange(cohort, MODELS, effects, between_cycles=cycles)
    assert sorted(s.n_cycles for s in layout.strata) == ([1, 2] if cycles else [1])
    where = coordinates(layout, start(layout, structure), structure, np.array([0, 1]))
    x = 0.3 * np.random.default_rng(5).normal(size=sum(where.sizes))

    def both(at):
        population = where.population(at)
        found = marginal(layout, population)
        held, by = penalty(layout, population, resolved(layout), fixed_residual=False)
        return found.value + held, where.gradient(at, found.gradient) + where.gradient(at, by)

    _, gradient = both(x)
    step = 1e-4
    slopes = [(both(x + step * e)[0] - both(x - step * e)[0]) / (2 * step) for e in np.eye(x.size)]
    np.testing.assert_allclose(gradient, slopes, atol=2e-4 * max(1.0, np.abs(gradient).max()))


def test_value_is_that_of_quadrature(cohorts):
    """One mono-exponential patient: two parameters, integrated on a grid of six standard deviations."""
    cohort, _ = cohorts.simulated(2, patients=1, means={"liver": cohorts.MEANS["liver"]})
    model = KINETIC_MODELS["mono"]
    layout = arrange(cohort, {"liver": model})
    covariance = np.array([[0.09, 0.02], [0.02, 0.06]])
    population = Population(np.array([1.7, -5.3]), np.zeros(0), covariance, np.zeros(0), np.array([0.1]))
    found = marginal(layout, population)

    grid = np.linspace(-6, 6, 401)
    spread = np.linalg.cholesky(covariance)
    z = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1)
    theta = population.mean + z @ spread.T
    times = np.array([o.time_h for o in cohort.observations])
    logs = np.log([o.activity for o in cohort.observations])
    errors = (logs - np.log(values(model, theta, times, cohorts.RATE)[0])) / 0.1
    density = np.exp(-0.5 * np.sum(errors**2, axis=-1) - 0.5 * np.sum(z**2, axis=-1)) / (2 * np.pi)
    density /= (0.1 * np.sqrt(2 * np.pi)) ** times.size
    exact = -np.log(density.sum() * (grid[1] - grid[0]) ** 2)
    assert found.value == pytest.approx(exact, abs=0.02)  # Laplace's error, with washout hardly curved


def test_modes_do_not_depend_on_where_they_are_sought(cohorts):
    cohort, _ = cohorts.simulated(3, patients=6)
    layout = arrange(cohort, MODELS)
    population = start(layout, "region")
    first = marginal(layout, population)
    moved = tuple(m.theta + 0.1 for m in first.modes)
    again = marginal(layout, population, moved)
    assert again.value == pytest.approx(first.value, abs=1e-9)


def test_unknown_structure(cohorts):
    layout = arrange(cohorts.simulated(1, patients=2)[0], MODELS)
    with pytest.raises(ValueError, match="a structure among"):
        structure_mask(layout, "some")
