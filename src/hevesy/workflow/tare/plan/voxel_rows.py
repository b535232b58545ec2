"""What a plan tells about the voxel model: activities, histograms, coverage, dose maps and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hevesy.domain import Image, Quantity, Region
from hevesy.errors import InputError
from hevesy.report.images import ReportImages
from hevesy.workflow.tare.plan.imaging import Imaging
from hevesy.workflow.tare.plan.product import Case
from hevesy.workflow.tare.plan.rows import activity_row
from hevesy.workflow.tare.plan.settings import TarePlan
from hevesy.workflow.tare.plan.voxel import (
    VoxelCase,
    activity_by_compartment,
    coverage_activity,
    histograms,
    voxel_case,
    voxel_model,
)

CAVEAT = (
    "The voxel model spreads the activity as the scout shows it: its noise widens histograms, what is finer than its "
    "resolution does not show, and microspheres may lie elsewhere than the scout did."
)
_SPILL = {
    "corrected": "Spill between tumours, normal tissue and lungs is undone (region-based voxelwise), within them not.",
    "as-imaged": "Spill between tumours and normal tissue is left: tumours read low and their surroundings high.",
}
_NOTES = {
    "local": "All energy is left in the voxel of the decay, with the dose factor of the product.",
    "kernel": "Point kernels in water carry the energy, from the decay data, not the dose factor of the product.",
}


@dataclass(frozen=True)
class DoseImages:
    """Dose maps as files, and what their pictures show, by product."""

    files: Mapping[str, Image]
    pictures: Mapping[str, ReportImages]


def voxel_cases(plan: TarePlan, imaging: Imaging | None, cases: Sequence[Case]) -> list[VoxelCase]:
    """The voxel model of every product; none where the plan does not ask for it.

    Raises
    ------
    InputError
        If it asks for it without images.
    """
    if "voxel" not in plan.models or not cases:
        return []
    if imaging is None:
        raise InputError("the images of the plan for the voxel model", "none came", "images")
    model = voxel_model(plan, imaging.maps, imaging.measured, {case.stated.name: case for case in cases})
    return [voxel_case(case, model) for case in cases]


def add_voxel_rows(
    row: dict[str, Any], found: VoxelCase, activity: dict[str, Any], inverse: dict[str, Any] | str
) -> None:
    """Add the voxel model to the row of its product.

    Parameters
    ----------
    row
        Of the product; changed.
    found
        The product with its map.
    activity, inverse
        What the compartment code makes of the means of the map; a reason instead of the latter.
    """
    row["models"]["voxel"] = _with_histograms(activity, found)
    if isinstance(inverse, str):
        row["no_inverse"]["voxel"] = inverse
    else:
        inverse["largest"] = _with_histograms(inverse["largest"], found)
        inverse["smallest_for_coverage"] = _coverage(found)
        row["inverse"]["voxel"] = inverse
    images = found.model.maps.outline.images
    name = images.dose_engine or ""
    row["voxel"] = {
        "dose_engine": name,
        "notes": [CAVEAT, _SPILL[images.resolution.partial_volume], _NOTES[name]],
        "dose_map": _dose_map(row, found),
    }


def _with_histograms(row: dict[str, Any], found: VoxelCase) -> dict[str, Any]:
    if row["activity_delivered_gbq"] is None:
        return row
    delivered, drawn = row["activity_delivered_gbq"] * 1e9, row["activity_to_draw_gbq"] * 1e9
    return {
        **row,
        "activity_by_compartment_gbq": activity_by_compartment(found, delivered),
        "histograms": histograms(found, drawn),
    }


def _coverage(found: VoxelCase) -> dict[str, Any] | None:
    try:
        needed = coverage_activity(found)
    except InputError as error:
        return {"activity_delivered_gbq": None, "reason": str(error)}
    if needed is None:
        return None
    activity, tumour = needed
    delivered = activity * found.case.anatomy.delivered_fraction.value
    row = _with_histograms(activity_row(found.case, delivered, "multi"), found)
    return {**row, "decided_by": tumour}


def _dose_map(row: Mapping[str, Any], found: VoxelCase) -> dict[str, Any] | None:
    """The activity of the map that is written: the largest under every limit, else the one for the target."""
    inverse = row["inverse"].get("voxel")
    chosen, of = (inverse["largest"], "largest") if inverse else (row["models"]["voxel"], "target")
    if not chosen["activity_delivered_gbq"]:
        return None
    return {
        "file": f"dose_{found.case.product.key}.nii.gz",
        "of": of,
        "activity_delivered_gbq": chosen["activity_delivered_gbq"],
        "activity_to_draw_gbq": chosen["activity_to_draw_gbq"],
        "scout_file": "dose_scout.nii.gz" if found.model.scout is not None else None,
        "largest_gy": float(found.per_activity.whole.max()) * chosen["activity_to_draw_gbq"] * 1e9,
    }


def dose_images(document: Mapping[str, Any], voxel: Sequence[VoxelCase]) -> DoseImages:
    """Dose maps at the activities that the document names; that of a radioactive scout is a file of its own."""
    rows = {row["product"]: row for row in document["products"]}
    files: dict[str, Image] = {}
    pictures: dict[str, ReportImages] = {}
    for one in voxel:
        grid, told = one.model.maps.grid, rows[one.case.product.name]["voxel"]["dose_map"]
        if one.model.scout is not None:
            files["dose_scout.nii.gz"] = Image(grid, one.model.scout.whole, Quantity.ABSORBED_DOSE)
        if told is not None:
            drawn = told["activity_to_draw_gbq"] * 1e9
            files[told["file"]] = Image(grid, one.per_activity.whole * drawn, Quantity.ABSORBED_DOSE)
            whole = Image(grid, one.doses(drawn).whole, Quantity.ABSORBED_DOSE)
            pictures[one.case.product.name] = ReportImages(one.model.maps.ct_here(), (), whole, 0, _outlines(one))
    return DoseImages(files, pictures)


def _outlines(one: VoxelCase) -> tuple[Region, ...]:
    maps = one.model.maps
    return tuple(maps.regions[tumour.drawn_as] for tumour in maps.outline.tumours)
