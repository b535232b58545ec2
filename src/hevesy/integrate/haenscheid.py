"""One scan and no half-life: the approximation of Hänscheid."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import FittedCurve, TimeActivityCurve
from hevesy.errors import RegionFinding
from hevesy.integrate.propagate import unseen_uptake_u, visible_scatter
from hevesy.integrate.single_time import log_normal_u, scaled_activity, unseen_scatter
from hevesy.numerics.fit_uncertainty import Scatter
from hevesy.numerics.log_normal import even_points, log_deviation
from hevesy.quantities import Uncertain, exact

Floats = NDArray[np.float64]

HAENSCHEID = "haenscheid"
VALID = (0.75, 2.5)
"""Scan time over half-life within which the approximation holds to 12 %."""
OUTSIDE_VALIDITY = "haenscheid-outside-validity"
UNCHECKED = "haenscheid-validity-unchecked"
HAENSCHEID_DOUBTS = (OUTSIDE_VALIDITY, UNCHECKED)
"""Names of the rows that say what is doubtful about the approximation."""
_SOME = 0.05
"""Probability of lying outside that is said."""


def haenscheid_ratio(time_over_half_life: float | Floats) -> Floats:
    r"""Approximation over the exact integral of a mono-exponential with :math:`x = t/T`. [1]

    .. math:: r(x) = 2 x\, 2^{-x}

    1 at x = 1 and x = 2, at most :math:`2 / (e \ln 2)` = 1.0615 at x = 1/ln 2; 0.892 at 0.75 and 0.884 at 2.5.
    """
    x = np.asarray(time_over_half_life, dtype=np.float64)
    result: Floats = 2.0 * x * np.exp2(-x)
    return result


def haenscheid_estimate(
    curve: TimeActivityCurve, scatter: Scatter, *, longest_s: float, expected_half_life_s: Uncertain | None = None
) -> FittedCurve:
    r"""Time-integrated activity from one activity alone.

    .. math:: \tilde A \approx A(t)\, \frac{2 t}{\ln 2}

    The error of the approximation is part of ``fit:<region>``: its log-normal 95 % interval holds :math:`1/r` for 95 %
    of the half-lives that are expected, or, where nobody expects any, of those that the range of validity allows
    (log-uniform).

    Parameters
    ----------
    curve
        One point.
    scatter
        Expected between scans.
    longest_s
        Physical half-life: the shortest time over half-life that can be. [s]
    expected_half_life_s
        Half-life that a population or an earlier cycle lets expect, with its spread: it decides about validity. [s]

    Returns
    -------
    The mono-exponential of that integral with the expected half-life; with the scan time as half-life where nobody
    expects any, which says nothing about the patient.

    Raises
    ------
    RegionFinding
        If the scan time does not lie between 0.75 and 2.5 expected half-lives, or lies after 2.5 physical ones.

    References
    ----------
    .. [1] H. Hänscheid et al., Dose mapping after endoradiotherapy with 177Lu-DOTATATE/DOTATOC by a single measurement
       after 4 days, J. Nucl. Med. 59 (2018) 75 (*unconfirmed*: the paper was not at hand)
    """
    (point,) = curve.points
    scatter = visible_scatter(curve, scatter)
    half_lives, notices = _half_lives(point.time_s, longest_s, expected_half_life_s)
    factor = 2.0 * point.time_s / math.log(2.0)
    model_u = math.hypot(
        log_normal_u(1.0 / haenscheid_ratio(point.time_s / half_lives)),
        unseen_scatter(point.activity, scatter),
        unseen_uptake_u(2.0, point.time_s, scatter) / factor,
    )
    shown = expected_half_life_s or exact(point.time_s)
    return scaled_activity(curve, HAENSCHEID, factor, {f"fit:{curve.region}": model_u}, shown, notices)


def _half_lives(
    time_s: float, longest_s: float, expected: Uncertain | None
) -> tuple[Floats, tuple[tuple[str, str], ...]]:
    """Half-lives that may be, of equal probability, and what is doubtful about the scan time."""
    hours = time_s / 3600.0
    if expected is None:
        if time_s > VALID[1] * longest_s:
            raise RegionFinding(f"scan after {hours:.4g} h: later than 2.5 half-lives of any length possible")
        reach = max(VALID[0], time_s / longest_s), VALID[1]
        lives = time_s / np.geomspace(*reach, 2001)
        return lives, ((UNCHECKED, f"holds only if the half-life lies between {hours / 2.5:.3g} and "
                                   f"{hours / 0.75:.3g} h, which nothing here says"),)  # fmt: skip
    central = time_s / expected.value
    if not VALID[0] <= central <= VALID[1]:
        raise RegionFinding(f"scan after {hours:.4g} h is {central:.2f} expected half-lives: outside 0.75 to 2.5")
    lives = even_points(expected.value, log_deviation(expected.relative_standard_uncertainty), upper=longest_s)
    ratio = time_s / lives
    outside = float(np.mean((ratio < VALID[0]) | (ratio > VALID[1])))
    if outside <= _SOME:
        return lives, ()
    return lives, ((OUTSIDE_VALIDITY, f"with a probability of {outside:.0%} the half-life is one for which the "
                                      f"approximation does not hold"),)  # fmt: skip
