"""Kernels against an independent Monte Carlo (EGSnrc) with its own spectra, so that transport is compared, not decay data.

The reference's spectra come as lines or histograms in its own format and are written as ``--spectrum`` files here.
"""

import csv
import json
import math
from itertools import pairwise

import numpy as np
import pytest

from hevesy.physdata import Emissions, EmissionSpectrum, Particle, read_spectrum_file
from hevesy.transport.kernels import (
    point_kernel_of,
    point_kernel_table,
    shell_energies,
    sphere_s_value,
    voxel_kernel_of,
)

pytestmark = pytest.mark.shared

FROM_GRAY = 1e9
"""Gy/(Bq s) in mGy/(MBq s)."""


@pytest.fixture(scope="module")
def egsnrc(shared_folder):
    return shared_folder / "validation" / "egsnrc"


@pytest.fixture(scope="module")
def sources(egsnrc, tmp_path_factory):
    """Spectrum files of the reference's nuclides."""
    folder = tmp_path_factory.mktemp("spectra")

    def rows(name, particle):
        lines = (egsnrc / "spectra" / f"{name}.spectrum").read_text(encoding="utf-8").splitlines()
        n, lowest, mode = (float(part) for part in lines[1].split(","))
        pairs = [tuple(map(float, line.split(","))) for line in lines[2 : 2 + int(n)]]
        bounds = [lowest, *(energy for energy, _ in pairs)]
        lows = [energy for energy, _ in pairs] if mode == 2 else bounds[:-1]
        return [(particle, low, high, number) for low, (high, number) in zip(lows, pairs, strict=True)]

    def read(nuclide):
        path = folder / f"{nuclide}.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            table = csv.writer(stream)
            table.writerow(("particle", "low_mev", "high_mev", "yield"))
            table.writerows(rows(f"{nuclide}_e", "electron") + rows(f"{nuclide}_g", "photon"))
        return read_spectrum_file(path)

    return {nuclide: read(nuclide) for nuclide in ("Lu-177", "Y-90")}


def records(path):
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


# Beyond 2 % of the centre: three combined standard uncertainties plus 4 %; above, 1.5 %.
@pytest.mark.parametrize("nuclide", ["Lu-177", "Y-90"])
def test_voxel_s_values(egsnrc, sources, nuclide):
    kernel = voxel_kernel_of(point_kernel_of(sources[nuclide]), (4.8, 4.8, 4.8), (11, 11, 11))
    rows = records(egsnrc / f"a_VSV_{nuclide}_4.80mm.csv")
    centre = float(rows[0]["S_total_mGy_per_MBqs"])
    outside = []
    for row in rows:
        place = int(row["k"]), int(row["j"]), int(row["i"])
        expected = float(row["S_total_mGy_per_MBqs"])
        ours, own = kernel.value[place] * FROM_GRAY, kernel.standard_uncertainty[place] * FROM_GRAY
        limit = 0.015 * expected
        if expected < 0.02 * centre:
            limit = 3.0 * math.hypot(own, float(row["unc_pct"]) / 100 * expected) + 0.04 * expected
        if abs(ours - expected) > limit:
            outside.append((place, ours / expected))
    assert outside == []
    assert len(rows) == 286


# Without the reference's scatter: all voxels from the fourth on together, weighted by how often each occurs.
@pytest.mark.parametrize(("nuclide", "limit"), [("Lu-177", 0.01), ("Y-90", 0.06)])
def test_distant_voxels_together(egsnrc, sources, nuclide, limit):
    kernel = voxel_kernel_of(point_kernel_of(sources[nuclide]), (4.8, 4.8, 4.8), (11, 11, 11))
    ours = expected = 0.0
    for row in records(egsnrc / f"a_VSV_{nuclide}_4.80mm.csv"):
        i, j, k = int(row["i"]), int(row["j"]), int(row["k"])
        if i >= 4:
            images = {1: 1, 2: 3, 3: 6}[len({i, j, k})] * 2 ** sum(n > 0 for n in (i, j, k))
            ours += images * kernel.value[k, j, i] * FROM_GRAY
            expected += images * float(row["S_total_mGy_per_MBqs"])
    assert ours == pytest.approx(expected, rel=limit)


# The reference knows its ranges to 0.5 %: 1 % for Y-90 in 1 and 10 g.
@pytest.mark.parametrize("nuclide", ["Lu-177", "Y-90"])
def test_spheres(egsnrc, sources, nuclide):
    kernel = point_kernel_of(sources[nuclide])
    rows = [row for row in records(egsnrc / "e_spheres.csv") if row["nuclide"] == nuclide]
    for row in rows:
        mass = float(row["mass_g"])
        limit = 0.01 if nuclide == "Y-90" and mass <= 10 else 0.005
        ours = sphere_s_value(kernel, mass / 1000.0).value * FROM_GRAY
        assert ours == pytest.approx(float(row["S_self_mGy_per_MBqs"]), rel=limit), mass
    assert len(rows) == 4


def one(particle, energy):
    line = np.array([energy])
    return Emissions("one", (EmissionSpectrum(particle, "given", line, line, np.ones(1)),), (), (), ())


def part(emissions, particle):
    return Emissions(emissions.name, emissions.of(particle), (), (), ())


def assert_cumulative(path, emissions, per=1.0):
    """Within 1 % of the emitted energy at every radius."""
    rows = np.genfromtxt(path, delimiter=",", skip_header=2)
    edges = np.concatenate([rows[:1, 0], rows[:, 1]])
    energy, _ = shell_energies(emissions, point_kernel_table("water"), edges)
    assert all(high > low for low, high in pairwise(edges))
    difference = np.cumsum(energy / per - rows[:, 2])
    assert np.abs(difference).max() < 0.01 * emissions.energy_mev() / per


@pytest.mark.parametrize("kev", [100, 200, 1000])
def test_point_kernels_of_electrons(egsnrc, kev):
    assert_cumulative(egsnrc / f"b_electron_{kev}keV.csv", one(Particle.ELECTRON, kev / 1000.0))


@pytest.mark.parametrize(("name", "energy"), [("208", 0.2083662), ("364", 0.364489)])
def test_point_kernels_of_photons(egsnrc, name, energy):
    assert_cumulative(egsnrc / f"c_photon_{name}keV.csv", one(Particle.PHOTON, energy))


@pytest.mark.parametrize(
    ("nuclide", "particle"), [("Lu-177", Particle.ELECTRON), ("Lu-177", Particle.PHOTON), ("Y-90", Particle.ELECTRON)]
)
def test_point_kernels_of_nuclides(egsnrc, sources, nuclide, particle):
    chosen = part(sources[nuclide], particle)
    key = "Y_e" if particle is Particle.ELECTRON else "Y_g"
    number = json.loads((egsnrc / "spectra" / "yields.json").read_text(encoding="utf-8"))[nuclide][key]
    assert_cumulative(egsnrc / f"b_{nuclide}_{particle}s.csv", chosen, number)
