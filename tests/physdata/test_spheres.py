"""Absorbed fractions of spheres: shape of the table, limits, and an independent Monte Carlo."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.numerics.absorbed_fraction import FractionTable
from hevesy.physdata import (
    JOULE_PER_MEV,
    known_nuclides,
    nuclide,
    sphere_absorbed_fraction,
    sphere_absorption,
    sphere_limits,
    sphere_s_value,
)
from hevesy.physdata.tables_reader import read_table

EGSNRC = Path(__file__).parents[2].parent / "shared" / "validation" / "egsnrc"
(LOW, HIGH), (LIGHT, HEAVY) = sphere_limits()
energies = st.floats(np.log(LOW), np.log(HIGH)).map(lambda x: float(np.clip(np.exp(x), LOW, HIGH)))
masses = st.floats(np.log(LIGHT), np.log(HEAVY)).map(lambda x: float(np.clip(np.exp(x), LIGHT, HEAVY)))
particles = st.sampled_from(["electron", "photon"])


@given(particles, energies, masses)
def test_fractions_are_fractions(particle, energy, mass):
    assert 0.0 < sphere_absorbed_fraction(particle, energy, mass) <= 1.0


@given(particles, energies, masses, st.floats(1.01, 3.0))
def test_a_larger_sphere_keeps_more(particle, energy, mass, factor):
    larger = min(mass * factor, HEAVY)
    kept = sphere_absorbed_fraction(particle, energy, mass)
    assert sphere_absorbed_fraction(particle, energy, larger) >= kept - 1e-6  # entries hold six digits


@given(energies, masses)
def test_faster_electrons_leave_more(energy, mass):
    slower = max(energy / 2.0, LOW)
    assert (
        sphere_absorbed_fraction("electron", slower, mass) >= sphere_absorbed_fraction("electron", energy, mass) - 1e-9
    )


def test_limits_of_small_range():
    assert sphere_absorbed_fraction("electron", 1e-3, 1e-3) == pytest.approx(1.0, abs=1e-4)
    assert sphere_absorbed_fraction("photon", 1e-3, 1.0) == pytest.approx(1.0, abs=1e-3)


def test_escape_of_electrons_follows_surface_over_volume():
    kept = [sphere_absorbed_fraction("electron", 0.1, mass) for mass in (1e-3, 8e-3, HEAVY)]
    assert (kept[2] - kept[0]) / (kept[2] - kept[1]) == pytest.approx(2.0, rel=0.05)  # what is lost at last is radiated


def test_interpolation_against_entries_left_out():
    table = read_table("spheres_endfb81", "spheres.json")
    e, m = np.array(table["energies_mev"]), np.array(table["masses_kg"])
    for particle, tolerance in (("electron", 0.004), ("photon", 0.03)):
        full = np.array(table[particle])
        coarse = FractionTable(e[::2], m[::2], full[::2, ::2])
        inside = e[(e > e[::2][0]) & (e < e[::2][-1])]
        for column in range(1, len(m) - 1, 2):
            fraction, _ = coarse.at(inside, float(m[column]))
            exact = full[np.isin(e, inside), column]
            assert np.max(np.abs(fraction - exact)) < tolerance


@pytest.mark.parametrize(
    ("energy", "mass"), [(LOW / 2, 1e-3), (HIGH * 2, 1e-3), (0.1, LIGHT / 2), (0.1, HEAVY * 2), (float("nan"), 1e-3)]
)
def test_nothing_is_extrapolated(energy, mass):
    with pytest.raises(ValueError, match="expected"):
        sphere_absorbed_fraction("electron", energy, mass)


@pytest.mark.parametrize("name", known_nuclides())
def test_every_nuclide_has_s_values(name):
    data = nuclide(name)
    s_value = sphere_s_value(data, 0.1)
    electrons = data.electron_energy_mev * JOULE_PER_MEV / 0.1
    whole = (data.electron_energy_mev + data.photon_energy_mev) * JOULE_PER_MEV / 0.1
    assert 0.5 * electrons < s_value.value < whole
    assert {name.partition(":")[0] for name in s_value.components} == {"energy", "absorbed-fraction"}
    kept = sphere_absorption(data, 0.1)
    assert kept.electron_emitted_mev == pytest.approx(data.electron_energy_mev, rel=1e-5)
    assert kept.photon_emitted_mev == pytest.approx(data.photon_energy_mev, rel=1e-5, abs=1e-9)


def test_slope_is_the_derivative():
    data, step = nuclide("I-131"), 1e-4
    low, high = (sphere_absorption(data, 0.05 * np.exp(sign * step)).absorbed_mev for sign in (-1, 1))
    assert sphere_absorption(data, 0.05).slope_mev == pytest.approx((high - low) / (2 * step), rel=0.05)


def _reference():
    rows = (EGSNRC / "e_spheres.csv").read_text(encoding="utf-8").splitlines()[1:]
    return [row.split(",") for row in rows]


def _spectrum(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Energies and energy per decay of a reference spectrum (EGSnrc format, lines or histogram)."""
    lines = (EGSNRC / "spectra" / name).read_text(encoding="utf-8").splitlines()
    _, lowest, mode = (float(part) for part in lines[1].split(","))
    rows = np.array([[float(part) for part in line.split(",")] for line in lines[2:] if line.strip()])
    if mode == 2:
        return rows[:, 0], rows[:, 0] * rows[:, 1]
    middles = 0.5 * (np.concatenate([[lowest], rows[:-1, 0]]) + rows[:, 0])
    return middles, middles * rows[:, 1]


def _kept(particle: str, name: str, mass: float, cutoff: float) -> float:
    """Absorbed share; what is below the reference's own cut-off stays where it is born."""
    e, weights = _spectrum(name)
    on_spot = e < max(cutoff, LOW)
    kept = sum(
        w * sphere_absorbed_fraction(particle, float(v), mass)
        for v, w in zip(e[~on_spot], weights[~on_spot], strict=True)
    )
    return float((kept + weights[on_spot].sum()) / weights.sum())


@pytest.mark.shared
@pytest.mark.skipif(not EGSNRC.is_dir(), reason="the shared reference folder is not beside the checkout")
@pytest.mark.parametrize("mass_g", [1, 10, 100, 1000])
def test_egsnrc_spheres(mass_g):
    """EGSnrc with its own spectra and cut-off: electrons to 0.1 (Y-90 0.25) %, photons to 1 %; ours beside."""
    rows = {(row[0], int(row[1])): row for row in _reference()}
    lutetium, yttrium = rows["Lu-177", mass_g], rows["Y-90", mass_g]
    mass = mass_g / 1000.0
    assert _kept("electron", "Lu-177_e.spectrum", mass, 0.0) == pytest.approx(float(lutetium[4]), rel=0.001)
    assert _kept("photon", "Lu-177_g.spectrum", mass, 0.01) == pytest.approx(float(lutetium[6]), rel=0.01)
    assert _kept("electron", "Y-90_e.spectrum", mass, 0.0) == pytest.approx(float(yttrium[4]), rel=0.0025)
    kept = sphere_absorption(nuclide("Lu-177"), mass)
    assert kept.electron_absorbed_mev / kept.electron_emitted_mev == pytest.approx(float(lutetium[4]), rel=0.002)
    kept = sphere_absorption(nuclide("Y-90"), mass)
    assert kept.electron_absorbed_mev / kept.electron_emitted_mev == pytest.approx(float(yttrium[4]), rel=0.0025)
