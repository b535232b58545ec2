"""From the activities of a region, or of every voxel, at the scans to the time-integrated activity."""

from hevesy.integrate.band import confidence_band, evaluate
from hevesy.integrate.bayes import PRIOR_DOUBTS, PosteriorCurve, posterior_curves
from hevesy.integrate.bayes_problem import PriorUse, check_prior
from hevesy.integrate.bootstrap import UncertaintyCheck, check_together, check_uncertainty
from hevesy.integrate.choose import BEYOND_PHYSICAL_DECAY, CURVE_MODELS, TRAPEZOID
from hevesy.integrate.choose import DOUBTS as FIT_DOUBTS
from hevesy.integrate.drawn_curves import DrawnCurves, draw_curves
from hevesy.integrate.fit import check_curve, fit_curve, integrate_curve
from hevesy.integrate.haenscheid import HAENSCHEID_DOUBTS, haenscheid_estimate, haenscheid_ratio
from hevesy.integrate.joint import SHARED, UPTAKE, WASHOUT, Share, fit_together
from hevesy.integrate.prior_half_life import half_life_quantiles, prior_half_life
from hevesy.integrate.propagate import EXPECTED_SCATTER
from hevesy.integrate.settings import FitSettings
from hevesy.integrate.tissue_factors import TissueDoseFactors, tissue_dose_factors, tissue_factor_estimate
from hevesy.integrate.voxel_noise import VoxelNoise, noise_uncertainty
from hevesy.integrate.voxelwise import VoxelCurves, VoxelScan, fit_voxelwise
from hevesy.numerics.fit_uncertainty import Scatter

DOUBTS = (*FIT_DOUBTS, *HAENSCHEID_DOUBTS, *PRIOR_DOUBTS)
"""Names of the rows among the candidates that say what is doubtful about a curve."""

__all__ = [
    "BEYOND_PHYSICAL_DECAY",
    "CURVE_MODELS",
    "DOUBTS",
    "EXPECTED_SCATTER",
    "SHARED",
    "TRAPEZOID",
    "UPTAKE",
    "WASHOUT",
    "DrawnCurves",
    "FitSettings",
    "PosteriorCurve",
    "PriorUse",
    "Scatter",
    "Share",
    "TissueDoseFactors",
    "UncertaintyCheck",
    "VoxelCurves",
    "VoxelNoise",
    "VoxelScan",
    "check_curve",
    "check_prior",
    "check_together",
    "check_uncertainty",
    "confidence_band",
    "draw_curves",
    "evaluate",
    "fit_curve",
    "fit_together",
    "fit_voxelwise",
    "haenscheid_estimate",
    "haenscheid_ratio",
    "half_life_quantiles",
    "integrate_curve",
    "noise_uncertainty",
    "posterior_curves",
    "prior_half_life",
    "tissue_dose_factors",
    "tissue_factor_estimate",
]
