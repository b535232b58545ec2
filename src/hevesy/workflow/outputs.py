"""Writing everything a run gives, into one folder that is complete or not there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hevesy.domain import Image, Progress
from hevesy.report import ReportImages, Results, compose, results_json, write_csv, write_html, write_nifti, write_pdf
from hevesy.workflow.dicom_output import DicomObjects, write_objects
from hevesy.workflow.folder import carry_over, check_folder, staged_folder

RESULTS = "results.json"


@dataclass(frozen=True)
class RunOutput:
    """Everything a run computed."""

    results: Results
    images: ReportImages
    dose: Image | None
    """[Gy]"""
    objects: DicomObjects
    """What the DICOM objects are made from."""


def check_output(out: Path, images: Sequence[Path]) -> None:
    """Refuse, before anything is computed, a folder that results may not go into.

    Raises
    ------
    OutputError
        If it holds something else, cannot be written, or lies among the images, which the next run would read.
    """
    check_folder(out, marker=RESULTS, apart_from=images)


def write_output(output: RunOutput, out: Path, progress: Progress) -> Results:
    """Write the results folder and return the results with the list of its files.

    Raises
    ------
    OutputError
        If the folder cannot be written; an earlier result stays as it was.
    """
    with staged_folder(out, marker=RESULTS) as stage:
        files = _data_files(output, stage, progress)
        results = output.results.model_copy(update={"files": {**files, **_REPORTS}})
        document = compose(results, output.images)
        progress("write the report", 1, 3)
        write_html(results, output.images, stage / _REPORTS["report_html"], document=document)
        progress("write the report", 2, 3)
        write_pdf(results, output.images, stage / _REPORTS["report_pdf"], document=document)
        (stage / RESULTS).write_text(results_json(results), encoding="utf-8")
        carry_over(out, stage, _written_before(out))
        progress("write the report", 3, 3)
    return results


_REPORTS = {"results": RESULTS, "report_html": "report.html", "report_pdf": "report.pdf"}


def _data_files(output: RunOutput, stage: Path, progress: Progress) -> dict[str, str]:
    files = {name: path.relative_to(stage).as_posix() for name, path in write_csv(output.results, stage).items()}
    total = 2
    progress("write images and DICOM", 0, total)
    bed = output.objects.bed
    for key, name, image in (
        ("dose_nifti", "dose.nii.gz", output.dose),
        ("bed_nifti", "bed.nii.gz", bed.image if bed is not None else None),
    ):
        if image is not None:
            write_nifti(image, stage / name)
            files[key] = name
    progress("write images and DICOM", 1, total)
    files |= write_objects(output.objects, stage)
    progress("write images and DICOM", total, total)
    return files


def _written_before(out: Path) -> frozenset[str]:
    """Files that an earlier run wrote, as its results.json lists them."""
    try:
        earlier = json.loads((out / RESULTS).read_text(encoding="utf-8"))
        files = earlier["files"]
        return frozenset(str(name) for name in files.values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return frozenset(_REPORTS.values())
