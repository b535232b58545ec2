"""Recovery by shape of every scan: its regions, what lies around them, and the rest of the body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hevesy.domain import Region, RegionKind
from hevesy.errors import RegionFinding
from hevesy.numerics.response import Part
from hevesy.numerics.surroundings import surroundings
from hevesy.quantify import (
    Compartment,
    RecoveredRegion,
    Resolution,
    recover_regions,
)
from hevesy.workflow.config import (
    Regions,
    ShapeRecovery,
)
from hevesy.workflow.place import PlacedRegions
from hevesy.workflow.quantified import QuantifiedScan
from hevesy.workflow.recovery import UsedRecovery

_NEAR_MM = 25.0
"""What lies within this distance of a region is its surroundings: two to three times the usual resolution. [mm]"""

Recovered = Mapping[int, Mapping[str, RecoveredRegion | RegionFinding]]
"""By time point and region."""


def recover_scans(
    recovery: UsedRecovery,
    section: Regions,
    scans: Sequence[QuantifiedScan],
    placed: Mapping[int, PlacedRegions],
) -> Recovered:
    """Recovery by shape of every scan; empty with any other method."""
    if recovery.resolution is None or not isinstance(recovery.section, ShapeRecovery):
        return {}
    return {
        scan.point.index: _recover_scan(recovery.section, recovery.resolution, section, scan, placed[scan.point.index])
        for scan in scans
    }


def _recover_scan(
    chosen: ShapeRecovery, resolution: Resolution, section: Regions, scan: QuantifiedScan, placed: PlacedRegions
) -> Mapping[str, RecoveredRegion | RegionFinding]:
    drawn = [region for region in placed.regions.values() if region.share is not None]
    try:
        return recover_regions(
            scan.activity,
            _compartments(chosen, section, scan, placed, drawn),
            resolution,
            time_point=scan.point.index,
            noise=scan.noise,
            boundary_standard_uncertainty_mm=section.boundary_standard_uncertainty,
        )
    except RegionFinding as finding:
        return {region.name: finding for region in drawn}


def _compartments(
    chosen: ShapeRecovery,
    section: Regions,
    scan: QuantifiedScan,
    placed: PlacedRegions,
    drawn: Sequence[Region],
) -> list[Compartment]:
    grid = scan.activity.grid
    body = np.ones(grid.shape, dtype=bool) if placed.body is None else placed.body
    sx, sy, sz = grid.spacing_mm
    shares = [_share(region) for region in drawn]
    near, rest = surroundings(shares, body, (sz, sy, sx), _NEAR_MM)
    breathing = {item.name: item.breathing or 0.0 for item in section.items}
    u = chosen.model_relative_standard_uncertainty
    compartments = [
        Compartment(
            name=region.name,
            share=share,
            surface=region.surface,
            volume_ml=region.exact_volume_ml,
            breathing_mm=breathing[region.name],
            model_relative_u=u.lesion if region.kind is RegionKind.LESION else u.organ,
        )
        for region, share in zip(drawn, shares, strict=True)
    ]
    compartments += [
        Compartment(f"around {region.name}", part, drawn=False)
        for region, part in zip(drawn, near, strict=True)
        if part.values.sum() >= 1.0
    ]
    return [*compartments, Compartment("rest of the body", rest, drawn=False)] if rest.values.any() else compartments


def _share(region: Region) -> Part:
    if region.share is None:
        raise ValueError(f"the shares of {region.name} are not known")
    return region.share
