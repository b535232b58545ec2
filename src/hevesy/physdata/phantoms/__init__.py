"""Phantoms: anatomy as solids given by equations, on voxels where needed."""

from hevesy.physdata.phantoms.adult import ornl_tm_8381_adult
from hevesy.physdata.phantoms.measure import centroid, volume
from hevesy.physdata.phantoms.phantom import LPS_MM_FROM_PHANTOM_CM, Medium, Organ, Phantom, mass_g, without
from hevesy.physdata.phantoms.reference import REFERENCE, Sex, red_marrow_share, reference_adult
from hevesy.physdata.phantoms.solids import (
    AbstractSolid,
    Box,
    Difference,
    Ellipsoid,
    HalfSpace,
    Intersection,
    TaperedCylinder,
    Torus,
    Transformed,
    Union,
    elliptic_cylinder,
    mirrored,
    scaled,
    transformed,
)
from hevesy.physdata.phantoms.voxels import VoxelPhantom, block_of, fractions, label_map, voxelise

__all__ = [
    "LPS_MM_FROM_PHANTOM_CM",
    "REFERENCE",
    "AbstractSolid",
    "Box",
    "Difference",
    "Ellipsoid",
    "HalfSpace",
    "Intersection",
    "Medium",
    "Organ",
    "Phantom",
    "Sex",
    "TaperedCylinder",
    "Torus",
    "Transformed",
    "Union",
    "VoxelPhantom",
    "block_of",
    "centroid",
    "elliptic_cylinder",
    "fractions",
    "label_map",
    "mass_g",
    "mirrored",
    "ornl_tm_8381_adult",
    "red_marrow_share",
    "reference_adult",
    "scaled",
    "transformed",
    "volume",
    "voxelise",
    "without",
]
