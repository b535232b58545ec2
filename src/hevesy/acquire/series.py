"""One series as its headers describe it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from hevesy.acquire.camera import camera_gaps, camera_of
from hevesy.acquire.constancy import constancy_findings
from hevesy.acquire.contours import structure_frames, structure_names, structure_series
from hevesy.acquire.corrections import corrections_of
from hevesy.acquire.crosscheck import all_cross_findings
from hevesy.acquire.decay import decay_state
from hevesy.acquire.findings import blocking, notice
from hevesy.acquire.grouping import FileGroup
from hevesy.acquire.headers import Header
from hevesy.acquire.image import stack_of
from hevesy.acquire.kinds import is_tomogram, kind_of
from hevesy.acquire.masks import segment_frames, segment_names, segment_series
from hevesy.acquire.moments import parse_day
from hevesy.acquire.nifti import nifti_grid
from hevesy.acquire.planar import planar_summary
from hevesy.acquire.radiopharmaceutical import half_life_findings, radiopharmaceutical_of
from hevesy.acquire.registration import registration_frames, registration_series
from hevesy.acquire.scale import common_scale, scale_of
from hevesy.acquire.stack import Stack
from hevesy.acquire.timing import acquisition_of, timezone_offsets
from hevesy.acquire.values import integer, number, text, texts, unique
from hevesy.acquire.views import View, views_of
from hevesy.domain import DecayReference, Finding, ImageKind, SeriesRecord
from hevesy.errors import InputError

_SPACING_AGREEMENT = 0.01
_VOLUMES = frozenset({"NM", "PT", "CT", "MR"})


@dataclass(frozen=True)
class Described:
    """A series record before it has its short name, with what is only needed to compare series."""

    record: SeriesRecord
    timezone_offsets: tuple[str, ...] = ()


def describe(group: FileGroup) -> Described:
    """Describe one series, or one image of it."""
    headers = group.headers
    head = headers[0].dataset
    modality = text(head, "Modality").upper()
    base = SeriesRecord(
        id="",
        series_uid=group.uid,
        study_uid=text(head, "StudyInstanceUID"),
        modality=modality,
        description=text(head, "SeriesDescription"),
        files=tuple(header.path for header in headers),
        frames=group.frames,
        part=group.part,
        patient_key=_patient_key(head),
        image_type=texts(head, "ImageType"),
        frames_of_reference=unique(text(h.dataset, "FrameOfReferenceUID") for h in headers),
        is_phantom=text(head, "QualityControlImage").upper() == "YES",
    )
    objects: dict[str, Callable[[SeriesRecord, Header], SeriesRecord]] = {
        "RTSTRUCT": _structures,
        "SEG": _segments,
        "REG": _registration,
    }
    if modality in objects:
        record = objects[modality](base, headers[0])
    else:
        record = _image(base, headers) if modality in _VOLUMES else base
    record = _cut(record, headers)
    findings = (*group.findings, *record.contradictions)
    return Described(replace(record, contradictions=findings), timezone_offsets([h.dataset for h in headers]))


def describe_nifti(path: Path, name: str) -> SeriesRecord:
    """Describe a NIfTI file: geometry only, its header names neither quantity nor time."""
    base = SeriesRecord(
        id="",
        series_uid=f"nifti:{name}",
        study_uid="",
        modality="NIFTI",
        description=name,
        files=(path,),
        patient_key=("", "", ""),
        missing=("quantity and unit", "acquisition date and time", "frame of reference"),
    )
    return replace(base, grid=nifti_grid(path), grid_source="NIfTI affine")


def _patient_key(head: Dataset) -> tuple[str, str, str]:
    birth = parse_day(text(head, "PatientBirthDate"))
    return text(head, "PatientID"), birth.isoformat() if birth else "", text(head, "PatientSex").upper()


def _told(headers: Sequence[Header]) -> tuple[Finding, ...]:
    """What is wrong with the files themselves, each kind once, with the first file and how many more."""
    by_code: dict[str, list[tuple[Finding, str]]] = {}
    for header in headers:
        for finding in header.findings:
            by_code.setdefault(finding.code, []).append((finding, header.path.name))
    return tuple(_first_of(several) for several in by_code.values())


def _first_of(several: Sequence[tuple[Finding, str]]) -> Finding:
    finding, name = several[0]
    files = len({name for _, name in several})
    more = f" (and {files - 1} more files)" if files > 1 else ""
    return (blocking if finding.blocking else notice)(finding.code, *_parts(finding), name + more)


def _cut(record: SeriesRecord, headers: Sequence[Header]) -> SeriesRecord:
    datasets = [header.dataset for header in headers]
    beside = (*constancy_findings(datasets), *all_cross_findings(datasets))
    record = replace(record, contradictions=(*_told(headers), *record.contradictions, *beside))
    cut = [header for header in headers if header.pixel_problem]
    if not cut:
        return record
    expected, _, came = (cut[0].pixel_problem or "").partition(", but ")
    more = f" (and {len(cut) - 1} more files)" if len(cut) > 1 else ""
    finding = blocking("truncated-file", expected.removeprefix("expected "), came + more, cut[0].path.name)
    return replace(record, contradictions=(finding, *record.contradictions))


def _structures(base: SeriesRecord, header: Header) -> SeriesRecord:
    return replace(
        base,
        frames_of_reference=structure_frames(header.dataset),
        referenced_series=structure_series(header.dataset),
        roi_names=structure_names(header.dataset),
    )


def _segments(base: SeriesRecord, header: Header) -> SeriesRecord:
    record = replace(
        base, referenced_series=segment_series(header.dataset), roi_names=segment_names(header.dataset), units="labels"
    )
    try:
        grid = segment_frames(header.dataset, header.path.name).grid
    except InputError as error:
        finding = blocking("segmentation-geometry", error.expected, error.came, error.where)
        return replace(record, contradictions=(finding,))
    return replace(record, grid=grid, grid_source="functional groups")


def _registration(base: SeriesRecord, header: Header) -> SeriesRecord:
    return replace(
        base,
        frames_of_reference=registration_frames(header.dataset),
        referenced_series=registration_series(header.dataset),
    )


def _image(base: SeriesRecord, headers: Sequence[Header]) -> SeriesRecord:
    views = views_of([header.dataset for header in headers], base.frames)
    datasets = [view.dataset for view in views]
    head = datasets[0]
    scale = common_scale([scale_of(dataset) for dataset in datasets])
    stack, source = Stack(None, ()), ""
    geometry: tuple[Finding, ...] = ()
    if is_tomogram(head):
        stack, source, geometry = stack_of(datasets, [headers[view.file].path.name for view in views])
        geometry = (*geometry, *_count(datasets, stack), *_spacing(head, stack))
    record = replace(
        base,
        kind=kind_of(head),
        planar=planar_summary(head),
        image_type=texts(head, "ImageType"),
        files=_slice_order(base.files, views, stack),
        units=scale.units,
        scale_source=scale.source,
        grid=stack.grid,
        grid_source=source,
        contradictions=(*geometry, *scale.findings),
        missing=_geometry_gaps(stack, geometry, is_slices=is_tomogram(head)),
    )
    return _emission(record, datasets) if record.modality in {"NM", "PT"} else _dated(record, datasets)


def _slice_order(files: tuple[Path, ...], views: Sequence[View], stack: Stack) -> tuple[Path, ...]:
    ordered = tuple(dict.fromkeys(files[views[plane.file].file] for plane in stack.order))
    return ordered if len(ordered) == len(files) else files


def _count(datasets: Sequence[Dataset], stack: Stack) -> tuple[Finding, ...]:
    """A series that states its number of slices must have them all, also the first and the last."""
    stated = max((integer(dataset, "NumberOfSlices") or 0 for dataset in datasets), default=0)
    if not stack.order or len(stack.order) >= stated:
        return ()
    came = f"{len(stack.order)} are there"
    return (blocking("missing-slice", f"{stated} slices (NumberOfSlices)", came),)


def _spacing(head: Dataset, stack: Stack) -> tuple[Finding, ...]:
    """Stated spacings that are not that of the slices' places, which are followed."""
    if stack.grid is None or len(stack.order) < 2:
        return ()
    spacing = stack.grid.spacing_mm[2]
    modality = text(head, "Modality").upper()
    stated = {"Spacing Between Slices": number(head, "SpacingBetweenSlices")}
    if modality in {"NM", "PT"}:
        stated["Slice Thickness"] = number(head, "SliceThickness")
    return tuple(
        notice("spacing-contradiction", f"{spacing:.4g} mm, as the slices lie", f"{name} says {abs(value):.4g} mm")
        for name, value in stated.items()
        if value and abs(abs(value) / spacing - 1) > _SPACING_AGREEMENT
    )


def _geometry_gaps(stack: Stack, findings: Sequence[Finding], *, is_slices: bool) -> tuple[str, ...]:
    if not is_slices:
        return ()
    gaps = ["position and orientation"] if any(f.code == "missing-orientation" for f in findings) else []
    if stack.grid is not None and stack.grid.frame_of_reference is None:
        gaps.append("FrameOfReferenceUID")
    return tuple(gaps)


def _dated(record: SeriesRecord, datasets: Sequence[Dataset]) -> SeriesRecord:
    acquisition = acquisition_of(datasets)
    told = tuple(f for f in acquisition.findings if f.code != "missing-acquisition-time")
    missing = tuple(name for name in acquisition.missing if "duration" not in name)
    return replace(
        record,
        acquisition_start=acquisition.start,
        decay_corrected_to=DecayReference.UNKNOWN,
        contradictions=(*record.contradictions, *told),
        missing=(*record.missing, *missing),
    )


def _emission(record: SeriesRecord, datasets: Sequence[Dataset]) -> SeriesRecord:
    head = datasets[0]
    camera = camera_of(head)
    acquisition = acquisition_of(datasets)
    drug = radiopharmaceutical_of(head, plausible_for_patient=not record.is_phantom, acquired=acquisition.start)
    decay = decay_state(datasets, record.units, drug, acquisition)
    corrected = decay.reference is not DecayReference.NONE
    found = [
        *record.contradictions,
        *drug.findings,
        *half_life_findings(drug, decay_corrected=corrected),
        *acquisition.findings,
        *decay.findings,
    ]
    gaps = [*record.missing, *drug.missing, *acquisition.missing, *decay.missing, *camera_gaps(camera)]
    filled: dict[str, Any] = {
        "decay_corrected_to": decay.reference,
        "radionuclide": drug.radionuclide,
        "radionuclide_source": drug.radionuclide_source,
        "radiopharmaceutical": drug.name,
        "half_life_s": drug.half_life_s,
        "administered_activity_bq": drug.activity_bq,
        "administration_start": drug.start,
        "acquisition_start": acquisition.start,
        "acquisition_duration_s": acquisition.duration_s,
    }
    if record.planar is not None and record.planar.duration_s is not None:
        filled["acquisition_duration_s"] = record.planar.duration_s
        gaps = [gap for gap in gaps if not gap.startswith("acquisition duration")]
    if record.kind is ImageKind.OTHER:
        came = f"{', '.join(record.image_type) or 'none'} came"
        found.append(notice("unknown-image-type", "an Image Type such as RECON TOMO, STATIC or WHOLE BODY", came))
    if record.kind is ImageKind.TOMOGRAM:
        corrections = corrections_of(datasets)
        found += corrections.findings
        filled["attenuation_correction"] = corrections.attenuation
        filled["scatter_correction"] = corrections.scatter
    else:
        found = [notice(f.code, *_parts(f)) if f.blocking else f for f in found]
    return replace(record, camera=camera, contradictions=tuple(found), missing=tuple(gaps), **filled)


def _parts(finding: Finding) -> tuple[str, str]:
    expected, _, came = finding.message.partition(", but ")
    return expected.removeprefix("expected "), came
