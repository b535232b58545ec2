"""One product of a plan: activities by every model, the largest under every limit, the smallest for the target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.decide.tare import (
    Anatomy,
    Constraint,
    body_surface_activity,
    body_surface_area,
    burden_activity,
    check_calibration,
    constraints,
    dose_coefficients,
    one_compartment_activity,
    rules_for,
    sampled_coefficients,
    shunt_reduction,
    smallest_activity,
    stated_limit,
    trial_limit,
    with_trial,
)
from hevesy.errors import InputError
from hevesy.physdata import DoseRule, Microspheres, Sourced, decay_dose_factor, lung_activity_caps, microspheres
from hevesy.physdata.microsphere_rules import body_surface_rule, shunt_bands, tumour_burden_rule
from hevesy.quantities import Uncertain
from hevesy.workflow.tare.plan.patient import earlier_doses, situation_of
from hevesy.workflow.tare.plan.settings import Calibration, PlanProduct, TarePlan

METHODS = {
    "partition": "multi",
    "one-compartment": "one",
    "body-surface-area": "multi",
    "empirical": "multi",
    "voxel": "multi",
}
"""Method of the rules that each model's doses are compared with."""
_VOXEL_SOURCE = Sourced("C. Chiesa et al., EJNMMI Phys. 8 (2021) 77, abstract", "DOC", "10.1186/s40658-021-00394-3")
_ONE = ("perfused", "whole_liver", "lung", "lung_cumulative", "lung_activity")


@dataclass(frozen=True)
class Case:
    """One product with one patient."""

    plan: TarePlan
    stated: PlanProduct
    product: Microspheres
    anatomy: Anatomy
    dose_factor: Uncertain
    """[J/Bq]"""
    per_activity: Mapping[str, Uncertain]
    """[Gy/Bq]"""
    drawn: Mapping[str, NDArray[np.float64]]
    """[Gy/Bq]"""
    own_limit: DoseRule | None = None
    """To the healthy liver, stated in the plan."""
    scout_map_doses: Mapping[str, float] | None = None
    """Absorbed doses of a radioactive scout by volume, where they come from its image. [Gy]"""

    def calibration(self, session: str) -> Calibration | None:
        """Of the vial of one session; None where none is stated."""
        return next((one for one in self.stated.calibrations if one.session == session), None)

    def of_method(self, method: str) -> dict[str, Uncertain]:
        """The volumes whose doses a method gives. [Gy/Bq]"""
        return volumes_of_method(self.per_activity, method)

    @property
    def scout_doses(self) -> dict[str, float]:
        """Absorbed doses of a scout of a therapeutic nuclide, distributed as the plan is. [Gy]

        It counts in everything but the doses to the lungs of one session, which are of one administration.
        """
        scout = self.plan.scout
        if self.scout_map_doses is not None:
            return dict(self.scout_map_doses)
        if scout.delivered_activity is None:
            return {}
        factor = decay_dose_factor({"166Ho": "Ho-166", "90Y-resin": "Y-90"}[scout.tracer]).value
        per = self.dose_factor.value * self.anatomy.delivered_fraction.value / (factor * scout.delivered_activity)
        single = ("lung:", "lung_activity:")
        return {key: value.value / per for key, value in self.per_activity.items() if not key.startswith(single)}

    @property
    def earlier(self) -> dict[str, float]:
        """Absorbed doses of the scout and of earlier treatments, by volume. [Gy]"""
        scout, before = self.scout_doses, earlier_doses(self.plan.earlier)
        return {key: scout.get(key, 0.0) + before.get(key, 0.0) for key in {*scout, *before}}

    def rules(self, method: str) -> tuple[Constraint, ...]:
        """Every limit and target at every place, for one method."""
        found = rules_for(self.product.key, situation_of(self.plan, self.anatomy), self.stated.limits)
        if self.own_limit is not None:
            found = with_trial(found, self.own_limit) if self.stated.trial else (*found, self.own_limit)
        caps = lung_activity_caps(self.product.key)
        return constraints((*found, *caps), self.of_method(method), method, self.earlier)


def volumes_of_method(found: Mapping[str, Uncertain], method: str) -> dict[str, Uncertain]:
    """Of doses by volume those that a method (``one`` or ``multi``) gives, so that rules meet no other."""
    kinds = {key: key.partition(":")[0] for key in found}
    return {
        key: found[key] for key, kind in kinds.items() if (kind != "perfused" if method == "multi" else kind in _ONE)
    }


def case_of(plan: TarePlan, stated: PlanProduct, anatomy: Anatomy) -> Case:
    """Everything that is proportional to the activity of one product.

    Raises
    ------
    InputError
        If the product is unknown, or the calibration does not belong to the treatment.
    """
    product = microspheres(stated.name, "products")
    treatments = {session.name: session.treatment for session in plan.sessions}
    for calibration in stated.calibrations:
        if calibration.session not in treatments:
            known = ", ".join(treatments)
            raise InputError(f"one of the sessions {known}", f"{calibration.session!r} came", "calibrations.session")
        _check_vial(product, calibration.vial)
        check_calibration(product, calibration.vial, calibration.at, treatments[calibration.session])
    factor = dose_factor(product, stated.dose_factor)
    sampling = plan.sampling
    return Case(
        plan=plan,
        stated=stated,
        product=product,
        anatomy=anatomy,
        dose_factor=factor,
        per_activity=dose_coefficients(anatomy, factor),
        drawn=sampled_coefficients(anatomy, factor, samples=sampling.samples, seed=sampling.seed),
        own_limit=_own_limit(plan, stated, anatomy, product),
    )


def _own_limit(plan: TarePlan, stated: PlanProduct, anatomy: Anatomy, product: Microspheres) -> DoseRule | None:
    if stated.trial is not None:
        perfused = sum(territory.perfused.volume for territory in plan.territories)
        return trial_limit(product.key, stated.trial, stated.healthy_liver_limit, perfused / plan.liver.volume)
    if stated.healthy_liver_limit is None:
        return None
    return stated_limit(product.key, situation_of(plan, anatomy), stated.healthy_liver_limit)


def _check_vial(product: Microspheres, name: str) -> None:
    known = [vial.name for vial in product.vials] or ["patient"]
    if name not in known:
        raise InputError(f"one of the vials {', '.join(known)}", f"{name!r} came", f"{product.name}, calibrations.vial")


def dose_factor(product: Microspheres, choice: str) -> Uncertain:
    """Energy per activity. [J/Bq]

    The published one has the difference to the decay data as its standard uncertainty.
    """
    derived = decay_dose_factor(product.nuclide)
    if choice == "decay-data":
        return derived
    value = product.dose_factor_j_per_bq
    return Uncertain(value, {f"dose-factor:{product.nuclide}": abs(derived.value - value)})


def model_activity(case: Case, model: str) -> float:
    """Activity of one model that has to reach the patient. [Bq]

    Raises
    ------
    InputError
        With the reason why this model gives none.
    """
    return {
        "partition": _partition,
        "voxel": _partition,
        "one-compartment": _one_compartment,
        "body-surface-area": _body_surface,
        "empirical": _burden,
    }[model](case)


def _partition(case: Case) -> float:
    if not case.anatomy.has_ratios:
        raise InputError("a ratio for every tumour", "one was not measured", "partition")
    if case.stated.tumour_target is None:
        raise InputError("an absorbed dose as target of the tumour", "none came", "partition")
    activity, _ = smallest_activity(case.stated.tumour_target, case.per_activity, case.scout_doses)
    return activity * case.anatomy.delivered_fraction.value


def _one_compartment(case: Case) -> float:
    if not one_compartment_offered(case):
        raise InputError(
            "glass or holmium for one compartment, or resin for segmentectomy", "resin came", "one-compartment"
        )
    stated = case.stated.one_compartment
    if stated is None:
        raise InputError("a reason for one compartment", "none came for this product", "one-compartment")
    shunt, factor = case.anatomy.lung_shunt_fraction.value, case.dose_factor.value
    needed = [
        one_compartment_activity(
            stated.perfused_dose, territory.perfused.volume * case.plan.liver.density / 1000.0, shunt, factor
        )
        / territory.activity_share
        for territory in case.plan.territories
    ]
    return max(needed)


def one_compartment_offered(case: Case) -> bool:
    """One compartment is for glass and holmium; the guideline has it for resin in segmentectomy only."""
    return case.product.matrix != "resin" or case.plan.intent == "segmentectomy"


def _resin_volumes(case: Case, model: str) -> tuple[float, float, float]:
    """Tumour, treated volume and liver. [ml]"""
    if case.product.matrix != "resin":
        raise InputError("resin for this model", f"{case.product.matrix} came", model)
    tumour = sum(tumour.volume for tumour in case.plan.tumours)
    treated = sum(territory.perfused.volume for territory in case.plan.territories)
    return tumour, treated, case.plan.liver.volume


def _body_surface(case: Case) -> float:
    volumes, body = _resin_volumes(case, "body-surface-area"), case.plan.body
    if body is None:
        raise InputError("height and weight", "none came", "body-surface-area")
    area = body_surface_area(body.height / 1000.0, body.weight)
    reduction = shunt_reduction(case.product.key, "body-surface-area", case.anatomy.lung_shunt_fraction.value)
    return reduction * body_surface_activity(area, *volumes)


def _burden(case: Case) -> float:
    volumes = _resin_volumes(case, "empirical")
    return shunt_reduction(case.product.key, "empirical", case.anatomy.lung_shunt_fraction.value) * burden_activity(
        *volumes
    )


def model_source(case: Case, model: str) -> dict[str, object]:
    """Where a model comes from, and the reduction by the lung shunt that is in its activity."""
    rules = {
        "body-surface-area": body_surface_rule().source,
        "empirical": tumour_burden_rule().source,
        "voxel": _VOXEL_SOURCE,
    }
    found = rules.get(model, case.product.sources["dose_factor_j_per_gbq"])
    left = shunt_reduction(case.product.key, model, case.anatomy.lung_shunt_fraction.value)
    return {
        "source": found.text,
        "source_status": found.status,
        "shunt_reduction": None if left == 1.0 else {"left": left, "source": shunt_bands().source.text},
    }
