"""A plan file with its images: read, measured, completed and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hevesy.domain import Finding
from hevesy.errors import StudyFileError
from hevesy.quantities import Uncertain, budget
from hevesy.quantities.settings_file import read_yaml, validate_settings
from hevesy.workflow.provenance import file_sha256
from hevesy.workflow.tare.images.deposition import Located, judge, search
from hevesy.workflow.tare.images.planar_scout import with_planar_counts
from hevesy.workflow.tare.images.scout_maps import ScoutMaps, load_scout_maps
from hevesy.workflow.tare.images.scout_measures import Measured, measure
from hevesy.workflow.tare.images.settings import ImagedPlan
from hevesy.workflow.tare.plan.checks import check_plan
from hevesy.workflow.tare.plan.completion import completed, differences, taken
from hevesy.workflow.tare.plan.settings import TarePlan

_TRACERS = {"99mTc-MAA": "Tc-99m", "166Ho": "Ho-166", "90Y-resin": "Y-90"}


@dataclass(frozen=True)
class Imaging:
    """The images of a plan and what they say."""

    maps: ScoutMaps
    measured: Measured
    deposits: tuple[Located, ...]
    findings: tuple[Finding, ...]
    taken: tuple[str, ...]
    """Keys of the plan whose values come from the images."""

    def document(self) -> dict[str, object]:
        """For ``plan.json``."""
        measured, settings = self.measured, self.maps.outline.images
        return {
            "taken": list(self.taken),
            "volume_ml": {
                "liver": _told(measured.liver_ml),
                **{f"tumour:{name}": _told(volume) for name, volume in measured.tumours_ml.items()},
                **{f"perfused:{position}": _told(volume) for position, volume in measured.territories_ml.items()},
            },
            "share_of_tumour": _pairs(measured.shares, dict(measured.shares)),
            "concentration_ratio": _pairs(measured.ratios, {k: _told(v) for k, v in measured.ratios.items()}),
            "concentration_ratio_as_imaged": _pairs(
                measured.ratios_as_imaged, {k: _told(v) for k, v in measured.ratios_as_imaged.items()}
            ),
            "partial_volume": settings.resolution.partial_volume,
            "lung_shunt_fraction": _told(measured.lung_shunt) if measured.lung_shunt else None,
            "lung_shunt_reason": measured.lung_reason,
            "lung_mass_kg": _told(measured.lung_kg) if measured.lung_kg else None,
            "deposition": [_deposit(one) for one in self.deposits],
            "inputs": {path.name: file_sha256(path) for path in self.maps.inputs},
        }


def _pairs(keys: Mapping[tuple[str, str], object], values: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
    return {f"{tumour} from {position}": values[(tumour, position)] for tumour, position in keys}


def _told(estimate: Uncertain) -> dict[str, object]:
    spread = estimate.standard_uncertainty
    return {"value": estimate.value, "standard_uncertainty": spread, "budget": budget(estimate)}


def _deposit(one: Located) -> dict[str, object]:
    return {
        "scout": one.scout,
        "place": one.place,
        "centre_mm": list(one.centre_mm),
        "volume_ml": one.volume_ml,
        "activity_share": one.activity_share,
    }


def load_plan(path: Path) -> tuple[TarePlan, Imaging | None]:
    """Read and check a plan file with the images that it names.

    Parameters
    ----------
    path
        The plan file; paths of images are relative to it.

    Returns
    -------
    The plan with measured values in place of ``from-images``, and the images; None for a plan without any.

    Raises
    ------
    InputError
        On the first thing that is not as it should be, or that must not be planned.
    """
    content = with_planar_counts(read_yaml(path, "plan file"), path.parent, path.name)
    if not isinstance(content, dict) or content.get("images") is None:
        if any(taken(content)):
            raise StudyFileError("the section 'images' for values from images", "none came", path.name)
        return _checked(content, path.name), None
    outline = validate_settings(ImagedPlan, content, path.name)
    maps = load_scout_maps(outline, path.parent)
    measured = measure(maps)
    plan = _checked(completed(content, measured, maps, path.name), path.name)
    deposits = search(maps, measured.variance_per_value)
    findings = (
        *maps.findings,
        *_registration(maps),
        *_nuclides(maps, plan),
        *judge(deposits, plan.extrahepatic_deposition),
        *differences(plan, measured),
    )
    return plan, Imaging(maps, measured, deposits, findings, tuple(taken(content)))


def _nuclides(maps: ScoutMaps, plan: TarePlan) -> Iterator[Finding]:
    """The radionuclide that a scout's header names must be that of the tracer; some scanners had to be told another."""
    wanted = _TRACERS[plan.scout.tracer]
    for number, one in enumerate(maps.emissions):
        filed = None if one.record is None else one.record.radionuclide
        if filed in {None, wanted}:
            continue
        where, expected = f"images.scouts.{number}", f"a scout of {wanted}, as {plan.scout.tracer} is"
        if filed in _TRACERS.values():
            raise StudyFileError(expected, f"the header says {filed}", where)
        yield Finding("scout-nuclide-differs", f"{where}: expected {expected}, but the header says {filed}")


def _registration(maps: ScoutMaps) -> tuple[Finding, ...]:
    if maps.outline.images.registration_standard_uncertainty is not None:
        return ()
    told = "expected how well the scout lies on the CT, but none was stated: ratios and shunt hold no uncertainty of it"
    return (Finding("registration-uncertainty-not-stated", f"images: {told}"),)


def _checked(content: object, name: str) -> TarePlan:
    plan = validate_settings(TarePlan, content, name)
    check_plan(plan, name)
    return plan
