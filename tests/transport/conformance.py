"""What every engine of dose maps must do, for any of them: the checks, and the problems they are made on.

An engine is checked as it is made for a study (:class:`Checked`): where its results have statistics, differences may be
four standard uncertainties, which a correct engine exceeds in one voxel out of 16 000; the seeds are fixed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from hevesy.domain import Grid, Image, Quantity
from hevesy.errors import InputError
from hevesy.physdata import JOULE_PER_MEV, Emissions, EmissionSpectrum, Particle, material
from hevesy.transport import AbstractDoseEngine, MapResult
from hevesy.transport.mc import Outside, VoxelGeometry

SHAPE = (5, 7, 9)
SPACING_MM = (4.0, 5.0, 6.0)
WATER = material("water")
SIGMAS = 4.0


@dataclass(frozen=True)
class Checked:
    """One engine and how closely it must keep each law beside its statistics."""

    engine: AbstractDoseEngine
    rounding: float
    """Relative to the largest value: of sums, tables and transforms."""
    deposited: float
    """Relative: how closely electrons of short range must leave all their energy."""


def lines(particle, *energies_mev):
    """Emissions of lines, one of each per decay."""
    energies = np.array(energies_mev)
    spectrum = EmissionSpectrum(particle, "given", energies, energies, np.ones(len(energies)))
    return Emissions(f"{particle} lines", (spectrum,), (), (), ())


SHORT = lines(Particle.ELECTRON, 0.05)
"""Electrons of 0.04 mm range in water: they stay in their voxel, but for a thousandth."""
BETA = lines(Particle.ELECTRON, 0.1, 0.5)
PHOTONS = lines(Particle.PHOTON, 0.1)


def grid(shape=SHAPE, spacing_mm=SPACING_MM):
    """Voxels of unequal edges."""
    return Grid(shape, spacing_mm, (0.0, 0.0, 0.0))


def water(on, density=1.0):
    """One medium of one density."""
    x, y, z = on.spacing_mm
    media, densities = np.zeros(on.shape, np.uint8), np.full(on.shape, density, np.float32)
    return VoxelGeometry((x / 10, y / 10, z / 10), media, densities, (WATER,), Outside.VACUUM)


def activity(values, on, quantity=Quantity.TIME_INTEGRATED_ACTIVITY_CONCENTRATION):
    """A source. [Bq s/ml]"""
    return Image(on, np.asarray(values, dtype=np.float64), quantity)


def one_voxel(on, place=None, concentration=1e9):
    """Decays in one voxel, that in the middle unless another is named."""
    values = np.zeros(on.shape)
    values[place or tuple(n // 2 for n in on.shape)] = concentration
    return activity(values, on)


def value_and_spread(result: MapResult):
    """Values and their statistical standard uncertainty."""
    values = np.asarray(result.image.values, dtype=np.float64)
    return values, np.zeros_like(values) if result.statistical is None else np.asarray(result.statistical.values)


def assert_same(checked: Checked, first, second, *spreads):
    """Two maps are one within statistics and rounding."""
    spread = np.sqrt(sum(s**2 for s in spreads))
    assert (np.abs(first - second) <= SIGMAS * spread + checked.rounding * np.abs(second).max()).all()


def linear_in_the_source(checked: Checked, emissions=BETA):
    on, rng = grid(), np.random.default_rng(1)
    a, b = rng.uniform(0, 1e9, on.shape), rng.uniform(0, 1e9, on.shape)
    (both, u), (of_a, v), (of_b, w) = (
        value_and_spread(checked.engine.dose_map(emissions, activity(values, on), water(on)))
        for values in (2 * a + b, a, b)
    )
    assert_same(checked, both, 2 * of_a + of_b, u, 2 * v, w)


def no_more_energy_than_emitted(checked: Checked, emissions):
    on = grid()
    source, geometry = one_voxel(on), water(on)
    values, spread = value_and_spread(checked.engine.dose_map(emissions, source, geometry))
    kept = float((values * geometry.mass_g).sum()) / 1e3
    emitted = float(source.values.sum()) * on.voxel_volume_ml * emissions.energy_mev() * JOULE_PER_MEV
    margin = SIGMAS * float((spread * geometry.mass_g).sum()) / 1e3
    assert (values >= -checked.rounding * values.max()).all()
    assert kept <= emitted * (1 + checked.rounding) + margin


def short_electrons_leave_all_their_energy(checked: Checked):
    on = grid()
    source, geometry = one_voxel(on), water(on, 1.0)
    values, _ = value_and_spread(checked.engine.dose_map(SHORT, source, geometry))
    kept = float((values * geometry.mass_g).sum()) / 1e3
    emitted = float(source.values.sum()) * on.voxel_volume_ml * SHORT.energy_mev() * JOULE_PER_MEV
    assert kept == pytest.approx(emitted, rel=checked.deposited)


def symmetric(checked: Checked, emissions=BETA):
    on = grid()
    values, spread = value_and_spread(checked.engine.dose_map(emissions, one_voxel(on), water(on)))
    for axis in range(3):
        assert_same(checked, values, np.flip(values, axis), spread, np.flip(spread, axis))


def uniform_sources_give_energy_per_mass(checked: Checked):
    """Where the range is short against the voxels, a uniform source in a uniform medium."""
    on = grid()
    values, spread = value_and_spread(checked.engine.dose_map(SHORT, activity(np.full(on.shape, 1e9), on), water(on)))
    expected = 1e9 * SHORT.energy_mev() * JOULE_PER_MEV / 1e-3
    inner = (slice(1, -1),) * 3
    np.testing.assert_allclose(values[inner], expected, rtol=checked.deposited, atol=SIGMAS * spread[inner].max())


def rates_and_doses_are_one_map(checked: Checked):
    on = grid()
    source = one_voxel(on)
    rate = checked.engine.dose_map(BETA, activity(source.values, on, Quantity.ACTIVITY_CONCENTRATION), water(on))
    dose = checked.engine.dose_map(BETA, source, water(on))
    assert rate.image.quantity is Quantity.ABSORBED_DOSE_RATE
    assert dose.image.quantity is Quantity.ABSORBED_DOSE
    np.testing.assert_array_equal(rate.image.values, dose.image.values)


def lengths_scale_with_density(checked: Checked, emissions):
    """Twice the lengths and half the density: the same crossings, four times the mass, a quarter of the dose."""
    on, wide = grid(), grid(spacing_mm=(8.0, 10.0, 12.0))
    values, spread = value_and_spread(checked.engine.dose_map(emissions, one_voxel(on), water(on)))
    thin, thin_spread = value_and_spread(
        checked.engine.dose_map(emissions, one_voxel(wide, concentration=1.25e8), water(wide, 0.5))
    )
    assert_same(checked, 4.0 * thin, values, 4.0 * thin_spread, spread)


def reciprocal(checked: Checked, emissions=PHOTONS):
    """In one medium, what one voxel gets from another the other gets from the one."""
    on, near, far = grid(), (1, 2, 3), (3, 4, 4)
    there, u = value_and_spread(checked.engine.dose_map(emissions, one_voxel(on, near), water(on)))
    back, v = value_and_spread(checked.engine.dose_map(emissions, one_voxel(on, far), water(on)))
    margin = SIGMAS * np.hypot(u[far], v[near]) + checked.rounding * there.max()
    assert abs(there[far] - back[near]) <= margin


def nothing_from_nothing_else(checked: Checked):
    """Bad input is refused, with the engine's name."""
    on = grid()
    good, geometry = one_voxel(on), water(on)
    negative = np.array(good.values)
    negative[0, 0, 0] = -1.0
    unknown = np.where(good.values > 0, np.nan, 0.0)
    other = grid(spacing_mm=(4.0, 5.0, 6.1))
    for source, matter in (
        (activity(negative, on), geometry),
        (activity(unknown, on), geometry),
        (activity(good.values, on, Quantity.COUNTS), geometry),
        (good, water(other)),
        (good, water(grid((5, 7, 8)))),
        (good, water(on, 0.0)),
        (good, water(on, float("nan"))),
    ):
        with pytest.raises(InputError, match=checked.engine.name):
            checked.engine.dose_map(BETA, source, matter)
