"""From the activities of a region at the scans to its time-integrated activity."""

from hevesy.integrate.band import confidence_band, evaluate
from hevesy.integrate.bootstrap import UncertaintyCheck, check_together, check_uncertainty
from hevesy.integrate.choose import BEYOND_PHYSICAL_DECAY, CURVE_MODELS, DOUBTS, TRAPEZOID
from hevesy.integrate.fit import check_curve, fit_curve, integrate_curve
from hevesy.integrate.joint import SHARED, UPTAKE, WASHOUT, Share, fit_together
from hevesy.integrate.propagate import EXPECTED_SCATTER
from hevesy.integrate.settings import FitSettings
from hevesy.numerics.fit_uncertainty import Scatter

__all__ = [
    "BEYOND_PHYSICAL_DECAY",
    "CURVE_MODELS",
    "DOUBTS",
    "EXPECTED_SCATTER",
    "SHARED",
    "TRAPEZOID",
    "UPTAKE",
    "WASHOUT",
    "FitSettings",
    "Scatter",
    "Share",
    "UncertaintyCheck",
    "check_curve",
    "check_together",
    "check_uncertainty",
    "confidence_band",
    "evaluate",
    "fit_curve",
    "fit_together",
    "integrate_curve",
]
