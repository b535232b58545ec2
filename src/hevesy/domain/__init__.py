"""The objects that travel between the stages: frozen, documented, free of algorithms."""

from hevesy.domain.curve import FittedCurve, MeasuredActivity, Tail, TimeActivityCurve
from hevesy.domain.grid import Grid
from hevesy.domain.image import Image, Quantity
from hevesy.domain.progress import Progress, silent
from hevesy.domain.provenance import Citation, InputFile, Provenance
from hevesy.domain.region import Contour, Region, RegionKind, Roi, RoiSet, Side
from hevesy.domain.series import (
    Administration,
    Camera,
    DecayReference,
    EnergyWindow,
    FileStamp,
    Finding,
    ImportReport,
    SeriesRecord,
    TimePointRecord,
)
from hevesy.domain.transform import RigidTransform

__all__ = [
    "Administration",
    "Camera",
    "Citation",
    "Contour",
    "DecayReference",
    "EnergyWindow",
    "FileStamp",
    "Finding",
    "FittedCurve",
    "Grid",
    "Image",
    "ImportReport",
    "InputFile",
    "MeasuredActivity",
    "Progress",
    "Provenance",
    "Quantity",
    "Region",
    "RegionKind",
    "RigidTransform",
    "Roi",
    "RoiSet",
    "SeriesRecord",
    "Side",
    "Tail",
    "TimeActivityCurve",
    "TimePointRecord",
    "silent",
]
