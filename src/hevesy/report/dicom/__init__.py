"""Results as DICOM objects."""

from hevesy.report.dicom.dose import write_rtdose
from hevesy.report.dicom.measurements import Measured, RegionMeasurements, write_measurement_report
from hevesy.report.dicom.plan import write_plan_stub
from hevesy.report.dicom.registration import write_registration
from hevesy.report.dicom.segmentation import write_segmentation
from hevesy.report.dicom.structure_set import write_structure_set

__all__ = [
    "Measured",
    "RegionMeasurements",
    "write_measurement_report",
    "write_plan_stub",
    "write_registration",
    "write_rtdose",
    "write_segmentation",
    "write_structure_set",
]
