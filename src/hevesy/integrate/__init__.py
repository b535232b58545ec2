"""From the activities of a region at the scans to its time-integrated activity."""

from hevesy.integrate.band import confidence_band, evaluate
from hevesy.integrate.choose import DOUBTS
from hevesy.integrate.fit import fit_curve
from hevesy.integrate.propagate import EXPECTED_SCATTER
from hevesy.numerics.fit_uncertainty import Scatter

__all__ = ["DOUBTS", "EXPECTED_SCATTER", "Scatter", "confidence_band", "evaluate", "fit_curve"]
