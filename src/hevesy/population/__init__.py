"""Mixed-effects models: the kinetics of a cohort of patients, and of each patient within it."""

from hevesy.population.check import PredictiveBin, Residuals, eta_shrinkage, predictive_check, weighted_residuals
from hevesy.population.choose import Candidate, Choices, Chosen, choose_population
from hevesy.population.cohort import Cohort, Observation
from hevesy.population.covariates import CovariateChoice
from hevesy.population.findings import UNITS, population_findings, prior_from_fit, unidentified
from hevesy.population.foce import FitRecord, PopulationFit, Specification, completed, fit_population, search
from hevesy.population.individuals import Individual, Sampling, individuals
from hevesy.population.layout import Layout, arrange
from hevesy.population.parameters import Population
from hevesy.population.saem import search_by_saem
from hevesy.population.uncertainty import PopulationUncertainty, population_uncertainty, standard_errors

__all__ = [
    "UNITS",
    "Candidate",
    "Choices",
    "Chosen",
    "Cohort",
    "CovariateChoice",
    "FitRecord",
    "Individual",
    "Layout",
    "Observation",
    "Population",
    "PopulationFit",
    "PopulationUncertainty",
    "PredictiveBin",
    "Residuals",
    "Sampling",
    "Specification",
    "arrange",
    "choose_population",
    "completed",
    "eta_shrinkage",
    "fit_population",
    "individuals",
    "population_findings",
    "population_uncertainty",
    "predictive_check",
    "prior_from_fit",
    "search",
    "search_by_saem",
    "standard_errors",
    "unidentified",
    "weighted_residuals",
]
