"""Activity to absorbed dose: dose engines, region doses, dose-rate maps and their integral over time."""

from hevesy.transport.absorbed_dose import absorbed_dose
from hevesy.transport.dose_rate import RegionShape, integrate_by_region_shape, integrate_voxelwise, region_shape
from hevesy.transport.engine import AbstractDoseEngine, Capability, EngineSettings, MapResult, refuse
from hevesy.transport.registry import engine, known_engines

__all__ = [
    "AbstractDoseEngine",
    "Capability",
    "EngineSettings",
    "MapResult",
    "RegionShape",
    "absorbed_dose",
    "engine",
    "integrate_by_region_shape",
    "integrate_voxelwise",
    "known_engines",
    "refuse",
    "region_shape",
]
