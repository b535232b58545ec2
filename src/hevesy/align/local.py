"""The small translation that each region still needs on one emission scan: breathing, and what is not rigid."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Grid, Image
from hevesy.numerics.local_shift import ShiftFit, blurred, fit_shift, moved
from hevesy.numerics.partial_volume import sigma_of_fwhm

Floats = NDArray[np.float64]

_SWEEPS = 3
"""How often every region is fitted, each time with the others where they were found last."""
LEAST_CONTRAST = 5.0
"""Contrast over its standard uncertainty below which nothing is moved."""
LARGEST_U_MM = 2.0
"""Standard uncertainty of a shift, in its least known direction, above which nothing is moved. [mm]"""


MODEL_U_MM = 0.3
"""Standard uncertainty, along each axis, from a resolution that is not the same everywhere: measured on simulated
patients (``benchmarks/local_shift.py``), whose uptake is uniform within a region. [mm]"""


@dataclass(frozen=True)
class LocalShift:
    """Where one region lies on one emission scan, against where the alignment of the scans puts it."""

    shift_mm: tuple[float, float, float]
    """Patient axes (x, y, z), LPS; zero where there is a ``reason``. [mm]"""
    covariance_mm2: tuple[tuple[float, float, float], ...]
    """Of the shift along x, y, z; zero where there is a ``reason``. [mm²]"""
    reason: str | None = None
    """Why the region was not moved."""

    @property
    def standard_uncertainty_mm(self) -> tuple[float, float, float]:
        """Along x, y, z. [mm]"""
        x, y, z = (float(np.sqrt(row[n])) for n, row in enumerate(self.covariance_mm2))
        return x, y, z


def local_shifts(
    image: Image,
    shares: Mapping[str, NDArray[np.floating]],
    *,
    fwhm_mm: float,
    maximum_mm: float,
    held: Collection[str] = (),
) -> dict[str, LocalShift]:
    """Find the translation of every region that matches an emission image best.

    Each region, blurred as the image is, is fitted by least squares with an amplitude of its own, beside the other
    regions where they lie and a background that is linear around it; three sweeps, each with the others where they were
    found last. Regions may overlap: a lesion drawn within an organ is what it has more than the organ.

    It assumes that a region's uptake is uniform and its shape that of the drawing. A region is not moved, with the
    reason, where it has no contrast, the shift is not determined, or it is longer than the maximum.

    Parameters
    ----------
    image
        Usually an activity concentration; any unit.
    shares
        Share of every voxel that lies within each region as drawn, 0 to 1. Shape ``(z, y, x)`` each.
    fwhm_mm
        Full width at half maximum of the image's resolution. [mm]
    maximum_mm
        Longest shift that is accepted. [mm]
    held
        Regions that stay where they are; they have no entry.
    """
    spacing = np.array(image.grid.spacing_mm[::-1])
    sigma = sigma_of_fwhm(fwhm_mm)
    values = np.asarray(image.values, dtype=np.float64)
    templates = {name: blurred(np.asarray(share), sigma, spacing) for name, share in shares.items() if share.any()}
    placed = dict(templates)
    found: dict[str, LocalShift] = {}
    starts: dict[str, Floats] = {}
    for _ in range(_SWEEPS):
        for name, template in templates.items():
            if name in held:
                continue
            others = [other for other_name, other in placed.items() if other_name != name]
            fit = fit_shift(
                values, template, others, spacing, sigma_mm=sigma, maximum_mm=maximum_mm, start_mm=starts.get(name)
            )
            found[name] = _judged(fit, image.grid, maximum_mm)
            if found[name].reason is None:
                starts[name] = fit.shift_mm
                placed[name] = moved(template, fit.shift_mm, spacing)
            else:
                starts.pop(name, None)
                placed[name] = template
    empty = {
        name: _refused("no voxel of the image lies in it")
        for name in shares
        if name not in templates and name not in held
    }
    return found | empty


def _judged(fit: ShiftFit, grid: Grid, maximum_mm: float) -> LocalShift:
    reason = _doubt(fit, maximum_mm)
    if reason is not None:
        return _refused(reason)
    turn = grid.direction_matrix
    covariance = turn @ fit.covariance_mm2[::-1, ::-1] @ turn.T + MODEL_U_MM**2 * np.eye(3)
    return LocalShift(_vector(turn @ fit.shift_mm[::-1]), tuple(_vector(row) for row in covariance))


def _doubt(fit: ShiftFit, maximum_mm: float) -> str | None:
    """Why a fit is not good enough to move a region; None where it is."""
    if not np.isfinite(fit.covariance_mm2).all():
        return "the image does not tell its position"
    if fit.amplitude < LEAST_CONTRAST * fit.amplitude_u:
        return "its contrast does not stand out from its surroundings"
    worst = float(np.sqrt(np.linalg.eigvalsh(fit.covariance_mm2)[-1]))
    if worst > LARGEST_U_MM:
        return f"its position is known to {worst:.1f} mm only (at most {LARGEST_U_MM:g} mm are accepted)"
    if float(np.linalg.norm(fit.shift_mm)) > maximum_mm:
        return f"the best match lies farther away than {maximum_mm:g} mm"
    return None if fit.converged else "the match has no clear best position"


def _refused(reason: str) -> LocalShift:
    return LocalShift((0.0, 0.0, 0.0), ((0.0, 0.0, 0.0),) * 3, reason)


def _vector(values: Floats) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])
