"""Regions: which voxels of an image belong to what was drawn."""

from hevesy.delineate.body import body_roi
from hevesy.delineate.grow import GrowingThreshold, grow_region
from hevesy.delineate.names import StandardRegion, standard_region
from hevesy.delineate.rasterise import rasterise
from hevesy.delineate.region import check_region, draw_region, remainder, resolve_overlaps
from hevesy.delineate.shares import voxel_shares, with_share
from hevesy.delineate.stack import contour_gaps, exact_volume_ml
from hevesy.delineate.threshold import threshold_region

__all__ = [
    "GrowingThreshold",
    "StandardRegion",
    "body_roi",
    "check_region",
    "contour_gaps",
    "draw_region",
    "exact_volume_ml",
    "grow_region",
    "rasterise",
    "remainder",
    "resolve_overlaps",
    "standard_region",
    "threshold_region",
    "voxel_shares",
    "with_share",
]
