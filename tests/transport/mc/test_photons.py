"""Photons in voxels, by track length and collision by collision, and around points."""

import numpy as np
import pytest

from hevesy.numerics.counter_random import stream
from hevesy.physdata import Material, material
from hevesy.physdata.constants import ELECTRON_MASS_MEV
from hevesy.physdata.matter.photons import photon_tables
from hevesy.transport.mc import Outside, Particles, VoxelGeometry, no_particles
from hevesy.transport.mc.photon_analog import transport_photons
from hevesy.transport.mc.photon_grid import photon_grid
from hevesy.transport.mc.photon_radial import photon_radial_kernel
from hevesy.transport.mc.photon_track_length import track_length_photons

MEDIA = tuple(material(name) for name in ("water", "lung", "cortical bone", "thyroid"))
HOLMIUM = Material("holmium", 8.8, {"Ho": 1.0}, "", MEDIA[0].source)


def uniform(medium, n=6, edge_cm=2.0, outside=Outside.VACUUM):
    """A cube of one medium."""
    media = np.zeros((n, n, n), np.uint8)
    density = np.full(media.shape, medium.density_g_ml, np.float32)
    return VoxelGeometry((edge_cm,) * 3, media, density, (medium,), outside)


def layered(outside=Outside.VACUUM):
    """Lung, water and bone in slabs along z, in voxels of unlike edges."""
    media = np.zeros((12, 8, 10), np.uint8)
    media[:4], media[8:] = 1, 2
    density = np.array([m.density_g_ml for m in MEDIA], np.float32)[media]
    return VoxelGeometry((1.0, 1.25, 0.8), media, density, MEDIA, outside)


def photons(energy, n, place, seed=1, first=0):
    """Photons from one place in directions that fill the sphere evenly."""
    rng = np.random.default_rng(seed)
    z, phi = 2.0 * (np.arange(n) + rng.uniform(size=n)) / n - 1.0, 2 * np.pi * rng.uniform(size=n)
    r = np.sqrt(1.0 - z * z)
    keys = np.array([np.uint64(stream(np.uint64(seed), np.uint64(first + i))) for i in range(n)], dtype=np.uint64)
    direction = np.stack([r * np.cos(phi), r * np.sin(phi), z], axis=1)
    return Particles(np.full(n, energy), np.tile(np.asarray(place, float), (n, 1)), direction, np.ones(n), keys)


def by_track(geometry, particles):
    tally = np.zeros(geometry.media.shape)
    return tally, track_length_photons(geometry, photon_tables(geometry.materials), particles, tally)


def by_collision(geometry, particles):
    tally = np.zeros(geometry.media.shape)
    return (tally, *transport_photons(geometry, photon_tables(geometry.materials), particles, tally))


@pytest.mark.parametrize("outside", Outside)
@pytest.mark.parametrize("energy", [0.0305, 0.208, 3.0])
def test_collisions_keep_every_energy(energy, outside):
    geometry = layered(outside)
    tally, balance, electrons = by_collision(geometry, photons(energy, 3000, (5.0, 5.0, 4.8)))
    assert balance.emitted == pytest.approx(balance.deposited + balance.escaped + balance.handed_on, rel=1e-9)
    assert tally.sum() == pytest.approx(balance.deposited, rel=1e-9)
    assert electrons.total_energy_mev == pytest.approx(balance.handed_on, rel=1e-9)
    assert (electrons.energy_mev >= 1e-3).all()
    assert np.linalg.norm(electrons.direction, axis=1) == pytest.approx(1.0)
    reach = 0.6 * electrons.energy_mev[:, None] if outside is Outside.WATER else 0.0
    corner, place = np.array([10.0, 10.0, 9.6]), electrons.position_cm
    beyond = np.maximum(-place, place - corner)
    assert (beyond <= reach + 1e-9).all()
    assert (beyond > 1e-9).any() == (outside is Outside.WATER)
    assert len(set(electrons.stream.tolist())) == len(electrons)


def scatter_of_batches(values):
    return np.mean(values), np.std(values, ddof=1) / np.sqrt(len(values))


@pytest.mark.parametrize("medium", [*MEDIA, HOLMIUM], ids=lambda m: m.name)
@pytest.mark.parametrize("energy", [0.03, 0.06, 0.208, 1.0])
def test_track_length_gives_all_energy_where_none_escapes(medium, energy):
    """Expected deposits add up to the energy emitted: data and sampling belong together. 16 batches, 4.5 sigma."""
    geometry = uniform(medium, 4, 1e4 / medium.density_g_ml)
    shares = []
    for batch in range(16):
        tally, balance = by_track(geometry, photons(energy, 1500, (2e4 / medium.density_g_ml,) * 3, batch))
        assert balance.escaped == 0.0
        shares.append(tally.sum() / balance.emitted)
    mean, error = scatter_of_batches(shares)
    assert error < 0.012
    assert abs(mean - 1.0) < 4.5 * error


@pytest.mark.parametrize("energy", [0.03, 0.06, 0.113, 0.208, 0.364, 1.0])
def test_track_length_agrees_with_collisions(energy):
    """Energy in lung, water and bone, by both; 30 batches each, 4.5 sigma of the difference."""
    geometry = layered(Outside.WATER)
    slabs = [slice(0, 4), slice(4, 8), slice(8, 12)]
    tracks, collisions = [], []
    for batch in range(30):
        start = photons(energy, 5000, (5.0, 5.0, 4.8), batch)
        tally, _ = by_track(geometry, start)
        tracks.append([tally[slab].sum() for slab in slabs])
        tally, _, electrons = by_collision(geometry, photons(energy, 5000, (5.0, 5.0, 4.8), 100 + batch))
        place = electrons.position_cm
        within = ((place >= 0.0) & (place <= np.array([10.0, 10.0, 9.6]))).all(axis=1)
        layer = (place[:, 2] / 3.2).astype(int).clip(0, 2)
        given = np.bincount(layer, weights=electrons.energy_mev * within, minlength=3)
        collisions.append([tally[slab].sum() + given[i] for i, slab in enumerate(slabs)])
    a, b = np.array(tracks), np.array(collisions)
    error = np.sqrt((a.var(axis=0, ddof=1) + b.var(axis=0, ddof=1)) / 30)
    assert (error / b.mean(axis=0) < 0.03).all()
    assert (np.abs(a.mean(axis=0) - b.mean(axis=0)) < 4.5 * error).all()


def test_track_length_closes_in_the_mean():
    shares = []
    for batch in range(12):
        _, balance = by_track(layered(), photons(0.208, 3000, (5.0, 5.0, 4.8), batch))
        shares.append((balance.deposited + balance.escaped) / balance.emitted)
    mean, error = scatter_of_batches(shares)
    assert abs(mean - 1.0) < 4.5 * error < 0.02


def test_first_flight_is_exact():
    """A pencil beam through water: what is left of it beyond the first voxels is exp(-mu x)."""
    geometry = uniform(MEDIA[0], 10, 1.0)
    n, energy = 20000, 0.1
    beam = photons(energy, n, (5.0, 5.0, 0.0))
    beam = Particles(beam.energy_mev, beam.position_cm, np.tile([0.0, 0.0, 1.0], (n, 1)), beam.weight, beam.stream)
    _, balance = by_track(geometry, beam)
    survivors = np.exp(-photon_tables((MEDIA[0],)).mass_attenuation("water", energy)[0] * 10.0)
    assert balance.escaped / balance.emitted > survivors


def test_water_around_sends_photons_back():
    start = photons(0.1, 8000, (6.0, 6.0, 6.0))
    alone, _ = by_track(uniform(MEDIA[0], 6, 2.0, Outside.VACUUM), start)
    surrounded, _ = by_track(uniform(MEDIA[0], 6, 2.0, Outside.WATER), start)
    whole, _ = by_track(uniform(MEDIA[0], 36, 2.0), photons(0.1, 8000, (36.0, 36.0, 36.0)))
    inner = whole[15:21, 15:21, 15:21]
    assert surrounded.sum() > 1.1 * alone.sum()
    assert surrounded.sum() == pytest.approx(inner.sum(), rel=0.04)


def test_photons_from_outside_enter():
    geometry = uniform(MEDIA[0], 6, 2.0)
    tally, balance = by_track(geometry, photons(0.1, 4000, (6.0, 6.0, -20.0)))
    assert tally.sum() > 0
    assert balance.escaped > 0.8 * balance.emitted


def test_soft_photons_stay_and_empty_batches_do_nothing():
    geometry = uniform(MEDIA[0])
    for tally, balance in (by_track(geometry, photons(5e-4, 10, (5.0, 5.0, 5.0))), by_track(geometry, no_particles())):
        assert tally.sum() == pytest.approx(balance.emitted)
    tally, balance, electrons = by_collision(geometry, no_particles())
    assert not tally.any()
    assert not len(electrons)
    assert balance.emitted == 0.0


def test_vacuum_and_air_let_photons_pass():
    geometry = uniform(MEDIA[0])
    empty = VoxelGeometry(
        geometry.spacing_cm,
        geometry.media,
        np.zeros(geometry.media.shape, np.float32),
        geometry.materials,
        Outside.VACUUM,
    )
    tally, balance = by_track(empty, photons(0.1, 100, (5.0, 5.0, 5.0)))
    assert not tally.any()
    assert balance.escaped == pytest.approx(balance.emitted)


def test_results_depend_on_neither_order_nor_parts():
    """Each photon has its own numbers: two halves, or the photons backwards, give the same energies."""
    geometry, start = layered(), photons(0.208, 2000, (5.0, 5.0, 4.8))

    def part(chosen):
        return by_track(
            geometry,
            Particles(
                start.energy_mev[chosen],
                start.position_cm[chosen],
                start.direction[chosen],
                start.weight[chosen],
                start.stream[chosen],
            ),
        )[0]

    whole = part(slice(None))
    assert part(slice(0, 900)) + part(slice(900, None)) == pytest.approx(whole, rel=1e-12)
    assert part(slice(None, None, -1)) == pytest.approx(whole, rel=1e-12)


def test_weights_scale():
    start = photons(0.208, 500, (5.0, 5.0, 4.8))
    tripled = Particles(start.energy_mev, start.position_cm, start.direction, 3.0 * start.weight, start.stream)
    assert by_track(layered(), tripled)[0] == pytest.approx(3.0 * by_track(layered(), start)[0])


def test_many_electrons_are_handed_on_in_several_rounds():
    """More photons than the room for electrons takes at once."""
    geometry = uniform(MEDIA[0], 4, 1e4)
    _, balance, electrons = by_collision(geometry, photons(0.5, 8000, (2e4, 2e4, 2e4)))
    assert len(electrons) > 9 * 8000
    assert electrons.total_energy_mev == pytest.approx(balance.handed_on, rel=1e-9)


def test_directions_of_electrons():
    """Compton electrons of a beam have the one angle that goes with their energy."""
    geometry = uniform(MEDIA[0], 4, 1e-4)
    start = photons(0.5, 200000, (2e-4, 2e-4, 2e-4))
    ahead = Particles(
        start.energy_mev, start.position_cm, np.tile([0.0, 0.0, 1.0], (200000, 1)), start.weight, start.stream
    )
    geometry = VoxelGeometry(
        geometry.spacing_cm, geometry.media, np.full((4, 4, 4), 400.0, np.float32), (MEDIA[0],), Outside.VACUUM
    )
    _, _, electrons = by_collision(geometry, ahead)
    cosine, t = electrons.direction[:, 2], electrons.energy_mev
    compton = t < 0.5 * (1.0 - 1.0 / (1.0 + 2.0 * 0.5 / ELECTRON_MASS_MEV)) + 1e-9
    expected = (0.5 + ELECTRON_MASS_MEV) / 0.5 * np.sqrt(t / (t + 2.0 * ELECTRON_MASS_MEV))
    assert compton.sum() > 1000
    assert np.median(np.abs(cosine[compton] - expected[compton])) < 1e-9


def test_wrong_input_is_refused():
    geometry, start = uniform(MEDIA[0]), photons(0.1, 1, (1.0, 1.0, 1.0))
    tables, tally = photon_tables((MEDIA[0],)), np.zeros(geometry.media.shape)
    with pytest.raises(ValueError, match="expected a float64 tally"):
        track_length_photons(geometry, tables, start, np.zeros((2, 2, 2)))
    with pytest.raises(ValueError, match="photon tables of the media"):
        track_length_photons(geometry, photon_tables((MEDIA[1],)), start, tally)
    with pytest.raises(ValueError, match="below 16 MeV"):
        transport_photons(geometry, tables, photons(20.0, 1, (1.0, 1.0, 1.0)), tally)
    many = VoxelGeometry(geometry.spacing_cm, geometry.media, geometry.density_g_ml, (MEDIA[0],) * 33, Outside.VACUUM)
    with pytest.raises(ValueError, match="at most 32 media"):
        photon_grid(many)


@pytest.mark.parametrize("energy", [0.03, 0.113, 0.364, 2.5])
def test_radial_kernel_holds_all_energy(energy):
    kernel = photon_radial_kernel(
        np.array([energy]), np.array([2.0]), np.array([0.0, 1.0, 5.0, 20.0, 400.0]), 40000, 1, MEDIA[0]
    )
    error = np.sqrt((kernel.standard_uncertainty_mev**2).sum())
    assert abs(kernel.energy_mev.sum() - energy) < 4.5 * error
    assert error < 0.006 * energy


def test_radial_kernel_of_a_spectrum_is_the_sum_of_its_lines():
    edges = np.array([0.0, 0.5, 2.0, 10.0])
    lines = np.array([0.113, 0.208, 5e-4])
    yields = np.array([0.06, 0.11, 0.5])
    whole = photon_radial_kernel(lines, yields, edges, 60000, 1, MEDIA[0])
    parts = [photon_radial_kernel(lines[i : i + 1], np.ones(1), edges, 60000, 2 + i, MEDIA[0]) for i in range(3)]
    expected = sum(y * part.energy_mev for y, part in zip(yields / yields.sum(), parts, strict=True))
    assert whole.energy_mev == pytest.approx(expected, rel=0.03)
    with pytest.raises(ValueError, match="expected photons"):
        photon_radial_kernel(lines, np.zeros(3), edges, 100, 1, MEDIA[0])


def test_radial_kernel_agrees_with_voxels():
    """Energy within 6 cm of a point in water, by shells and by a sphere of voxels."""
    n, edge = 60, 0.2
    centre = (np.arange(n) + 0.5) * edge - 0.5 * n * edge
    z, y, x = np.meshgrid(centre, centre, centre, indexing="ij")
    tally, _ = by_track(uniform(MEDIA[0], n, edge, Outside.WATER), photons(0.208, 60000, (0.5 * n * edge,) * 3))
    inside = tally[x * x + y * y + z * z < 36.0].sum() / 60000
    shells = photon_radial_kernel(np.array([0.208]), np.ones(1), np.array([0.0, 6.0]), 60000, 1, MEDIA[0])
    assert inside == pytest.approx(shells.energy_mev[0], rel=0.01)


@pytest.mark.shared
@pytest.mark.parametrize("energy", [0.208, 0.364])
def test_point_photons_against_egsnrc(energy, shared_folder):
    """Cumulative energy within 1 % of the emitted energy at every radius of the reference (sphere of 60 cm)."""
    path = shared_folder / "validation" / "egsnrc" / f"c_photon_{round(energy * 1000)}keV.csv"
    rows = np.loadtxt(path, delimiter=",", comments=["#", "r_in"])
    edges = np.append(rows[:, 0], rows[-1, 1])
    kernel = photon_radial_kernel(np.array([energy]), np.ones(1), edges, 150000, 1, MEDIA[0])
    difference = (kernel.cumulative_mev - np.cumsum(rows[:, 2])) / energy
    assert np.abs(difference).max() < 0.01
    assert np.abs(difference[edges[1:] <= 20.0]).max() < 0.0025
