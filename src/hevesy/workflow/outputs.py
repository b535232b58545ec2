"""Writing everything a run gives, into one folder that is complete or not there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hevesy.domain import Image, Progress
from hevesy.errors import OutputError
from hevesy.report import ReportImages, Results, compose, results_json, write_csv, write_html, write_nifti, write_pdf
from hevesy.workflow.config import PlanarStudy, Study
from hevesy.workflow.dicom_output import DicomObjects, write_objects
from hevesy.workflow.folder import carry_over, check_folder, writing
from hevesy.workflow.provenance import file_sha256
from hevesy.workflow.stage_store import STAGES

RESULTS = "results.json"


@dataclass(frozen=True)
class RunOutput:
    """Everything a run computed."""

    results: Results
    images: ReportImages
    dose: Image | None
    """[Gy]"""
    statistical: Image | None
    """Standard uncertainty of the dose from the engine's statistics. [Gy]"""
    objects: DicomObjects
    """What the DICOM objects are made from."""
    activities: tuple[Image, ...] = ()
    """Of every time point on the voxels of the reference, where the study asks for them. [Bq/ml]"""


def check_output(out: Path, images: Sequence[Path]) -> None:
    """Refuse, before anything is computed, a folder that results may not go into.

    Raises
    ------
    OutputError
        If it holds something else, cannot be written, or lies among the images, which the next run would read.
    """
    check_folder(out, marker=RESULTS, apart_from=images)


def check_source(out: Path, study: Study | PlanarStudy, study_path: Path) -> None:
    """Refuse regions that are read from a file of the results, which the run would replace by its own.

    Raises
    ------
    OutputError
        If ``regions.from`` names something that an earlier run wrote into ``out``.
    """
    if study.regions.source is None:
        return
    source, target = (study_path.resolve().parent / study.regions.source).resolve(), out.resolve()
    if not source.is_relative_to(target):
        return
    inside = source.relative_to(target).as_posix()
    if inside == "." or any(name == inside or name.startswith(f"{inside}/") for name in written_before(out)):
        raise OutputError(
            f"regions.from: expected edited regions under a name of their own, but {study.regions.source} is a file of "
            "the results, which the run replaces: copy it"
        )


def write_output(output: RunOutput, stage: Path, out: Path, progress: Progress) -> Results:
    """Write everything into a temporary folder and return the results with the list of its files.

    Parameters
    ----------
    stage
        The temporary folder, which takes the place of ``out`` afterwards.
    out
        The earlier result, if there is one; the user's own files in it come along.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    with writing(out):
        files = _data_files(output, stage, progress)
        results = output.results.model_copy(update={"files": {**files, **_REPORTS}})
        progress("draw the report", 0, len(results.regions))
        document = compose(results, output.images, progress)
        progress("draw the report", len(results.regions), len(results.regions))
        progress("write the report", 0, 3)
        write_html(results, output.images, stage / _REPORTS["report_html"], document=document)
        progress("write the report", 1, 3)
        write_pdf(results, output.images, stage / _REPORTS["report_pdf"], document=document)
        progress("write the report", 2, 3)
        results = results.model_copy(update={"sha256": _checksums(results, stage)})
        (stage / RESULTS).write_text(results_json(results), encoding="utf-8")
        carry_over(out, stage, written_before(out) | {STAGES})
        progress("write the report", 3, 3)
    return results


def _checksums(results: Results, stage: Path) -> dict[str, str]:
    return {name: file_sha256(stage / name) for name in results.files.values() if name != RESULTS}


_REPORTS = {"results": RESULTS, "report_html": "report.html", "report_pdf": "report.pdf"}


def _data_files(output: RunOutput, stage: Path, progress: Progress) -> dict[str, str]:
    files = {name: path.relative_to(stage).as_posix() for name, path in write_csv(output.results, stage).items()}
    total = 2
    progress("write images and DICOM", 0, total)
    bed = output.objects.bed
    activities = [(f"activity_{n}", f"activity_{n}.nii.gz", image) for n, image in enumerate(output.activities, 1)]
    for key, name, image in (
        ("dose_nifti", "dose.nii.gz", output.dose),
        ("dose_uncertainty_nifti", "dose_uncertainty.nii.gz", output.statistical),
        ("bed_nifti", "bed.nii.gz", bed.image if bed is not None else None),
        *activities,
    ):
        if image is not None:
            write_nifti(image, stage / name)
            files[key] = name
    progress("write images and DICOM", 1, total)
    files |= write_objects(output.objects, stage)
    progress("write images and DICOM", total, total)
    return files


def written_before(out: Path) -> frozenset[str]:
    """Files that an earlier run wrote, as its results.json lists them."""
    try:
        earlier = json.loads((out / RESULTS).read_text(encoding="utf-8"))
        files = earlier["files"]
        return frozenset(str(name) for name in files.values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return frozenset(_REPORTS.values())
