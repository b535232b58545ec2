"""What noise does to the mean of voxelwise fits in a region of one known curve, as a Markdown table.

A cube of 48 x 48 x 48 voxels; log-normal noise as of iterative reconstructions (H. H. Barrett et al., Phys. Med. Biol.
39 (1994) 833), correlated between neighbours, its variance in proportion to the activity; scans at 4, 24, 96 and 168 h.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from hevesy.domain import Grid, Image, MeasuredActivity, Quantity, TimeActivityCurve
from hevesy.integrate import VoxelCurves, VoxelNoise, VoxelScan, fit_curve, fit_voxelwise, noise_uncertainty
from hevesy.numerics.voxel_integrals import integrate_by_voxel
from hevesy.numerics.voxel_status import VoxelStatus
from hevesy.physdata import nuclide
from hevesy.quantities import Uncertain

Floats = NDArray[np.float64]

GRID = Grid((48, 48, 48), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))
TIMES_S = np.array([4.0, 24.0, 96.0, 168.0]) * 3600.0
HALF_LIFE_S = nuclide("Lu-177").half_life_s
AT_ZERO = 1e5
CORRELATION_VOXELS = 0.8
TRUTHS = {"55 h": ((1.0, 55.0),), "90 h": ((1.0, 90.0),), "60 h and 8 h": ((0.6, 60.0), (0.4, 8.0))}
NOISES = (0.05, 0.1, 0.2, 0.3, 0.5)


def scans(truth: str, noise: float, seed: int) -> list[Image]:
    """Noisy images of one curve. [Bq/ml]"""
    rng, images = np.random.default_rng(seed), []
    for time_s in TIMES_S:
        true = AT_ZERO * sum(share * math.exp2(-time_s / (h * 3600.0)) for share, h in TRUTHS[truth])
        spread = math.sqrt(math.log1p(noise**2 * AT_ZERO / true))
        wave = gaussian_filter(rng.standard_normal(GRID.shape), CORRELATION_VOXELS, mode="wrap")
        values = true * np.exp(spread * wave / wave.std() - spread**2 / 2.0)
        images.append(Image(GRID, values, Quantity.ACTIVITY_CONCENTRATION))
    return images


def fitted(images: list[Image], noise: float, model: str, *, own: bool = False) -> VoxelCurves:
    """Fits of all voxels; weights from the model at the mean of the neighbours, or at each voxel's own value."""
    known = VoxelNoise(counting=noise**2 * AT_ZERO)
    series = []
    for time_s, image in zip(TIMES_S, images, strict=True):
        u = np.sqrt(known.counting * image.values) if own else noise_uncertainty(image, known)
        series.append(VoxelScan(float(time_s), image, u))
    return fit_voxelwise(series, physical_half_life_s=HALF_LIFE_S, model=model)


def of_region(images: list[Image]) -> float:
    """Time-integrated activity concentration of the region's mean, fitted as a region. [Bq s/ml]"""
    points = []
    for number, (time_s, image) in enumerate(zip(TIMES_S, images, strict=True)):
        mean = float(image.values.mean())
        points.append(MeasuredActivity(float(time_s), Uncertain(mean, {f"counts:{number}": 0.01 * mean})))
    curve = TimeActivityCurve("region", tuple(points))
    found = fit_curve(curve, physical_half_life_s=HALF_LIFE_S, model="auto")
    return found.time_integrated_activity.value


def _own_course(images: list[Image]) -> Floats:
    """What a dose map of ``hevesy run`` does where no region lies. [Bq s/ml]"""
    return integrate_by_voxel(TIMES_S, np.stack([i.values for i in images]), math.log(2.0) / HALF_LIFE_S)


def row(truth: str, noise: float, model: str) -> str:
    """One line of the table. [%]"""
    images = scans(truth, noise, seed=round(1000 * noise))
    true = AT_ZERO * sum(share * h * 3600.0 / math.log(2.0) for share, h in TRUTHS[truth])
    voxels, own = fitted(images, noise, model), fitted(images, noise, model, own=True)
    values = voxels.time_integrated_activity
    has = np.isfinite(values)
    free = has & (voxels.status != VoxelStatus.PHYSICAL_DECAY)
    covered = np.abs(values[has] - true) < 1.96 * voxels.standard_uncertainty[has]
    figures = [
        100.0 * (of_region(images) / true - 1.0),
        100.0 * (float(values[has].mean()) / true - 1.0),
        100.0 * (float(np.median(values[has])) / true - 1.0),
        100.0 * (float(values[free].mean()) / true - 1.0) if free.any() else math.nan,
        100.0 * (float(np.nanmean(own.time_integrated_activity)) / true - 1.0),
        100.0 * (float(_own_course(images).mean()) / true - 1.0),
    ]
    spread = 100.0 * float(values[has].std()) / true
    shares = [100.0 * float((~has).mean()), 100.0 * float((has & ~free).mean()), 100.0 * float(covered.mean())]
    words = [*(f"{f:+.1f}" for f in figures), f"{spread:.0f}", *(f"{s:.1f}" for s in shares[:2]), f"{shares[2]:.0f}"]
    return f"| {truth} | {model} | {100 * noise:.0f} | " + " | ".join(words) + " |"


def main() -> None:
    """Print the table."""
    print(
        "| truth | fit | noise at t = 0 [%] | region fit | mean of voxels | median of voxels | mean without those at "
        "physical decay | mean, weights from own value | mean without a fit | spread of voxels | without value | "
        "at physical decay | within 1.96 u |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|"
    )
    for truth, model in (
        ("55 h", "mono"),
        ("90 h", "mono"),
        ("60 h and 8 h", "mono"),
        ("60 h and 8 h", "bi"),
        ("55 h", "bi"),
    ):
        for noise in NOISES:
            print(row(truth, noise, model), flush=True)


if __name__ == "__main__":
    main()
