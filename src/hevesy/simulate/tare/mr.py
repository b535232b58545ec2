"""Multi-echo MR of the virtual liver before the treatment and after each fraction of holmium.

The signal of a voxel is one exponential of its mean holmium, with Rician noise; neither fat, nor motion, nor the fields
around clusters are there. The image before the treatment holds the holmium of the scout.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Echoes
from hevesy.physdata.phantoms import Medium, fractions
from hevesy.simulate.holmium import write_echo_series
from hevesy.simulate.holmium_files import write_mask
from hevesy.simulate.scanner import Images, Scanner
from hevesy.simulate.seeds import generator
from hevesy.simulate.tare.case import SCOUT_NUCLIDES, Case, series
from hevesy.simulate.tare.ct import labels
from hevesy.simulate.tare.scans import rebinned
from hevesy.simulate.tare.scenario import Holmium

ECHO_TIMES_S = tuple(1.2e-3 + 1.6e-3 * k for k in range(8))
"""[s]"""
LIVER_SIGNAL = 1000.0
"""Magnitude of the liver at echo time zero."""
AFTER_INJECTION = timedelta(minutes=4)
_BEFORE_TREATMENT = timedelta(minutes=40)
_MR = Scanner(model="Virtual MR", collimator="")
_TISSUES = {"Liver": (1000.0, 45.0), "Spleen": (900.0, 25.0)}
_MEDIA = {
    Medium.LUNG: (80.0, 400.0), Medium.BONE: (60.0, 300.0), Medium.SPONGIOSA: (500.0, 70.0),
    Medium.ADIPOSE: (1100.0, 30.0), Medium.SOFT_TISSUE: (800.0, 28.0), Medium.WATER: (1200.0, 3.0),
}  # fmt: skip
_TUMOUR = (950.0, 30.0)
"""Magnitude at echo time zero and R2* at 3 T [1/s]: own choices of a usual size."""
_GRADIENT_PER_S = 4.0
"""Of the R2* from the middle of the field to its side, for what the shim leaves. [1/s]"""


def injected_at(case: Case, holmium: Holmium, k: int) -> datetime:
    """When a fraction (from 0) is injected."""
    return case.scenario.treatment.at + timedelta(seconds=k * holmium.interval)


def noise_sd(holmium: Holmium) -> float:
    """Standard deviation of the noise of each channel, in units of the magnitudes."""
    return LIVER_SIGNAL / holmium.snr


def holmium_mg(case: Case, holmium: Holmium, share: float) -> Images:
    """Holmium in each voxel of the truth after a share of the treatment, that of the scout included. [mg]"""
    mass: Images = case.treatment.image * np.float32(share * case.delivered_bq / holmium.activity_per_mg)
    if SCOUT_NUCLIDES[case.scenario.scout.tracer] == case.nuclide:
        mass = mass + case.scout.image * np.float32(case.scenario.scout.activity / holmium.activity_per_mg)
    return mass


def write_mr(case: Case, holmium: Holmium) -> None:
    """Write ``mr_before`` and ``mr_1`` ..., and masks of regions on their voxels."""
    signal, baseline = _tissue(case)
    start = case.scenario.treatment.at - _BEFORE_TREATMENT
    _write(case, holmium, "mr_before", (0.0, start), (signal, baseline))
    for k, share in enumerate(accumulate(holmium.fractions)):
        moment = injected_at(case, holmium, k) + AFTER_INJECTION
        _write(case, holmium, f"mr_{k + 1}", (share, moment), (signal, baseline))
    grid = case.grids.mr
    for name, solid in case.liver.drawn.items():
        mask = fractions(solid, grid, supersample=3) >= 0.5
        write_mask(mask, grid, case.folder / "masks" / f"{name}.nii.gz")


def _write(
    case: Case,
    holmium: Holmium,
    kind: str,
    given: tuple[float, datetime],
    tissue: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> None:
    """One series: share of the treatment given before, and start."""
    (share, start), (signal, baseline), grid = given, tissue, case.grids.mr
    mass = rebinned(holmium_mg(case, holmium, share), case.grids.truth, grid)
    rate = baseline + mass * np.float32(holmium.relaxivity_ml_per_mg_s / grid.voxel_volume_ml)
    rng = generator(case.options.seed, "tare", "noise", kind)
    noise = np.float32(noise_sd(holmium))
    magnitudes = []
    for time in ECHO_TIMES_S:
        real, imaginary = rng.standard_normal((2, *grid.shape), dtype=np.float32) * noise
        magnitudes.append(np.hypot(signal * np.exp(-rate * np.float32(time)) + real, imaginary))
    echoes = Echoes(grid, np.stack(magnitudes), ECHO_TIMES_S, holmium.field_t)
    plan = series(case, kind, start, 4, _MR)
    write_echo_series(echoes, plan, case.folder / "dicom" / kind, case.options.seed)


def _tissue(case: Case) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Magnitude at echo time zero, and R2* before any holmium. Both of shape ``(z, y, x)``. [-], [1/s]"""
    grid, tumours = case.grids.mr, {tumour.name for tumour in case.scenario.tumours}
    organs = case.liver.phantom.organs
    values = [_TUMOUR if o.name in tumours else _TISSUES.get(o.name, _MEDIA[o.medium]) for o in organs]
    table = np.array([(0.0, 0.0), *values], dtype=np.float32)[labels(case, grid)]
    side = np.linspace(-1.0, 1.0, grid.shape[2], dtype=np.float32)
    return table[..., 0], table[..., 1] + np.float32(_GRADIENT_PER_S) * side
