r"""Holmium from CT numbers, after an injection into a tumour.

.. math:: c = \frac{H - H_\text{tissue}}{s}

with the slope *s* of a line through measured concentrations at the scanner's tube voltage. It holds for the scanner,
voltage, filter and kernel that were calibrated: the slope changes with each of them [2]_.

References
----------
.. [1] R. C. Bakker et al., Eur. Radiol. Exp. 4 (2020) 29, doi:10.1186/s41747-020-00157-2
.. [2] N. C. Morsink et al., quantitative CT imaging and dose estimation of 166Ho microspheres (abstract read only)
.. [3] L. A. Currie, Anal. Chem. 40 (1968) 586, doi:10.1021/ac60259a007 (decision threshold and detection limit)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Image
from hevesy.errors import InputError
from hevesy.numerics.r2star_status import R2StarStatus
from hevesy.numerics.resample import block_mean
from hevesy.quantify.columns import read_columns
from hevesy.quantify.holmium import HolmiumMap
from hevesy.quantities import Uncertain, parse_bare

Floats = NDArray[np.float64]

CALIBRATION_COLUMNS = ("tube_voltage_kv", "concentration_mg_per_ml", "ct_number_hu", "standard_uncertainty_hu")
_FEWEST = 3
_ROUNDED_HU = 1.0
"""CT numbers are whole: less noise than this is not told from rounding. [HU]"""
_MAD = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""
_K95 = 1.645
"""One-sided 95 % quantile of the normal distribution."""
_POOR = 3.0
"""Chi-square by degrees of freedom above which the points are no line within their uncertainties."""
_FEWEST_VOXELS = 30
_EDGES, _FEWEST_BLOCKS = (8, 6, 5, 4, 3, 2), 10


@dataclass(frozen=True)
class CtCalibration:
    """Increase of the CT number by holmium at one tube voltage."""

    tube_voltage_kv: float
    """[kV]"""
    slope: Uncertain
    """[HU ml/mg]"""
    largest_mg_per_ml: float
    """Concentration up to which it was measured. [mg/ml]"""


@dataclass(frozen=True)
class CtTissue:
    """CT number of tissue without holmium."""

    mean_hu: float
    """[HU]"""
    noise_hu: float
    """Standard deviation between voxels: noise and structure of the tissue. [HU]"""
    n_voxels: int
    noise_correlation: float = 1.0
    """Variance of a sum of voxels over what it would be if their noise were independent."""

    @property
    def decision_threshold_hu(self) -> float:
        """Increase that tissue alone exceeds in 5 % of its voxels. [HU]"""
        return _K95 * self.noise_hu

    @property
    def detection_limit_hu(self) -> float:
        """Increase that is above the decision threshold in 95 % of voxels. [HU]"""
        return 2.0 * _K95 * self.noise_hu


def read_ct_calibration(path: Path, tube_voltage_kv: float) -> CtCalibration:
    """Fit a line to the points of a CSV file at one tube voltage.

    The columns are ``tube_voltage_kv,concentration_mg_per_ml,ct_number_hu,standard_uncertainty_hu``.

    Parameters
    ----------
    path
        The file.
    tube_voltage_kv
        Of the scan; nothing is interpolated between voltages. [kV]

    Raises
    ------
    InputError
        If columns or values are wrong, fewer than three concentrations were measured at the voltage, or they are no
        rising line within their uncertainties.
    ReadError
        If it is no CSV file in UTF-8.
    """
    points = np.array([_point(*row) for row in read_columns(path, CALIBRATION_COLUMNS)] or np.empty((0, 4)))
    here = points[np.abs(points[:, 0] - tube_voltage_kv) < 0.5]
    if len(set(here[:, 1])) < _FEWEST:
        known = ", ".join(f"{kv:g}" for kv in sorted(set(points[:, 0])))
        came = f"{len(set(here[:, 1]))} came (voltages {known} kV)"
        raise InputError(f"at least {_FEWEST} concentrations at {tube_voltage_kv:g} kV", came, path.name)
    concentration, number, u = here[:, 1], here[:, 2], here[:, 3]
    weight = 1.0 / np.square(u)
    mean_c, mean_h = np.average(concentration, weights=weight), np.average(number, weights=weight)
    spread = float(weight @ np.square(concentration - mean_c))
    slope = float(weight @ ((concentration - mean_c) * (number - mean_h))) / spread
    residual = (number - mean_h - slope * (concentration - mean_c)) / u
    reduced = float(residual @ residual) / max(len(here) - 2, 1)
    if slope <= 0 or reduced > _POOR:
        came = f"slope {slope:.3g} HU ml/mg with chi-square {reduced:.3g} per degree of freedom"
        raise InputError("a rising line within the uncertainties", came, path.name)
    slope_u = float(np.sqrt(max(reduced, 1.0) / spread))
    source = f"ct-calibration:{tube_voltage_kv:g} kV"
    return CtCalibration(tube_voltage_kv, Uncertain(slope, {source: slope_u}), float(concentration.max()))


def tissue_of(ct_numbers_hu: Floats, tissue: NDArray[np.bool_]) -> CtTissue:
    """Mean and noise of tissue without holmium, and how far noise reaches from voxel to voxel.

    The reconstruction of a CT correlates the noise of neighbours, so that it averages out less than independent noise
    does. Cubes of voxels that lie in the tissue tell by how much: the variance of their means over that of one voxel,
    times their number of voxels. Cubes are as large as ten of them fit; noise that reaches farther is told too small.
    Unevenness of the tissue counts as well.

    Parameters
    ----------
    ct_numbers_hu
        Shape ``(z, y, x)``. [HU]
    tissue
        Voxels without holmium. Shape ``(z, y, x)``.

    Raises
    ------
    InputError
        If there are fewer than 30, they are all the same, or fewer than ten blocks of 2 by 2 by 2 voxels lie in them.
    """
    values = ct_numbers_hu[tissue]
    if values.size < _FEWEST_VOXELS or not float(values.std()) > 0:
        raise InputError(f"at least {_FEWEST_VOXELS} voxels of tissue with noise", f"{values.size} came", "tissue")
    return CtTissue(
        float(values.mean()), float(values.std(ddof=1)), int(values.size), _correlation(ct_numbers_hu, tissue)
    )


def _correlation(ct_numbers_hu: Floats, tissue: NDArray[np.bool_]) -> float:
    """By the largest cubes of voxels of which there are enough."""
    for edge in _EDGES:
        block = (edge, edge, edge)
        means = block_mean(ct_numbers_hu, block)[np.isclose(block_mean(tissue, block), 1.0)]
        if means.size >= _FEWEST_BLOCKS:
            ratio = edge**3 * float(means.var(ddof=1)) / float(ct_numbers_hu[tissue].var(ddof=1))
            return max(ratio, 1.0)
    came = f"{means.size} came"
    raise InputError(f"tissue that holds at least {_FEWEST_BLOCKS} blocks of 2 by 2 by 2 voxels", came, "tissue")


def detection_limit_mg(tissue: CtTissue, slope: float, n_voxels: int, voxel_ml: float) -> float:
    """Mass of holmium in a region that is above the decision threshold in 95 % of measurements. [mg]

    Noise of its voxels and of the mean of the tissue, neither with holmium; what tissues differ by is not in it.

    Parameters
    ----------
    tissue
        Noise.
    slope
        [HU ml/mg]
    n_voxels, voxel_ml
        Of the region. [ml]
    """
    own = n_voxels * tissue.noise_correlation
    mean = n_voxels**2 * tissue.noise_correlation / tissue.n_voxels
    return 2.0 * _K95 * tissue.noise_hu * float(np.sqrt(own + mean)) * voxel_ml / slope


def dark_share(ct_numbers_hu: Floats, within: NDArray[np.bool_], tissue: NDArray[np.bool_]) -> float:
    """Share of a region's voxels that are darker than noise of the tissue explains: streaks, gas or fat.

    Noise is told by the median absolute deviation of the tissue, so that a streak that crosses it does not hide itself;
    of normal noise 0.05 % of the voxels lie below the median by more than 3.29 of its standard deviations. Shape
    ``(z, y, x)`` each. [HU]
    """
    values = ct_numbers_hu[tissue]
    median = float(np.median(values))
    noise = max(_MAD * float(np.median(np.abs(values - median))), _ROUNDED_HU)
    dark = ct_numbers_hu[within] < median - 2.0 * _K95 * noise
    return float(np.count_nonzero(dark)) / max(dark.size, 1)


def holmium_from_ct(
    ct: Image,
    within: NDArray[np.bool_],
    calibration: CtCalibration,
    tissue: CtTissue,
    *,
    largest_hu: float | None = None,
    above_threshold: bool = False,
) -> HolmiumMap:
    """Concentration of holmium in every voxel of a region. [mg/ml]

    Parameters
    ----------
    ct
        CT numbers. Shape ``(z, y, x)``. [HU]
    within
        The region; nothing outside gets a value.
    calibration, tissue
        Slope, and the tissue that the holmium lies in.
    largest_hu
        CT number from which on the scanner saturates: such voxels have a lower bound only. [HU]
    above_threshold
        Count nothing in voxels that do not exceed the decision threshold; the least holmium is lost then, and what
        noise lifts above it is counted.
    """
    slope, values_hu = calibration.slope.value, np.asarray(ct.values, dtype=np.float64)
    concentration = np.where(within, (values_hu - tissue.mean_hu) / slope, np.nan)
    status = np.where(within, np.uint8(R2StarStatus.FITTED), np.uint8(R2StarStatus.OUTSIDE))
    saturated = within & (values_hu >= (np.inf if largest_hu is None else largest_hu))
    bound = np.where(saturated, concentration, np.nan)
    concentration[saturated], status[saturated] = np.nan, R2StarStatus.VOID
    if above_threshold:
        below = within & ~saturated & (values_hu - tissue.mean_hu <= tissue.decision_threshold_hu)
        concentration[below] = 0.0
    counted = np.isfinite(concentration) & (concentration != 0.0)
    shared = {source: -concentration * component / slope for source, component in calibration.slope.components.items()}
    mean_u = tissue.noise_hu * np.sqrt(tissue.noise_correlation / tissue.n_voxels)
    shared["tissue:mean"] = np.where(counted, -mean_u / slope, 0.0)
    noise = np.where(counted, tissue.noise_hu / slope, 0.0)
    return HolmiumMap(ct.grid, concentration, noise, bound, status, shared, tissue.noise_correlation)


def _point(row: Sequence[str], where: str) -> tuple[float, ...]:
    voltage, concentration, number, u = (parse_bare(cell.strip(), where) for cell in row)
    if voltage <= 0 or concentration < 0 or u <= 0:
        raise InputError("a voltage and an uncertainty above zero, a concentration from zero on", "others came", where)
    return voltage, concentration, number, u
