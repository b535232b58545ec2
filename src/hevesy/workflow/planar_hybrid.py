"""The planar scans of a hybrid study, whose regions are those drawn on the CT of its one SPECT."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hevesy.domain import RegionKind
from hevesy.errors import StudyFileError
from hevesy.workflow.ct_images import CtImages
from hevesy.workflow.job import Job
from hevesy.workflow.planar_measured import PlanarInputs, PlanarMeasured, measure_planar
from hevesy.workflow.quantified import QuantifiedScan


def measure_hybrid(job: Job, scans: Sequence[QuantifiedScan], cts: CtImages) -> PlanarMeasured | None:
    """Measure the planar scans; None where the study has none.

    Raises
    ------
    StudyFileError
        If the study has several SPECTs, no CT, or no drawn region.
    InputError
        If anything in the planar section or its images is not as it must be.
    """
    section = job.study.planar
    if section is None:
        return None
    key = "planar.method"
    if len(scans) != 1:
        came = f"{len(scans)} time points came"
        raise StudyFileError("one SPECT (time_points) with method hybrid", came, key)
    index = scans[0].point.index
    if index not in cts or index not in job.drawn:
        raise StudyFileError("a CT of the SPECT and regions drawn there with method hybrid", "one is missing", key)
    grid = scans[0].activity.grid
    heights = grid.points(np.array([[0.0, 0.0, z] for z in (-0.5, grid.shape[0] - 0.5)]))[:, 2]
    found = [item.name for item in job.study.regions.items if item.found_within]
    names = [s.name for s in job.settings if s.kind is not RegionKind.REMAINDER and s.name not in found]
    return measure_planar(
        section,
        PlanarInputs(
            report=job.report,
            administration=job.administration,
            folder=job.folder,
            names=names,
            drawn=job.drawn[index],
            ct=cts[index],
            field_mm=(float(heights.min()), float(heights.max())),
        ),
    )
