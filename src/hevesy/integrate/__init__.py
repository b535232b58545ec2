"""From the activities of a region at the scans to its time-integrated activity."""

from hevesy.integrate.band import confidence_band, evaluate
from hevesy.integrate.choose import DOUBTS
from hevesy.integrate.drawn_curves import DrawnCurves, draw_curves
from hevesy.integrate.fit import fit_curve
from hevesy.integrate.propagate import EXPECTED_SCATTER
from hevesy.numerics.fit_uncertainty import Scatter

__all__ = [
    "DOUBTS",
    "EXPECTED_SCATTER",
    "DrawnCurves",
    "Scatter",
    "confidence_band",
    "draw_curves",
    "evaluate",
    "fit_curve",
]
