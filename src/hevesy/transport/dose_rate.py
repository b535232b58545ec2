"""Maps of activity concentration or absorbed-dose rate integrated over time, voxel by voxel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import FittedCurve, Image, Quantity
from hevesy.errors import GeometryError, InputError
from hevesy.numerics.voxel_integrals import integrate_by_shape, integrate_by_voxel, shape_coefficients

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RegionShape:
    """Time course of one region; its scale does not matter."""

    at_scans: tuple[float, ...]
    """The fitted curve at the time of each scan, any unit."""
    integral_s: float
    """Its integral from 0 to infinity, in that unit times seconds."""
    weights: tuple[float, ...] | None = None
    """Of each scan, as in the region's fit; equal relative uncertainties where None."""


def region_shape(curve: FittedCurve, times_s: Sequence[float]) -> RegionShape:
    """Time course of a region from its fitted curve.

    Parameters
    ----------
    curve
        Fitted to the region; a recovery correction cancels.
    times_s
        Start of the administration to each scan. [s]

    Raises
    ------
    InputError
        If the curve has neither exponentials nor knots.
    """
    times = np.array(times_s, dtype=np.float64)
    if curve.times_s:
        values = np.interp(times, curve.times_s, curve.activities_bq)
    elif curve.rates_per_s:
        values = np.exp(-np.outer(times, np.array(curve.rates_per_s))) @ np.array(curve.amplitudes_bq)
    else:
        raise InputError("a curve with exponentials or knots", f"the curve of {curve.region} has neither")
    return RegionShape(tuple(values.tolist()), curve.time_integrated_activity.value)


_INTEGRAL_OF = {
    Quantity.ABSORBED_DOSE_RATE: Quantity.ABSORBED_DOSE,
    Quantity.ACTIVITY_CONCENTRATION: Quantity.TIME_INTEGRATED_ACTIVITY_CONCENTRATION,
}


def _stack(maps: Sequence[Image]) -> tuple[Floats, Quantity]:
    """Values of all maps, and what their integral is."""
    if not maps:
        raise InputError("at least one map of activity concentration or absorbed-dose rate", "none came")
    for image in maps:
        if image.quantity not in _INTEGRAL_OF or image.quantity is not maps[0].quantity:
            raise InputError("maps in Bq/ml or all in Gy/s", f"{image.quantity} came")
        if not image.grid.same_geometry(maps[0].grid):
            raise GeometryError("maps on one grid", "their grids differ")
    values = np.stack([np.asarray(image.values, dtype=np.float64) for image in maps])
    return values, _INTEGRAL_OF[maps[0].quantity]


def integrate_by_region_shape(
    maps: Sequence[Image], labels: NDArray[np.integer], shapes: Mapping[int, RegionShape]
) -> Image:
    """Integral over time when every voxel follows the time course of its region, with its own amplitude.

    Linear in the voxel values, robust to noise, and consistent with the region route: with the weights of the region's
    fit the mean over the region is the region's own integral. Heterogeneous kinetics within a region are averaged.

    Parameters
    ----------
    maps
        One per scan, on one grid. [Bq/ml] or [Gy/s]
    labels
        Number of the region of every voxel; the remainder is a region too. Shape ``(z, y, x)``.
    shapes
        Time course of every number that occurs in ``labels``.

    Returns
    -------
    [Bq s/ml] or [Gy]

    Raises
    ------
    InputError
        If a label has no shape, or a shape does not fit the scans.
    """
    values, quantity = _stack(maps)
    if labels.shape != values.shape[1:]:
        raise GeometryError(f"labels of shape {values.shape[1:]}", f"{labels.shape} came")
    numbers, index = np.unique(labels, return_inverse=True)
    absent = [int(n) for n in numbers if int(n) not in shapes]
    if absent:
        raise InputError("a time course for every region of the map", f"labels {absent} have none")
    chosen = [shapes[int(n)] for n in numbers]
    coefficients = np.stack([_coefficients(shape, len(maps)) for shape in chosen])
    return Image(maps[0].grid, integrate_by_shape(values, index.reshape(labels.shape), coefficients), quantity)


def _coefficients(shape: RegionShape, n_scans: int) -> Floats:
    if len(shape.at_scans) != n_scans or (shape.weights is not None and len(shape.weights) != n_scans):
        raise InputError(f"time courses at {n_scans} scans", f"one at {len(shape.at_scans)} came")
    weights = None if shape.weights is None else np.array([shape.weights], dtype=np.float64)
    try:
        return shape_coefficients(np.array([shape.at_scans]), np.array([shape.integral_s]), weights).ravel()
    except ValueError as error:
        raise InputError("a time course that is positive at every scan", str(error)) from error


def integrate_voxelwise(times_s: Sequence[float], maps: Sequence[Image], decay_constant_per_s: float) -> Image:
    """Integral over time when every voxel has its own time course.

    From its maximum on a voxel falls exponentially at the rate of its values there, never more slowly than the
    radionuclide decays; before the maximum straight lines from zero at t = 0 (a voxel highest at the first scan falls
    from t = 0). Follows heterogeneous kinetics and, where counts are few, the noise.

    Parameters
    ----------
    times_s
        Start of the administration to each scan, increasing. [s]
    maps
        One per scan, on one grid. [Bq/ml] or [Gy/s]
    decay_constant_per_s
        Physical. [1/s]

    Returns
    -------
    [Bq s/ml] or [Gy]
    """
    values, quantity = _stack(maps)
    if len(times_s) != len(maps):
        raise InputError(f"{len(maps)} times", f"{len(times_s)} came")
    dose = integrate_by_voxel(np.array(times_s, dtype=np.float64), values, decay_constant_per_s)
    return Image(maps[0].grid, dose, quantity)
