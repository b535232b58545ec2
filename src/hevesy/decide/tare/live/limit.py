"""The limit on the healthy liver that steers a treatment in fractions: whether it may be used, and where it holds."""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.errors import InputError
from hevesy.physdata import dose_rules, trial_limits
from hevesy.physdata.microsphere_rules import TrialLimit

_VOLUME = "normal_perfused"
_ROUNDING = 1e-6


@dataclass(frozen=True)
class LiveLimit:
    """A limit that may be used."""

    dose_gy: float
    """Mean absorbed dose to the healthy tissue of the treated volume. [Gy]"""
    treated_share: float
    """Of the liver volume with tumours that may be treated at most. [1]"""
    risk: float
    """Probability of exceeding the limit that is accepted. [1]"""
    trial: str | None
    sources: tuple[str, ...]


@dataclass(frozen=True)
class VolumeCondition:
    """Whether the limit holds for what is treated."""

    treated_ml: float
    """Liver in the treated volume, tumours included. [ml]"""
    liver_ml: float
    """[ml]"""
    outside_share: float
    """Of the activity seen in the liver that lies outside the treated volume. [1]"""
    largest_share: float
    """Of the liver volume. [1]"""
    largest_outside: float
    """Share of the activity outside above which the treated volume is not known. [1]"""

    @property
    def treated_share(self) -> float:
        """Treated volume over liver volume. [1]"""
        return self.treated_ml / self.liver_ml

    @property
    def reason_against(self) -> str | None:
        """Why the limit cannot be used; None where it can."""
        if self.treated_share > self.largest_share + _ROUNDING:
            return (
                f"the limit holds for at most {self.largest_share:.1%} of the liver volume, and "
                f"{self.treated_share:.1%} is treated: its source says nothing for more"
            )
        if self.outside_share > self.largest_outside:
            return (
                f"{self.outside_share:.1%} of the activity seen lies in the liver outside the treated volume: how much "
                "of the liver is treated is not known"
            )
        return None


def live_limit(product: str, dose_gy: float, treated_share: float, *, risk: float, trial: str | None) -> LiveLimit:
    """Check a stated limit against the product's own and the trial's.

    Parameters
    ----------
    product
        Key of the product.
    dose_gy, treated_share
        Of the limit, and its volume condition as a share of the liver. [Gy], [1]
    risk
        Accepted probability of exceeding it.
    trial
        Name of the trial; None outside one.

    Raises
    ------
    InputError
        If it is above the product's own outside a trial, or is none of the levels of a trial that is known, or allows
        more of the liver.
    """
    own, source = _own(product)
    known = _known(trial) if trial is not None else None
    if trial is None and dose_gy > own + _ROUNDING:
        expected = f"a limit of at most the product's own {own:g} Gy, or the name of a trial"
        raise InputError(expected, f"{dose_gy:g} Gy came outside a trial", "limit")
    if known is not None:
        _check_trial(known, product, dose_gy, treated_share)
    sources = (source, *((known.source.text,) if known is not None else ()))
    return LiveLimit(dose_gy, treated_share, risk, trial, sources)


def _known(name: str) -> TrialLimit | None:
    """The limits of a trial by its name, whatever its letters' case; None for one that the table does not have."""
    wanted = name.strip().casefold()
    return next((one for one in trial_limits() if one.trial.casefold() == wanted and one.volume == _VOLUME), None)


def _check_trial(trial: TrialLimit, product: str, dose_gy: float, treated_share: float) -> None:
    if product != trial.product:
        raise InputError(f"the product of {trial.trial}, {trial.product}", f"{product} came", "limit.trial")
    if all(abs(dose_gy - level) > _ROUNDING for level in trial.doses_gy):
        levels = ", ".join(f"{level:g}" for level in trial.doses_gy)
        raise InputError(f"one of the levels of {trial.trial}, {levels} Gy", f"{dose_gy:g} Gy came", "limit")
    if treated_share > trial.perfused_share_to + _ROUNDING:
        expected = f"at most {trial.perfused_share_to:.1%} of the liver volume in {trial.trial}"
        raise InputError(expected, f"{treated_share:.1%} came", "limit.treated_share_at_most")


def _own(product: str) -> tuple[float, str]:
    """The product's own limit on the normal tissue of the perfused volume. [Gy]"""
    rules = [one for one in dose_rules() if one.product == product and not one.target and one.volume == _VOLUME]
    if not rules:
        raise InputError(
            "a product with a limit on the normal tissue of the perfused volume", f"{product} came", "product"
        )
    least = min(rules, key=lambda one: one.dose_gy)
    return least.dose_gy, least.source.text
