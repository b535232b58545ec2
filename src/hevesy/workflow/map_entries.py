"""The dose maps and their engines as entries of ``results.json``."""

from __future__ import annotations

from collections.abc import Sequence

from hevesy.domain import Region
from hevesy.report.model import DoseMapModel, RegionByEngineModel
from hevesy.workflow.calibrated import calibration_limits
from hevesy.workflow.doses import RegionDose
from hevesy.workflow.job import Job
from hevesy.workflow.mapping import DoseMaps
from hevesy.workflow.recovery import recovery_limits


def dose_map_entry(
    job: Job, made: DoseMaps | None, no_map: str, regions: Sequence[tuple[RegionDose, Region]]
) -> DoseMapModel:
    """The dose map, what makes it doubtful in which region, and the other engines beside it."""
    corrected = job.study.dose_map.recovery_corrected
    if made is None:
        return DoseMapModel(made=False, reason=no_map, recovery_corrected=corrected, file=None, maximum_gy=None)
    first = made.maps[0]
    return DoseMapModel(
        made=True,
        reason=None,
        recovery_corrected=corrected,
        file="dose.nii.gz",
        maximum_gy=float(first.image.values.max()),
        engine=first.engine,
        matter=_matter(job),
        uncertainty_file="dose_uncertainty.nii.gz" if first.statistical is not None else None,
        notes=[f"{one.engine}: {note}" for one in made.maps for note in one.notes],
        doubts=_doubts(job, regions),
        by_engine=[_by_engine(made, region) for _, region in regions] if len(made.maps) > 1 else [],
    )


def _matter(job: Job) -> str:
    used = job.engines.ct
    if used is None:
        return "densities as the study states them for the regions and average soft tissue elsewhere, one medium"
    return f"CT of time point {job.reference.index}: density by the curve {used.curve.name}, media by CT number"


def _doubts(job: Job, regions: Sequence[tuple[RegionDose, Region]]) -> dict[str, list[str]]:
    found = {}
    for dose, region in regions:
        mass = dose.course.mass_kg
        doubts = job.engines.map.doubts(mass.value) if mass is not None else ()
        if doubts:
            found[region.name] = list(doubts)
    return found


def _by_engine(made: DoseMaps, region: Region) -> RegionByEngineModel:
    means = {one.engine: float(one.image.values[region.mask].mean()) for one in made.maps}
    first = means[made.maps[0].engine]
    ratios = {name: mean / first for name, mean in means.items()} if first > 0 else {}
    return RegionByEngineModel(region=region.name, mean_gy=means, ratio_to_map=ratios)


def engine_words(job: Job) -> dict[str, str]:
    """Region and map engine with their descriptions, and what they cannot give."""
    region, used = job.engines.region, job.engines.map
    words = {"region": f"{region.name}: {region.description}", "map": f"{used.name}: {used.description}"}
    limits = (*region.validity, *recovery_limits(job.recovery), *calibration_limits(job.calibration))
    of_map = " ".join(f"Dose map: {sentence}" for sentence in used.validity)
    return {**words, "limits": " ".join(limits), "map_limits": of_map}
