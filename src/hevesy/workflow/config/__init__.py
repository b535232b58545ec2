"""The study file: what is to be computed, from what, with which models.

Every quantity carries its unit in text. Unknown keys are refused. Paths are relative to the study file.
"""

from hevesy.workflow.config.administration import Administration, MeasuredActivityAt, Patient, ResidualActivity
from hevesy.workflow.config.alignment import Alignment, LocalShiftChoice
from hevesy.workflow.config.calibration import BelongsTo, FileCalibration, PhantomCalibration, StatedCalibration
from hevesy.workflow.config.curves import Curves, HalfLife, TailChoice
from hevesy.workflow.config.images import TimePointChoice
from hevesy.workflow.config.recovery import ByKind, NoRecovery, VolumeRecovery
from hevesy.workflow.config.regions import DrawnElsewhere, Growing, RegionItem, Regions, Remainder, Threshold
from hevesy.workflow.config.study import DoseMap, Study, Transport

__all__ = [
    "Administration",
    "Alignment",
    "BelongsTo",
    "ByKind",
    "Curves",
    "DoseMap",
    "DrawnElsewhere",
    "FileCalibration",
    "Growing",
    "HalfLife",
    "LocalShiftChoice",
    "MeasuredActivityAt",
    "NoRecovery",
    "Patient",
    "PhantomCalibration",
    "RegionItem",
    "Regions",
    "Remainder",
    "ResidualActivity",
    "StatedCalibration",
    "Study",
    "TailChoice",
    "Threshold",
    "TimePointChoice",
    "Transport",
    "VolumeRecovery",
]
