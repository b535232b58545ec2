"""Mixed-effects models: the kinetics of a cohort of patients, and of each patient within it."""

from hevesy.population.cohort import Cohort, Observation

__all__ = ["Cohort", "Observation"]
