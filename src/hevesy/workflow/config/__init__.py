"""The study file: what is to be computed, from what, with which models.

Every quantity carries its unit in text. Unknown keys are refused. Paths are relative to the study file.
"""

from hevesy.workflow.config.administration import Administration, MeasuredActivityAt, Patient, ResidualActivity
from hevesy.workflow.config.alignment import Alignment, LocalShiftChoice
from hevesy.workflow.config.calibration import (
    BelongsTo,
    FileCalibration,
    PhantomCalibration,
    StatedCalibration,
    StatedFraction,
    WholeBody,
    WholeBodyCalibration,
)
from hevesy.workflow.config.corrections import Corrections
from hevesy.workflow.config.curves import Curves, HalfLife, TailChoice
from hevesy.workflow.config.dead_time import CountedWith, DeadTimeCorrection, DetectedRate
from hevesy.workflow.config.images import TimePointChoice
from hevesy.workflow.config.marrow import BloodSamples, Body, Marrow, WholeBodyProbe
from hevesy.workflow.config.output import Output
from hevesy.workflow.config.recovery import (
    ByKind,
    MeasuredResolution,
    NoRecovery,
    ShapeRecovery,
    SphereResolution,
    StatedResolution,
    VolumeRecovery,
)
from hevesy.workflow.config.regions import DrawnElsewhere, Growing, RegionItem, Regions, Remainder, Threshold
from hevesy.workflow.config.study import DoseMap, Study
from hevesy.workflow.config.transport import CtMatter, RegionMatter, Transport

__all__ = [
    "Administration",
    "Alignment",
    "BelongsTo",
    "BloodSamples",
    "Body",
    "ByKind",
    "Corrections",
    "CountedWith",
    "CtMatter",
    "Curves",
    "DeadTimeCorrection",
    "DetectedRate",
    "DoseMap",
    "DrawnElsewhere",
    "FileCalibration",
    "Growing",
    "HalfLife",
    "LocalShiftChoice",
    "Marrow",
    "MeasuredActivityAt",
    "MeasuredResolution",
    "NoRecovery",
    "Output",
    "Patient",
    "PhantomCalibration",
    "RegionItem",
    "RegionMatter",
    "Regions",
    "Remainder",
    "ResidualActivity",
    "ShapeRecovery",
    "SphereResolution",
    "StatedCalibration",
    "StatedFraction",
    "StatedResolution",
    "Study",
    "TailChoice",
    "Threshold",
    "TimePointChoice",
    "Transport",
    "VolumeRecovery",
    "WholeBody",
    "WholeBodyCalibration",
    "WholeBodyProbe",
]
