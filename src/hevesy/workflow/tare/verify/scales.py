"""The two scales of a therapy image: by the delivered activity and by the camera; and the scout taken away first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.align import compose
from hevesy.decide.tare import delivered_activity
from hevesy.domain import Finding
from hevesy.errors import AdministrationError, ScaleError
from hevesy.numerics.decay import remaining
from hevesy.physdata import microspheres, nuclide
from hevesy.quantify import ScaleDifference, scale_difference, self_calibration
from hevesy.quantities import Uncertain
from hevesy.workflow.tare.images.read import EmissionSettings, PatientImages, emission_on, load_emission
from hevesy.workflow.tare.verify.image import ShownActivity
from hevesy.workflow.tare.verify.regions import DrawnParts, SeenParts
from hevesy.workflow.tare.verify.settings import NUCLIDES, RemainingScout, TareVerification

Floats = NDArray[np.float64]
_HALF = 0.5


@dataclass(frozen=True)
class WithoutScout:
    """The image of the therapy alone."""

    values: Floats
    """Shape ``(z, y, x)``."""
    share: float
    """Of what the image shows, what the scout was."""
    scout: Floats | None
    """Share of the scout's activity in every voxel; None where it lies as the therapy does or there is none."""
    inputs: tuple[Path, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Scales:
    """Activity at the administration for a unit that the image shows."""

    delivered_bq: Uncertain
    """[Bq]"""
    shown: float
    """Sum of the image where the delivered activity is taken to show. [unit ml]"""
    own: Uncertain
    """By self-calibration. [Bq/(unit ml)]"""
    absolute: Uncertain | None
    """By the camera's calibration. [Bq/(unit ml)]"""
    difference: ScaleDifference | None


def delivered(settings: TareVerification) -> Uncertain:
    """Activity that reached the patient, at the treatment. [Bq]

    Raises
    ------
    InputError
        If the product is unknown or has another nuclide than the image, or more was left than there was.
    """
    product, given = microspheres(settings.product, "product"), settings.treatment
    name = NUCLIDES[settings.therapy.modality]
    if product.nuclide != name:
        came = f"{settings.therapy.modality} came"
        raise AdministrationError(f"an image of {product.nuclide}, as {product.name} has", came, "therapy.modality")
    before, left = given.assayed, given.residual
    value = delivered_activity(name, (before.activity, before.at), (left.activity, left.at), given.at)
    return Uncertain(value, {"delivered:activity": value * given.relative_standard_uncertainty})


def without_scout(
    settings: TareVerification, shown: ShownActivity, images: PatientImages, folder: Path, given_bq: float
) -> WithoutScout:
    """Take away what remains of a radioactive scout.

    Its share of the image is that of its remaining activity; it lies where its own image shows it, or as the therapy
    does.

    Parameters
    ----------
    settings, shown, images, folder
        The file, the therapy image, and where others lie.
    given_bq
        Activity delivered, at the treatment. [Bq]
    """
    stated = settings.scout
    if stated == "none":
        return WithoutScout(shown.values, 0.0, None, (), ())
    share = _scout_share(settings, stated, given_bq)
    words = f"{share:.2%} of what the therapy image shows is what remains of the scout and is taken away"
    if stated.distribution == "as-therapy":
        told = Finding("scout-subtracted", f"{words}, taken to lie as the therapy does")
        return WithoutScout(shown.values * (1.0 - share), share, None, (), (told,))
    asked = EmissionSettings(series=stated.distribution.series, values="relative")
    scout = load_emission(asked, images, folder, "scout.distribution")
    here = np.maximum(emission_on(shown.grid, scout, compose(shown.to_ct, scout.to_ct.inverse())), 0.0)
    if not here.sum() > 0:
        raise ScaleError("a scout that shows activity", "none came in the field of the therapy image", "scout")
    parts = here / here.sum()
    told = Finding("scout-subtracted", f"{words}, where its own image shows it")
    left = shown.values - share * float(shown.values.sum()) * parts
    return WithoutScout(left, share, parts, scout.inputs, (*scout.findings, told))


def _scout_share(settings: TareVerification, stated: RemainingScout, given_bq: float) -> float:
    start, half_life = settings.therapy.start, nuclide(NUCLIDES[settings.therapy.modality]).half_life_s
    if stated.at > settings.treatment.at:
        raise AdministrationError("a scout before the treatment", f"{stated.at.isoformat()} came", "scout.at")
    scout = stated.delivered_activity * remaining(half_life, (start - stated.at).total_seconds())
    therapy = given_bq * remaining(half_life, (start - settings.treatment.at).total_seconds())
    return scout / (scout + therapy)


def scout_shares(
    settings: TareVerification, image: WithoutScout, shares: Mapping[str, Floats]
) -> tuple[Uncertain, dict[str, float] | None] | None:
    """Activity of a scout at its administration, and what share of it lies in each volume. [Bq]

    Returns
    -------
    None without a scout; no shares where it lies as the therapy does.
    """
    stated = settings.scout
    if stated == "none":
        return None
    unsure = stated.delivered_activity * stated.relative_standard_uncertainty
    activity = Uncertain(stated.delivered_activity, {"scout:activity": unsure})
    if image.scout is None:
        return activity, None
    return activity, {key: float((image.scout * part).sum()) for key, part in shares.items()}


def settle_scales(
    settings: TareVerification, drawn: DrawnParts, shown: ShownActivity, seen: SeenParts, image: WithoutScout
) -> Scales:
    """Both scales and how they differ.

    Raises
    ------
    ScaleError
        If the image shows nothing where the activity should be.
    """
    given = delivered(settings)
    within = _summed(settings, drawn)
    total = float(image.values[within].sum()) * drawn.grid.voxel_volume_ml
    outside = settings.therapy.outside
    stated = Uncertain(outside.value, {"outside:field": outside.standard_uncertainty})
    elsewhere = seen.elsewhere if settings.therapy.summed == "field-of-view" else 0.0
    own = _with_scout(self_calibration(given, stated, total, elsewhere), settings, image.share)
    absolute = shown.absolute if shown.absolute is None else _with_scout(shown.absolute, settings, image.share)
    difference = None if absolute is None else scale_difference(absolute, own)
    return Scales(given, total, own, absolute, difference)


def _with_scout(scale: Uncertain, settings: TareVerification, share: float) -> Uncertain:
    """The scale with what the scout's activity leaves uncertain of the therapy's share."""
    if settings.scout == "none":
        return scale
    unsure = scale.value * share * settings.scout.relative_standard_uncertainty
    return Uncertain(scale.value, {**scale.components, "scout:activity": -unsure})


def _summed(settings: TareVerification, drawn: DrawnParts) -> NDArray[np.bool_]:
    if settings.therapy.summed == "field-of-view":
        return np.ones(drawn.grid.shape, dtype=np.bool_)
    inside = (drawn.shares.liver >= _HALF) | (drawn.lung >= _HALF)
    sx, sy, sz = drawn.grid.spacing_mm
    far = ndimage.distance_transform_edt(~inside, sampling=(sz, sy, sx))
    return np.asarray(far <= (settings.therapy.margin or 0.0))


def scale_findings(scales: Scales) -> tuple[Finding, ...]:
    """What the difference of the two scales says: always told, blocking where stated uncertainties do not cover it."""
    if scales.difference is None:
        return (Finding("no-absolute-calibration", "the image has no absolute calibration to compare with"),)
    ratio, zeta = scales.difference.ratio, scales.difference.zeta
    words = (
        f"absolute calibration over self-calibration is {ratio.value:.3f} with a standard uncertainty of "
        f"{ratio.standard_uncertainty:.3f}: a difference of {ratio.value - 1.0:+.1%}, {abs(zeta):.1f} standard "
        "uncertainties"
    )
    code = {"agrees": "calibration-difference", "doubtful": "calibration-doubtful"}
    verdict = scales.difference.verdict
    return (Finding(code.get(verdict, "calibration-mismatch"), words, blocking=verdict == "disagrees"),)
