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
from hevesy.workflow.config.curves import (
    CurvePrior,
    Curves,
    EarlierHalfLife,
    HalfLife,
    HalfLifeChoice,
    PriorHalfLife,
    TailChoice,
)
from hevesy.workflow.config.dead_time import CountedWith, DeadTimeCorrection, DetectedRate
from hevesy.workflow.config.images import TimePointChoice
from hevesy.workflow.config.limits import (
    EarlierCycles,
    EarlierDose,
    EarlierResults,
    LimitChoice,
    LimitsFile,
    MaxActivity,
)
from hevesy.workflow.config.marrow import BloodSamples, Body, Marrow, WholeBodyProbe
from hevesy.workflow.config.output import Output
from hevesy.workflow.config.planar import (
    DrawnRois,
    DualWindow,
    HybridPlanar,
    NotCorrected,
    Planar,
    PlanarCt,
    PlanarDeadTime,
    PlanarOnly,
    PlanarStudy,
    ProjectedRois,
    StandardSensitivity,
    StatedMass,
    Transmission,
    TripleWindow,
)
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
from hevesy.workflow.config.uncertainty import SValueSpread, UncertaintyChoice

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
    "CurvePrior",
    "Curves",
    "DeadTimeCorrection",
    "DetectedRate",
    "DoseMap",
    "DrawnElsewhere",
    "DrawnRois",
    "DualWindow",
    "EarlierCycles",
    "EarlierDose",
    "EarlierHalfLife",
    "EarlierResults",
    "FileCalibration",
    "Growing",
    "HalfLife",
    "HalfLifeChoice",
    "HybridPlanar",
    "LimitChoice",
    "LimitsFile",
    "LocalShiftChoice",
    "Marrow",
    "MaxActivity",
    "MeasuredActivityAt",
    "MeasuredResolution",
    "NoRecovery",
    "NotCorrected",
    "Output",
    "Patient",
    "PhantomCalibration",
    "Planar",
    "PlanarCt",
    "PlanarDeadTime",
    "PlanarOnly",
    "PlanarStudy",
    "PriorHalfLife",
    "ProjectedRois",
    "RegionItem",
    "RegionMatter",
    "Regions",
    "Remainder",
    "ResidualActivity",
    "SValueSpread",
    "ShapeRecovery",
    "SphereResolution",
    "StandardSensitivity",
    "StatedCalibration",
    "StatedFraction",
    "StatedMass",
    "StatedResolution",
    "Study",
    "TailChoice",
    "Threshold",
    "TimePointChoice",
    "Transmission",
    "Transport",
    "TripleWindow",
    "UncertaintyChoice",
    "VolumeRecovery",
    "WholeBody",
    "WholeBodyCalibration",
    "WholeBodyProbe",
]
