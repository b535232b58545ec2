"""From what was computed to the results document, the pictures and the objects to write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hevesy.acquire import read_headers, series_sha256
from hevesy.domain import (
    Image,
    InputFile,
    Region,
)
from hevesy.quantities import Draws
from hevesy.report import ReportImages, Results
from hevesy.report.model import ProvenanceModel, RegionResult
from hevesy.transport import Capability
from hevesy.workflow.alignments import Alignments, seen_from_reference
from hevesy.workflow.bed_map import bed_map
from hevesy.workflow.bends import bend_entries
from hevesy.workflow.calibrated import calibration_findings
from hevesy.workflow.cite import citations
from hevesy.workflow.dicom_output import DicomObjects
from hevesy.workflow.doses import RegionDose
from hevesy.workflow.drawn_doses import RegionDraws
from hevesy.workflow.elsewhere import drawn_on
from hevesy.workflow.entries import (
    administration_entry,
    calibration_entry,
    recovery_entry,
    region_entry,
    time_point_entry,
)
from hevesy.workflow.job import Job
from hevesy.workflow.limits import Judging, judge_limits, limit_findings
from hevesy.workflow.limits_earlier import earlier_files
from hevesy.workflow.local_shifts import local_shift_entries
from hevesy.workflow.map_entries import dose_map_entry, engine_words
from hevesy.workflow.mapping import DoseMaps, RegionMap, map_of_region
from hevesy.workflow.marrow_inputs import MarrowOutcome, outcome_entries
from hevesy.workflow.marrow_study import input_files, marrow_regions
from hevesy.workflow.measured import region_measurements
from hevesy.workflow.outputs import RunOutput
from hevesy.workflow.place import PlacedRegions
from hevesy.workflow.planar_entries import planar_entry, planar_inputs, planar_pictures, with_planar
from hevesy.workflow.planar_measured import PlanarMeasured
from hevesy.workflow.provenance import file_sha256, result_key, versions
from hevesy.workflow.quantified import QuantifiedScan
from hevesy.workflow.structures import editable_regions, registrations, structure_reference
from hevesy.workflow.uncertainties import disagreements, region_with_draws, uncertainty_entry, with_findings
from hevesy.workflow.uncertainty_chain import uncertainty_chain

STATEMENT = "For research and quality assurance only. Hevesy is not a certified medical device."


@dataclass(frozen=True)
class Computed:
    """Everything computed from the voxels."""

    cts: Mapping[int, Image]
    aligned: Alignments
    scans: Sequence[QuantifiedScan]
    placed: Mapping[int, PlacedRegions]
    doses: Sequence[RegionDose]
    maps: DoseMaps | None
    no_map: str
    drawn: Mapping[str, RegionDraws] = field(default_factory=dict)
    """Monte Carlo draws of every region; empty where none were asked for."""
    planar: PlanarMeasured | None = None
    marrow: MarrowOutcome | None = None
    """Blood, whole body and red marrow, where the study asks for them."""

    @property
    def dose(self) -> Image | None:
        """The dose map. [Gy]"""
        return self.maps.maps[0].image if self.maps is not None else None

    @property
    def statistical(self) -> Image | None:
        """Its statistical standard uncertainty, where the engine has one. [Gy]"""
        return self.maps.maps[0].statistical if self.maps is not None else None


def assemble(job: Job, computed: Computed) -> RunOutput:
    """Everything that a run writes, from what was settled and what was computed."""
    reference = job.reference.index
    regions = computed.placed[reference].regions
    mapped = _region_maps(computed, reference)
    results = _with_limits(_results(job, computed, mapped), job, computed)
    images = ReportImages(
        ct=computed.cts.get(reference),
        spect=seen_from_reference(computed.aligned, {s.point.index: s.activity for s in computed.scans}, reference),
        dose=computed.dose,
        reference=reference - 1,
        regions=tuple(region for placed in computed.placed.values() for region in placed.regions.values())
        if computed.aligned.to_time_point is None
        else tuple(regions.values()),
        alignment=computed.aligned.pictures,
        planar=() if computed.planar is None else planar_pictures(computed.planar),
    )
    return RunOutput(
        results=results,
        images=images,
        dose=computed.dose,
        statistical=computed.statistical,
        objects=_objects(job, computed, results),
        activities=images.spect if job.study.output.activity_images and _registered(computed) else (),
    )


def _registered(computed: Computed) -> bool:
    """Whether every time point is known on the voxels of the reference."""
    return computed.aligned.to_time_point is not None or len(computed.scans) == 1


def _objects(job: Job, computed: Computed, results: Results) -> DicomObjects:
    regions = computed.placed[job.reference.index].regions
    structures = editable_regions(job, regions, computed.aligned.to_time_point)
    courses = [dose.course for dose in computed.doses]
    segmented = tuple(regions.values())
    return DicomObjects(
        dose=computed.dose,
        dose_comment=_dose_comment(job),
        bed=bed_map(computed.dose, regions, courses) if computed.dose is not None else None,
        segmented=segmented,
        structures=structures,
        structure_headers=structure_reference(job, structures),
        reference_headers=read_headers(job.reference.emission),
        registrations=registrations(computed.aligned.to_time_point, job),
        registered_images=job.study.alignment.method == "rigid-ct",
        measurements=region_measurements(results.regions, segmented, computed.dose),
        with_plan=job.study.output.rtdose == "plan",
    )


def _dose_comment(job: Job) -> str:
    corrected = "recovery-corrected" if job.study.dose_map.recovery_corrected else "not recovery-corrected"
    crossfire = "with crossfire" if Capability.CROSSFIRE in job.engines.map.capabilities else "no crossfire"
    return f"Hevesy, {job.engines.map.name}, {corrected}, {crossfire}; research only"


def _region_maps(computed: Computed, reference: int) -> dict[str, RegionMap]:
    if computed.maps is None:
        return {}
    found = {}
    for dose in computed.doses:
        region = computed.placed[reference].regions.get(dose.course.settings.name)
        if region is not None and dose.course.fitted is not None:
            estimate = dose.absorbed_dose.estimate if dose.absorbed_dose else None
            found[region.name] = map_of_region(computed.maps.maps[0], region, estimate)
    return found


def _mapped_regions(computed: Computed, reference: int) -> list[tuple[RegionDose, Region]]:
    """Regions that the maps are compared over."""
    placed = computed.placed[reference].regions
    named = [(dose, placed.get(dose.course.settings.name)) for dose in computed.doses]
    return [(dose, region) for dose, region in named if region is not None]


def _results(job: Job, computed: Computed, mapped: Mapping[str, RegionMap]) -> Results:
    reference = job.reference.index
    regions = _regions(job, computed, mapped)
    uncertainty = uncertainty_entry(job.study.uncertainty, computed.doses, regions, computed.drawn)
    measured = computed.marrow
    blood, body, red = outcome_entries(job.marrow, measured) if job.marrow and measured else (None, None, None)
    elsewhere = marrow_regions(measured, red, job.administration) if measured else ()
    return Results(
        statement=STATEMENT,
        patient_label=job.study.patient.label,
        uncertainty=uncertainty.model_copy(update={"chain": uncertainty_chain(job, computed.aligned, computed.doses)}),
        regions=[*with_findings(regions, disagreements(uncertainty)), *elsewhere],
        blood=blood,
        whole_body=body,
        marrow=red,
        time_points=[time_point_entry(point) for point in job.plan],
        administration=administration_entry(job.administration),
        calibration=calibration_entry(job.calibration, computed.scans),
        recovery=recovery_entry(job.recovery),
        alignment=list(computed.aligned.entries),
        drawn_elsewhere=computed.aligned.elsewhere,
        region_bends=bend_entries(computed.placed),
        local_shifts=local_shift_entries([s.name for s in job.settings], computed.placed),
        planar=None if computed.planar is None else planar_entry(computed.planar, "hybrid"),
        dose_map=dose_map_entry(job, computed.maps, computed.no_map, _mapped_regions(computed, reference)),
        engine=engine_words(job),
        findings=_findings(job, computed),
        files={},
        provenance=_provenance(job, computed),
    )


def _with_limits(results: Results, job: Job, computed: Computed) -> Results:
    study = job.study
    draws = Draws(study.uncertainty.seed, study.uncertainty.samples) if computed.drawn else None
    judging = Judging(study.limits, study.earlier_cycles, study.max_activity_for, job.folder, computed.drawn, draws)
    found = judge_limits(results, judging)
    findings = [*results.findings, *limit_findings(found)]
    return results.model_copy(update={"limits": found, "findings": findings})


def _regions(job: Job, computed: Computed, mapped: Mapping[str, RegionMap]) -> list[RegionResult]:
    found = []
    for dose in computed.doses:
        name = dose.course.settings.name
        entry = with_planar(region_entry(dose, mapped.get(name), computed.no_map), dose.course, computed.planar)
        found.append(region_with_draws(entry, computed.drawn.get(name), job.study.uncertainty))
    return found


def _findings(job: Job, computed: Computed) -> list[str]:
    used = {roi.name for rois in job.drawn.values() for roi in rois.rois}
    used -= {settings.name for settings in job.settings}
    used -= {item.found_within for item in job.study.regions.items if item.found_within}
    settled = computed.aligned.to_time_point is not None or job.study.regions.home is None
    found = [*job.administration.findings, *job.corrections, *calibration_findings(job.calibration)]
    found += [f.message for f in job.report.contradictions if not (settled and f.code == "frames-of-reference-differ")]
    if used:
        found.append(f"drawn but not in the study: {', '.join(sorted(used))}")
    found += computed.marrow.findings if computed.marrow is not None else ()
    found += computed.maps.findings if computed.maps is not None else ()
    found += [f"no dose map: {computed.no_map}"] if computed.no_map else []
    if job.study.output.activity_images and not _registered(computed):
        found.append("no activity images: the time points were not aligned")
    found += [f"time point {p.index} has no CT" for p in job.plan if p.ct is None]
    return found


def _provenance(job: Job, computed: Computed) -> ProvenanceModel:
    planar = () if computed.planar is None else planar_inputs(computed.planar)
    inputs = (*_inputs(job), *planar, *input_files(job.marrow, computed.marrow))
    biology = any(dose.bed is not None for dose in computed.doses)
    settings = job.study.model_dump(mode="json")
    used = versions()
    return ProvenanceModel(
        key=result_key(inputs, settings, used),
        inputs=[{"name": item.name, "sha256": item.sha256} for item in inputs],
        settings=settings,
        versions=used,
        seed=job.engines.settings.seed if _drawn(job) else None,
        citations=citations(job.study, job.administration.nuclide, job.engines, biology=biology),
        created=None,
    )


def _drawn(job: Job) -> bool:
    """Whether random numbers were drawn."""
    return any(Capability.STATISTICS in engine.capabilities for engine in job.engines.maps)


def _inputs(job: Job) -> tuple[InputFile, ...]:
    series = {s.series_uid: s for p in job.plan for s in (p.emission, p.ct) if s is not None}
    series |= {
        s.series_uid: s for s in (*job.drawn_series, *job.calibration.series, *job.recovery.series, *drawn_on(job))
    }
    found = [InputFile(f"{s.modality} series {uid}", series_sha256(s)) for uid, s in series.items()]
    found += [InputFile(file.name, file_sha256(file)) for file in job.recovery.files]
    if job.calibration.dead_time is not None and job.calibration.dead_time.file is not None:
        curve = job.calibration.dead_time.file
        found.append(InputFile(curve.name, file_sha256(curve)))
    if job.engines.ct is not None and job.engines.ct.file is not None:
        found.append(InputFile(job.engines.ct.file.name, file_sha256(job.engines.ct.file)))
    if job.study.regions.labels is not None and job.study.regions.source is not None:
        labels = job.folder / job.study.regions.source
        found.append(InputFile(labels.name, file_sha256(labels)))
    found += [
        InputFile(f"earlier cycle {n}", file_sha256(path))
        for n, path in enumerate(earlier_files(job.study.earlier_cycles, job.folder), start=1)
    ]
    return tuple(found)
