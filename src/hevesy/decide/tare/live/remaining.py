r"""How much activity may still be given until the healthy liver is at its limit, and how sure that is.

With energy per activity and mass :math:`k = CF/M`, the next fraction :math:`A` and its share :math:`s` that goes to the
healthy tissue of the treated volume,

.. math:: D(A) = D_0 + k\,(E_H^+ + s A)

The figure is the :math:`A` at which the probability of :math:`D(A) > L` reaches the stated risk. Two shares are looked
at: as so far, :math:`s = E_H^+ / \max(G, E)`, and all of it, :math:`s = 1`.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.decide.tare.live.account import Account
from hevesy.errors import InputError
from hevesy.quantities import Draws, Uncertain, combine, drawn
from hevesy.quantities.draws import log_spread

Floats = NDArray[np.float64]
Assumption = Literal["as-so-far", "all-to-healthy"]
ASSUMPTIONS: tuple[Assumption, ...] = ("as-so-far", "all-to-healthy")
_STEPS = 400
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Standing:
    """Where the treatment stands."""

    account: Account[Uncertain]
    drawn: Account[Floats]
    dose_per_activity: Uncertain
    """Of the treated healthy liver. [Gy/Bq]"""
    earlier_gy: Uncertain
    """Dose to it from before. [Gy]"""
    reading: Uncertain
    """True activity of a fraction over its reading: 1 with the source of the activity meter. [1]"""
    draws: Draws


@dataclass(frozen=True)
class Remaining:
    """What may still be given; net of residual, at its injection."""

    analytic_bq: float
    """To first order; infinite where nothing of it would reach the healthy liver. [Bq]"""
    drawn_bq: float
    """From draws. [Bq]"""

    @property
    def figure_bq(self) -> float:
        """The smaller of the two. [Bq]"""
        return min(self.analytic_bq, self.drawn_bq)


def healthy_dose(standing: Standing, activity_bq: float = 0.0, assumption: Assumption = "all-to-healthy") -> Uncertain:
    """Dose to the treated healthy liver after one more fraction, with its unseen activity at the upper bound. [Gy]

    Parameters
    ----------
    standing
        So far.
    activity_bq
        Of the fraction, as it will be read, net of residual. [Bq]
    assumption
        Where it goes.
    """
    so_far, whole = standing.account.healthy, standing.account.whole
    per, factor = standing.dose_per_activity, standing.reading.value * activity_bq
    share, slopes = 1.0, [(so_far, per.value)]
    if assumption == "as-so-far":
        share = so_far.value / whole.value
        slopes = [
            (so_far, per.value * (1.0 + factor / whole.value)),
            (whole, -per.value * share * factor / whole.value),
        ]
    reached = so_far.value + share * factor
    terms = [*slopes, (per, reached), (standing.reading, per.value * share * activity_bq), (standing.earlier_gy, 1.0)]
    return combine(standing.earlier_gy.value + per.value * reached, terms)


def drawn_healthy_dose(
    standing: Standing, activity_bq: float = 0.0, assumption: Assumption = "all-to-healthy"
) -> Floats:
    """The same, drawn. Shape ``(sample,)``. [Gy]"""
    offset, slope = _line(standing, assumption)
    return offset + slope * activity_bq


def risk_of_exceeding(standing: Standing, limit_gy: float, activity_bq: float, assumption: Assumption) -> float:
    """Probability that the limit [Gy] is exceeded after one more fraction [Bq], drawn."""
    return float(np.mean(drawn_healthy_dose(standing, activity_bq, assumption) > limit_gy))


def remaining_activity(standing: Standing, limit_gy: float, risk: float, assumption: Assumption) -> Remaining:
    """The activity at which the probability of exceeding the limit reaches the risk; zero where it is there already.

    Parameters
    ----------
    standing
        So far.
    limit_gy
        On the treated healthy liver, with the dose from before. [Gy]
    risk
        Above 0, at most 0.5: a probability.
    assumption
        Where the next fraction goes. None allows less than all of it to the healthy liver.

    Raises
    ------
    InputError
        If the risk or the limit is none.
    """
    if not (0.0 < risk <= 0.5 and limit_gy > 0.0):
        raise InputError(
            "a limit above 0 Gy and a risk above 0, at most 0.5", f"{limit_gy:g} Gy, {risk:g} came", "limit"
        )
    offset, slope = _line(standing, assumption)
    with np.errstate(divide="ignore"):
        each = np.where(slope > 0, (limit_gy - offset) / np.where(slope > 0, slope, 1.0), np.inf)
    each = np.where(offset > limit_gy, np.minimum(each, 0.0), each)
    drawn_bq = float(np.quantile(each, risk, method="lower"))
    analytic = max(
        _analytic(standing, limit_gy, risk, one) for one in ASSUMPTIONS if one in {assumption, "all-to-healthy"}
    )
    return Remaining(analytic, max(drawn_bq, 0.0))


def _line(standing: Standing, assumption: Assumption) -> tuple[Floats, Floats]:
    """Dose so far [Gy] and what each becquerel adds [Gy/Bq], drawn; shares lie between 0 and 1."""
    draws, now = standing.draws, standing.drawn
    per = drawn(standing.dose_per_activity, draws)
    earlier = drawn(standing.earlier_gy, draws) if standing.earlier_gy.value > 0 else np.zeros(draws.samples)
    share = np.ones(draws.samples)
    if assumption == "as-so-far":
        share = np.clip(now.healthy / now.whole, 0.0, 1.0)
    return earlier + per * now.healthy, per * share * drawn(standing.reading, draws)


def _analytic(standing: Standing, limit_gy: float, risk: float, assumption: Assumption) -> float:
    """The first activity at which the upper end of the dose meets the limit. [Bq]

    The upper end is that of a log-normal dose with the value as median, as all intervals here.
    """
    if assumption == "as-so-far":
        share = standing.account.healthy.value / standing.account.whole.value
        if share <= 0.0:
            return float("inf")
        if share >= 1.0:
            return 0.0
    slope = healthy_dose(standing, 1.0, assumption).value - healthy_dose(standing, 0.0, assumption).value
    largest = (limit_gy - healthy_dose(standing).value) / slope
    if largest <= 0.0 or _upper(healthy_dose(standing), risk) >= limit_gy:
        return 0.0
    low = 0.0
    for high in np.linspace(0.0, largest, _STEPS)[1:]:
        if _upper(healthy_dose(standing, float(high), assumption), risk) >= limit_gy:
            return _crossing(standing, limit_gy, (low, float(high)), risk, assumption)
        low = float(high)
    return largest


def _crossing(
    standing: Standing, limit_gy: float, between: tuple[float, float], risk: float, assumption: Assumption
) -> float:
    low, high = between
    for _ in range(60):
        middle = 0.5 * (low + high)
        if _upper(healthy_dose(standing, middle, assumption), risk) >= limit_gy:
            high = middle
        else:
            low = middle
    return low


def _upper(dose: Uncertain, risk: float) -> float:
    """The dose that is exceeded with a probability. [Gy]"""
    z = -_NORMAL.inv_cdf(risk)
    if dose.value > 0.0:
        return float(dose.value * np.exp(z * log_spread(dose)))
    return dose.value + z * dose.standard_uncertainty
