"""How fast voxels are fitted, beside scipy's curve_fit in the same run, as Markdown tables.

Usage: python benchmarks/voxel_fit.py [VOXELS]

Every voxel holds activity: nothing is left out. Images are written, read, fitted and the maps written, as
``hevesy fit-voxels`` does; times are those of the processor, of all threads, so that a busy machine does not matter.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeWarning, curve_fit

from hevesy.domain import Grid, Image, Quantity
from hevesy.physdata import nuclide
from hevesy.report import write_nifti
from hevesy.workflow.voxel_fit import VoxelFitRequest, voxel_fit
from hevesy.workflow.voxel_fit_inputs import VoxelFitImages

Floats = NDArray[np.float64]

TIMES_H = np.array([4.0, 24.0, 96.0, 168.0])
RATE = nuclide("Lu-177").decay_constant_per_s * 3600.0
NOISE, REFERENCE = 0.1, 5e4
SAMPLE = 300
SLICES = 8


def curves(model: str, n: int, rng: np.random.Generator) -> Floats:
    """Activity concentrations without noise. Shape ``(scan, voxel)``. [Bq/ml]"""
    size = rng.gamma(2.0, REFERENCE / 2.0, n)
    slow = np.maximum(np.log(2.0) / np.exp(rng.normal(np.log(55.0), 0.35, n)), 1.01 * RATE)
    t = TIMES_H[:, None]
    if model == "mono":
        return size * np.exp(-slow * t)
    if model == "uptake-mono":
        return size * (np.exp(-slow * t) - np.exp(-(slow + np.log(2.0) / rng.uniform(1.0, 8.0, n)) * t))
    share, fast = rng.uniform(0.1, 0.6, n), slow + np.log(2.0) / rng.uniform(3.0, 15.0, n)
    return size * ((1.0 - share) * np.exp(-slow * t) + share * np.exp(-fast * t))


def noisy(true: Floats, rng: np.random.Generator) -> Floats:
    """With log-normal noise whose variance grows as the activity does."""
    spread = np.sqrt(np.log1p(NOISE**2 * REFERENCE / true))
    return np.asarray(true * np.exp(spread * rng.standard_normal(true.shape) - spread**2 / 2.0))


def by_scipy_us(model: str, values: Floats) -> float:
    """Processor time of curve_fit with no rate under that of decay. [us/voxel]"""

    def mono(t: Floats, a: float, k: float) -> Floats:
        return a * np.exp(-k * t)

    def uptake(t: Floats, a: float, k: float, more: float) -> Floats:
        return a * (np.exp(-k * t) - np.exp(-(k + more) * t))

    def bi(t: Floats, a: float, b: float, k: float, more: float) -> Floats:
        return a * np.exp(-k * t) + b * np.exp(-(k + more) * t)

    function, start = {
        "mono": (mono, (1.0, 0.0126)),
        "uptake-mono": (uptake, (1.0, 0.0126, 0.2)),
        "bi": (bi, (0.6, 0.4, 0.0126, 0.1)),
    }[model]
    lower = np.zeros(len(start))
    lower[2 if model == "bi" else 1] = RATE
    warnings.simplefilter("ignore", OptimizeWarning)
    began = time.process_time()
    for voxel in values.T:
        u = NOISE * np.sqrt(voxel * REFERENCE)
        top = voxel[0]
        try:
            curve_fit(function, TIMES_H, voxel / top, start, u / top, bounds=(lower, np.inf), max_nfev=500)
        except RuntimeError:
            continue  # not converged: its time counts
    return (time.process_time() - began) / values.shape[1] * 1e6


def ours(model: str, values: Floats, folder: Path) -> tuple[dict[str, float], float, int]:
    """Processor times of the parts, wall time, and voxels with a value."""
    edge = round((values.shape[1] / SLICES) ** 0.5)
    grid = Grid((SLICES, edge, edge), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))
    paths = []
    for number, value in enumerate(values):
        image = Image(grid, value.reshape(grid.shape), Quantity.ACTIVITY_CONCENTRATION)
        paths.append(write_nifti(image, folder / f"{model}_{number}.nii.gz"))
    images = VoxelFitImages(tuple(paths), tuple(TIMES_H), "Bq/ml", noise=("counting=10%@50 kBq/ml",))
    request = VoxelFitRequest(images, "Lu-177", model, "nan", 2, folder / model)
    voxel_fit(request, 0.0)  # machine code and what is loaded late
    began = time.perf_counter()
    document = voxel_fit(request, 0.0)
    cpu, voxels = document["cpu_s"], document["voxels"]
    return dict(cpu), time.perf_counter() - began, voxels["with_value"]  # type: ignore[index,call-overload]


def main(arguments: list[str]) -> None:
    """Print the table."""
    n = SLICES * round((int(arguments[0]) / SLICES) ** 0.5) ** 2 if arguments else 2_000_000
    print("| model | voxels with a value | fit [CPU s] | reading and writing [CPU s] | wall time [s] | fit [us/voxel] "
          "| curve_fit [us/voxel] | ratio |\n|---|---|---|---|---|---|---|---|")  # fmt: skip
    for model in ("mono", "uptake-mono", "bi"):
        rng = np.random.default_rng(1)
        values = noisy(curves(model, n, rng), rng)
        with tempfile.TemporaryDirectory() as folder:
            cpu, wall, found = ours(model, values, Path(folder))
        each, other = cpu["fit"] / n * 1e6, by_scipy_us(model, values[:, :SAMPLE])
        print(f"| {model} | {found} | {cpu['fit']:.2f} | {cpu['io']:.2f} | {wall:.2f} | {each:.2f} | {other:.0f} "
              f"| {other / each:.0f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
