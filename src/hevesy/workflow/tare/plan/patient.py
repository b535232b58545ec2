"""From a plan file to what the partition model needs: masses and fractions with their uncertainties."""

from __future__ import annotations

from hevesy.decide.tare import (
    Anatomy,
    PlanarCounts,
    Situation,
    Territory,
    TumourPart,
    planar_lung_shunt,
    tomographic_lung_shunt,
)
from hevesy.quantities import Uncertain, multiply_powers, scaled, total
from hevesy.workflow.tare.plan.settings import (
    Earlier,
    LiverState,
    PlanarPair,
    PlanarRegion,
    PlanTerritory,
    StatedActivity,
    StatedRatio,
    StatedVolume,
    Supply,
    TarePlan,
)

REFERENCE_LUNG_KG = 1.0
_KG_PER_G = 1e-3


def anatomy_of(plan: TarePlan) -> Anatomy:
    """Territories, liver and lungs of a checked plan.

    The unperfused liver is the liver less the territories; it has the relative uncertainty of the liver, as its own
    source. Tumours and perfused volumes are contours of their own; the normal tissue is their difference.
    """
    left = plan.liver.volume - sum(territory.perfused.volume for territory in plan.territories)
    left_kg = max(left, 0.0) * plan.liver.density * _KG_PER_G
    lung, delivered = plan.lung, plan.delivered_fraction
    lung_kg = REFERENCE_LUNG_KG if lung.mass in {"reference", None} else float(lung.mass or 0.0)
    return Anatomy(
        territories=tuple(_territory(plan, territory) for territory in plan.territories),
        unperfused_normal_kg=Uncertain(
            left_kg, {"volume:unperfused liver": left_kg * plan.liver.relative_standard_uncertainty}
        ),
        lung_mass_kg=Uncertain(lung_kg, {"mass:lung": lung_kg * lung.mass_relative_standard_uncertainty}),
        lung_shunt_fraction=lung_shunt_of(plan),
        delivered_fraction=Uncertain(delivered.value, {"delivered:plan": delivered.standard_uncertainty}),
    )


def lung_shunt_of(plan: TarePlan) -> Uncertain:
    """The lung shunt fraction, as stated or from the counts of the plan."""
    lung = plan.lung
    if isinstance(lung.counts, PlanarPair):
        return planar_lung_shunt(_planar(lung.counts.lung), _planar(lung.counts.liver))
    if lung.counts is not None:
        return tomographic_lung_shunt(_activity(lung.counts.lung, "lung"), _activity(lung.counts.liver, "liver"))
    return Uncertain(lung.shunt or 0.0, {"shunt:lung": lung.shunt_standard_uncertainty or 0.0})


def _planar(region: PlanarRegion) -> PlanarCounts:
    return PlanarCounts(region.anterior, region.posterior, region.anterior_background, region.posterior_background)


def _activity(stated: StatedActivity, region: str) -> Uncertain:
    return Uncertain(stated.activity, {f"scout:{region}": stated.activity * stated.relative_standard_uncertainty})


def situation_of(plan: TarePlan, anatomy: Anatomy) -> Situation:
    """What the published limits tell apart; a liver treated before counts as compromised."""
    return Situation(
        intent=plan.intent,
        tumour_type=plan.tumour_type,
        liver_function=liver_function(plan.liver.state, plan.earlier),
        bilirubin_mg_dl=plan.liver.bilirubin_mg_dl,
        hepatic_reserve=anatomy.hepatic_reserve,
        rule_sets=plan.rule_sets,
    )


def liver_function(state: LiverState, earlier: Earlier) -> LiverState:
    """The stated one; a liver treated before counts as compromised."""
    untreated = earlier.radioembolisation == "none" and earlier.liver_radiotherapy == "none"
    return state if untreated else "compromised"


def earlier_doses(earlier: Earlier) -> dict[str, float]:
    """Absorbed doses that count with those of this treatment, by the volume of a rule. [Gy]"""
    before, lung = earlier.radioembolisation, earlier.lung_radiotherapy
    external = 0.0 if lung == "none" else lung
    if before == "none":
        return {"lung_cumulative": external}
    return {"lung_cumulative": before.lung_dose + external, "whole_normal": before.whole_normal_liver_dose}


def _mass(stated: StatedVolume, density_g_ml: float, source: str) -> Uncertain:
    mass = stated.volume * density_g_ml * _KG_PER_G
    return Uncertain(mass, {f"volume:{source}": mass * stated.relative_standard_uncertainty})


def _territory(plan: TarePlan, territory: PlanTerritory) -> Territory:
    density = plan.liver.density
    wholes = {tumour.name: _mass(tumour, density, tumour.name) for tumour in plan.tumours}
    parts = [scaled(wholes[supply.tumour], supply.share) for supply in territory.tumours]
    perfused = _mass(territory.perfused, density, territory.position)
    normal = total([perfused, *(scaled(part, -1.0) for part in parts)])
    return Territory(
        position=territory.position,
        session=territory.session,
        activity_share=territory.activity_share,
        normal_mass_kg=normal,
        tumours=tuple(
            TumourPart(supply.tumour, mass, _ratio(supply, territory.position, normal, mass))
            for supply, mass in zip(territory.tumours, parts, strict=True)
        ),
    )


def _ratio(supply: Supply, position: str, normal: Uncertain, tumour: Uncertain) -> Uncertain | None:
    """The ratio of concentrations; one of activities becomes it through the masses and their uncertainties."""
    if not isinstance(supply.ratio, StatedRatio):
        return None
    value = supply.ratio.value
    stated = Uncertain(
        value, {f"ratio:{supply.tumour} from {position}": value * supply.ratio.relative_standard_uncertainty}
    )
    if supply.ratio.kind == "concentrations":
        return stated
    return multiply_powers((stated, 1.0), (normal, 1.0), (tumour, -1.0))
