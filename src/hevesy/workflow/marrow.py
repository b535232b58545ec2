"""Absorbed dose to red marrow, from blood and from images, with what the rest of the body adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from hevesy.domain import FittedCurve, Progress, Tail, TimeActivityCurve, silent
from hevesy.errors import InputError, RegionFinding
from hevesy.integrate import DOUBTS, EXPECTED_SCATTER, Scatter, fit_curve
from hevesy.physdata import Emissions, material
from hevesy.quantify import marrow_concentration
from hevesy.quantities import AbsorbedDose, Uncertain, combine, exact, multiply_powers, scaled, total
from hevesy.transport import absorbed_dose
from hevesy.transport.kernels import EnergyUncertainty
from hevesy.transport.organs import (
    REMAINDER,
    MarrowSValues,
    Settings,
    SourceTerm,
    marrow_cross_dose,
    marrow_s_values,
    marrow_self_dose,
    organ_s_values,
    organ_source_term,
    stylised_anatomy,
    with_decay_data,
)

RED_MARROW = "Red_marrow"
TOTAL_BODY = "Total_body"
Way = Literal["blood", "image"]
_NEGATIVE = 2.0
"""Standard uncertainties by which organs may hold more than the whole body before it is a contradiction."""
_DIFFERENT = 2.0
"""Standard uncertainties of their ratio from which two estimates are said to differ."""


@dataclass(frozen=True)
class Course:
    """One fitted time course; where ``fitted`` is None, ``reason`` says why."""

    measured: TimeActivityCurve
    fitted: FittedCurve | None
    reason: str | None = None
    findings: tuple[str, ...] = ()


def follow(
    measured: TimeActivityCurve,
    half_life_s: float,
    *,
    model: str = "auto",
    tail: Tail | None = None,
    scatter: float = EXPECTED_SCATTER.relative,
) -> Course:
    """Fit a curve of blood or of the whole body; what its data cannot support becomes the reason.

    Raises
    ------
    InputError
        If the model is unknown, or a stated half-life is longer than the physical one.
    """
    expected = Scatter(scatter, EXPECTED_SCATTER.degrees_of_freedom)
    try:
        fitted = fit_curve(measured, physical_half_life_s=half_life_s, model=model, tail=tail, scatter=expected)
    except RegionFinding as finding:
        reason = f"{measured.region}: {finding.reason}"
        return Course(measured, None, reason, (reason,))
    doubts = tuple(f"{measured.region}: {why}" for name, _, why in fitted.candidates if name in DOUBTS)
    return Course(measured, fitted, None, doubts)


@dataclass(frozen=True)
class BloodMarrow:
    """What the blood says about marrow."""

    course: Course
    ratio: Uncertain
    """Red marrow to blood, by volume."""


@dataclass(frozen=True)
class ImageMarrow:
    """What a region of known marrow on the images says."""

    region: str
    activity_bq_s: Uncertain | None
    """Time-integrated; None where its curve had no integral. [Bq s]"""
    fraction: Uncertain
    """Share of all red marrow that lies in the region."""


@dataclass(frozen=True)
class Body:
    """The phantom, and what is known of the patient's body."""

    phantom: str
    body_kg: float
    marrow_kg: Uncertain | None = None
    """Stated; that of the phantom by body mass where None. [kg]"""
    marrow_relative_uncertainty: float | None = None
    """Of a marrow mass scaled by body mass; None where it is not stated."""
    scope: str = "scaled"

    def marrow_mass(self, s_values: MarrowSValues) -> Uncertain:
        """Mass of the patient's red marrow. [kg]"""
        if self.marrow_kg is not None:
            return self.marrow_kg
        mass = s_values.marrow_kg * self.body_kg / s_values.body_kg
        return Uncertain(mass, {f"marrow-mass:{self.scope}": (self.marrow_relative_uncertainty or 0.0) * mass})

    @property
    def mass_uncertainty_stated(self) -> bool:
        """Whether the mass of the marrow carries an uncertainty."""
        stated = self.marrow_kg is not None and bool(self.marrow_kg.components)
        return stated or (self.marrow_kg is None and self.marrow_relative_uncertainty is not None)


@dataclass(frozen=True)
class SourceOrgan:
    """A region whose decays irradiate marrow: what it is on the phantom, and how many they are."""

    region: str
    target: str
    """Name on the phantom, or ``remainder``."""
    activity_bq_s: Uncertain | None
    """Time-integrated; None where its curve had no integral. [Bq s]"""


@dataclass(frozen=True)
class SValueChoice:
    """What decays, and with how much effort S values are computed."""

    emissions: Emissions
    energies: EnergyUncertainty | None = None
    """Uncertainty of the decay data; None for emissions that were given."""
    settings: Settings = field(default_factory=lambda: Settings(photon_histories=100_000))
    voxel_mm: float = 3.0
    """Edge of the voxels that photons move in. [mm]"""

    @cached_property
    def term(self) -> SourceTerm:
        """What a decay emits, made ready for organs."""
        return organ_source_term(self.emissions, self.settings.seed)


@dataclass(frozen=True)
class MarrowRequest:
    """All that the absorbed dose to marrow is made from."""

    decays: SValueChoice
    body: Body
    blood: BloodMarrow | None = None
    image: ImageMarrow | None = None
    whole_body: Course | None = None
    organs: tuple[SourceOrgan, ...] = ()


@dataclass(frozen=True)
class MarrowDose:
    """Absorbed dose to red marrow by one way of finding its activity."""

    way: Way
    activity_bq_s: Uncertain
    """Time-integrated, in all red marrow. [Bq s]"""
    own: Mapping[str, Uncertain]
    """From its own activity: by radiation, and ``all``. [Gy]"""
    cross: Mapping[str, Uncertain]
    """By source. [Gy]"""
    remainder_bq_s: Uncertain | None
    """Time-integrated activity of the rest of the body. [Bq s]"""
    absorbed_dose: AbsorbedDose


@dataclass(frozen=True)
class MarrowResult:
    """Absorbed doses to red marrow; a way without a value has its reason."""

    mass_kg: Uncertain
    doses: Mapping[Way, MarrowDose]
    reasons: Mapping[Way, str]
    ratio: Uncertain | None
    """Image-based over blood-based absorbed dose."""
    findings: tuple[str, ...]
    s_values: MarrowSValues

    @property
    def best(self) -> MarrowDose | None:
        """The blood-based dose, or the image-based one where there is no other."""
        return self.doses.get("blood", self.doses.get("image"))


def marrow_dose(request: MarrowRequest, progress: Progress = silent) -> MarrowResult:
    r"""Absorbed dose to red marrow by every way that was asked for.

    .. math:: D = \tilde A_\mathrm{RM}\, S(\mathrm{RM} \leftarrow \mathrm{RM})
              + \sum_h \tilde A_h\, S(\mathrm{RM} \leftarrow h)
              + \tilde A_\mathrm{rest}\, S(\mathrm{RM} \leftarrow \mathrm{rest}), \qquad
              \tilde A_\mathrm{rest} = \tilde A_\mathrm{WB} - \tilde A_\mathrm{RM} - \sum_h \tilde A_h

    Parameters
    ----------
    request
        What is known.
    progress
        Told how far the S values are.

    Raises
    ------
    InputError
        If the phantom or a region of it is unknown, two source regions meet, or a mass is out of range.

    References
    ----------
    .. [1] C. Hindorf et al., Eur. J. Nucl. Med. Mol. Imaging 37 (2010) 1238, doi:10.1007/s00259-010-1422-4
    """
    if request.blood is None and request.image is None:
        raise InputError("blood samples, or a region of known marrow on the images", "neither came", "marrow")
    decays = request.decays
    anatomy = stylised_anatomy(request.body.phantom, decays.voxel_mm)
    sources, findings = _sources(request)
    s_values = marrow_s_values(
        anatomy,
        decays.term,
        decays.settings,
        tuple(sources),
        with_remainder=_whole_body(request) is not None,
        energies=decays.energies,
        progress=progress,
    )
    named = {anatomy.region(name, "organs").name: activity for name, activity in sources.items()}
    mass = request.body.marrow_mass(s_values)
    doses: dict[Way, MarrowDose] = {}
    reasons: dict[Way, str] = {}
    for way in _ways(request):
        try:
            doses[way] = _one_way(way, request, named, mass, s_values)
        except RegionFinding as finding:
            reasons[way] = finding.reason
    ratio, difference = _compared(doses)
    findings = (*findings, *_missing(request), *_mass_findings(request, doses), *difference, *reasons.values())
    return MarrowResult(mass, doses, reasons, ratio, tuple(dict.fromkeys(findings)), s_values)


def _ways(request: MarrowRequest) -> list[Way]:
    return [*(["blood"] if request.blood else []), *(["image"] if request.image else [])]  # type: ignore[list-item]


def _whole_body(request: MarrowRequest) -> Uncertain | None:
    course = request.whole_body
    return None if course is None or course.fitted is None else course.fitted.time_integrated_activity


def _sources(request: MarrowRequest) -> tuple[dict[str, Uncertain], tuple[str, ...]]:
    """Time-integrated activity of each region of the phantom, and regions left in the rest of the body."""
    found: dict[str, list[Uncertain]] = {}
    findings = []
    for organ in request.organs:
        if organ.activity_bq_s is None:
            findings.append(
                f"{organ.region} has no time-integrated activity: it counts as part of the rest of the body"
            )
        elif organ.target != REMAINDER:
            found.setdefault(organ.target, []).append(organ.activity_bq_s)
    return {name: total(parts) for name, parts in found.items()}, tuple(findings)


def _one_way(
    way: Way, request: MarrowRequest, sources: Mapping[str, Uncertain], mass: Uncertain, s_values: MarrowSValues
) -> MarrowDose:
    activity = _from_blood(request.blood, mass) if way == "blood" else _from_image(request.image)
    own = marrow_self_dose(activity, mass, s_values)
    whole = _whole_body(request)
    rest = None if whole is None else _rest(whole, [activity, *sources.values()])
    activities = {**sources, **({} if rest is None else {REMAINDER: rest})}
    cross = marrow_cross_dose(activities, request.body.body_kg, s_values)
    return MarrowDose(way, activity, own, cross, rest, AbsorbedDose(total([own["all"], *cross.values()])))


def _from_blood(blood: BloodMarrow | None, mass: Uncertain) -> Uncertain:
    if blood is None or blood.course.fitted is None:
        raise RegionFinding((blood.course.reason if blood else None) or "no blood samples")
    density = material("red marrow").density_g_ml
    concentration = marrow_concentration(blood.course.fitted.time_integrated_activity, blood.ratio, density)
    return multiply_powers((concentration, 1.0), (mass, 1.0))


def _from_image(image: ImageMarrow | None) -> Uncertain:
    if image is None or image.activity_bq_s is None:
        raise RegionFinding(f"{image.region if image else 'no region'} has no time-integrated activity")
    return multiply_powers((image.activity_bq_s, 1.0), (image.fraction, -1.0))


def _rest(whole: Uncertain, parts: list[Uncertain]) -> Uncertain:
    """The whole body less the parts; what they share stays shared."""
    rest = combine(whole.value - sum(p.value for p in parts), [(whole, 1.0), *((p, -1.0) for p in parts)])
    if rest.value < -_NEGATIVE * rest.standard_uncertainty or (rest.value < 0 and not rest.components):
        raise RegionFinding(
            f"marrow and organs hold more ({(whole.value - rest.value) / 3.6e12:.4g} GBq h) than the whole body "
            f"({whole.value / 3.6e12:.4g} GBq h)"
        )
    return rest


def _missing(request: MarrowRequest) -> tuple[str, ...]:
    course = request.whole_body
    if course is None:
        return ("no whole-body curve: the dose from the rest of the body is not in the marrow's",)
    if course.fitted is None:
        return (f"the dose from the rest of the body is not in the marrow's: {course.reason}",)
    return ()


def _mass_findings(request: MarrowRequest, doses: Mapping[Way, MarrowDose]) -> tuple[str, ...]:
    if request.body.mass_uncertainty_stated or "blood" not in doses:
        return ()
    dose = doses["blood"]
    own = dose.own
    photon = own["photon"].value if "photon" in own else 0.0
    share = photon / 3.0 / dose.absorbed_dose.value
    return (
        "the uncertainty of the marrow's mass is not stated and not in the budget; the blood-based dose changes by "
        f"{share:.2g} % for 1 % of it",
    )


def _compared(doses: Mapping[Way, MarrowDose]) -> tuple[Uncertain | None, tuple[str, ...]]:
    """Image over blood, and whether they differ."""
    if len(doses) < 2:
        return None, ()
    image, blood = doses["image"].absorbed_dose.estimate, doses["blood"].absorbed_dose.estimate
    ratio = multiply_powers((image, 1.0), (blood, -1.0))
    apart = (image.value - blood.value) / (combine(0.0, [(image, 1.0), (blood, -1.0)]).standard_uncertainty or 1.0)
    words = "differ" if abs(apart) > _DIFFERENT else "agree"
    return ratio, (
        f"image-based and blood-based marrow doses {words}: {image.value:.3g} and {blood.value:.3g} Gy, "
        f"{abs(apart):.1f} standard uncertainties of their difference apart",
    )


def whole_body_dose(course: Course, body: Body, decays: SValueChoice) -> AbsorbedDose | None:
    r"""Mean absorbed dose to the whole body from the activity in it; None without its integral.

    .. math:: D = \tilde A_\mathrm{WB} \left[S_\mathrm{charged} \frac{M_0}{M}
              + S_\mathrm{photon} \left(\frac{M_0}{M}\right)^{2/3}\right]

    The activity is taken as even over the phantom's body.

    Raises
    ------
    InputError
        If the phantom is unknown, or the mass is not within a fifth to five times the phantom's.
    """
    if course.fitted is None:
        return None
    anatomy = stylised_anatomy(body.phantom, decays.voxel_mm)
    values = organ_s_values(anatomy, TOTAL_BODY, decays.term, decays.settings, source_mass_kg=body.body_kg)
    value = next(v for v in values if v.target == TOTAL_BODY)
    s_value = value.value if decays.energies is None else with_decay_data(value, decays.energies).value
    return absorbed_dose(course.fitted.time_integrated_activity, s_value)


def per_activity(dose: Uncertain, administered: Uncertain) -> Uncertain:
    """Absorbed dose per administered activity. [Gy/GBq]"""
    return scaled(multiply_powers((dose, 1.0), (administered, -1.0)), 1e9)


def stated_scale(value: float, relative_u: float | None, source: str) -> Uncertain:
    """A scale of which the relative standard uncertainty may not be stated."""
    return exact(value) if not relative_u else Uncertain(value, {source: relative_u * value})
