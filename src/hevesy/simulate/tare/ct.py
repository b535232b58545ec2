"""CT of the virtual liver, and the regions drawn on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from hevesy.domain import Grid, RoiSet
from hevesy.physdata.phantoms import LPS_MM_FROM_PHANTOM_CM, Medium, Organ, label_map, transformed
from hevesy.simulate.ct import ct_numbers, drawn_roi, scanned
from hevesy.simulate.options import Options
from hevesy.simulate.scanner import Images, Scanner
from hevesy.simulate.seeds import generator
from hevesy.simulate.store import write_ct
from hevesy.simulate.tare.case import Case, series
from hevesy.simulate.tare.scans import rebinned

_CT = Scanner(model="Virtual CT", collimator="")
_LUNG_HU = -628.0
"""Of lung with the density of the phantom, by the curve of Schneider et al. (2000): its mass can be read off the CT."""


def labels(case: Case, grid: Grid) -> NDArray[np.int16]:
    """Number of the organ of the phantom at each voxel centre, from 1; 0 is air. Shape ``(z, y, x)``."""
    placed = [transformed(organ.solid, LPS_MM_FROM_PHANTOM_CM) for organ in case.liver.phantom.organs]
    return label_map(placed, grid)


def densities(case: Case, organs: NDArray[np.int16]) -> NDArray[np.float32]:
    """Mass density of each voxel, from :func:`labels`; air is 0.0012. Shape ``(z, y, x)``. [g/ml]"""
    numbers = np.array([0.0012, *(organ.density_g_ml for organ in case.liver.phantom.organs)], dtype=np.float32)
    return numbers[organs]


def write_scan(
    case: Case, organs: NDArray[np.int16], start: datetime, kind: str, holmium_mg: Images | None = None
) -> tuple[Dataset, ...]:
    """Write a CT series.

    Parameters
    ----------
    case
        The patient.
    organs
        As :func:`labels` gives them on the grid of the CT.
    start
        Of the acquisition.
    kind
        Name of the series and its folder.
    holmium_mg
        Mass of holmium in each voxel of the truth; it raises the CT numbers. Shape ``(z, y, x)``. [mg]

    Returns
    -------
    Headers from feet to head.
    """
    grid, seed = case.grids.ct, case.options.seed
    values = _numbers(case.liver.phantom.organs)[organs]
    if holmium_mg is not None and case.scenario.holmium is not None:
        slope = case.scenario.holmium.ct_slope_hu_ml_per_mg / grid.voxel_volume_ml
        values = values + rebinned(holmium_mg, case.grids.truth, grid) * np.float32(slope)
    stored = scanned(values, grid, generator(seed, "tare", "noise", kind))
    plan = series(case, kind, start, 1, _CT)
    return write_ct(stored, grid, plan, case.folder / "dicom" / kind, Options(seed))


def write_regions(case: Case, headers: Sequence[Dataset]) -> None:
    """RTSTRUCT of organs, tumours and perfused territories, drawn on the CT."""
    from hevesy.report.dicom import write_structure_set

    grid = case.grids.ct
    slices = [str(header.SOPInstanceUID) for header in headers]
    rois = tuple(
        drawn_roi(name, solid, grid, number=number, slice_uids=slices)
        for number, (name, solid) in enumerate(case.liver.drawn.items(), start=1)
    )
    drawn = RoiSet(rois, grid.frame_of_reference, "simulated regions", (str(headers[0].SeriesInstanceUID),))
    path = case.folder / "dicom" / "rtstruct" / "rtstruct.dcm"
    write_structure_set(drawn, headers, path, label="Simulated regions")


def _numbers(organs: Sequence[Organ]) -> NDArray[np.float32]:
    """CT number of air and of each organ. [HU]"""
    numbers = ct_numbers(organs)
    for n, organ in enumerate(organs, start=1):
        if organ.medium is Medium.LUNG:
            numbers[n] = _LUNG_HU
    return numbers
