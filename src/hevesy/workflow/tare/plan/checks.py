"""What a plan must not say: territories, tumours, lungs, earlier treatments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from hevesy.errors import StudyFileError
from hevesy.physdata import microspheres
from hevesy.workflow.tare.plan.eligibility import check_eligibility
from hevesy.workflow.tare.plan.plausible import check_plausible
from hevesy.workflow.tare.plan.settings import PlanProduct, TarePlan

_ROUNDING = 1e-6


def check_plan(plan: TarePlan, name: str) -> None:
    """Refuse a plan that contradicts itself or that must not be made.

    Raises
    ------
    StudyFileError
        In one line, with the key.
    """
    _check_names(plan, name)
    _check_territories(plan, name)
    _check_tumours(plan, name)
    _check_permission(plan, name)
    _check_times(plan, name)
    check_plausible(plan, name)
    check_eligibility(plan, name)


def _check_names(plan: TarePlan, name: str) -> None:
    for key, names in (
        ("tumours", [tumour.name for tumour in plan.tumours]),
        ("territories", [territory.position for territory in plan.territories]),
        ("sessions", [session.name for session in plan.sessions]),
        ("products", [microspheres(product.name, f"{name}, products").name for product in plan.products]),
        ("models", list(plan.models)),
        ("rule_sets", list(plan.rule_sets)),
    ):
        for repeated in _repeated(names):
            raise StudyFileError("each name once", f"{repeated!r} came twice", f"{name}, {key}")
    known = {session.name for session in plan.sessions}
    for territory in plan.territories:
        if territory.session not in known:
            raise StudyFileError(
                f"one of the sessions {', '.join(sorted(known))}", f"{territory.session!r} came",
                f"{name}, territories, {territory.position}",
            )  # fmt: skip
    for session in sorted(known - {territory.session for territory in plan.territories}):
        raise StudyFileError("a territory for every session", f"none has {session!r}", f"{name}, sessions")


def _repeated(names: Iterable[object]) -> list[object]:
    return [item for item, count in Counter(names).items() if count > 1]


def _check_territories(plan: TarePlan, name: str) -> None:
    for segment in _repeated(s for territory in plan.territories for s in territory.segments):
        raise StudyFileError("territories that do not overlap", f"segment {segment} came twice", f"{name}, territories")
    perfused = sum(territory.perfused.volume for territory in plan.territories)
    if perfused > plan.liver.volume * (1.0 + _ROUNDING):
        came = f"territories of {perfused:g} ml came for a liver of {plan.liver.volume:g} ml: they overlap or leave it"
        raise StudyFileError("territories within the liver", came, f"{name}, territories")
    volumes = {tumour.name: tumour.volume for tumour in plan.tumours}
    for territory in plan.territories:
        inside = sum(volumes.get(supply.tumour, 0.0) * supply.share for supply in territory.tumours)
        if inside >= territory.perfused.volume:
            came = f"{inside:g} ml of tumour in {territory.perfused.volume:g} ml came"
            raise StudyFileError(
                "a perfused volume larger than its tumours", came, f"{name}, territories, {territory.position}"
            )


def _check_tumours(plan: TarePlan, name: str) -> None:
    shares = {tumour.name: 0.0 for tumour in plan.tumours}
    for territory in plan.territories:
        where = f"{name}, territories, {territory.position}"
        for repeated in _repeated(supply.tumour for supply in territory.tumours):
            raise StudyFileError("each tumour once in a territory", f"{repeated!r} came twice", where)
        for supply in territory.tumours:
            if supply.tumour not in shares:
                raise StudyFileError(f"one of the tumours {', '.join(shares)}", f"{supply.tumour!r} came", where)
            shares[supply.tumour] += supply.share
    for tumour, share in shares.items():
        if share < 1.0 - _ROUNDING:
            what = "outside every territory" if share == 0.0 else f"only {100 * share:g} % inside territories"
            raise StudyFileError("every tumour within the territories", f"{tumour!r} lies {what}", f"{name}, tumours")
        if share > 1.0 + _ROUNDING:
            raise StudyFileError("shares of a tumour up to 1", f"{share:g} came for {tumour!r}", f"{name}, territories")


def _check_permission(plan: TarePlan, name: str) -> None:
    if "voxel" in plan.models and (plan.images is None or plan.images.dose_engine is None):
        missing = "no images" if plan.images is None else "no 'dose_engine' (local or kernel)"
        raise StudyFileError(
            "'images' with a scout and a dose engine for 'voxel'", f"{missing} came", f"{name}, models"
        )
    if plan.lung.mass is None:
        raise StudyFileError(
            "the mass of the lungs, or 'reference' for 1 kg", "none came: no lung dose, no plan", f"{name}, lung.mass"
        )
    if plan.body is None and "body-surface-area" in plan.models:
        raise StudyFileError("height and weight for the body surface area", "none came", f"{name}, body")
    if "one-compartment" in plan.models and not any(product.one_compartment for product in plan.products):
        came = "no product has 'one_compartment' with its reason"
        raise StudyFileError("a reason for one compartment", came, f"{name}, products")
    _check_something_to_plan(plan, name)


def _check_something_to_plan(plan: TarePlan, name: str) -> None:
    ratios = all(supply.ratio != "not-measured" for territory in plan.territories for supply in territory.tumours)
    if not ratios and set(plan.models) <= {"partition"} and not any(one.one_compartment for one in plan.products):
        expected = "a ratio for every tumour, or one compartment with its reason"
        raise StudyFileError(expected, "neither came: nothing to plan", f"{name}, territories")


def _check_times(plan: TarePlan, name: str) -> None:
    treatments = {session.name: session.treatment for session in plan.sessions}
    for product in plan.products:
        where = f"{name}, products, {product.name}"
        for repeated in _repeated(calibration.session for calibration in product.calibrations):
            raise StudyFileError("one calibration for a session", f"{repeated!r} came twice", f"{where}, calibrations")
        _check_readings(product, treatments, where)


def _check_readings(product: PlanProduct, treatments: dict[str, datetime], where: str) -> None:
    """Assayed before the treatment, the residual after it."""
    measured = product.measured
    if measured is None or measured.session not in treatments:
        return
    treatment = treatments[measured.session]
    if measured.assayed.at > treatment:
        came = f"{measured.assayed.at.isoformat()} came after {treatment.isoformat()}"
        raise StudyFileError("an assay before the treatment", came, f"{where}, measured.assayed")
    if measured.residual.at < treatment:
        came = f"{measured.residual.at.isoformat()} came before {treatment.isoformat()}"
        raise StudyFileError("a residual measured after the treatment", came, f"{where}, measured.residual")
