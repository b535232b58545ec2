"""What a deformation does to the regions, for the results and their readers."""

from __future__ import annotations

from collections.abc import Mapping

from hevesy.report.model import RegionBendModel
from hevesy.workflow.place import PlacedRegions

TELLING_CHANGE = 0.10
"""Relative change of a region's volume above which the region says so."""


def bend_entries(placed: Mapping[int, PlacedRegions]) -> list[RegionBendModel]:
    """What was done to every region, for the results document."""
    return [
        RegionBendModel(
            region=name,
            time_point=index,
            volume_ratio=bend.volume_ratio,
            jacobian_minimum=bend.jacobian[0],
            jacobian_p5=bend.jacobian[1],
            jacobian_p95=bend.jacobian[2],
            jacobian_maximum=bend.jacobian[3],
        )
        for index, regions in placed.items()
        for name, bend in regions.bends.items()
    ]


def bend_findings(name: str, placed: Mapping[int, PlacedRegions]) -> list[str]:
    """Where the deformation changes a region's volume by more than a tenth."""
    return [
        f"time point {index}: the deformation changes its volume by {bend.volume_ratio - 1.0:+.0%}"
        for index, regions in placed.items()
        if (bend := regions.bends.get(name)) is not None and abs(bend.volume_ratio - 1.0) > TELLING_CHANGE
    ]
