"""From what a study of planar images computed to what it writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.acquire import read_headers, series_sha256
from hevesy.domain import InputFile, RoiSet
from hevesy.report import ReportImages, Results
from hevesy.report.model import CalibrationModel, DoseMapModel, ProvenanceModel, RecoveryModelOut, TimePointModel
from hevesy.workflow.assemble import STATEMENT
from hevesy.workflow.cite import citation_models, planar_topics
from hevesy.workflow.dicom_output import DicomObjects
from hevesy.workflow.doses import RegionDose
from hevesy.workflow.entries import administration_entry, region_entry
from hevesy.workflow.estimates import estimate
from hevesy.workflow.outputs import RunOutput
from hevesy.workflow.planar_entries import planar_entry, planar_inputs, planar_pictures, with_planar
from hevesy.workflow.planar_measured import PlanarMeasured
from hevesy.workflow.planar_scans import PlanarScan
from hevesy.workflow.provenance import result_key, versions

if TYPE_CHECKING:
    from hevesy.workflow.planar_study import PlanarJob

_NO_MAP = "planar images alone hold no depth"
_HOUR = 3600.0


def planar_output(job: PlanarJob, measured: PlanarMeasured, doses: Sequence[RegionDose]) -> RunOutput:
    """Everything that a study of planar images writes."""
    images = ReportImages(planar=planar_pictures(measured))
    nothing = RoiSet((), None, "planar")
    objects = DicomObjects(
        dose=None,
        dose_comment="",
        bed=None,
        segmented=(),
        structures=nothing,
        structure_headers=(),
        reference_headers=read_headers(measured.scans[0].record),
        registrations=(),
        registered_images=False,
        measurements=(),
        with_plan=False,
    )
    return RunOutput(_results(job, measured, doses), images, None, None, objects)


def _results(job: PlanarJob, measured: PlanarMeasured, doses: Sequence[RegionDose]) -> Results:
    return Results(
        statement=STATEMENT,
        patient_label=job.study.patient.label,
        regions=[with_planar(region_entry(dose, None, _NO_MAP), dose.course, measured) for dose in doses],
        time_points=[_time_point(scan) for scan in measured.scans],
        administration=administration_entry(job.administration),
        calibration=CalibrationModel(
            method="planar",
            factor_cps_per_bq=estimate(measured.sensitivity, "1/(s Bq)"),
            source=measured.sensitivity_source,
            camera={},
        ),
        recovery=RecoveryModelOut(
            method="none",
            b1_ml=None,
            b2=None,
            covariance=None,
            smallest_sphere_ml=None,
            largest_sphere_ml=None,
            source="planar images; what blur carries out of a projected region is part of its transfer matrix",
        ),
        alignment=[],
        planar=planar_entry(measured, "planar"),
        dose_map=DoseMapModel(made=False, reason=_NO_MAP, recovery_corrected=False, file=None, maximum_gy=None),
        engine={
            "region": f"{job.engine.name}: {job.engine.description}",
            "limits": " ".join(job.engine.validity),
        },
        findings=[*job.administration.findings, *measured.limits],
        files={},
        provenance=_provenance(job, measured),
    )


def _time_point(scan: PlanarScan) -> TimePointModel:
    record = scan.record
    return TimePointModel(
        index=scan.index,
        time_h=scan.time_s / _HOUR,
        start=record.acquisition_start.isoformat() if record.acquisition_start else "",
        duration_s=record.acquisition_duration_s,
        emission_series=record.series_uid,
        ct_series=None,
        units=record.units or "unknown",
        scale_source=record.scale_source,
        decay_corrected_to=record.decay_corrected_to.value,
        contradictions=[finding.message for finding in record.contradictions],
        missing=[],
    )


def _provenance(job: PlanarJob, measured: PlanarMeasured) -> ProvenanceModel:
    series = [InputFile(f"{s.modality} series {s.series_uid}", series_sha256(s)) for s in job.series]
    inputs = (*series, *planar_inputs(measured))
    settings, used = job.study.model_dump(mode="json"), versions()
    return ProvenanceModel(
        key=result_key(inputs, settings, used),
        inputs=[{"name": item.name, "sha256": item.sha256} for item in inputs],
        settings=settings,
        versions=used,
        seed=None,
        citations=citation_models(planar_topics(job.study, job.administration.nuclide, job.engine)),
        created=None,
    )
