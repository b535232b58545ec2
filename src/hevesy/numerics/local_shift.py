r"""The translation that brings a blurred shape onto an image, beside other shapes and a linear background.

.. math:: y(x) \approx a\,T(x - s) + \sum_j c_j\,T_j(x) + b_0 + b \cdot x

by least squares in the amplitudes and the shift *s*, over the voxels where the shape or its edge may be. Arrays are
``(z, y, x)``, and so are shifts and spacings.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float64]
_Mask = NDArray[np.bool_]
Box = tuple[slice, slice, slice]

_EDGE = 0.01
"""Share of the maximum of a blurred shape down to which its edge counts: about one FWHM outside the drawn border."""
_STEP_MM = 0.5
"""Of the central differences. [mm]"""
_DONE_MM = 0.03
"""Last step of a fit that has converged. [mm]"""
_ITERATIONS = 25
_LEAST_VARIANCE = 0.02
"""Variance of the noise where nothing is fitted, over that at the maximum."""
_ALIKE = 1e-6
"""Singular value, against the largest, below which columns of the background say nothing new."""


@dataclass(frozen=True)
class ShiftFit:
    """The best shift, and how well the image determines it."""

    shift_mm: Floats
    """Along ``(z, y, x)``. Shape ``(3,)``. [mm]"""
    covariance_mm2: Floats
    """Shape ``(3, 3)``. [mm²]"""
    amplitude: float
    """Contrast of the shape against what surrounds it, in the unit of the image."""
    amplitude_u: float
    """Its standard uncertainty."""
    converged: bool
    """False where the steps do not end, or lead beyond the search."""


def blurred(shape: Floats, sigma_mm: float, spacing_mm: Floats) -> Floats:
    """A shape through a Gaussian blur; beyond the border of the array it goes on as it ends. Shape ``(z, y, x)``."""
    sigmas = sigma_mm / spacing_mm
    box = bounding_box(shape != 0, np.ceil(4.0 * sigmas).astype(int) + 1)
    result = np.zeros(shape.shape)
    result[box] = ndimage.gaussian_filter(shape[box], sigmas, output=np.float64, mode="nearest")
    return result


def moved(template: Floats, shift_mm: Floats, spacing_mm: Floats) -> Floats:
    """A smooth array moved by a translation, by cubic splines; it goes on as it ends. Shape ``(z, y, x)``."""
    steps = shift_mm / spacing_mm
    if not steps.any():
        return template
    box = bounding_box(template != 0, np.ceil(np.abs(steps)).astype(int) + 2)
    result = np.zeros(template.shape)
    result[box] = ndimage.shift(template[box], steps, order=3, mode="nearest")
    return result


def bounding_box(mask: _Mask, margin: NDArray[np.int_]) -> Box:
    """Slices around the marked voxels and a margin along ``(z, y, x)``, within the array; empty where none is."""
    slices = []
    for axis, extra in enumerate(margin):
        others = tuple(a for a in range(3) if a != axis)
        marked = np.flatnonzero(mask.any(axis=others))
        first, last = (int(marked[0]), int(marked[-1]) + 1) if marked.size else (0, 0)
        slices.append(slice(max(0, first - int(extra)), min(mask.shape[axis], last + int(extra)) if last else 0))
    return slices[0], slices[1], slices[2]


def fit_shift(  # noqa: PLR0913 - the model has these parts
    image: Floats,
    template: Floats,
    others: Sequence[Floats],
    spacing_mm: Floats,
    *,
    sigma_mm: float,
    maximum_mm: float,
    start_mm: Floats | None = None,
) -> ShiftFit:
    """Fit the shift of one blurred shape.

    The start is the best shift by whole voxels up to one voxel beyond the maximum; Gauss-Newton steps refine it. The
    covariance is that of least squares under noise whose variance is proportional to the fitted values, as that of
    counts is, whose size comes from the residuals, and whose correlation is that of white noise after the same blur.

    Parameters
    ----------
    image
        Shape ``(z, y, x)``.
    template
        The blurred shape where it was drawn. Shape ``(z, y, x)``.
    others
        Blurred shapes that stay where they are, with free amplitudes. Shape ``(z, y, x)`` each.
    spacing_mm
        Along ``(z, y, x)``. Shape ``(3,)``. [mm]
    sigma_mm
        Standard deviation of the blur. [mm]
    maximum_mm
        Length of the longest shift that is looked for. [mm]
    start_mm
        Start of the steps, where it is known, along ``(z, y, x)``. Shape ``(3,)``. [mm]

    Returns
    -------
    The fit; a shift beyond the maximum is possible and is for the caller to refuse.
    """
    box = bounding_box(template > _EDGE * template.max(), np.ceil(maximum_mm / spacing_mm).astype(int) + 2)
    local = _Local(image[box], template[box], [other[box] for other in others], spacing_mm, sigma_mm)
    start = _best_whole_steps(local, maximum_mm) if start_mm is None else start_mm
    return _refine(local, start, 2.0 * maximum_mm)


@dataclass(frozen=True)
class _Local:
    """Everything around one shape."""

    image: Floats
    template: Floats
    others: Sequence[Floats]
    spacing_mm: Floats
    sigma_mm: float

    def nuisance(self, window: _Mask) -> Floats:
        """Orthonormal columns of the background and of the other shapes that reach into a window."""
        axes = [np.linspace(-1.0, 1.0, n) if n > 1 else np.zeros(1) for n in window.shape]
        ramps = [ramp[window] for ramp in np.meshgrid(*axes, indexing="ij")]
        inside = [other[window] for other in self.others]
        reaching = [values for values in inside if values.max(initial=0.0) > _EDGE]
        columns = np.stack([np.ones(int(window.sum())), *ramps, *reaching], axis=1)
        basis, strength, _ = np.linalg.svd(columns, full_matrices=False)
        kept: Floats = basis[:, strength > _ALIKE * strength[0]]
        return kept


def _best_whole_steps(local: _Local, maximum_mm: float) -> Floats:
    """Shift by whole voxels that explains most of what background and other shapes leave. [mm]"""
    reach = np.floor(maximum_mm / local.spacing_mm).astype(int) + 1
    near = local.template > _EDGE * local.template.max()
    window = ndimage.distance_transform_edt(~near, sampling=local.spacing_mm) <= maximum_mm
    basis = local.nuisance(window)
    left = _without(local.image[window], basis)
    padded = np.pad(local.template, [(r, r) for r in reach], mode="edge")
    best, best_score = np.zeros(3), -np.inf
    for steps in itertools.product(*(range(-r, r + 1) for r in reach)):
        if np.linalg.norm(steps * local.spacing_mm) > maximum_mm + local.spacing_mm.max():
            continue
        shape = padded[tuple(slice(r - s, r - s + n) for r, s, n in zip(reach, steps, window.shape, strict=True))]
        column = _without(shape[window], basis)
        score = float(left @ column) / max(float(np.linalg.norm(column)), 1e-30)
        if score > best_score:
            best, best_score = np.array(steps) * local.spacing_mm, score
    return best


def _without(values: Floats, basis: Floats) -> Floats:
    """What is left of a column when orthonormal ones are taken away."""
    left: Floats = values - basis @ (basis.T @ values)
    return left


def _refine(local: _Local, start: Floats, farthest_mm: float) -> ShiftFit:
    """Gauss-Newton steps over a fixed window around the start."""
    splines = _splines(local)
    at_start = moved(local.template, start, local.spacing_mm)
    window = ndimage.binary_dilation(at_start > _EDGE * local.template.max())
    nuisance = local.nuisance(window)
    values = local.image[window]
    shift, converged = start, False
    for _ in range(_ITERATIONS):
        columns = np.concatenate([nuisance, _shape_columns(splines, shift / local.spacing_mm, window)], axis=1)
        amplitude, *steps = np.linalg.lstsq(columns, values, rcond=None)[0][-4:]
        if amplitude <= 0 or np.linalg.norm(shift) > farthest_mm:
            break
        step = np.array(steps) / amplitude
        length = float(np.linalg.norm(step))
        shift = shift + step * min(1.0, local.sigma_mm / max(length, 1e-12))
        converged = length < _DONE_MM
        if converged:
            break
    columns = np.concatenate([nuisance, _shape_columns(splines, shift / local.spacing_mm, window)], axis=1)
    return _with_covariance(local, shift, window, columns, converged=converged)


def _splines(local: _Local) -> list[Floats]:
    """Spline coefficients of the shape and of its derivatives by the shift."""
    arrays = [local.template]
    for axis in np.eye(3) * _STEP_MM:
        ahead, behind = (moved(local.template, way * axis, local.spacing_mm) for way in (1, -1))
        arrays.append((ahead - behind) / (2.0 * _STEP_MM))
    return [ndimage.spline_filter(array, order=3, mode="nearest") for array in arrays]


def _shape_columns(splines: Sequence[Floats], steps: Floats, window: _Mask) -> Floats:
    """The shape and its derivatives at a shift in voxels. Shape ``(voxel, 4)``."""
    shifted = [ndimage.shift(c, steps, order=3, mode="nearest", prefilter=False)[window] for c in splines]
    return np.stack(shifted, axis=1)


def _with_covariance(local: _Local, shift: Floats, window: _Mask, columns: Floats, *, converged: bool) -> ShiftFit:
    """The amplitude and the covariance at a shift; infinite where the columns do not determine it."""
    values = local.image[window]
    basis, triangle = np.linalg.qr(columns)
    along = basis.T @ values
    diagonal = np.abs(np.diag(triangle))
    if diagonal[-4:].min() < 1e-9 * diagonal.max():
        return ShiftFit(shift, np.diag([np.inf] * 3), 0.0, 0.0, converged=False)
    residual = values - basis @ along
    fitted = values - residual
    variance = np.maximum(fitted, _LEAST_VARIANCE * fitted.max())
    noisy = basis * np.sqrt(variance)[:, None]
    middle = noisy.T @ _correlated(noisy, window, local)
    freedom = max(float(variance.sum() - np.trace(middle)), float(variance.mean()))
    back = np.linalg.inv(triangle)
    covariance = (back @ middle @ back.T)[-4:, -4:] * (float(residual @ residual) / freedom)
    amplitude = float((back @ along)[-4])
    return ShiftFit(
        shift_mm=shift,
        covariance_mm2=covariance[1:, 1:] / amplitude**2 if amplitude else np.diag([np.inf] * 3),
        amplitude=amplitude,
        amplitude_u=float(np.sqrt(covariance[0, 0])),
        converged=converged,
    )


def _correlated(columns: Floats, window: _Mask, local: _Local) -> Floats:
    """Columns times the correlation matrix of white noise after the blur: a Gaussian, wider by the root of two."""
    sigmas = np.sqrt(2.0) * local.sigma_mm / local.spacing_mm
    lags = [np.arange(-np.ceil(8 * s), np.ceil(8 * s) + 1) for s in sigmas]
    n_correlated = float(np.prod([np.exp(-0.5 * (lag / s) ** 2).sum() for lag, s in zip(lags, sigmas, strict=True)]))
    result = np.empty_like(columns)
    for n, column in enumerate(columns.T):
        spread = np.zeros(window.shape)
        spread[window] = column
        result[:, n] = ndimage.gaussian_filter(spread, sigmas, mode="constant")[window] * n_correlated
    return result
