"""Curves of a study that are estimated with a population prior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hevesy.errors import RegionFinding, StudyFileError
from hevesy.integrate import DOUBTS, PriorUse, check_prior, posterior_curves
from hevesy.physdata import Nuclide
from hevesy.physdata.built_in_priors import find_prior
from hevesy.workflow.administration import UsedAdministration
from hevesy.workflow.config import Study
from hevesy.workflow.courses import RegionCourse
from hevesy.workflow.left_open import left_open


def use_prior(study: Study, folder: Path, administration: UsedAdministration) -> PriorUse | None:
    """The prior of the study, with what of it belongs to the patient; None where there is none.

    Raises
    ------
    InputError
        If there is no such prior, or it is one of another ligand or radionuclide.
    StudyFileError
        If a region named is none of the study's or the prior's, a covariate is missing, or the uptake is to be used
        without an administered activity.
    """
    section = study.curves.prior
    if section is None:
        return None
    name, prior = find_prior(section.prior, folder)
    check_prior(prior, nuclide=administration.nuclide.name, ligand=section.ligand, where="curves.prior")
    measured = {item.name for item in study.regions.items}
    _refuse_unknown("a region of the study", set(section.regions) - measured)
    _refuse_unknown(f"a region of the prior {name}", set(section.regions.values()) - {r.name for r in prior.regions})
    _refuse_unknown("every covariate of the prior", {c.name for c in prior.covariates} - set(section.covariates))
    says_uptake = section.with_uptake and prior.fraction_of_administered_per_unit is not None
    if says_uptake and administration.net_activity is None:
        raise StudyFileError("an administered activity, or with_uptake: false", "none is known", "curves.prior")
    return PriorUse(
        prior=prior,
        name=name,
        regions=section.regions,
        administered_activity_bq=administration.net_activity,
        with_uptake=section.with_uptake,
        covariates=section.covariates,
    )


def _refuse_unknown(expected: str, names: set[str]) -> None:
    if names:
        raise StudyFileError(expected, f"{', '.join(sorted(names))} came or is missing", "curves.prior")


def with_prior(courses: Sequence[RegionCourse], use: PriorUse | None, nuclide: Nuclide) -> list[RegionCourse]:
    """The same courses; the curves of the regions that the study names are posteriors, together."""
    if use is None:
        return list(courses)
    chosen = [c for c in courses if c.settings.name in use.regions and c.measured is not None]
    found = posterior_curves(
        [c.measured for c in chosen if c.measured is not None], use, physical_half_life_s=nuclide.half_life_s
    )
    replaced = {}
    for course, item in zip(chosen, found, strict=True):
        kept = tuple(f for f in course.findings if f != course.reason)
        if isinstance(item, RegionFinding):
            replaced[course.settings.name] = replace(
                course, fitted=None, reason=item.reason, findings=(*kept, item.reason)
            )
            continue
        told = f"{item.fitted.reason}: {use.prior.source}; {left_open(item.fitted)}"
        doubts = tuple(why for name, _, why in item.fitted.candidates if name in DOUBTS)
        replaced[course.settings.name] = replace(
            course, fitted=replace(item.fitted, reason=told), reason=None, findings=(*kept, *doubts)
        )
    return [replaced.get(course.settings.name, course) for course in courses]
