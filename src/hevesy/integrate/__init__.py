"""From the activities of a region at the scans to its time-integrated activity."""

from hevesy.integrate.band import confidence_band, evaluate
from hevesy.integrate.bayes import PRIOR_DOUBTS, PosteriorCurve, posterior_curves
from hevesy.integrate.bayes_problem import PriorUse, check_prior
from hevesy.integrate.choose import DOUBTS
from hevesy.integrate.fit import fit_curve
from hevesy.integrate.haenscheid import haenscheid_estimate, haenscheid_ratio
from hevesy.integrate.propagate import EXPECTED_SCATTER
from hevesy.integrate.tissue_factors import TissueDoseFactors, tissue_dose_factors, tissue_factor_estimate
from hevesy.numerics.fit_uncertainty import Scatter

__all__ = [
    "DOUBTS",
    "EXPECTED_SCATTER",
    "PRIOR_DOUBTS",
    "PosteriorCurve",
    "PriorUse",
    "Scatter",
    "TissueDoseFactors",
    "check_prior",
    "confidence_band",
    "evaluate",
    "fit_curve",
    "haenscheid_estimate",
    "haenscheid_ratio",
    "posterior_curves",
    "tissue_dose_factors",
    "tissue_factor_estimate",
]
