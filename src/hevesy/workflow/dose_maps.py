"""The dose maps of a study: one map of the decays, and what every engine makes of it."""

from __future__ import annotations

from dataclasses import replace

from hevesy.acquire import series_sha256
from hevesy.transport import EngineSettings
from hevesy.workflow.ct_images import CtImages
from hevesy.workflow.job import Job
from hevesy.workflow.mapping import DecayMap, DoseMaps, MapInputs, decay_map, engine_map
from hevesy.workflow.matter import MapMatter, matter_of_ct, matter_of_regions
from hevesy.workflow.means import Means
from hevesy.workflow.stage_contents import MAPS, map_content


def make_dose_maps(job: Job, inputs: MapInputs, cts: CtImages, means: Means) -> DoseMaps:
    """The maps of all engines, as an earlier run stored them or anew."""
    reference = job.reference.index
    grid = inputs.scans[reference - 1].activity.grid
    curve, settings = job.engines.ct, job.engines.settings
    parts = {
        "inputs": map_content(inputs),
        "grid": grid,
        "engines": [engine.name for engine in job.engines.maps],
        "settings": replace(settings, threads=EngineSettings.threads),
        "emissions": job.emissions,
        "curve": None if curve is None else (curve.curve, curve.accepted),
        "ct": series_sha256(cts.record(reference)) if curve is not None else None,
    }

    def make() -> DoseMaps:
        decays = decay_map(inputs, grid, job.administration.nuclide)
        matter = _matter(job, decays, cts)
        maps = []
        for done, engine in enumerate(job.engines.maps):
            means.progress("dose map", done, len(job.engines.maps))
            maps.append(engine_map(engine, job.emissions, decays, matter))
        return DoseMaps(tuple(maps), (*decays.findings, *matter.findings))

    means.progress("dose map", 0, len(job.engines.maps))
    made = means.store.get_or_make("dose map", parts, make, MAPS)
    means.progress("dose map", len(job.engines.maps), len(job.engines.maps))
    return made


def _matter(job: Job, decays: DecayMap, cts: CtImages) -> MapMatter:
    if job.engines.ct is None:
        return matter_of_regions(decays.image.grid, decays.density_g_ml)
    return matter_of_ct(cts[job.reference.index], decays.image.grid, job.engines.ct, decays.image)
