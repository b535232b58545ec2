"""A plan file in, a side-by-side comparison of products and models out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from hevesy.decide.tare import Anatomy, binding, check_effects, check_shunt, smallest_activity
from hevesy.domain import Finding, Progress, silent
from hevesy.errors import InputError
from hevesy.physdata import decay_dose_factor, microspheres
from hevesy.report import write_atomically, write_nifti
from hevesy.workflow.tare.plan.eligibility import eligibility_row, plan_findings, schedule_row
from hevesy.workflow.tare.plan.imaging import Imaging, load_plan
from hevesy.workflow.tare.plan.patient import anatomy_of, situation_of
from hevesy.workflow.tare.plan.product import Case, case_of, model_activity, model_source, one_compartment_offered
from hevesy.workflow.tare.plan.provenance import plan_provenance
from hevesy.workflow.tare.plan.rows import activity_row, method_of, probability_curve, rule_row
from hevesy.workflow.tare.plan.settings import PlanProduct, TarePlan
from hevesy.workflow.tare.plan.supply import delivered_row, supply_row
from hevesy.workflow.tare.plan.voxel import VoxelCase
from hevesy.workflow.tare.plan.voxel_rows import add_voxel_rows, dose_images, voxel_cases

_NOT_CALCULATED = (
    "probabilities of tumour control and of complications as whole curves: no slope could be confirmed; what published "
    "levels say stands under effects"
)

_NO_LIMIT = "no published limit of the liver holds for this method, intent and tumour type: no largest activity"


def read_plan(path: Path) -> TarePlan:
    """Read and check a plan file.

    Raises
    ------
    StudyFileError
        On the first thing that is not as it should be, or that must not be planned.
    """
    return load_plan(path)[0]


def plan_document(plan: TarePlan, imaging: Imaging | None = None) -> dict[str, object]:
    """The comparison as one JSON document.

    Parameters
    ----------
    plan, imaging
        As :func:`load_plan` read them; without images no voxel model.

    Raises
    ------
    InputError
        If the plan says what cannot be, or the rules of every product exclude it; the first reason is told.
    """
    return _compared(plan, imaging).document


@dataclass(frozen=True)
class _Compared:
    document: dict[str, object]
    cases: list[Case]
    voxel: list[VoxelCase]


def _compared(plan: TarePlan, imaging: Imaging | None) -> _Compared:
    anatomy = anatomy_of(plan)
    situation = situation_of(plan, anatomy)
    check_effects(plan.effects, {microspheres(one.name, "products").key: situation for one in plan.products})
    found: list[dict[str, object]] = []
    cases: list[tuple[Case, dict[str, object]]] = []
    refusals: list[InputError] = []
    for stated in plan.products:
        product = microspheres(stated.name, "products")
        try:
            check_shunt(product.key, anatomy.lung_shunt_fraction.value)
        except InputError as error:
            refusals.append(error)
            found.append({"product": product.name, "refused": str(error)})
        else:
            case = case_of(plan, stated, anatomy)
            found.append(_product(case))
            cases.append((case, found[-1]))
    if len(refusals) == len(plan.products):
        raise refusals[0]
    voxel = voxel_cases(plan, imaging, [case for case, _ in cases])
    for one, (_, row) in zip(voxel, cases, strict=bool(voxel)):
        add_voxel_rows(row, one, _model(one.case, "voxel"), _voxel_inverse(one.case))
    document: dict[str, object] = {
        "label": plan.label,
        "intent": plan.intent,
        "tumour_type": plan.tumour_type,
        "rule_sets": list(plan.rule_sets),
        "patient": _patient(plan, anatomy, imaging),
        "products": found,
        "samples": plan.sampling.samples,
        "seed": plan.sampling.seed,
        "eligibility": eligibility_row(plan),
        "schedule": schedule_row(plan),
        "findings": [
            {"code": one.code, "message": one.message}
            for one in (*(imaging.findings if imaging else ()), *plan_findings(plan), *_of_scouts(voxel))
        ],
        "notes": [_NOT_CALCULATED],
        "images": imaging.document() if imaging else None,
    }
    return _Compared(document, [case for case, _ in cases], voxel)


def _of_scouts(voxel: list[VoxelCase]) -> tuple[Finding, ...]:
    return voxel[0].model.findings if voxel else ()


def _patient(plan: TarePlan, anatomy: Anatomy, imaging: Imaging | None) -> dict[str, object]:
    situation = situation_of(plan, anatomy)
    return {
        "liver_function": situation.liver_function,
        "hepatic_reserve": situation.hepatic_reserve,
        "lung_shunt_fraction": anatomy.lung_shunt_fraction.value,
        "lung_shunt_standard_uncertainty": anatomy.lung_shunt_fraction.standard_uncertainty,
        "lung_shunt_method": plan.lung.method,
        "lung_mass_kg": anatomy.lung_mass_kg.value,
        "lung_mass_origin": _mass_origin(plan, imaging),
        "earlier": plan.earlier.model_dump(),
        "scout": plan.scout.tracer,
        "extrahepatic_deposition": plan.extrahepatic_deposition,
        "concentration_ratio": {
            f"{part.name} from {territory.position}": part.concentration_ratio.value
            for territory in anatomy.territories
            for part in territory.tumours
            if part.concentration_ratio is not None
        },
    }


def _mass_origin(plan: TarePlan, imaging: Imaging | None) -> str:
    if imaging is not None and "lung.mass" in imaging.taken:
        return "from images"
    return "reference" if plan.lung.mass == "reference" else "stated"


def _product(case: Case) -> dict[str, object]:
    return {
        "product": case.product.name,
        "nuclide": case.product.nuclide,
        "refused": None,
        "dose_factor": _dose_factor(case.stated, case),
        "scout_dose_gy": dict(sorted(case.scout_doses.items())),
        "tumour_target_gy": case.stated.tumour_target,
        "one_compartment_reason": case.stated.one_compartment.reason if case.stated.one_compartment else None,
        "models": {model: _model(case, model) for model in case.plan.models if model != "voxel"},
        "inverse": {method: _inverse(case, method) for method in _methods(case) if _has_liver_limit(case, method)},
        "no_inverse": {method: _NO_LIMIT for method in _methods(case) if not _has_liver_limit(case, method)},
        "delivered": delivered_row(case),
    }


def _dose_factor(stated: PlanProduct, case: Case) -> dict[str, object]:
    published = microspheres(stated.name).dose_factor_j_per_bq
    derived = decay_dose_factor(case.product.nuclide).value
    return {
        "chosen": stated.dose_factor,
        "j_per_gbq": 1e9 * case.dose_factor.value,
        "published_j_per_gbq": 1e9 * published,
        "decay_data_electrons_j_per_gbq": 1e9 * derived,
        "decay_data_with_photons_j_per_gbq": 1e9 * decay_dose_factor(case.product.nuclide, photons=True).value,
        "relative_dose_difference_decay_data": derived / published - 1.0,
    }


def _model(case: Case, model: str) -> dict[str, object]:
    try:
        activity = model_activity(case, model)
    except InputError as error:
        return {"activity_delivered_gbq": None, "reason": str(error)}
    return {**activity_row(case, activity, method_of(model)), **model_source(case, model)}


def _voxel_inverse(case: Case) -> dict[str, object] | str:
    return _inverse(case, "multi") if _has_liver_limit(case, "multi") else _NO_LIMIT


def _methods(case: Case) -> list[str]:
    """Methods by which this product may be planned: one compartment only with its reason."""
    found = ["multi"] if case.anatomy.has_ratios else []
    return [*found, "one"] if case.stated.one_compartment and one_compartment_offered(case) else found


def _has_liver_limit(case: Case, method: str) -> bool:
    """Whether a limit protects the liver: those to the lungs alone make no largest activity."""
    return any(not one.rule.target and not one.volume.startswith("lung") for one in case.rules(method))


def _inverse(case: Case, method: str) -> dict[str, object]:
    limits = case.rules(method)
    bound = binding(limits)
    largest = bound.activity_bq
    return {
        "binding": bound.rule.rule,
        "binding_volume": bound.volume,
        "largest": {
            **activity_row(case, largest * case.anatomy.delivered_fraction.value, method),
            "supply": supply_row(case, largest) if largest > 0.0 else None,
        },
        "limits_by_activity": [
            rule_row(case, limit, largest)
            for limit in sorted(limits, key=lambda one: one.activity_bq)
            if not limit.rule.target
        ],
        "smallest_for_target": _smallest(case, method, largest),
        "probability_curve": probability_curve(case, method, largest),
    }


def _smallest(case: Case, method: str, largest_bq: float) -> dict[str, object] | None:
    if method != "multi" or case.stated.tumour_target is None:
        return None
    activity, tumour = smallest_activity(case.stated.tumour_target, case.per_activity, case.scout_doses)
    return {
        **activity_row(case, activity * case.anatomy.delivered_fraction.value, method),
        "decided_by": tumour,
        "within_every_limit": activity <= largest_bq * (1.0 + 1e-9),
        "supply": supply_row(case, activity) if activity > 0.0 else None,
    }


def write_plan(path: Path, out: Path, progress: Progress = silent) -> dict[str, object]:
    """Compare what a plan file asks for, and write ``plan.json``, ``report.html``, ``report.pdf`` and dose maps.

    Parameters
    ----------
    path
        The plan file.
    out
        Folder to write in; nothing is written where the plan is refused.
    progress
        Told how far the work is.

    Returns
    -------
    The document.
    """
    progress("plan", 0, 3)
    plan, imaging = load_plan(path)
    progress("plan", 1, 3)
    found = _compared(plan, imaging)
    progress("plan", 2, 3)
    document = {**found.document, "provenance": plan_provenance(path, plan, imaging, found.cases)}
    from hevesy.report.tare import write_tare_report

    images = dose_images(document, found.voxel)
    for name, image in images.files.items():
        write_nifti(image, out / name)
    write_atomically(out / "plan.json", (json.dumps(document, indent=2, allow_nan=False) + "\n").encode("ascii"))
    write_tare_report(document, out, images.pictures)
    progress("plan", 3, 3)
    return document
