"""Electrons in voxels: energy kept, borders unbiased, and an independent Monte Carlo."""

import dataclasses

import numpy as np
import pytest

from hevesy.numerics.counter_random import stream
from hevesy.physdata import JOULE_PER_MEV, material
from hevesy.physdata.matter.electrons import csda_range_g_cm2, electron_tables, radiation_yield
from hevesy.transport.mc import Outside, Particles, VoxelGeometry, no_particles
from hevesy.transport.mc.electron_voxels import transport_electrons

from .egsnrc import lines

WATER, LUNG, TISSUE, BONE = (material(name) for name in ("water", "lung", "soft tissue", "cortical bone"))
TWIN = dataclasses.replace(WATER, name="twin of water")


def voxels(media, density, materials=(WATER,), spacing_cm=(0.3, 0.3, 0.3), outside=Outside.VACUUM):
    media = np.asarray(media, dtype=np.uint8)
    dense = np.broadcast_to(np.asarray(density, dtype=np.float32), media.shape).copy()
    return VoxelGeometry(spacing_cm, media, dense, materials, outside)


def electrons(energy, positions, seed=1, direction=None):
    n = len(positions)
    rng = np.random.default_rng(seed)
    turned = rng.normal(size=(n, 3)) if direction is None else np.tile(np.asarray(direction, dtype=float), (n, 1))
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    streams = np.array([stream(np.uint64(seed), np.uint64(i)) for i in range(n)], dtype=np.uint64)
    return Particles(
        np.broadcast_to(float(energy), (n,)).copy(), np.asarray(positions, float), turned, np.ones(n), streams
    )


def follow(geometry, source, tables=None):
    tally = np.zeros(geometry.media.shape)
    balance, photons = transport_electrons(geometry, tables or electron_tables(geometry.materials), source, tally)
    return tally, balance, photons


@pytest.mark.parametrize("outside", list(Outside))
@pytest.mark.parametrize("energy", [0.0, 0.005, 0.3, 2.0])
def test_deposited_escaped_and_handed_on_are_emitted(energy, outside):
    rng = np.random.default_rng(3)
    media = rng.integers(0, 3, (6, 5, 4))
    density = np.where(rng.uniform(size=media.shape) < 0.2, 0.0, rng.uniform(0.001, 3.0, media.shape))
    geometry = voxels(media, density, (LUNG, TISSUE, BONE), (0.05, 0.1, 0.2), outside)
    source = electrons(energy, rng.uniform(size=(800, 3)) * [0.2, 0.5, 1.2])
    tally, balance, photons = follow(geometry, source)
    assert balance.emitted == pytest.approx(800 * energy)
    assert balance.deposited + balance.escaped + balance.handed_on == pytest.approx(balance.emitted, rel=1e-9)
    assert tally.sum() == pytest.approx(balance.deposited, rel=1e-9)
    assert photons.total_energy_mev == pytest.approx(balance.handed_on, rel=1e-9)
    assert (tally >= 0).all()
    assert (tally[density == 0] == 0).all()


def test_an_electron_whose_range_ends_in_its_voxel_stays_there():
    source = electrons(0.1, np.full((500, 3), 0.45))
    tally, balance, _ = follow(voxels(np.zeros((3, 3, 3)), 1.0), source)
    assert tally[1, 1, 1] == balance.deposited
    assert balance.escaped == 0.0


def test_bremsstrahlung_does_not_depend_on_staying_in_a_voxel():
    tables = electron_tables((WATER,), photon_threshold_mev=0.001)
    source = electrons(1.0, np.full((20000, 3), 5.0))
    expected = 20000 * float(radiation_yield(WATER, 1.0))
    for n, spacing in ((1, 10.0), (20, 0.5)):
        geometry = voxels(np.zeros((n, n, n)), 1.0, spacing_cm=(spacing, spacing, spacing))
        _, balance, photons = follow(geometry, source, tables)
        assert balance.handed_on == pytest.approx(expected, rel=0.2)  # three standard uncertainties
        assert (photons.energy_mev > 0.001).all()
        np.testing.assert_allclose(np.linalg.norm(photons.direction, axis=1), 1.0)


def test_vacuum_is_crossed_in_a_straight_line():
    density = np.ones((1, 1, 5))
    density[0, 0, 1:4] = 0.0
    geometry = voxels(np.zeros((1, 1, 5)), density, spacing_cm=(1.0, 50.0, 50.0))
    source = electrons(0.1, np.tile([1.5, 25.0, 25.0], (200, 1)), direction=(1.0, 0.2, 0.1))
    tally, balance, _ = follow(geometry, source)
    assert tally[0, 0, 4] > 0.9 * balance.emitted - balance.escaped
    assert tally[0, 0, 1:4].sum() == 0.0


def test_water_outside_sends_electrons_back():
    source = electrons(1.0, np.tile([0.45, 0.45, 0.01], (4000, 1)))
    media = np.zeros((3, 3, 3))
    inside = {side: follow(voxels(media, 1.0, outside=side), source)[1].deposited for side in Outside}
    assert inside[Outside.WATER] > 1.02 * inside[Outside.VACUUM]
    wide = voxels(np.zeros((15, 15, 15)), 1.0)
    moved = dataclasses.replace(source, position_cm=source.position_cm + 6 * 0.3)
    tally = follow(wide, moved)[0]
    assert inside[Outside.WATER] == pytest.approx(tally[6:9, 6:9, 6:9].sum(), rel=0.01)


def test_results_are_the_sum_of_the_histories():
    geometry = voxels(np.zeros((4, 4, 4)), 1.0, spacing_cm=(0.1, 0.1, 0.1))
    source = electrons(0.8, np.full((300, 3), 0.2))
    whole = follow(geometry, source)[0]
    parts = np.zeros_like(whole)
    for index in (np.arange(299, 99, -1), np.arange(100)):
        parts += follow(geometry, Particles(*(getattr(source, f.name)[index] for f in dataclasses.fields(source))))[0]
    np.testing.assert_allclose(parts, whole, rtol=1e-12)


def test_nothing_in_nothing_out():
    tally, balance, photons = follow(voxels(np.zeros((2, 2, 2)), 1.0), no_particles())
    assert (tally.sum(), balance.emitted, len(photons)) == (0.0, 0.0, 0)


def test_what_does_not_fit_is_refused():
    geometry = voxels(np.zeros((2, 2, 2)), 1.0)
    source = electrons(0.1, np.full((2, 3), 0.3))
    with pytest.raises(ValueError, match="tally"):
        transport_electrons(geometry, electron_tables((WATER,)), source, np.zeros((1, 2, 2)))
    for energy in (-0.1, 101.0, np.nan):
        with pytest.raises(ValueError, match="100 MeV"):
            transport_electrons(
                geometry, electron_tables((WATER,)), electrons(energy, [[0.3] * 3]), np.zeros((2, 2, 2))
            )
    with pytest.raises(ValueError, match="materials"):
        transport_electrons(geometry, electron_tables((BONE,)), source, np.zeros((2, 2, 2)))


def layers(media, density, pitch_cm, energy, n):
    """Energy per mass over that emitted per mass, in layers of one composition with as much around them as matters."""
    ends = int(np.ceil(1.2 * float(csda_range_g_cm2(WATER, energy)) / pitch_cm))
    media, density = np.pad(media, ends), np.pad(density, ends, constant_values=1.0)
    wide = 1e6
    geometry = voxels(media[None, None], density[None, None], (WATER, TWIN), (pitch_cm, wide, wide))
    mass = np.asarray(density) / np.sum(density)
    edges = np.concatenate([[0.0], np.cumsum(mass)])
    rng = np.random.default_rng(11)
    where = (np.arange(n) + rng.uniform(size=n)) / n
    layer = np.minimum(np.searchsorted(edges, where, side="right") - 1, len(mass) - 1)
    x = (layer + (where - edges[layer]) / mass[layer]) * pitch_cm
    source = electrons(energy, np.stack([x, np.full(n, wide / 2), np.full(n, wide / 2)], axis=1))
    tally, balance, _ = follow(geometry, source)
    ratio = tally[0, 0] / (mass * (balance.emitted - balance.handed_on))
    return ratio[ends:-ends]


@pytest.mark.parametrize("media", [[0] * 7, [0, 1, 0, 1, 0, 1, 0]], ids=["one medium", "a border at every face"])
@pytest.mark.parametrize(("energy", "pitch_cm"), [(1.0, 0.1), (0.3, 0.05)])
def test_dose_is_uniform_whatever_the_density(media, energy, pitch_cm):
    """Fano's theorem: as many electrons set free per mass everywhere give the same dose everywhere."""
    density = np.array([1.0, 0.1, 1.92, 0.26, 3.0, 0.02, 1.0])
    ratio = layers(np.array(media), density, pitch_cm, energy, 150000)
    thick = density > 0.05
    assert ratio @ density / density.sum() == pytest.approx(1.0, abs=0.008)  # three standard uncertainties
    np.testing.assert_allclose(ratio[thick], 1.0, atol=0.04)


@pytest.mark.slow
@pytest.mark.parametrize("media", [[0] * 7, [0, 1, 0, 1, 0, 1, 0]], ids=["one medium", "a border at every face"])
def test_thin_layers_get_their_dose(media):
    density = np.array([1.0, 0.1, 1.0, 1.0, 1.0, 0.01, 1.0])
    ratio = layers(np.array(media), density, 0.1, 1.0, 3000000)
    np.testing.assert_allclose(ratio, 1.0, atol=0.012)  # three standard uncertainties, 0.15 to 0.35 % each


@pytest.mark.shared
def test_lung_tissue_and_bone_are_those_of_egsnrc(shared_folder):
    reference = np.load(shared_folder / "validation/egsnrc/d_Lu-177.npz")
    source_voxels = np.load(shared_folder / "validation/egsnrc/d_source_voxels.npy")
    planes = reference["planes_cm"]
    z = 0.5 * (planes[1:] + planes[:-1])
    layer = np.where(z < 0, 0, np.where((z > 3.2) & (z < 4.4), 2, 1))
    shape = (64, 64, 64)
    media = np.broadcast_to(layer[:, None, None], shape)
    density = np.broadcast_to(np.array([0.26, 1.0, 1.92])[layer][:, None, None], shape)
    geometry = voxels(media, density, (LUNG, TISSUE, BONE), (0.4, 0.4, 0.4))
    energies, yields = lines(shared_folder, "Lu-177")
    n, rng = 552 * 1000, np.random.default_rng(5)
    chosen = rng.choice(len(energies), n, p=energies * yields / (energies @ yields))
    iz, iy, ix = np.unravel_index(np.tile(source_voxels, n // 552), shape)
    positions = (np.stack([ix, iy, iz], axis=1) + rng.uniform(size=(n, 3))) * 0.4
    direction = rng.normal(size=(n, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    weight = energies @ yields / energies[chosen] / n
    streams = rng.integers(0, 2**63, n, dtype=np.uint64)
    tally = follow(geometry, Particles(energies[chosen], positions, direction, weight, streams))[0]
    dose = tally * JOULE_PER_MEV / (geometry.mass_g * 1e-3)
    expected = reference["dose_electron"]
    hot = expected > 0.2 * expected.max()
    ratio = dose[hot] / expected[hot]
    assert ratio.mean() == pytest.approx(1.0, abs=0.003)  # noise of the mean 0.07 %
    assert ratio.std() < 0.022  # noise of a voxel 1.7 %
    planes_ratio = dose[26:37].sum(axis=(1, 2)) / expected[26:37].sum(axis=(1, 2))
    np.testing.assert_allclose(planes_ratio, 1.0, atol=0.03)
    np.testing.assert_allclose(planes_ratio[2:10], 1.0, atol=0.01)
