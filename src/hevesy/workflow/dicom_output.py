"""Writing the DICOM objects of a run; one refers to another by the identifiers of what was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydicom import Dataset, dcmread

from hevesy.domain import Image, Region, RigidTransform, RoiSet
from hevesy.report.dicom import (
    RegionMeasurements,
    write_measurement_report,
    write_plan_stub,
    write_registration,
    write_rtdose,
    write_segmentation,
    write_structure_set,
)
from hevesy.workflow.bed_map import BedMap

_FOLDER = "dicom"


@dataclass(frozen=True)
class DicomObjects:
    """What the DICOM objects of a run are made from."""

    dose: Image | None
    """[Gy]"""
    dose_comment: str
    bed: BedMap | None
    segmented: Sequence[Region]
    """Regions on the reference's emission grid."""
    structures: RoiSet
    """The same regions as contours."""
    structure_headers: Sequence[Dataset]
    """Headers of the images that the contours belong to."""
    reference_headers: Sequence[Dataset]
    """Headers of the reference's emission series."""
    registrations: Sequence[tuple[int, RigidTransform]]
    """Time points of another frame of reference than the reference's, with the transform to it."""
    registered_images: bool
    """Whether the transforms were found from the content of images."""
    measurements: Sequence[RegionMeasurements]
    with_plan: bool
    """Whether the dose maps refer to a stub of an RT Plan."""


def write_objects(objects: DicomObjects, out: Path) -> dict[str, str]:
    """Write every object that there is something to say in.

    Returns
    -------
    Key of ``results.json``'s ``files`` and path relative to ``out``.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    head = objects.reference_headers[0]
    written: dict[str, Path] = {}

    def path(name: str) -> Path:
        return out / _FOLDER / f"{name}.dcm"

    for index, transform in objects.registrations:
        written[f"registration_{index}"] = write_registration(
            transform,
            head,
            path(f"reg_{index}"),
            label=f"Hevesy registration of time point {index}",
            image_based=objects.registered_images,
        )
    if objects.segmented:
        written["segmentation"] = write_segmentation(
            objects.segmented, objects.reference_headers, path("seg"), label="Hevesy regions"
        )
        written |= _measurement_report(objects, written["segmentation"], path("sr"))
    if objects.structures.rois:
        written["structure_set"] = write_structure_set(
            objects.structures, objects.structure_headers, path("rtstruct"), label="Hevesy regions"
        )
    if objects.dose is not None:
        written |= _doses(objects, objects.dose, out / _FOLDER, written.get("structure_set"))
    return {key: file.relative_to(out).as_posix() for key, file in written.items()}


def _measurement_report(objects: DicomObjects, segmentation: Path, path: Path) -> dict[str, Path]:
    if not any(region.values for region in objects.measurements):
        return {}
    written = write_measurement_report(
        objects.measurements,
        dcmread(segmentation, stop_before_pixels=True),
        objects.reference_headers,
        path,
        label="Hevesy measurements",
    )
    return {"measurement_report": written}


def _doses(objects: DicomObjects, dose: Image, folder: Path, structures: Path | None) -> dict[str, Path]:
    head = objects.reference_headers[0]
    written: dict[str, Path] = {}
    plan = None
    if objects.with_plan:
        drawn = dcmread(structures) if structures is not None else None
        written["plan_stub"] = write_plan_stub(
            head, folder / "rtplan.dcm", label="Hevesy stub, not a treatment plan", structures=drawn
        )
        plan = dcmread(written["plan_stub"])
    maps = [("rtdose", dose, objects.dose_comment, "Hevesy absorbed dose")]
    if objects.bed is not None:
        words = f"{objects.bed.comment} Absorbed dose: {objects.dose_comment}"
        maps.append(("rtdose_bed", objects.bed.image, words, "Hevesy biologically effective dose"))
    for key, image, comment, label in maps:
        written[key] = write_rtdose(image, head, folder / f"{key}.dcm", comment=comment, label=label, plan=plan)
    return written
