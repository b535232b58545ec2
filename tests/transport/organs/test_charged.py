"""Charged particles: shares of energy against the geometry of spheres, reciprocity, density."""

import numpy as np
import pytest

from hevesy.physdata.phantoms import Box, Ellipsoid
from hevesy.transport.organs import Settings, SolidPlaces
from hevesy.transport.organs.anatomy import Anatomy, Region
from hevesy.transport.organs.charged import RadialEnergy, charged_shares
from hevesy.transport.organs.marrow import cavity_share
from hevesy.transport.organs.places import near_organs
from hevesy.transport.organs.sources import Kind

RADIUS = 2.0
KERNEL = RadialEnergy(np.array([0.0, 0.2, 0.5, 1.0]), np.array([0.5, 0.3, 0.2]))


@pytest.fixture(scope="module")
def sphere(cube):
    """A sphere in a block of another density, on surfaces."""

    def build(density):
        n, edge = 40, 0.25
        axis = (np.arange(n) + 0.5) * edge - 5.0
        z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
        ball, block = Ellipsoid((0.0,) * 3, (RADIUS,) * 3), Box((-5.0,) * 3, (5.0,) * 3)
        inside = ball.contains(np.stack([x, y, z], axis=-1).reshape(-1, 3)).reshape((n,) * 3)
        places = SolidPlaces((ball, block), (-5.0,) * 3, edge, near_organs(np.where(inside, 0, 1).astype(np.int16)))
        volume = 4 / 3 * np.pi * RADIUS**3
        masses = np.array([volume, density * (1000.0 - volume)]) * 1e-3
        none = np.zeros(0, dtype=np.int64), np.zeros(0)
        regions = {name: Region(name, masses[n], (n,), *none) for n, name in enumerate(("ball", "block"))}
        densities = np.array([1.0, density])
        return Anatomy("ball", cube().geometry, places, ("ball", "block"), masses, densities, regions, "test")

    return build


def test_a_sphere_keeps_what_its_geometry_says(sphere):
    r"""Share within a sphere: energy times 1 - 3/4 x + x^3/16 with x = r/R, averaged over the shells (4 standard errors)."""
    anatomy = sphere(1.0)
    shares = charged_shares(anatomy, anatomy.regions["ball"], KERNEL, Settings(charged_points=200_000), Kind.ELECTRONS)
    expected = cavity_share(KERNEL, chord_g_cm2=4.0 / 3.0 * RADIUS)
    error = shares[:, 0].std(ddof=1) / np.sqrt(len(shares))
    assert shares[:, 0].mean() == pytest.approx(expected, abs=4 * error)
    assert shares.sum(axis=1) == pytest.approx(1.0)


def test_energy_that_crosses_is_the_same_both_ways_per_mass(sphere):
    """Reciprocity in a uniform medium: share over target mass (4 standard errors)."""
    anatomy = sphere(1.0)
    settings = Settings(charged_points=400_000)
    out, into = (
        charged_shares(anatomy, anatomy.regions[source], KERNEL, settings, Kind.HEAVY)[:, 1 - n]
        / anatomy.organ_mass_kg[1 - n]
        for n, source in enumerate(("ball", "block"))
    )
    error = np.hypot(*(part.std(ddof=1) / np.sqrt(len(part)) for part in (out, into)))
    assert out.mean() == pytest.approx(into.mean(), abs=4 * error)


def test_a_denser_surrounding_does_not_change_what_leaves_a_sphere(sphere):
    shares = [
        charged_shares(a, a.regions["ball"], KERNEL, Settings(charged_points=100_000), Kind.ELECTRONS)[:, 1].mean()
        for a in (sphere(1.0), sphere(3.0))
    ]
    assert shares[1] == pytest.approx(shares[0], rel=0.03)


def test_what_leaves_the_body_is_lost(cube):
    anatomy = cube(voxel_cm=0.1)
    shares = charged_shares(anatomy, anatomy.regions["rest"], KERNEL, Settings(charged_points=20_000), Kind.ELECTRONS)
    assert shares.sum(axis=1).max() < 0.9


def test_distances_follow_the_energy():
    distances = KERNEL.drawn(100_000, np.random.default_rng(1))
    assert (distances < 0.2).mean() == pytest.approx(0.5, abs=1e-4)
    assert distances.mean() == pytest.approx(KERNEL.mean_g_cm2, rel=1e-3)
