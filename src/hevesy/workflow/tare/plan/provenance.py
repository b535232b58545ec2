"""What a plan was made from: files, settings, versions, seed and references."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hevesy.domain import Citation
from hevesy.physdata import nuclide
from hevesy.quantities.settings_file import read_yaml
from hevesy.transport import engine
from hevesy.workflow.holmium import hashes
from hevesy.workflow.provenance import result_key, versions
from hevesy.workflow.tare.images.planar_scout import planar_files
from hevesy.workflow.tare.plan.imaging import Imaging
from hevesy.workflow.tare.plan.product import Case
from hevesy.workflow.tare.plan.settings import TarePlan


def provenance_of(settings: Mapping[str, Any], files: Iterable[Path], cited: Iterable[Citation]) -> dict[str, Any]:
    """Key, hashes, settings, versions and references, as every document of a radioembolisation tells them.

    Parameters
    ----------
    settings
        As they were used, for JSON.
    files
        Everything that was read.
    cited
        References of methods and data.
    """
    inputs, used = hashes(tuple(dict.fromkeys(files))), versions()
    return {
        "key": result_key(inputs, settings, used),
        "inputs": [{"name": item.name, "sha256": item.sha256} for item in inputs],
        "settings": dict(settings),
        "versions": used,
        "citations": [{"key": c.key, "text": c.text, "doi": c.doi} for c in dict.fromkeys(cited)],
    }


def plan_provenance(path: Path, plan: TarePlan, imaging: Imaging | None, cases: Iterable[Case]) -> dict[str, Any]:
    """That of a plan.

    Parameters
    ----------
    path
        The plan file; images and planar views are beside it.
    plan, imaging
        As they were used.
    cases
        Products that were not refused.
    """
    files = (path, *planar_files(read_yaml(path, "plan file"), path.parent), *(imaging.maps.inputs if imaging else ()))
    settings = plan.model_dump(mode="json", by_alias=True)
    return {**provenance_of(settings, files, _cited(plan, cases)), "seed": plan.sampling.seed}


def _cited(plan: TarePlan, cases: Iterable[Case]) -> Iterator[Citation]:
    """Decay data, dose factors and dose engine, then every limit and target."""
    named = plan.images.dose_engine if plan.images and "voxel" in plan.models else None
    for case in cases:
        data = nuclide(case.product.nuclide)
        yield from (data.source, case.product.sources["dose_factor_j_per_gbq"].citation)
        yield from engine(named, "engine").citations(data) if named else ()
        yield from (one.rule.source.citation for method in ("multi", "one") for one in case.rules(method))
