"""The Monte Carlo engine: energy, tiers, threads, stopping, interruption."""

from dataclasses import replace

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.physdata import JOULE_PER_MEV, Emissions, EmissionSpectrum, Particle, material
from hevesy.transport.mc import Outside, VoxelGeometry
from hevesy.transport.mc.box import box_of
from hevesy.transport.mc.engine import monte_carlo_dose
from hevesy.transport.mc.problem import Problem, Settings, Tier

SHAPE = (9, 8, 10)
QUICK = Settings(Tier.TIERS, 3, None, 20000)


def _line(particle, energy, number):
    return EmissionSpectrum(particle, "given", np.array([energy]), np.array([energy]), np.array([number]))


EMISSIONS = Emissions(
    "test",
    (_line(Particle.ELECTRON, 0.4, 1.0), _line(Particle.ELECTRON, 0.05, 0.5), _line(Particle.PHOTON, 0.2, 0.5)),
    (),
    (),
    (),
)


@pytest.fixture(scope="module")
def geometry():
    media = np.zeros(SHAPE, np.uint8)
    media[:, :, 5:] = 1
    media[6:, :, :] = 2
    density = np.array([1.0, 0.3, 1.9], np.float32)[media]
    density[:, 0, :] = 0.0
    names = ("soft tissue", "lung", "cortical bone")
    return VoxelGeometry((0.3, 0.3, 0.3), media, density, tuple(material(n) for n in names), Outside.VACUUM)


@pytest.fixture(scope="module")
def decays():
    amounts = np.zeros(SHAPE)
    amounts[1:7, 2:7, 1:8] = np.random.default_rng(5).uniform(0.5, 2.0, (6, 5, 7))
    return amounts


@pytest.fixture(scope="module")
def full(geometry, decays):
    return monte_carlo_dose(geometry, EMISSIONS, decays, replace(QUICK, tier=Tier.FULL, histories=200_000))


@pytest.fixture(scope="module")
def tiers(geometry, decays):
    return monte_carlo_dose(geometry, EMISSIONS, decays, replace(QUICK, histories=200_000))


def _emitted(decays):
    return decays.sum() * EMISSIONS.energy_mev()


@pytest.mark.parametrize("name", ["full", "tiers"])
def test_energy_is_kept(name, request, geometry, decays):
    found = request.getfixturevalue(name)
    balance = found.balance
    assert balance.emitted == pytest.approx(_emitted(decays), rel=2e-3)  # energies and places are drawn
    assert balance.deposited + balance.escaped == pytest.approx(balance.emitted, rel=1e-3)
    in_mev = (found.dose_gy * geometry.mass_g).sum() / (JOULE_PER_MEV * 1e3)
    vacuum = geometry.mass_g == 0
    assert in_mev == pytest.approx(balance.deposited, rel=1e-9)
    assert not found.dose_gy[vacuum].any()


def test_tiers_agree_with_the_transport_of_everything(tiers, full):
    """By voxel within statistics (chi squared of about 500 voxels, 99.9 % limits), and in sum within 0.5 %."""
    high = full.dose_gy > 0.2 * full.dose_gy.max()
    assert tiers.dose_gy[high].sum() == pytest.approx(full.dose_gy[high].sum(), rel=5e-3)
    spread = np.hypot(tiers.standard_uncertainty_gy, full.standard_uncertainty_gy)[high]
    chi2 = (((tiers.dose_gy - full.dose_gy)[high] / spread) ** 2).mean()
    assert chi2 < 1.0 + 3.3 * np.sqrt(2.0 / high.sum()) + 0.25  # the variances themselves are estimates


@pytest.mark.parametrize("tier", list(Tier))
def test_threads_do_not_change_a_bit(geometry, decays, tier):
    one, more = (monte_carlo_dose(geometry, EMISSIONS, decays, replace(QUICK, tier=tier, threads=n)) for n in (1, 3))
    assert one.dose_gy.tobytes() == more.dose_gy.tobytes()
    assert one.standard_uncertainty_gy.tobytes() == more.standard_uncertainty_gy.tobytes()
    assert one.histories == more.histories == 20000


def test_a_run_goes_on_from_its_state_with_the_same_bits(geometry, decays, tmp_path):
    settings = replace(QUICK, state=tmp_path)
    monte_carlo_dose(geometry, EMISSIONS, decays, settings)
    more = monte_carlo_dose(geometry, EMISSIONS, decays, replace(settings, histories=60000, threads=2))
    whole = monte_carlo_dose(geometry, EMISSIONS, decays, replace(QUICK, histories=60000))
    assert more.histories == whole.histories == 60000
    assert more.dose_gy.tobytes() == whole.dose_gy.tobytes()
    assert more.balance == whole.balance


def test_an_interrupted_run_keeps_its_state(geometry, decays, tmp_path):
    def interrupt(histories, uncertainty):
        raise KeyboardInterrupt

    settings = replace(QUICK, state=tmp_path, histories=60000)
    with pytest.raises(KeyboardInterrupt):
        monte_carlo_dose(geometry, EMISSIONS, decays, settings, interrupt)
    assert (tmp_path / "state.npz").is_file()
    told = []
    resumed = monte_carlo_dose(geometry, EMISSIONS, decays, settings, lambda n, u: told.append(n))
    whole = monte_carlo_dose(geometry, EMISSIONS, decays, replace(settings, state=None))
    assert resumed.dose_gy.tobytes() == whole.dose_gy.tobytes()
    assert told


def test_the_state_of_another_seed_is_refused(geometry, decays, tmp_path):
    monte_carlo_dose(geometry, EMISSIONS, decays, replace(QUICK, state=tmp_path))
    with pytest.raises(InputError, match="another"):
        monte_carlo_dose(geometry, EMISSIONS, decays, replace(QUICK, state=tmp_path, seed=4))


def test_it_stops_at_the_target(geometry, decays):
    found = monte_carlo_dose(geometry, EMISSIONS, decays, Settings(Tier.TIERS, 1, 0.03))
    assert found.mean_relative_standard_uncertainty <= 0.03
    high = found.dose_gy > 0.2 * found.dose_gy.max()
    relative = (found.standard_uncertainty_gy[high] / found.dose_gy[high]).mean()
    assert relative == pytest.approx(found.mean_relative_standard_uncertainty, rel=1e-9)


@pytest.mark.parametrize("histories", [100, None])
def test_too_few_histories_and_none_are_refused(geometry, decays, histories):
    with pytest.raises(InputError, match="histories"):
        monte_carlo_dose(geometry, EMISSIONS, decays, replace(QUICK, histories=histories))


def test_few_histories_are_exact(geometry, decays):
    found = monte_carlo_dose(geometry, EMISSIONS, decays, replace(QUICK, histories=1000))
    assert found.histories == 1000
    assert np.isfinite(found.mean_relative_standard_uncertainty)


def test_uncertainty_is_that_of_repeated_runs(geometry, decays):
    """The scatter of 8 seeds is what each says, within 30 % (95 % limits of the mean over hundreds of voxels)."""
    runs = [monte_carlo_dose(geometry, EMISSIONS, decays, replace(QUICK, seed=100 + k)) for k in range(8)]
    doses = np.array([run.dose_gy for run in runs])
    high = doses.mean(axis=0) > 0.2 * doses.mean(axis=0).max()
    scatter = doses.var(axis=0, ddof=1)[high].mean()
    told = np.mean([run.standard_uncertainty_gy**2 for run in runs], axis=0)[high].mean()
    assert told == pytest.approx(scatter, rel=0.3)


def test_alpha_particles_and_recoils(geometry, decays):
    heavy = Emissions("test", (_line(Particle.ALPHA, 5.8, 1.0), _line(Particle.RECOIL, 0.1, 1.0)), (), (), ())
    for tier in Tier:
        found = monte_carlo_dose(geometry, heavy, decays, replace(QUICK, tier=tier))
        assert found.balance.deposited == pytest.approx(5.9 * decays.sum(), rel=1e-3)
        local = decays * 5.9 * JOULE_PER_MEV * 1e3 / np.maximum(geometry.mass_g, 1e-9)
        inner = np.s_[2:4, 3:6, 2:4]
        assert found.dose_gy[inner] == pytest.approx(local[inner], rel=0.03)


def test_water_outside_gives_photons_back(geometry, decays):
    photons = Emissions("test", (_line(Particle.PHOTON, 0.1, 1.0),), (), (), ())
    wet = replace(geometry, materials=(*geometry.materials, material("water")), outside=Outside.WATER)
    dry, back = (
        monte_carlo_dose(g, photons, decays, replace(QUICK, histories=100_000)).balance for g in (geometry, wet)
    )
    assert back.deposited > 1.1 * dry.deposited


def test_where_the_medium_is_uniform_kernels_do_all(decays):
    water = VoxelGeometry(
        (0.3, 0.3, 0.3), np.zeros(SHAPE, np.uint8), np.ones(SHAPE, np.float32), (material("water"),), Outside.VACUUM
    )
    electrons = Emissions("test", (_line(Particle.ELECTRON, 1.0, 1.0),), (), (), ())
    middle = np.zeros(SHAPE)
    middle[4, 4, 4] = 1.0
    tiers, full = (
        monte_carlo_dose(water, electrons, middle, replace(QUICK, tier=tier, histories=100_000)) for tier in Tier
    )
    high = full.dose_gy > 0.1 * full.dose_gy.max()
    assert tiers.dose_gy[high] == pytest.approx(full.dose_gy[high], rel=0.03)
    assert tiers.dose_gy[4, 4, 4] == pytest.approx(full.dose_gy[4, 4, 4], rel=0.01)


def test_vacuum_around_the_matter_changes_nothing(geometry, decays):
    """Beside a grid without it: the same within rounding, as the same histories start from another corner."""
    around = ((2, 1), (0, 3), (1, 2))
    media, density, more = (np.pad(each, around) for each in (geometry.media, geometry.density_g_ml, decays))
    wide = replace(geometry, media=media, density_g_ml=density)
    found, alone = (monte_carlo_dose(g, EMISSIONS, d, QUICK) for g, d in ((wide, more), (geometry, decays)))
    inner = np.s_[2:-1, :-3, 1:-2]
    assert found.dose_gy.shape == more.shape
    assert found.dose_gy[inner] == pytest.approx(alone.dose_gy, rel=1e-6)
    assert found.dose_gy.sum() == pytest.approx(alone.dose_gy.sum(), rel=1e-6)


def test_water_around_is_kept_in_the_grid(geometry, decays):
    wet = replace(geometry, outside=Outside.WATER)
    padded = replace(
        wet, media=np.pad(wet.media, 2), density_g_ml=np.pad(wet.density_g_ml, 2)
    )  # two voxels of vacuum, and water around them
    problem = Problem(padded, EMISSIONS, np.pad(decays, 2), QUICK)
    assert box_of(problem) == (slice(None), slice(None), slice(None))


def test_no_dose_is_below_zero(geometry):
    """With few histories, some estimates would be; each is said."""
    cold = np.full(SHAPE, 0.3)
    cold[4, 4, 4] = 1.0
    runs = [monte_carlo_dose(geometry, EMISSIONS, cold, replace(QUICK, histories=256, seed=k)) for k in range(5)]
    assert all((run.dose_gy >= 0).all() for run in runs)
    assert sum(run.raised_to_zero for run in runs) > 0
    assert all(len(run.notes) == (run.raised_to_zero > 0) for run in runs)
