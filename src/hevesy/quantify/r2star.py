"""R2* maps from multi-echo gradient-echo magnitudes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Echoes, Grid
from hevesy.errors import GeometryError, InputError
from hevesy.numerics.r2star import R2StarFit, fit_r2star, r2star_lower_bound
from hevesy.numerics.r2star_status import R2StarStatus

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_FAT_PPM, _MHZ_PER_TESLA = 3.4, 42.577
"""Main peak of fat below water at body temperature, and the proton's gyromagnetic ratio over 2 pi."""
_RISE, _CLEARLY = 0.10, 4.0
"""Rise from one echo to the next that no liver shows (the order is wrong, or it is fat), in standard errors too."""
_LOW_QUANTILE = 0.05
"""Of the signal at echo time zero: what lost voxels would have shown at the least."""
_EARLY_ECHOES, _MEASURED = 3, 2.0
"""Echoes after which a signal below so much noise was hardly measured."""


@dataclass(frozen=True)
class R2StarMap:
    """R2* of every voxel. Arrays of shape ``(z, y, x)``."""

    grid: Grid
    field_t: float
    """[T]"""
    r2star_per_s: Floats
    """NaN where there is none. [1/s]"""
    standard_uncertainty_per_s: Floats
    """From noise. [1/s]"""
    lower_bound_per_s: Floats
    """With 95 % confidence in voids, NaN elsewhere. [1/s]"""
    status: NDArray[np.uint8]
    """A :class:`~hevesy.numerics.r2star_status.R2StarStatus`."""


def map_r2star(echoes: Echoes, noise: float, within: NDArray[Any]) -> R2StarMap:
    """Fit R2* in every voxel of a region, and bound it from below where the signal is lost.

    Parameters
    ----------
    echoes
        Magnitudes at increasing echo times.
    noise
        Standard deviation of the real and of the imaginary channel, in the unit of the magnitudes.
    within
        Voxels of tissue to fit: other than zero. Shape ``(z, y, x)``.

    Raises
    ------
    InputError
        If there are fewer than three echoes, they are in the wrong order by time or by signal, the noise is not above
        zero, or the region is empty.
    GeometryError
        If the region has another shape.

    References
    ----------
    .. [1] G. Hamilton et al., NMR Biomed. 24 (2011) 784, doi:10.1002/nbm.1622 (the spectrum of liver fat)
    """
    mask = np.asarray(within) != 0
    if mask.shape != echoes.grid.shape:
        raise GeometryError(f"a region of shape {echoes.grid.shape}", f"{mask.shape} came", "region")
    if not mask.any():
        raise InputError("voxels in the region", "none came", "region")
    measured = np.ascontiguousarray(echoes.magnitudes[:, mask].T, dtype=np.float64)
    _require_falling(measured, noise)
    try:
        fit = fit_r2star(measured, echoes.echo_times_s, noise, _FAT_PPM * _MHZ_PER_TESLA * echoes.field_t)
    except ValueError as error:
        expected, _, came = str(error).removeprefix("expected ").partition(", but ")
        raise InputError(expected, came, "echoes") from error
    status, bound = _bounded(measured[:, 0], echoes.echo_times_s, noise, fit)
    found = status < R2StarStatus.VOID
    return R2StarMap(
        echoes.grid,
        echoes.field_t,
        _spread(np.where(found, fit.r2star_per_s, np.nan), mask),
        _spread(np.where(found, fit.standard_uncertainty_per_s, np.nan), mask),
        _spread(bound, mask),
        _spread(status, mask, 0).astype(np.uint8),
    )


def _spread(values: NDArray[Any], mask: Mask, elsewhere: float = np.nan) -> Floats:
    filled = np.full(mask.shape, elsewhere)
    filled[mask] = values
    return filled


def _require_falling(measured: Floats, noise: float) -> None:
    """Refuse echoes whose signal grows with time, by its mean power above the noise in the whole region."""
    power = np.square(measured).mean(axis=0) - 2.0 * noise**2
    error = np.square(measured).std(axis=0) / np.sqrt(len(measured)) + noise**2 / np.sqrt(len(measured))
    for earlier, later in (*pairwise(range(measured.shape[1])), (0, measured.shape[1] - 1)):
        rise = np.sqrt(power[later] / power[earlier]) - 1.0 if min(power[earlier], power[later]) > 0 else 0.0
        if rise > _RISE and power[later] - power[earlier] > _CLEARLY * np.hypot(error[earlier], error[later]):
            expected = "a signal that falls from echo to echo (else their order is wrong, or fat swings)"
            raise InputError(expected, f"it rises by {rise:.0%} from echo {earlier + 1} to {later + 1}", "echoes")


def _bounded(first: Floats, times_s: Sequence[float], noise: float, fit: R2StarFit) -> tuple[NDArray[np.uint8], Floats]:
    """Status with the bounds of the voids.

    A void without a bound has no signal to lose. Of voxels whose fourth echo is lost, those are voids too whose R2* is
    far below what their first echo shows against the surroundings: there noise was fitted, not the little that is left.
    """
    bound = np.full(len(first), np.nan)
    found, void = fit.status < R2StarStatus.VOID, fit.status == R2StarStatus.VOID
    if not found.any():
        return np.where(void, np.uint8(R2StarStatus.NO_SIGNAL), fit.status), bound
    late = times_s[min(_EARLY_ECHOES, len(times_s) - 1)]
    barely = found & (fit.signal_at_zero * np.exp(-fit.r2star_per_s * late) < _MEASURED * noise)
    known = found & ~barely if (found & ~barely).any() else found
    reference = float(np.quantile(fit.signal_at_zero[known], _LOW_QUANTILE))
    least = r2star_lower_bound(first, times_s[0], noise, reference)
    lost = barely & (fit.r2star_per_s + 2.0 * fit.standard_uncertainty_per_s < least)
    status = np.where(lost, np.uint8(R2StarStatus.VOID), fit.status)
    status[void & np.isnan(least)] = R2StarStatus.NO_SIGNAL
    bound[status == R2StarStatus.VOID] = least[status == R2StarStatus.VOID]
    return status, bound
