"""Calibration, dead time and decay while counting in the methods text."""

from __future__ import annotations

from hevesy.report import numbers
from hevesy.report.estimate_model import EstimateModel
from hevesy.report.model import CalibrationModel, DeadTimeOut

_EVENTS = {
    "all-energies": "all events of the detector",
    "window": "the events of the energy window",
}


def calibration_words(used: CalibrationModel) -> str:
    """How counts became activity, what was lost to dead time, and what was done about decay while counting."""
    dead_time = _dead_time(used.dead_time) if used.dead_time else ""
    parts = [_factor(used), dead_time, _decay(used.decay_while_counting), _check(used)]
    return " ".join(part for part in parts if part)


def _factor(used: CalibrationModel) -> str:
    if used.factor_cps_per_bq.value is None:
        reason = used.factor_cps_per_bq.reason or f"method {used.method}"
        return f"No calibration factor was applied: {reason} ({used.source})."
    factor = numbers.estimate(used.factor_cps_per_bq, 1e6)
    return (
        f"Counts were turned into activity with a calibration factor of {factor} counts per second and MBq, from: "
        f"{used.source}. Its error is one and the same for all regions and scans."
    )


def _check(used: CalibrationModel) -> str:
    ratio = used.whole_body_check
    if ratio is None:
        return ""
    return (
        "As a check, all that the calibrated images show was compared with what has to be there "
        f"({used.whole_body_check_source}): it is {numbers.estimate(ratio)} times as much. Nothing was changed for it."
    )


def _dead_time(used: DeadTimeOut) -> str:
    factors = ", ".join(loss_words(factor) for factor in used.loss_factors)
    own = used.calibration_loss_factor
    calibration = f"; the acquisition of the calibration by {loss_words(own)}" if own is not None else ""
    fit = ""
    if used.chi_square is not None:
        fit = f", chi-square {numbers.significant(used.chi_square)} for {used.degrees_of_freedom} degrees of freedom"
    branch = " (lower branch)" if used.model == "paralysable" else ""
    return (
        f"The counts of each scan were multiplied for dead time by {factors} in the order of the scans{calibration}: a "
        f"{used.model} detector{branch} with a dead time of {numbers.estimate(used.dead_time_us)} µs "
        f"({used.source}{fit}), at the mean detected count rate of {_EVENTS.get(used.events, used.events)}."
    )


def loss_words(factor: EstimateModel) -> str:
    """A factor for dead time, with its standard uncertainty."""
    return numbers.estimate(factor)


def _decay(told: list[str]) -> str:
    different = list(dict.fromkeys(told))
    if not different:
        return ""
    if len(different) == 1:
        return f"Decay during the acquisition of each scan: {different[0]}."
    listed = "; ".join(f"scan {n}, {words}" for n, words in enumerate(told, start=1))
    return f"Decay during the acquisition: {listed}."
