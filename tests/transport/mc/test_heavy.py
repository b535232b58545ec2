"""Alpha particles in voxels: energy kept, ranges of the medium, borders unbiased, recoils on the spot."""

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.physdata import Emissions, EmissionSpectrum, Particle, material
from hevesy.physdata.matter.alphas import alpha_ranges
from hevesy.transport.mc import Outside, VoxelGeometry
from hevesy.transport.mc.heavy import deposit_heavy

NAMES = ("water", "lung", "cortical bone", "air", "vacuum")
MATERIALS = tuple(material(name) for name in NAMES)
WATER_RANGE_CM = float(alpha_ranges((material("water"),)).of(0, 6.0))


def emissions(low=6.0, high=6.0, recoil=0.0):
    rows = [(Particle.ALPHA, low, high)] + ([(Particle.RECOIL, recoil, recoil)] if recoil else [])
    spectra = tuple(
        EmissionSpectrum(kind, "given", np.array([a]), np.array([b]), np.array([2.0])) for kind, a, b in rows
    )
    return Emissions("test", spectra, (), (), ())


def voxels(media, density, spacing_cm=(0.1, 0.1, 0.1)):
    media = np.asarray(media, dtype=np.uint8)
    return VoxelGeometry(
        spacing_cm,
        media,
        np.broadcast_to(np.asarray(density, dtype=np.float32), media.shape).copy(),
        MATERIALS,
        Outside.VACUUM,
    )


def one_voxel(shape=(5, 5, 5), decays=1000.0):
    source = np.zeros(shape)
    source[tuple(n // 2 for n in shape)] = decays
    return source


def run(geometry, source, of=None, u=0.005, seed=1):
    return deposit_heavy(geometry, of or emissions(), source, relative_uncertainty=u, seed=seed)


def test_energy_is_kept():
    rng = np.random.default_rng(1)
    media = rng.integers(0, 5, (6, 5, 7))
    density = np.array([1.0, 0.26, 1.92, 0.0012, 0.0])[media]
    found = run(voxels(media, density), rng.uniform(0, 10, media.shape), emissions(5.0, 8.0, recoil=0.1), u=0.05)
    total = found.balance.deposited + found.balance.escaped
    assert total == pytest.approx(found.balance.emitted, rel=1e-12)
    assert found.balance.deposited == pytest.approx(found.energy_mev.sum(), rel=1e-12)
    assert 0.0 < found.balance.escaped < found.balance.emitted
    assert (found.energy_mev >= 0.0).all()
    assert (found.energy_mev[density == 0.0] == 0.0).all()


def escape_from_slab(ratio):
    """Share of the energy that leaves a uniform slab through both faces, by quadrature; ``ratio``: range over width.

    A particle that starts at depth d under cosine c leaves with the energy of what is left of its range.
    """
    table = alpha_ranges((material("water"),))
    ranges = np.linspace(0.0, float(table.of(0, 6.0)), 4000)
    energies = np.interp(ranges, table.ranges_g_cm2[0], table.energies_mev)
    cosines = (np.arange(400) + 0.5) / 400
    left = np.array([np.trapezoid(energies, ranges) * c for c in cosines]) / 6.0
    return ratio / ranges[-1] * left.mean()


def test_energy_that_leaves_a_slab_is_that_of_a_quadrature():
    width = 4.0 * WATER_RANGE_CM
    geometry = voxels(np.zeros((3, 1, 1)), 1.0, (1000.0, 1000.0, width))
    found = run(geometry, one_voxel((3, 1, 1)), u=0.0005)
    expected = escape_from_slab(WATER_RANGE_CM / width)
    share = 1.0 - found.energy_mev[1, 0, 0] / found.balance.emitted
    assert share == pytest.approx(expected, rel=0.06)
    assert found.energy_mev[0, 0, 0] == pytest.approx(found.energy_mev[2, 0, 0], rel=0.25)


def test_a_uniform_source_in_a_uniform_medium_is_deposited_uniformly():
    found = run(voxels(np.zeros((9, 9, 9)), 1.0, (0.05, 0.05, 0.05)), np.full((9, 9, 9), 100.0), u=0.005)
    inner = found.energy_mev[1:-1, 1:-1, 1:-1]
    assert inner.mean() == pytest.approx(100.0 * 12.0, rel=0.003)
    assert inner.std() / inner.mean() < 0.01
    corners = found.energy_mev[::8, ::8, ::8]
    lost = 3.0 * 0.5 * escape_from_slab(WATER_RANGE_CM / 0.05)
    assert corners.mean() / inner.mean() == pytest.approx(1.0 - lost, abs=0.006)


def test_symmetry():
    found = run(voxels(np.zeros((5, 5, 5)), 1.0, (0.02, 0.02, 0.02)), one_voxel(), u=0.002)
    faces = (np.abs(np.indices((5, 5, 5)) - 2).sum(axis=0)) == 1
    energies, spread = found.energy_mev[faces], np.sqrt(found.variance_mev2[faces])
    assert (np.abs(energies - energies.mean()) < 3.0 * spread).all()
    assert (spread < 0.2 * energies.mean()).all()


def test_thin_voxels_are_blurred_to_the_range():
    edge = WATER_RANGE_CM / 4.0
    found = run(voxels(np.zeros((15, 15, 15)), 1.0, (edge,) * 3), one_voxel((15, 15, 15)), u=0.001)
    z, y, x = np.indices((15, 15, 15)) - 7
    reached = np.sqrt(x**2 + y**2 + z**2)[found.energy_mev > 0].max()
    assert 3.5 < reached < 4.0 + np.sqrt(3.0)
    assert found.balance.escaped == pytest.approx(0.0, abs=1e-9)


def test_lung_beside_bone_and_a_gap():
    media = np.array([[[1, 4, 4, 2]]])
    geometry = voxels(media, np.array([0.26, 0.0, 0.0, 1.92])[None, None], (0.05, 100.0, 100.0))
    found = run(geometry, np.array([[[1000.0, 0.0, 0.0, 0.0]]]), u=0.001)
    lung, gap, _, bone = found.energy_mev[0, 0]
    assert gap == 0.0
    assert lung > bone > 0.05 * lung
    assert found.balance.escaped == pytest.approx(bone, rel=0.15)


def test_vacuum_holds_no_recoil():
    geometry = voxels(np.full((1, 1, 1), 4), 0.0)
    found = run(geometry, np.ones((1, 1, 1)), emissions(recoil=0.1), u=0.1)
    assert found.balance.escaped == pytest.approx(found.balance.emitted)
    assert found.energy_mev.sum() == 0.0


def test_the_stated_uncertainty_is_that_of_repeated_runs():
    geometry = voxels(np.zeros((3, 3, 3)), 1.0, (0.03, 0.03, 0.03))
    runs = [run(geometry, one_voxel((3, 3, 3)), u=0.02, seed=seed) for seed in range(60)]
    energies = np.stack([found.energy_mev for found in runs])
    stated = np.mean([found.variance_mev2 for found in runs], axis=0)
    observed = energies.var(axis=0, ddof=1)
    assert stated[1, 1, 1] == pytest.approx(observed[1, 1, 1], rel=0.5)
    sides = (np.abs(np.indices((3, 3, 3)) - 1).sum(axis=0)) == 1
    assert stated[sides].mean() == pytest.approx(observed[sides].mean(), rel=0.4)
    assert np.sqrt(stated[1, 1, 1]) / energies.mean(axis=0)[1, 1, 1] < 0.03


def test_more_tracks_where_more_is_wanted_and_none_without_decays():
    geometry = voxels(np.zeros((3, 3, 3)), 1.0)
    assert run(geometry, one_voxel((3, 3, 3)), u=0.001).tracks > run(geometry, one_voxel((3, 3, 3)), u=0.1).tracks
    nothing = run(geometry, np.zeros((3, 3, 3)))
    assert nothing.tracks == 0
    assert nothing.energy_mev.sum() == 0.0


def test_same_seed_same_bits():
    geometry = voxels(np.zeros((3, 3, 3)), 1.0)
    a, b, c = (run(geometry, one_voxel((3, 3, 3)), seed=seed).energy_mev for seed in (3, 3, 4))
    np.testing.assert_array_equal(a, b)
    assert (a != c).any()


def test_without_alphas_only_recoils():
    spectrum = EmissionSpectrum(Particle.RECOIL, "recoil", np.array([0.1]), np.array([0.1]), np.array([1.0]))
    found = run(voxels(np.zeros((1, 1, 1)), 1.0), np.full((1, 1, 1), 5.0), Emissions("r", (spectrum,), (), (), ()))
    assert found.energy_mev[0, 0, 0] == pytest.approx(0.5)
    assert found.tracks == 0


def test_alphas_beyond_the_table_are_refused():
    with pytest.raises(InputError, match="10 MeV"):
        run(voxels(np.zeros((1, 1, 1)), 1.0), np.ones((1, 1, 1)), emissions(11.0, 11.0))
