"""Results as DICOM objects."""

from hevesy.report.dicom.dose import write_rtdose
from hevesy.report.dicom.segmentation import write_segmentation
from hevesy.report.dicom.structure_set import write_structure_set

__all__ = ["write_rtdose", "write_segmentation", "write_structure_set"]
