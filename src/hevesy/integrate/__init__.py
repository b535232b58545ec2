"""From the activities of a region at the scans to its time-integrated activity."""

from hevesy.integrate.band import confidence_band, evaluate
from hevesy.integrate.choose import CURVE_MODELS, DOUBTS
from hevesy.integrate.fit import check_curve, fit_curve, integrate_curve
from hevesy.integrate.propagate import EXPECTED_SCATTER
from hevesy.integrate.settings import FitSettings
from hevesy.numerics.fit_uncertainty import Scatter

__all__ = [
    "CURVE_MODELS",
    "DOUBTS",
    "EXPECTED_SCATTER",
    "FitSettings",
    "Scatter",
    "check_curve",
    "confidence_band",
    "evaluate",
    "fit_curve",
    "integrate_curve",
]
