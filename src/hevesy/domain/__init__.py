"""The objects that travel between the stages: frozen, documented, free of algorithms."""

from hevesy.domain.curve import FittedCurve, MeasuredActivity, Tail, TimeActivityCurve
from hevesy.domain.deformation import Deformation, DisplacementField, PointTransform
from hevesy.domain.echoes import Echoes
from hevesy.domain.grid import Grid
from hevesy.domain.image import Image, Quantity
from hevesy.domain.kind import PLANAR_KINDS, ImageKind
from hevesy.domain.planar import PlanarFrame, PlanarImage
from hevesy.domain.prior import CovariateEffect, PopulationPrior, RegionPrior
from hevesy.domain.progress import Progress, silent
from hevesy.domain.provenance import Citation, InputFile, Provenance
from hevesy.domain.region import Contour, Region, RegionKind, Roi, RoiSet, Side
from hevesy.domain.series import (
    Administration,
    Camera,
    CorrectionState,
    DecayReference,
    EnergyWindow,
    FileStamp,
    Finding,
    ImportReport,
    PlanarSummary,
    SeriesRecord,
    TimePointRecord,
)
from hevesy.domain.transform import RigidTransform

__all__ = [
    "PLANAR_KINDS",
    "Administration",
    "Camera",
    "Citation",
    "Contour",
    "CorrectionState",
    "CovariateEffect",
    "DecayReference",
    "Deformation",
    "DisplacementField",
    "Echoes",
    "EnergyWindow",
    "FileStamp",
    "Finding",
    "FittedCurve",
    "Grid",
    "Image",
    "ImageKind",
    "ImportReport",
    "InputFile",
    "MeasuredActivity",
    "PlanarFrame",
    "PlanarImage",
    "PlanarSummary",
    "PointTransform",
    "PopulationPrior",
    "Progress",
    "Provenance",
    "Quantity",
    "Region",
    "RegionKind",
    "RegionPrior",
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
