"""Particles of a batch are drawn without bias, and more evenly than at random."""

import numpy as np
import pytest

from hevesy.physdata import EmissionSpectrum, Particle, material
from hevesy.transport.mc import Outside, VoxelGeometry
from hevesy.transport.mc.source import Component, Draw, kept_mev, sample, source


@pytest.fixture
def geometry():
    shape = (3, 4, 5)
    return VoxelGeometry(
        (0.2, 0.3, 0.5), np.zeros(shape, np.uint8), np.ones(shape, np.float32), (material("water"),), Outside.VACUUM
    )


@pytest.fixture
def spectrum():
    return EmissionSpectrum(
        Particle.ELECTRON, "given", np.array([0.1, 0.2, 1.0]), np.array([0.2, 0.2, 1.5]), np.array([0.5, 0.0, 0.25])
    )


@pytest.fixture
def made(geometry, spectrum):
    return _made(geometry, spectrum, lambda energies: 1.0 / energies)


def _made(geometry, spectrum, favour):
    decays = np.random.default_rng(1).uniform(1.0, 5.0, geometry.media.shape)
    decays[1] = 0.0
    voxels = np.flatnonzero(decays)
    amounts = decays.ravel()[voxels]
    other = EmissionSpectrum(Particle.ELECTRON, "given", np.array([0.01]), np.array([0.01]), np.array([2.0]))
    parts = [
        Component((spectrum,), voxels, amounts, np.sqrt(amounts), favour),
        Component((other,), voxels, 3.0 * amounts, np.sqrt(amounts)),
    ]
    return source(parts, geometry), decays


def _sampled(made, n=2000, batches=60):
    origin, _ = made
    return [sample(Draw(origin, n, b * n, b, np.uint64(9)), np.zeros(origin.shape)) for b in range(batches)]


def _flat(particles):
    x, y, z = np.floor(particles.position_cm / np.array([0.2, 0.3, 0.5])).astype(int).T
    return (z * 4 + y) * 5 + x


def test_expected_energy_of_every_voxel(made):
    groups = _sampled(made)
    _, decays = made
    sums = [np.bincount(_flat(g), weights=g.weight * g.energy_mev, minlength=60) for g in groups]
    expected = decays.ravel() * (0.5 * 0.15 + 0.25 * 1.25 + 3 * 2.0 * 0.01)
    error = np.std(sums, axis=0, ddof=1) / np.sqrt(len(sums))
    assert (np.abs(np.mean(sums, axis=0) - expected) <= 4.5 * error + 1e-12).all()


def test_expected_number_of_every_line(made):
    groups = _sampled(made)
    _, decays = made
    for low, high, per_decay in ((0.1, 0.2, 0.5), (1.0, 1.5, 0.25), (0.009, 0.011, 6.0)):
        counts = [g.weight[(g.energy_mev >= low) & (g.energy_mev <= high)].sum() for g in groups]
        error = np.std(counts, ddof=1) / np.sqrt(len(counts))
        assert np.mean(counts) == pytest.approx(per_decay * decays.sum(), abs=4 * error + 1e-9)


def test_uniform_within_voxels_and_isotropic(made):
    g = _sampled(made, n=40000, batches=1)[0]
    place = g.position_cm / np.array([0.2, 0.3, 0.5]) % 1.0
    assert np.abs(place.mean(axis=0) - 0.5).max() < 3e-3
    assert np.abs(g.direction.mean(axis=0)).max() < 3e-3
    assert np.abs((g.direction**2).mean(axis=0) - 1 / 3).max() < 3e-3
    assert np.linalg.norm(g.direction, axis=1) == pytest.approx(np.ones(len(g)), abs=1e-12)


def test_every_particle_has_numbers_of_its_own(made):
    streams = np.concatenate([g.stream for g in _sampled(made, n=500, batches=20)])
    assert len(np.unique(streams)) == 10000


def test_batches_scatter_less_than_independent_particles(geometry, spectrum):
    groups = _sampled(_made(geometry, spectrum, None), n=2000, batches=50)
    sums = np.array([np.bincount(_flat(g), weights=g.weight * g.energy_mev, minlength=60) for g in groups])
    counts = np.array([np.bincount(_flat(g), minlength=60) for g in groups]).mean(axis=0)
    hit = counts > 0
    relative = sums[:, hit].std(axis=0, ddof=1) / sums[:, hit].mean(axis=0)
    assert (relative < 0.5 / np.sqrt(counts[hit])).all()


def test_the_same_seed_gives_the_same_particles_and_another_others(made):
    origin, _ = made
    first, again, other = (
        sample(Draw(origin, 100, 0, 0, np.uint64(seed)), np.zeros(origin.shape)) for seed in (4, 4, 5)
    )
    assert (first.position_cm == again.position_cm).all()
    assert (first.stream != other.stream).all()


def test_a_voxel_without_importance_is_refused(geometry, spectrum):
    with pytest.raises(ValueError, match="importance"):
        source([Component((spectrum,), np.arange(3), np.ones(3), np.zeros(3))], geometry)


def test_nothing_emitted_is_empty(geometry, spectrum):
    nowhere = np.zeros(0)
    assert source([Component((spectrum,), nowhere.astype(int), nowhere, nowhere)], geometry).empty
    assert source([Component((), np.arange(3), np.ones(3), np.ones(3))], geometry).empty
    assert source([], geometry).empty


def test_what_is_counted_beforehand_is_taken_away_again(geometry, spectrum):
    """In the mean of batches, in every voxel."""
    decays = np.random.default_rng(2).uniform(1.0, 5.0, 60)
    kept = np.random.default_rng(3).uniform(0.0, 0.9, 60)
    origin = source([Component((spectrum,), np.arange(60), decays, np.sqrt(decays), kept=kept)], geometry)
    known = kept_mev(origin)
    assert known.ravel() == pytest.approx(kept * decays * (0.5 * 0.15 + 0.25 * 1.25), rel=1e-12)
    taken = np.zeros((60, *origin.shape))
    for b in range(60):
        sample(Draw(origin, 500, b * 500, b, np.uint64(9)), taken[b])
    error = taken.std(axis=0, ddof=1) / np.sqrt(60)
    assert (np.abs(taken.mean(axis=0) + known) <= 4.5 * error + 1e-9).all()
