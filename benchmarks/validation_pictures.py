"""The comparisons of the transport with independent results: tables to the terminal, pictures to a folder.

Run with ``python -P`` (another benchmark has the name of a package)::

    python -P benchmarks/validation_pictures.py SHARED PICTURES [PART ...]

SHARED holds ``validation/egsnrc``, ``validation/vsv_lanconelli``, ``validation/opendose_svalues``,
``validation/icrp110`` and ``physics/ornl_saf``. PICTURES is the folder for the pictures, ``docs/images/validation``
for those of the documentation. Without a PART all are made: energies, points, voxels, spheres, published, layers,
spectra, opendose, ornl, growth, convolution.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from hevesy.physdata import JOULE_PER_MEV, Emissions, EmissionSpectrum, Particle, material, merged, source_term
from hevesy.report.figures.style import SERIES
from hevesy.transport.kernels import (
    convolve,
    point_kernel_of,
    shell_energies,
    sphere_s_value,
    voxel_kernel,
    voxel_kernel_of,
)
from hevesy.transport.kernels.spheres import chances_inside
from hevesy.transport.mc import Outside, VoxelGeometry
from hevesy.transport.mc.engine import McResult, monte_carlo_dose, warm_up_tier
from hevesy.transport.mc.problem import Settings, Tier

mpl.use("Agg")
from matplotlib import pyplot as plt

Floats = NDArray[np.float64]
HERE = Path(__file__).parent
MGY_PER_MBQ_S = 1e9
"""Gy/(Bq s) in mGy/(MBq s)."""
ELECTRONS, HEAVY = (Particle.ELECTRON, Particle.POSITRON), (Particle.ALPHA, Particle.RECOIL)
HISTORIES = 200_000
"""Of photons, for each source (and energy) of the organs."""

ENERGIES_MEV = {
    ("Lu-177", "parent"): (0.148174, 0.033153, None),
    ("Y-90", "parent"): (0.933015, None, None),
    ("Ho-166", "parent"): (0.693920, 0.029621, None),
    ("I-131", "parent"): (0.191691, 0.381747, None),
    ("Sm-153", "parent"): (0.267221, 0.061677, None),
    ("Tb-161", "parent"): (0.200969, 0.035944, None),
    ("Ac-225", "parent"): (0.038493, 0.015370, 5.878497),
    ("Ac-225", "equilibrium"): (0.70, 0.22, 28.0),
}
"""By the evaluation, electrons, photons, alphas and recoils; of the chain about."""
MIRD_17 = {
    ("P-32", 3.0): (1.65, 4.16e-7),
    ("P-32", 6.0): (3.19e-1, 7.16e-8),
    ("Sr-89", 3.0): (1.55, 3.15e-7),
    ("Sr-89", 6.0): (2.85e-1, 4.94e-8),
    ("Y-90", 3.0): (1.61, 6.31e-7),
    ("Y-90", 6.0): (3.46e-1, 1.39e-7),
    ("Tc-99m", 3.0): (9.02e-2, 9.12e-6),
    ("Tc-99m", 6.0): (1.20e-2, 2.33e-6),
    ("I-131", 3.0): (9.20e-1, 2.63e-5),
    ("I-131", 6.0): (1.29e-1, 6.10e-6),
}
"""Voxels 0, 0, 0 and 5, 5, 5 of MIRD Pamphlet No. 17, as a public script quotes them. [mGy/(MBq s)]"""
DPM_Y90 = {(3.0, 3.0, 3.0): 1.581, (4.0, 4.0, 3.0): 1.013}
"""Central voxels by another Monte Carlo program (DPM), from the same script. [mGy/(MBq s)]"""
LANCONELLI = ("Sr-89", "Y-90", "I-131", "Sm-153", "Lu-177", "Re-186", "Re-188")
LANCONELLI_MM = (2.21, 3.0, 4.8, 6.0, 9.28)
LANCONELLI_DENSITY_G_ML = 1.04
"""Of their soft tissue, as later work of the same group says; only with it do pure beta emitters agree at all sizes."""


def module(path: str) -> Any:  # noqa: ANN401 - a script beside this one
    """Another benchmark, which is no package."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, HERE / path)
    if spec is None or spec.loader is None:
        sys.exit(f"expected {path} beside this script, but it is not there")
    loaded = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def part(emissions: Emissions, *particles: Particle) -> Emissions:
    """Some of the particles alone."""
    return Emissions(emissions.name, emissions.of(*particles), (), (), ())


def line(particle: Particle, energy_mev: float) -> Emissions:
    """One particle of one energy."""
    energies = np.array([energy_mev])
    return Emissions("line", (EmissionSpectrum(particle, "given", energies, energies, np.ones(1)),), (), (), ())


def table(*head: str) -> Callable[..., None]:
    """Print the head of a Markdown table; returns what prints a row."""
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    return lambda *cells: print("| " + " | ".join(cells) + " |")


def records(path: Path) -> list[dict[str, str]]:
    """Rows of a table with a head."""
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def figure(wide: float = 7.0, high: float = 3.2, *, rows: int = 1, columns: int = 1, **options: Any) -> Any:  # noqa: ANN401
    """A picture with its axes."""
    return plt.subplots(rows, columns, figsize=(wide, high), layout="constrained", **options)


def energies(_shared: Path) -> None:
    """Energy per decay against the evaluation."""
    row = table(
        "nuclide, chain", "electrons [MeV]", "photons [MeV]", "alphas and recoils [MeV]", "largest difference [%]"
    )
    for (nuclide, chain), expected in ENERGIES_MEV.items():
        emissions = source_term(nuclide, chain)
        found = [emissions.energy_mev(*kind) for kind in (ELECTRONS, (Particle.PHOTON,), HEAVY)]
        ratios = [f / e - 1.0 for f, e in zip(found, expected, strict=True) if e is not None]
        row(f"{nuclide}, {chain}", *(f"{v:.6f}" for v in found), f"{100 * max(ratios, key=abs):+.3f}")


def reference_points(shared: Path) -> Iterator[tuple[str, str, Emissions, Emissions | None, float]]:
    """Name, file, emissions, those of ENDF/B where they differ, and how many the file's energies are per."""
    speed, folder = module("mc_speed.py"), shared / "validation" / "egsnrc"
    yields = json.loads((folder / "spectra" / "yields.json").read_text(encoding="utf-8"))
    for kev in (100, 200, 1000):
        yield f"electrons {kev} keV", f"b_electron_{kev}keV.csv", line(Particle.ELECTRON, kev / 1e3), None, 1.0
    for name, energy in (("208", 0.2083662), ("364", 0.364489)):
        yield f"photons {name} keV", f"c_photon_{name}keV.csv", line(Particle.PHOTON, energy), None, 1.0
    for nuclide, particle, key in (
        ("Lu-177", Particle.ELECTRON, "Y_e"),
        ("Lu-177", Particle.PHOTON, "Y_g"),
        ("Y-90", Particle.ELECTRON, "Y_e"),
    ):
        given = part(speed.reference_emissions(folder, nuclide), particle)
        own = part(source_term(nuclide), *((particle,) if particle is Particle.PHOTON else ELECTRONS))
        yield f"{nuclide} {particle}s", f"b_{nuclide}_{particle}s.csv", given, own, yields[nuclide][key]


def points(shared: Path) -> None:
    """Energy within every radius, of the emitted energy."""
    row = table("source", "largest difference [%]", "with ENDF/B-VIII.1 [%]")
    fig, axes = figure()
    for index, (name, file, given, own, per) in enumerate(reference_points(shared)):
        rows = np.genfromtxt(shared / "validation" / "egsnrc" / file, delimiter=",", skip_header=2)
        edges = np.concatenate([rows[:1, 0], rows[:, 1]])
        known = np.cumsum(rows[:, 2]) * per / given.energy_mev()
        found = [
            np.cumsum(shell_energies(point_kernel_of(e, edges_cm=edges))[0]) / e.energy_mev() - known
            for e in (given, own)
            if e is not None
        ]
        largest = [f"{100 * d[np.abs(d).argmax()]:+.2f}" for d in found]
        row(name, *largest, *([""] if own is None else []))
        radius = edges[1:] / np.interp(0.9 * known[-1], known, edges[1:])
        axes.plot(radius, 100 * found[0], color=SERIES[index], label=name, lw=1.2)
    axes.axhspan(-1, 1, color="0.93", zorder=0)
    axes.set(xlim=(0, 2.5), ylim=(-1.4, 1.4), xlabel="radius, over that which holds 90 % of the energy")
    axes.set_ylabel("energy within the radius,\nHevesy minus EGSnrc\n[% of the emitted energy]")
    axes.legend(frameon=False, fontsize=7, ncols=2)
    save(fig, "point-kernels")


def voxels(shared: Path) -> None:
    """Voxel S values of 4.8 mm."""
    speed, folder = module("mc_speed.py"), shared / "validation" / "egsnrc"
    row = table(
        "nuclide, emissions",
        "voxels outside the limits",
        "centre [%]",
        "1, 0, 0 [%]",
        "over 2 % of the centre, largest [%]",
    )
    fig, axes = figure(columns=2)
    for axis, nuclide in zip(axes, ("Lu-177", "Y-90"), strict=True):
        rows = records(folder / f"a_VSV_{nuclide}_4.80mm.csv")
        places = tuple(np.array([int(r[key]) for r in rows]) for key in "kji")
        known = np.array([float(r["S_total_mGy_per_MBqs"]) for r in rows])
        noise = known * np.array([float(r["unc_pct"]) for r in rows]) / 100
        given = speed.reference_emissions(folder, nuclide)
        for data, scaled in (
            ("EGSnrc's spectra", given),
            ("ENDF/B-VIII.1, per emitted energy", per_energy(given, nuclide)),
        ):
            kernel = voxel_kernel_of(point_kernel_of(scaled), (4.8,) * 3, (11, 11, 11))
            ratio = kernel.value[places] * MGY_PER_MBQ_S / known - 1.0
            high = known >= 0.02 * known[0]
            own = kernel.standard_uncertainty[places] * MGY_PER_MBQ_S
            limit = np.where(high, 0.015, 3 * np.hypot(own, noise) / known + 0.04)
            worst = ratio[high][np.abs(ratio[high]).argmax()]
            outside = f"{np.sum(np.abs(ratio) > limit)} of {len(rows)}"
            row(f"{nuclide}, {data}", outside, *(f"{100 * v:+.2f}" for v in (ratio[0], ratio[1], worst)))
            if scaled is given:
                draw_voxels(axis, 4.8 * np.linalg.norm(places, axis=0), (ratio, known, noise), limit)
        axis.set(title=nuclide, xlabel="distance of the voxels [mm]")
    axes[0].set(ylim=(-12, 12), ylabel="voxel S value of 4.8 mm,\nHevesy over EGSnrc minus 1 [%]")
    axes[1].set(ylim=(-60, 60))
    axes[0].legend(frameon=False, fontsize=7, ncols=3, loc="upper center")
    save(fig, "voxel-s-values")


def draw_voxels(axis: Any, distance_mm: Floats, values: tuple[Floats, ...], limit: Floats) -> None:  # noqa: ANN401
    """Every voxel with its limits, and the energy of all at similar distance over that of the reference."""
    ratio, known, noise = values
    axis.vlines(distance_mm, -100 * limit, 100 * limit, color="0.9", lw=2.5, label="limits")
    axis.plot(distance_mm, 100 * ratio, "o", ms=1.8, color=SERIES[4], label="voxels")
    bins = np.digitize(distance_mm, [0, 3, 6, 7.5, 9, 14, 20, 30, 40, 50, 60, 70, 90])
    for number in np.unique(bins):
        these = bins == number
        mean = np.average(ratio[these], weights=known[these])
        bar = math.sqrt((noise[these] ** 2).sum()) / known[these].sum()
        label = "together" if number == 1 else None
        place = distance_mm[these].mean()
        axis.errorbar(place, 100 * mean, 100 * bar, fmt="s", ms=3.5, color=SERIES[1], label=label, zorder=3)


def per_energy(given: Emissions, nuclide: str) -> Emissions:
    """Emissions by ENDF/B, electrons and photons each scaled to the energy that the reference emits of them."""
    own, spectra = source_term(nuclide), []
    for kinds in (ELECTRONS, (Particle.PHOTON,)):
        emitted = own.energy_mev(*kinds)
        factor = given.energy_mev(*kinds) / emitted if emitted > 0 else 0.0
        spectra += [
            EmissionSpectrum(s.particle, s.kind, s.low_mev, s.high_mev, factor * s.yields) for s in own.of(*kinds)
        ]
    return Emissions(nuclide, tuple(spectra), (), (), ())


def spheres(shared: Path) -> None:
    """Self S values, and absorbed fractions with ENDF/B."""
    speed, folder = module("mc_speed.py"), shared / "validation" / "egsnrc"
    row = table("sphere", "S value [%]", "limit [%]", "electrons, ENDF/B [%]", "photons, ENDF/B [%]")
    noise: dict[str, list[float]] = {"Lu-177": [], "Y-90": []}
    for cells in (text.split(",") for text in (folder / "e_spheres.csv").read_text(encoding="utf-8").splitlines()[1:]):
        noise[cells[0]].append(float(cells[3]))
    fig, axes = figure(4.6, 3.0)
    for index, nuclide in enumerate(noise):
        given, own = (point_kernel_of(e) for e in (speed.reference_emissions(folder, nuclide), source_term(nuclide)))
        emitted, found = source_term(nuclide), []
        rows = [r for r in records(folder / "e_spheres.csv") if r["nuclide"] == nuclide]
        for r in rows:
            mass = float(r["mass_g"])
            s_value = sphere_s_value(given, mass / 1e3).value * MGY_PER_MBQ_S
            found.append(100 * (s_value / float(r["S_self_mGy_per_MBqs"]) - 1.0))
            inside = chances_inside(own.edges_cm, (3 * mass / (4 * math.pi * own.density_g_ml)) ** (1 / 3))
            electron = float(inside @ own.electron.energy_mev) / emitted.energy_mev(*ELECTRONS)
            photon = float(inside @ own.photon.energy_mev) / max(emitted.energy_mev(Particle.PHOTON), 1e-9)
            fractions = [electron / float(r["AF_electron(self/total deposited)"]), photon / float(r["AF_photon"])]
            told = ["" if math.isnan(v) else f"{100 * (v - 1):+.2f}" for v in fractions]
            row(
                f"{nuclide}, {mass:g} g", f"{found[-1]:+.2f}", "1" if nuclide == "Y-90" and mass <= 10 else "0.5", *told
            )
        masses = [float(r["mass_g"]) * (1 + 0.06 * index) for r in rows]
        axes.errorbar(masses, found, noise[nuclide], fmt="o", ms=4, lw=0.8, color=SERIES[index], label=nuclide)
    axes.axhspan(-0.5, 0.5, color="0.93", zorder=0)
    axes.fill_between([0.7, 20], -1, 1, color="0.97", zorder=-1)
    axes.set(xscale="log", xlim=(0.7, 1500), ylim=(-1.2, 1.2), xlabel="mass of the sphere [g]")
    axes.set_ylabel("self S value,\nHevesy over EGSnrc minus 1 [%]")
    axes.legend(frameon=False, fontsize=8)
    save(fig, "spheres")


def published(shared: Path) -> None:
    """Voxel S values of other nuclides and sizes from the literature."""
    row = table("nuclide", "voxels [mm]", "0, 0, 0 [%]", "5, 5, 5 [%]")
    for (nuclide, mm), (centre, far) in MIRD_17.items():
        value = voxel_kernel(source_term(nuclide, "parent"), (mm,) * 3, (6, 6, 6)).value * MGY_PER_MBQ_S
        row(
            nuclide,
            f"{mm:g}",
            f"{100 * (value[0, 0, 0] / centre - 1):+.1f}",
            f"{100 * (value[5, 5, 5] / far - 1):+.0f}",
        )
    for edges, centre in DPM_Y90.items():
        value = voxel_kernel(source_term("Y-90"), edges, (1, 1, 1)).value[0, 0, 0] * MGY_PER_MBQ_S
        row("Y-90, DPM", " × ".join(f"{e:g}" for e in edges), f"{100 * (value / centre - 1):+.1f}", "")
    lanconelli(shared)


def lanconelli(shared: Path) -> None:
    """Voxel S values of Lanconelli et al. for soft tissue."""
    row = table("nuclide: 0, 0, 0; 1, 0, 0; from the third voxel on [%]", *(f"{mm:g} mm" for mm in LANCONELLI_MM))
    fig, axes = figure(columns=2, sharey=True)
    for index, nuclide in enumerate(LANCONELLI):
        found = []
        for mm in LANCONELLI_MM:
            kernel = voxel_kernel(
                source_term(nuclide, "parent"), (mm,) * 3, (6, 6, 6), density_g_ml=LANCONELLI_DENSITY_G_ML
            )
            symbol, number = nuclide.split("-")
            path = shared / "validation" / "vsv_lanconelli" / f"{number}{symbol}{mm:g}mmsoft.txt"
            rows = np.genfromtxt(path, skip_header=2, encoding="latin1")
            places = rows[:, :3].astype(int)
            ratio = kernel.value[tuple(places.T)] * MGY_PER_MBQ_S / rows[:, 3] - 1.0
            groups = places.sum(axis=1) == 0, places.sum(axis=1) == 1, places.max(axis=1) >= 3
            found.append([100 * ratio[group].mean() for group in groups])
        row(nuclide, *("; ".join(f"{v:+.1f}" for v in values) for values in found))
        for axis, values in zip(axes, np.transpose(found), strict=False):
            axis.plot(LANCONELLI_MM, values, "o-", ms=3, lw=1, color=SERIES[index], label=nuclide)
    for axis, title in zip(axes, ("central voxel", "voxel beside it"), strict=True):
        axis.axhline(0, color="k", lw=0.6)
        axis.set(xlabel="edge of the voxels [mm]", title=title)
    axes[0].set(ylim=(-8, 28), ylabel="Hevesy over Lanconelli\net al. minus 1 [%]")
    axes[1].legend(frameon=False, fontsize=7, ncols=3)
    save(fig, "lanconelli")


CENTRE = np.s_[:, 22:42, 22:42]
"""Columns of the layers that a picture shows."""
ON_THE_SPOT = "EGSnrc's, photons, those under 10 keV on the spot"


def coarse(values: Floats, n: int) -> Floats:
    """Sums over blocks of n x n x n."""
    shape = tuple(m for size in values.shape for m in (size // n, n))
    return values.reshape(shape).sum(axis=(1, 3, 5))


def refined(geometry: VoxelGeometry, n: int) -> VoxelGeometry:
    """The same matter in voxels of an n-th of the edge."""
    media, density = (
        np.ascontiguousarray(a.repeat(n, 0).repeat(n, 1).repeat(n, 2)) for a in (geometry.media, geometry.density_g_ml)
    )
    edges = tuple(e / n for e in geometry.spacing_cm)
    return VoxelGeometry((edges[0], edges[1], edges[2]), media, density, geometry.materials, geometry.outside)


def layer_run(emissions: Emissions, folder: Path, tier: Tier, n: int, target: float) -> tuple[Floats, Floats, McResult]:
    """Dose and standard uncertainty of the layers in voxels of 4 mm, from voxels of an n-th of that. [Gy]"""
    decays = np.zeros(64**3)
    places = np.load(folder / "d_source_voxels.npy")
    decays[places] = 1.0 / len(places)
    fine = refined(module("mc_speed.py").layered(), n)
    spread = np.ascontiguousarray(decays.reshape(64, 64, 64).repeat(n, 0).repeat(n, 1).repeat(n, 2)) / n**3
    result = monte_carlo_dose(fine, emissions, spread, Settings(tier, 1, target, threads=2))
    return coarse(result.dose_gy, n) / n**3, np.sqrt(coarse(result.standard_uncertainty_gy**2, n)) / n**3, result


def split_photons(emissions: Emissions, at_mev: float) -> tuple[Emissions, float]:
    """Photon lines from an energy on, and the energy per decay of those below. [MeV]"""
    (lines,) = emissions.of(Particle.PHOTON)
    kept = lines.low_mev >= at_mev
    low, high, yields = (values[kept] for values in (lines.low_mev, lines.high_mev, lines.yields))
    above = EmissionSpectrum(Particle.PHOTON, lines.kind, low, high, yields)
    return Emissions(emissions.name, (above,), (), (), ()), lines.energy_mev - above.energy_mev


def photon_layer_run(emissions: Emissions, folder: Path, target: float) -> tuple[Floats, Floats, McResult]:
    """Photons of the layers as the reference follows them: those under 10 keV end where they start. [Gy]"""
    above, below_mev = split_photons(emissions, 0.01)
    dose, noise, result = layer_run(above, folder, Tier.TIERS, 1, target)
    places = np.load(folder / "d_source_voxels.npy")
    mass_kg = module("mc_speed.py").layered().mass_g.reshape(-1)[places] * 1e-3
    dose.reshape(-1)[places] += below_mev * JOULE_PER_MEV / (len(places) * mass_kg)
    return dose, noise, result


def draw_layers(axes: tuple[Any, Any], z_mm: Floats, values: tuple[Floats, ...], style: tuple[str, str]) -> None:
    """Dose along the layers, and its ratio to the reference."""
    dose, noise, known, theirs = values
    label, colour = style
    sums, sigma = (np.sqrt((a[CENTRE] ** 2).sum(axis=(1, 2))) for a in (noise, theirs))
    mean = known[CENTRE].sum(axis=(1, 2))
    ratio = 100 * (dose[CENTRE].sum(axis=(1, 2)) / mean - 1.0)
    axes[0].semilogy(z_mm, dose[CENTRE].mean(axis=(1, 2)), "o", ms=2, color=colour, label=label)
    axes[1].errorbar(z_mm, ratio, 100 * np.hypot(sums, sigma) / mean, fmt="o", ms=2.5, lw=0.7, color=colour)


def layers(shared: Path) -> None:
    """Lung, tissue and bone."""
    speed, folder = module("mc_speed.py"), shared / "validation" / "egsnrc"
    found = {key: value.astype(np.float64) for key, value in np.load(folder / "d_Lu-177.npz").items()}
    given = speed.reference_emissions(folder, "Lu-177")
    scaled = per_energy(given, "Lu-177")
    row = table(
        "engine", "voxels [mm]", "emissions", "mean [%]", "rms beyond noise [%]", "bone [%]", "energy balance [%]"
    )
    fig, (top, bottom) = figure(7.0, 4.6, rows=2, sharex=True, height_ratios=(1, 1))
    z = 4.0 * np.arange(64) - 126.0
    total = found["dose_Gy_per_decay_zyx"]
    top.semilogy(z, total[CENTRE].mean(axis=(1, 2)), color="k", lw=1, label="EGSnrc")
    runs = (
        ("mc", Tier.TIERS, 1, "EGSnrc's", given, "dose_Gy_per_decay_zyx", "abs_unc"),
        ("mc-full", Tier.FULL, 1, "EGSnrc's", given, "dose_Gy_per_decay_zyx", "abs_unc"),
        ("mc", Tier.TIERS, 2, "EGSnrc's", given, "dose_Gy_per_decay_zyx", "abs_unc"),
        ("mc-full", Tier.FULL, 2, "EGSnrc's", given, "dose_Gy_per_decay_zyx", "abs_unc"),
        ("mc", Tier.TIERS, 1, "EGSnrc's, electrons", part(given, *ELECTRONS), "dose_electron", "unc_electron"),
        ("mc", Tier.TIERS, 1, "EGSnrc's, photons", part(given, Particle.PHOTON), "dose_photon", "unc_photon"),
        ("mc", Tier.TIERS, 1, ON_THE_SPOT, part(given, Particle.PHOTON), "dose_photon", "unc_photon"),
        ("mc", Tier.TIERS, 1, "ENDF/B, electrons", part(scaled, *ELECTRONS), "dose_electron", "unc_electron"),
        ("mc", Tier.TIERS, 1, "ENDF/B, photons", part(scaled, Particle.PHOTON), "dose_photon", "unc_photon"),
    )
    for index, (name, tier, n, data, emissions, key, noise_key) in enumerate(runs):
        if data == ON_THE_SPOT:
            dose, noise, result = photon_layer_run(emissions, folder, 0.005)
        else:
            dose, noise, result = layer_run(emissions, folder, tier, n, 0.005 * n**2)
        known, theirs = found[key], found[noise_key]
        high = known > 0.2 * known.max()
        ratio = dose[high] / known[high] - 1.0
        expected = ((noise[high] ** 2 + theirs[high] ** 2) / known[high] ** 2).mean()
        beyond = math.sqrt(max(float((ratio**2).mean() - expected), 0.0))
        bone = dose[40:43].sum() / known[40:43].sum() - 1.0
        balance = (result.balance.deposited + result.balance.escaped) / result.balance.emitted - 1.0
        told = f"{100 * bone:+.2f}" if key == "dose_Gy_per_decay_zyx" else ""
        figures = (f"{100 * ratio.mean():+.2f}", f"{100 * beyond:.2f}", told, f"{100 * balance:+.4f}")
        row(name, f"{4 / n:g}", data, *figures)
        if index < 2:
            draw_layers((top, bottom), z + 1.2 * index - 0.6, (dose, noise, known, theirs), (name, SERIES[index]))
    for axis in (top, bottom):
        for low, high_z in ((-128, 0), (32, 44)):
            axis.axvspan(low, high_z, color="0.94" if low < 0 else "0.85", zorder=0, lw=0)
    top.set(ylabel="absorbed dose [Gy per decay]")
    top.text(-100, 4e-13, "lung")
    top.text(80, 4e-13, "tissue")
    top.text(31, 4e-13, "bone")
    top.legend(frameon=False, fontsize=8)
    bottom.axhline(0, color="k", lw=0.6)
    bottom.set(xlim=(-128, 128), ylim=(-8, 8), xlabel="z [mm]", ylabel="over EGSnrc minus 1 [%]")
    save(fig, "layers")


def spectra(_shared: Path) -> None:
    """Beta spectra against ICRP 107."""
    row = table(
        "nuclide",
        "mean, ENDF/B with Fermi's shape [keV]",
        "mean, ICRP 107 [keV]",
        "largest difference of the shape [% of its maximum]",
    )
    fig, axes = figure(columns=2)
    for axis, nuclide in zip(axes, ("Lu-177", "Y-90"), strict=True):
        shapes = []
        for index, library in enumerate(("endfb81", "icrp107")):
            betas = source_term(nuclide, None, library).of(Particle.ELECTRON)
            low, high, yields = merged(tuple(s for s in betas if s.kind == "beta"))
            edges = np.append(low, high[-1])
            cumulative = np.append(0.0, np.cumsum(yields))
            shapes.append((edges, cumulative, float(yields @ (low + high)) / 2.0 / float(yields.sum())))
            style = {"color": SERIES[index], "ls": ("-", "--")[index], "label": ("Hevesy", "ICRP 107")[index]}
            axis.stairs(yields / (high - low), edges, baseline=None, lw=1.3, **style)
        grid = shapes[1][0]
        ours, theirs = (np.diff(np.interp(grid, edges, cumulative)) / np.diff(grid) for edges, cumulative, _ in shapes)
        row(
            nuclide,
            *(f"{1e3 * mean:.2f}" for *_, mean in shapes),
            f"{100 * np.abs(ours - theirs).max() / theirs.max():.1f}",
        )
        axis.set(
            title=nuclide, xlabel="energy [MeV]", ylabel="particles per decay and MeV", xlim=(0, None), ylim=(0, None)
        )
    axes[0].legend(frameon=False)
    save(fig, "beta-spectra")


def opendose(shared: Path) -> None:
    """Organ S values of Lu-177 on the voxels of ICRP 110."""
    module("organs/icrp110.py")
    script = module("organs/opendose.py")
    fig, axes = figure(columns=2, sharey=True)
    row = table("body", "self", "other pairs, statistics under 3 %", "within 10 %", "rms [%]")
    for axis, (sex, code) in zip(axes, (("male", "AM"), ("female", "AF")), strict=True):
        folder = shared / "validation" / "opendose_svalues" / f"ICRP_110_{code}"
        known = {file: script.reference(folder / f"lu-177_{file}.json") for file in script.SOURCES}
        names = {source: file for file, source in script.SOURCES.items()}
        anatomy = script.icrp110(shared / "validation" / "icrp110", sex)
        found = list(script.pairs(anatomy, folder, HISTORIES))
        own = [p.ratio for p in found if p.source == p.target]
        others = [p for p in found if p.source != p.target]
        sure = np.array([p.ratio - 1.0 for p in others if p.relative_statistics < 0.03])
        figures = (
            f"{len(sure)} of {len(others)}",
            f"{(np.abs(sure) <= 0.1).mean():.1%}",
            f"{100 * np.sqrt((sure**2).mean()):.1f}",
        )
        row(sex, ", ".join(f"{v:.3f}" for v in own), *figures)
        for chosen, colour, label in (
            (found, "0.75", "own statistics over 3 %"),
            ([p for p in found if p.relative_statistics < 0.03], SERIES[0], "under 3 %"),
        ):
            values = [known[names[p.source]][p.target][0] for p in chosen]
            axis.semilogx(values, [p.ratio for p in chosen], "o", ms=2.5, color=colour, label=label)
        ratio_axis(axis, f"adult {sex}", "S value by OpenDose [Gy/(Bq s)]")
    axes[0].set_ylabel("Hevesy over OpenDose")
    axes[0].legend(frameon=False, fontsize=7)
    save(fig, "opendose")


def ornl(shared: Path) -> None:
    """Photon fractions on the unscaled stylised adult."""
    script = module("organs/ornl.py")
    known = script.report(shared / "physics" / "ornl_saf" / "StylizedORNL1987SAFData.txt")
    found = list(script.pairs(script.stylised_anatomy("ornl-adult", 3.0), known, HISTORIES))
    fig, axes = figure(5.2, 3.2)
    sure = [p for p in found if p.relative_statistics < 0.03]
    row = table("pairs", "number", "median", "within the limit")
    for label, chosen, limit in (
        ("self", [p for p in sure if p.source == p.target], 0.1),
        ("others, 3e-6 per g and more", [p for p in sure if p.source != p.target and p.report_per_g >= 3e-6], 0.1),
        ("others, less", [p for p in sure if p.source != p.target and p.report_per_g < 3e-6], 0.2),
    ):
        ratios = np.array([p.ratio for p in chosen])
        row(
            label,
            str(len(chosen)),
            f"{np.median(ratios):.3f}",
            f"{(np.abs(ratios - 1) <= limit).mean():.1%} within {limit:.0%}",
        )
    for index, energy in enumerate(script.ENERGIES_MEV):
        chosen = [p for p in sure if p.energy_mev == energy]
        places, ratios = [p.report_per_g for p in chosen], [p.ratio for p in chosen]
        axes.semilogx(places, ratios, "o", ms=2.5, color=SERIES[index], label=f"{energy:g} MeV")
    ratio_axis(axes, "", "specific absorbed fraction of the report [1/g]")
    axes.set_ylabel("Hevesy over ORNL/TM-8381")
    axes.legend(frameon=False, fontsize=7, ncols=2)
    save(fig, "ornl")


def ratio_axis(axis: Any, title: str, label: str) -> None:  # noqa: ANN401
    """Ratios about one, with the limit of 10 %."""
    axis.axhspan(0.9, 1.1, color="0.93", zorder=0)
    axis.set(title=title, xlabel=label, ylim=(0.55, 1.55))


def ball(radius_mm: float) -> tuple[VoxelGeometry, Floats]:
    """Evenly filled spheres in a cylinder of soft tissue, 128 x 128 x 128 voxels of 4 mm."""
    x = 4.0 * np.arange(128) - 254.0
    body = np.broadcast_to(x[None, :, None] ** 2 + x[None, None, :] ** 2 < 160.0**2, (128, 128, 128))
    inside = x[:, None, None] ** 2 + x[None, :, None] ** 2 + x[None, None, :] ** 2 < radius_mm**2
    density = np.where(body, 1.0, 0.0).astype(np.float32)
    media = np.zeros(density.shape, np.uint8)
    return VoxelGeometry((0.4,) * 3, media, density, (material("soft tissue"),), Outside.VACUUM), inside.astype(float)


def growth(_shared: Path) -> None:
    """CPU seconds of the engine ``mc`` over voxels, activity and wanted uncertainty."""
    speed, threads = module("mc_speed.py"), len(os.sched_getaffinity(0))
    warm_up_tier(Tier.TIERS)
    whole = {n: speed.patient(n, 512.0 / n) for n in (32, 64, 96, 128)}
    cases: tuple[tuple[str, list[float], Callable[[float], tuple[Any, float]]], ...] = (
        ("voxels of the patient, to 1 %", [float(n**3) for n in whole], lambda v: (whole[round(v ** (1 / 3))], 0.01)),
        ("radius of a filled sphere, 128³ [mm]", [8.0, 16.0, 32.0, 64.0], lambda v: (ball(v), 0.01)),
        ("wanted uncertainty, 64³ voxels [%]", [4.0, 2.0, 1.0, 0.5], lambda v: (whole[64], v / 100)),
    )
    fig, axes = figure(7.0, 2.8, columns=3, sharey=True)
    for axis, (label, values, problem) in zip(axes, cases, strict=True):
        row = table(label, *(f"{v:g}" for v in values))
        for index, (nuclide, chain) in enumerate((("Lu-177", None), ("I-131", "parent"))):
            emissions, seconds = source_term(nuclide, chain), []
            for value in values:
                (geometry, decays), target = problem(value)
                settings = Settings(Tier.TIERS, 1, target, threads=threads)
                seconds.append(monte_carlo_dose(geometry, emissions, decays, settings).cpu_s)
            row(f"{nuclide} [CPU s]", *(f"{s:.2f}" for s in seconds))
            axis.loglog(values, seconds, "o-", ms=3, lw=1, color=SERIES[index], label=nuclide)
        names = [f"{round(v ** (1 / 3))}³" if v > 1e3 else f"{v:g}" for v in values]
        axis.minorticks_off()
        axis.set_xticks(values, names)
        axis.set_xlabel(label, fontsize=8)
    axes[0].set_yticks([0.1, 0.3, 1, 3, 10], ["0.1", "0.3", "1", "3", "10"])
    axes[0].set_ylabel("CPU seconds")
    axes[0].legend(frameon=False, fontsize=8)
    save(fig, "growth")


def convolution(_shared: Path) -> None:
    """Time of a convolution over the whole image, best of three."""
    threads = len(os.sched_getaffinity(0))
    row = table("voxels", "wall [s]", "CPU [s]", "threads")
    for n in (128, 256):
        activity, kernel = (
            np.random.default_rng(1).random((n, n, n)),
            voxel_kernel(source_term("Lu-177"), (4.0,) * 3, (n,) * 3),
        )
        spent = []
        for _ in range(3):
            wall, cpu = time.perf_counter(), time.process_time()
            convolve(activity, kernel, workers=threads)
            spent.append((time.perf_counter() - wall, time.process_time() - cpu))
        row(f"{n}³", *(f"{min(values):.2f}" for values in zip(*spent, strict=True)), str(threads))


def save(fig: Any, name: str) -> None:  # noqa: ANN401
    """Write a picture."""
    fig.savefig(Path(sys.argv[2]) / f"{name}.png", dpi=130, metadata={"Software": None})
    plt.close(fig)


PARTS = (energies, points, voxels, spheres, published, layers, spectra, opendose, ornl, growth, convolution)


def main(arguments: list[str]) -> None:
    """Make the parts asked for."""
    known = {function.__name__: function for function in PARTS}
    if len(arguments) < 2 or not set(arguments[2:]) <= set(known):
        sys.exit(__doc__)
    Path(arguments[1]).mkdir(parents=True, exist_ok=True)
    plt.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    for name in arguments[2:] or known:
        known[name](Path(arguments[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
