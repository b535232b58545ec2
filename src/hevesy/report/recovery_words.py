"""Recovery and resolution in words."""

from __future__ import annotations

from hevesy.report import numbers
from hevesy.report.estimate_model import EstimateModel
from hevesy.report.model import RecoveryModelOut, Results


def recovery_words(method: str) -> str:
    """A recovery method in words; its name where there are none."""
    words = {
        "volume": "the recovery coefficient of the volume v, R(v) = 1 − 1/(1 + (v/b1)^b2)",
        "shape": "recovery by shape (transfer matrix of regions, their surroundings and the rest of the body)",
    }
    return words.get(method, method)


def recovery_text(results: Results) -> str:
    """The sentence of the methods."""
    used = results.recovery
    if used.fwhm_mm is not None:
        return _recovery_by_shape(results)
    if used.b1_ml is None or used.b2 is None:
        return f"Nothing was corrected for partial-volume loss ({used.source})."
    drawn = [region for region in results.regions if region.kind != "remainder"]
    corrected = f"{sum(region.recovery_applied for region in drawn)} of {len(drawn)} drawn"
    span = ""
    if used.smallest_sphere_ml is not None and used.largest_sphere_ml is not None:
        span = (
            f", measured with spheres of {numbers.significant(used.smallest_sphere_ml)} to "
            f"{numbers.significant(used.largest_sphere_ml)} ml; below the smallest nothing was extrapolated"
        )
    return (
        f"The activity of {corrected} regions was divided by {recovery_words(used.method)}, with b1 = "
        f"{numbers.significant(used.b1_ml)} ml and b2 = {numbers.significant(used.b2)} ({used.source}){span}."
    )


def _recovery_by_shape(results: Results) -> str:
    used = results.recovery
    drawn = [region for region in results.regions if region.kind != "remainder"]
    corrected = f"{sum(region.recovery_applied for region in drawn)} of {len(drawn)} drawn"
    return (
        f"The activity of {corrected} regions was corrected for what blur carries out of them and into them by "
        f"{recovery_words(used.method)}, with a {fwhm_words(used)} ({used.source})."
    )


def fwhm_words(used: RecoveryModelOut) -> str:
    """The resolution in words."""
    widths, u = used.fwhm_mm or [], used.fwhm_standard_uncertainty_mm or []
    pairs = zip(widths, u, strict=True)
    shown = [numbers.estimate(EstimateModel(value=w, standard_uncertainty=s, unit="mm")) for w, s in pairs]
    if not used.fwhm_reach_mm:
        return f"resolution of {shown[0]} mm FWHM across and {shown[2]} mm along the axis of rotation"
    return (
        f"resolution of {shown[0]} mm FWHM across and {shown[2]} mm along the axis of rotation at the axis, "
        f"{shown[1]} mm and {shown[3]} mm from {numbers.significant(used.fwhm_reach_mm)} mm outwards"
    )
