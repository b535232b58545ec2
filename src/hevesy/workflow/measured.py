"""From the results of every region to the numbers of the measurement report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from pydicom.sr.coding import Code

from hevesy.domain import Image, Region
from hevesy.report.dicom import Measured, RegionMeasurements
from hevesy.report.dicom import measurements as concepts
from hevesy.report.estimate_model import EstimateModel
from hevesy.report.model import RegionResult


def region_measurements(
    results: Sequence[RegionResult], segmented: Sequence[Region], dose: Image | None
) -> list[RegionMeasurements]:
    """The numbers of every segmented region: the map's absorbed doses, and what the region route gave.

    Parameters
    ----------
    results
        Entries of ``results.json``.
    segmented
        Regions in the order of the segments.
    dose
        The absorbed-dose map on the regions' grid; None where none was made. [Gy]
    """
    by_name = {result.name: result for result in results}
    return [
        RegionMeasurements(region.name, number, tuple(_values(by_name[region.name], region, dose)))
        for number, region in enumerate(segmented, start=1)
        if region.name in by_name
    ]


def _values(result: RegionResult, region: Region, dose: Image | None) -> Iterator[Measured]:
    yield from _of_map(result, region, dose)
    stated = (
        (concepts.MEAN, result.absorbed_dose_gy, concepts.REGION_ROUTE),
        (concepts.BED, result.bed_gy, concepts.REGION_ROUTE),
        (concepts.TIME_INTEGRATED_ACTIVITY, result.time_integrated_activity_bq_s, None),
        (concepts.EFFECTIVE_HALF_LIFE, result.effective_half_life_h, None),
        (concepts.VOLUME, result.volume_ml, None),
        (concepts.MASS, result.mass_g, None),
    )
    for concept, estimate, method in stated:
        yield from _estimated(concept, estimate, method)


def _of_map(result: RegionResult, region: Region, dose: Image | None) -> Iterator[Measured]:
    if dose is None or result.absorbed_dose_map_mean_gy.value is None:
        return
    values = np.asarray(dose.values[region.mask], dtype=np.float64)
    yield from _estimated(concepts.MEAN, result.absorbed_dose_map_mean_gy, concepts.VOXEL_MAP)
    for concept, value in (
        (concepts.MAXIMUM, values.max()),
        (concepts.MINIMUM, values.min()),
        (concepts.MEDIAN, np.median(values)),
    ):
        yield Measured(concept, float(value), "Gy", concepts.VOXEL_MAP)


def _estimated(concept: Code, estimate: EstimateModel, method: Code | None) -> Iterator[Measured]:
    if estimate.value is not None:
        known = estimate.standard_uncertainty or None
        yield Measured(concept, estimate.value, estimate.unit, method, known)
