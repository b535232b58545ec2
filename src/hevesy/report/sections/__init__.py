"""The parts of the report, in the order they are read."""

from hevesy.report.sections.acquisition import administration, calibration, images
from hevesy.report.sections.dose_map import dose_map
from hevesy.report.sections.limits import dose_limits
from hevesy.report.sections.marrow import marrow
from hevesy.report.sections.material import Material
from hevesy.report.sections.planar import planar
from hevesy.report.sections.provenance import methods, provenance
from hevesy.report.sections.regions import regions
from hevesy.report.sections.registration import registration
from hevesy.report.sections.summary import summary
from hevesy.report.sections.uncertainty import uncertainty

SECTIONS = (
    summary,
    dose_limits,
    administration,
    images,
    calibration,
    registration,
    planar,
    dose_map,
    regions,
    marrow,
    uncertainty,
    methods,
    provenance,
)

__all__ = ["SECTIONS", "Material"]
