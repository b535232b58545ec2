"""The steps of the chain of uncertainty: which are in the budget, where from, and which nobody stated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hevesy.quantities import Uncertain
from hevesy.report.uncertainty_model import ChainStepModel
from hevesy.workflow.alignments import Alignments
from hevesy.workflow.config import Study
from hevesy.workflow.doses import RegionDose
from hevesy.workflow.job import Job

_Step = tuple[str, frozenset[str], str, str]
"""Name, kinds of source, words where it is included, words where it is not."""


def uncertainty_chain(job: Job, aligned: Alignments, doses: Sequence[RegionDose]) -> list[ChainStepModel]:
    """Every step that the guidance names, so that a missing one is told and not taken for zero.

    References
    ----------
    .. [1] J. I. Gear et al., Eur. J. Nucl. Med. Mol. Imaging 45 (2018) 2456, doi:10.1007/s00259-018-4136-7
    """
    kinds = {name.partition(":")[0] for dose in doses for name in _estimate(dose).components}
    return [
        ChainStepModel(step=step, included=bool(kinds & of), words=there if kinds & of else absent)
        for step, of, there, absent in _steps(job.study, aligned)
    ]


def _estimate(dose: RegionDose) -> Uncertain:
    if dose.bed is not None:
        return dose.bed.estimate
    return dose.absorbed_dose.estimate if dose.absorbed_dose is not None else Uncertain(0.0)


def _steps(study: Study, aligned: Alignments) -> Iterator[_Step]:
    stated = study.uncertainty.reconstruction
    yield (
        "volume",
        frozenset({"volume"}),
        "position of the drawn boundary; it moves mass, recovery, counts and S value together",
        "not stated",
    )
    yield (
        "recovery",
        frozenset({"recovery", "resolution"}),
        "recovery curve or resolution, shared by all regions, and its model",
        "no recovery correction",
    )
    yield "counts", frozenset({"counts"}), "noise of the counts of each region on each scan", "counts are not known"
    yield (
        "reconstruction",
        frozenset({"counts"}) if stated else frozenset(),
        f"stated for repeated reconstructions: {stated.source if stated else ''}",
        "not stated; what recovery by shape leaves unexplained, and the scatter about the curve, hold some of it",
    )
    yield (
        "calibration",
        frozenset({"calibration", "administered-activity"}),
        "one source for all regions and scans",
        "not stated",
    )
    yield "dead time", frozenset({"dead-time", "count-rate"}), "of the camera", "not corrected for, so not known"
    yield "registration", frozenset({"registration"}), *_registration(aligned)
    yield (
        "fit",
        frozenset({"fit", "tail", "half-life"}),
        "scatter about the curve, few scans, unseen uptake, stated half-lives",
        "no curve",
    )
    yield (
        "S value",
        frozenset({"energy", "absorbed-fraction", "s-value"}),
        "energy per decay and absorbed fractions"
        + (
            ", and stated"
            if study.uncertainty.s_value
            else "; not the difference between a region and the sphere or tissue that the engine takes it for"
        ),
        "the engine states none",
    )
    yield (
        "radiobiology",
        frozenset({"alpha-beta", "repair"}),
        "alpha/beta and repair half-time, in BED and EQD2",
        "no uncertainty of alpha/beta or repair half-time is stated; it is often the largest of BED",
    )


def _registration(aligned: Alignments) -> tuple[str, str]:
    there = "residual shift between the drawing and each scan, or the uncertainty of each region's own shift"
    if aligned.to_time_point is None:
        return there, "regions are drawn on each scan"
    return there, "nothing measures what the registration leaves"
