"""How long the voxel Monte Carlo takes: CPU seconds to a wanted uncertainty, and how close to the reference it is.

Run with ``python -P`` (another benchmark has the name of a package)::

    python -P benchmarks/mc_speed.py reference FOLDER    the heterogeneous case of FOLDER (validation/egsnrc)
    python -P benchmarks/mc_speed.py patient             the virtual patient on 128 x 128 x 128 voxels of 4 mm
    python -P benchmarks/mc_speed.py growth              time over voxels, activity and wanted uncertainty, as JSON
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.domain import Grid
from hevesy.physdata import Emissions, EmissionSpectrum, Particle, material, source_term
from hevesy.physdata.phantoms import voxelise
from hevesy.simulate import default_scenario
from hevesy.simulate.kinetics import time_integrated_share
from hevesy.simulate.patient import build_patient
from hevesy.transport.mc import Outside, VoxelGeometry
from hevesy.transport.mc.engine import McResult, monte_carlo_dose, warm_up_tier
from hevesy.transport.mc.problem import Settings, Tier

Floats = NDArray[np.float64]

REFERENCE_CPU_S = {"Lu-177": 71.9, "I-131": 157.9}
"""EGSnrc, one core, to 1.00 %. [s]"""
PATIENT = (*(("Lu-177", None), ("Ho-166", None), ("Y-90", None), ("Ac-225", "equilibrium"), ("I-131", "parent")),)
MEDIA = {
    "soft tissue": "soft tissue",
    "adipose tissue": "adipose",
    "lung": "lung",
    "bone": "cortical bone",
    "spongiosa": "spongiosa",
    "water": "water",
}


def reference_spectrum(path: Path, particle: Particle) -> EmissionSpectrum:
    """A spectrum in the form of EGSnrc: upper ends of bins and counts per bin, or lines."""
    rows = [[float(cell) for cell in line.split(",")] for line in path.read_text().splitlines()[1:]]
    first, mode = rows[0][1], int(rows[0][2])
    energy, yields = np.array(rows[1:]).T
    low = energy if mode == 2 else np.concatenate([[first], energy[:-1]])
    return EmissionSpectrum(particle, "given", low, energy, yields)


def reference_emissions(folder: Path, nuclide: str) -> Emissions:
    """What the reference was run with."""
    electrons = reference_spectrum(folder / "spectra" / f"{nuclide}_e.spectrum", Particle.ELECTRON)
    photons = reference_spectrum(folder / "spectra" / f"{nuclide}_g.spectrum", Particle.PHOTON)
    return Emissions(nuclide, (electrons, photons), (), (), ())


def layered() -> VoxelGeometry:
    """Lung, tissue, bone and tissue of case d."""
    z = 4.0 * np.arange(64) - 126.0
    layers = np.where(z < 0, 0, np.where((z > 32) & (z < 44), 2, 1)).astype(np.uint8)
    media = np.broadcast_to(layers[:, None, None], (64, 64, 64)).copy()
    density = np.array([0.26, 1.0, 1.92], dtype=np.float32)[media]
    materials = (material("lung"), material("soft tissue"), material("cortical bone"))
    return VoxelGeometry((0.4, 0.4, 0.4), media, density, materials, Outside.VACUUM)


def compare(result: McResult, dose: Floats, uncertainty: Floats) -> str:
    """Bias and spread in the voxels over 20 % of the maximum, in per cent."""
    high = dose > 0.2 * dose.max()
    ratio = result.dose_gy[high] / dose[high] - 1.0
    noise = (result.standard_uncertainty_gy[high] / dose[high]) ** 2 + (uncertainty[high] / dose[high]) ** 2
    beyond = np.sqrt(max(float((ratio**2).mean() - noise.mean()), 0.0))
    bone = np.s_[40:43]
    region = result.dose_gy[bone].sum() / dose[bone].sum() - 1.0
    return f"mean {100 * ratio.mean():+.2f}, rms beyond noise {100 * beyond:.2f}, bone {100 * region:+.2f}"


def run_reference(folder: Path) -> None:
    """Case d beside the independent figures."""
    found = np.load(folder / "d_Lu-177.npz")
    dose, uncertainty = (found[key].astype(np.float64) for key in ("dose_Gy_per_decay_zyx", "abs_unc"))
    geometry, decays = layered(), np.zeros(64**3)
    voxels = np.load(folder / "d_source_voxels.npy")
    decays[voxels] = 1.0 / len(voxels)
    cases = (
        ("Lu-177", "reference spectra", reference_emissions(folder, "Lu-177")),
        ("Lu-177", "ENDF/B-VIII.1", source_term("Lu-177")),
        ("I-131", "ENDF/B-VIII.1", source_term("I-131", "parent")),
    )
    for tier in Tier:
        warm_up_tier(tier)
        for nuclide, data, emissions in cases:
            settings = Settings(tier, 1, 0.01, threads=1)
            result = monte_carlo_dose(geometry, emissions, decays.reshape(64, 64, 64), settings)
            told = compare(result, dose, uncertainty) if data == "reference spectra" else ""
            times = REFERENCE_CPU_S[nuclide] / result.cpu_s
            print(f"{tier:8s}{nuclide:8s}{data:20s}{_figures(result)}  1/{times:.0f} of the reference  {told}")


def _figures(result: McResult) -> str:
    balance = result.balance
    closed = (balance.deposited + balance.escaped) / balance.emitted - 1.0
    return (
        f"{result.cpu_s:7.2f} CPU s {result.histories:10d} histories "
        f"{100 * result.mean_relative_standard_uncertainty:.3f} %  balance {100 * closed:+.4f} %"
    )


def patient(n: int = 128, spacing_mm: float = 4.0) -> tuple[VoxelGeometry, Floats]:
    """The virtual patient's matter, and decays of its activity as a scanner of 10 mm resolution shows it."""
    built = build_patient(default_scenario("lu177-dotatate"))
    start = -0.5 * (n - 1) * spacing_mm
    grid = Grid((n, n, n), (spacing_mm,) * 3, (start, start, start + 250.0))
    made = voxelise(built.phantom, grid, 1)
    density, media = np.zeros(grid.shape, dtype=np.float32), np.zeros(grid.shape, dtype=np.uint8)
    names = sorted(set(MEDIA.values()))
    for number, name in enumerate(made.names, start=1):
        organ = built.phantom.organ(name)
        inside = made.labels == number
        density[inside] = organ.density_g_ml
        media[inside] = names.index(MEDIA[organ.medium.value])
    decays = np.zeros(grid.shape)
    for region in built.regions:
        share = made.fractions[region.name].astype(np.float64)
        total = built.net_activity_bq * time_integrated_share(region.parts)
        decays += share * (total / region.volume_ml * grid.voxel_volume_ml)
    rest = (made.labels > 0) & (decays == 0)
    decays[rest] = built.net_activity_bq * time_integrated_share(built.remainder) / 60e3 * grid.voxel_volume_ml
    blurred = ndimage.gaussian_filter(decays, 10.0 / 2.3548 / spacing_mm)
    geometry = VoxelGeometry(
        (0.1 * spacing_mm,) * 3, media, density, tuple(material(name) for name in names), Outside.VACUUM
    )
    return geometry, np.where(density > 0, blurred, 0.0)


def run_patient() -> None:
    """Time to 1 % in the voxels over 20 % and over 1 % of the maximum."""
    geometry, decays = patient()
    threads = len(os.sched_getaffinity(0))
    warm_up_tier(Tier.TIERS)
    for nuclide, chain in PATIENT:
        emissions = source_term(nuclide, chain)
        for above in (0.2, 0.01) if nuclide in REFERENCE_CPU_S else (0.2,):
            began = time.monotonic()
            result = monte_carlo_dose(
                geometry, emissions, decays, Settings(Tier.TIERS, 1, 0.01, threads=threads, above=above)
            )
            wall = time.monotonic() - began
            print(f"{nuclide:8s}over {100 * above:3.0f} %  {wall:7.2f} s  {_figures(result)}  {threads} threads")


def growth_problem(n: int, spread: str) -> tuple[VoxelGeometry, Floats]:
    """The virtual patient with its activity, that of its hottest tenth alone, or an even one."""
    geometry, decays = patient(n, 512.0 / n)
    if spread == "hottest tenth":
        decays = np.where(decays >= np.quantile(decays[decays > 0], 0.9), decays, 0.0)
    if spread == "even":
        decays = geometry.mass_g * (decays.sum() / geometry.mass_g.sum())
    return geometry, decays


def run_growth() -> None:
    """How time grows with voxels, spread of the activity and wanted uncertainty: one JSON document."""
    emissions = source_term("Lu-177")
    warm_up_tier(Tier.TIERS)
    cases = [(n, "patient", target) for n in (32, 64, 128) for target in (0.02, 0.01, 0.005)]
    cases += [(64, spread, 0.01) for spread in ("hottest tenth", "even")]
    rows = []
    for n, spread, target in cases:
        geometry, decays = growth_problem(n, spread)
        result = monte_carlo_dose(geometry, emissions, decays, Settings(Tier.TIERS, 1, target))
        rows.append(
            {
                "voxels_per_axis": n,
                "activity": spread,
                "target_uncertainty": target,
                "reached_uncertainty": result.mean_relative_standard_uncertainty,
                "cpu_s": result.cpu_s,
                "histories": result.histories,
            }
        )
    print(json.dumps({"nuclide": "Lu-177", "threads": 1, "rows": rows}, indent=2))


if __name__ == "__main__":
    if sys.argv[1:2] == ["reference"] and len(sys.argv) == 3:
        run_reference(Path(sys.argv[2]))
    elif sys.argv[1:] == ["patient"]:
        run_patient()
    elif sys.argv[1:] == ["growth"]:
        run_growth()
    else:
        sys.exit(__doc__)
