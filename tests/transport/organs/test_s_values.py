"""S values of small bodies: energy, reciprocity, seeds, marrow, mass."""

from dataclasses import replace

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.physdata import JOULE_PER_MEV, Emissions, EmissionSpectrum, Particle, source_term
from hevesy.transport.kernels import EnergyUncertainty
from hevesy.transport.organs import (
    Settings,
    SourceTerm,
    organ_s_values,
    organ_source_term,
    photon_absorbed_fractions,
    with_decay_data,
)
from hevesy.transport.organs.anatomy import Region
from hevesy.transport.organs.charged import RadialEnergy
from hevesy.transport.organs.marrow import cavity_share, marrow_self_share
from hevesy.transport.organs.scaling import mass_factors

FEW = Settings(photon_histories=20_000, charged_points=20_000, threads=1)
SHORT = RadialEnergy(np.array([0.0, 0.01]), np.array([0.1]))
NONE = RadialEnergy(np.array([0.0, 1.0]), np.zeros(1))


def line(particle, energy, number=1.0):
    at = np.array([energy])
    return EmissionSpectrum(particle, "given", at, at, np.array([number]))


def by_target(values):
    return {v.target: v for v in values}


def test_short_ranges_stay_where_they_are(cube):
    term = SourceTerm((), (), SHORT, NONE)
    values = by_target(organ_s_values(cube(), "core", term, FEW))
    assert values["core"].electron * values["core"].mass_kg == pytest.approx(0.1 * JOULE_PER_MEV, rel=0.01)
    assert values["core"].value.value == values["core"].electron
    assert values["corner"].value.value == 0.0


def test_photon_energy_is_not_more_than_emitted(cube):
    term = SourceTerm((line(Particle.PHOTON, 0.1),), (), NONE, NONE)
    values = by_target(organ_s_values(cube(), "core", term, FEW))
    absorbed = sum(values[name].value.value * values[name].mass_kg for name in ("core", "rest", "corner"))
    assert 0.2 * 0.1 * JOULE_PER_MEV < absorbed < 0.1 * JOULE_PER_MEV


def test_weak_photons_are_absorbed_whole(cube):
    fractions = photon_absorbed_fractions(cube(voxel_cm=3.0), "core", 0.01, FEW)
    body = cube(voxel_cm=3.0)
    total = sum(fractions[name].value * body.regions[name].mass_kg for name in ("core", "rest", "corner"))
    assert total == pytest.approx(1.0, rel=0.02)


def test_photons_are_reciprocal_in_a_uniform_medium(cube):
    """Specific absorbed fraction both ways in water (the body is finite: 4 standard errors and 3 %)."""
    body, many = cube(), replace(FEW, photon_histories=100_000)
    there = photon_absorbed_fractions(body, "core", 0.2, many)["corner"]
    back = photon_absorbed_fractions(body, "corner", 0.2, many)["core"]
    error = np.hypot(
        *(p.components["statistics:" + n] for p, n in ((there, "corner-from-core"), (back, "core-from-corner")))
    )
    assert there.value == pytest.approx(back.value, abs=4 * error + 0.03 * back.value)


def test_a_group_is_the_mean_of_its_organs_by_mass(cube):
    values = by_target(organ_s_values(cube(), "core", SourceTerm((line(Particle.PHOTON, 0.3),), (), SHORT, NONE), FEW))
    core, corner, both = (values[name] for name in ("core", "corner", "inside"))
    mean = (core.value.value * core.mass_kg + corner.value.value * corner.mass_kg) / both.mass_kg
    assert both.value.value == pytest.approx(mean, rel=1e-9)


def test_threads_and_repeats_change_nothing_a_seed_does(cube):
    term = SourceTerm((line(Particle.PHOTON, 0.3),), (), SHORT, NONE)
    one, two, other = (
        [v.value.value for v in organ_s_values(cube(), "core", term, settings)]
        for settings in (FEW, replace(FEW, threads=2), replace(FEW, seed=2))
    )
    assert one == two
    assert one[0] != other[0]


def test_the_stated_statistics_cover_the_scatter_of_seeds(cube):
    term = SourceTerm((line(Particle.PHOTON, 0.3),), (), NONE, NONE)
    found = [
        by_target(organ_s_values(cube(), "core", term, replace(FEW, photon_histories=4000, seed=seed)))["corner"].value
        for seed in range(12)
    ]
    stated = np.mean([f.components["statistics:corner-from-core"] for f in found])
    spread = np.std([f.value for f in found], ddof=1)
    assert 0.5 < spread / stated < 2.0  # 99 % of a chi distribution of 11 degrees of freedom


def test_self_dose_scales_with_the_mass_of_the_patient(cube):
    term = SourceTerm((line(Particle.PHOTON, 0.3),), (), SHORT, NONE)
    body = cube()
    mass = body.regions["core"].mass_kg
    plain = by_target(organ_s_values(body, "core", term, FEW))
    half = by_target(organ_s_values(body, "core", term, FEW, source_mass_kg=mass / 2))
    assert half["core"].electron == pytest.approx(2 * plain["core"].electron)
    assert half["core"].photon == pytest.approx(2 ** (2 / 3) * plain["core"].photon)
    assert half["core"].mass_kg == mass / 2
    assert half["corner"].value.value == plain["corner"].value.value


def test_decay_data_are_one_error_for_all_targets(cube):
    energies = EnergyUncertainty({"energy-beta:X": 0.01}, {"energy-gamma:X": 0.02}, {})
    plain = organ_s_values(cube(), "core", SourceTerm((line(Particle.PHOTON, 0.3),), (), SHORT, NONE), FEW)
    core, rest = (by_target(with_decay_data(v, energies) for v in plain)[name] for name in ("core", "rest"))
    assert core.value.components["energy-beta:X"] == pytest.approx(0.01 * core.electron)
    assert rest.value.components["energy-gamma:X"] == pytest.approx(0.02 * rest.photon)
    assert core.value.standard_uncertainty > by_target(plain)["core"].value.standard_uncertainty


def test_a_mass_far_from_the_phantoms_is_refused():
    with pytest.raises(InputError, match="a fifth to five times"):
        mass_factors(1.8, 0.1)


def test_an_unknown_region_is_refused(cube):
    with pytest.raises(InputError, match="one of the regions core, corner, inside, rest, but 'liver' came"):
        organ_s_values(cube(), "liver", SourceTerm((), (), SHORT, NONE), FEW)


@pytest.fixture
def marrow(cube):
    """The cube with its core as spongiosa, half red marrow."""
    body = cube()
    core = body.regions["core"]
    half = core.voxels[::2]
    parts = {
        name: Region(name, core.mass_kg / 2, core.organs, voxels, np.full(len(voxels), 2 / core.mass_kg))
        for name, voxels in (("Red_marrow", half), ("Yellow_marrow", core.voxels[1::2]))
    }
    return replace(body, regions={**body.regions, **parts}, marrow="core")


def test_energy_of_red_marrow_is_shared_by_the_model(marrow):
    kernel = RadialEnergy(np.array([0.0, 0.05, 0.3]), np.array([0.2, 0.3]))
    values = by_target(organ_s_values(marrow, "Red_marrow", SourceTerm((), (), kernel, NONE), FEW))
    red, yellow, whole = (values[name] for name in ("Red_marrow", "Yellow_marrow", "core"))
    assert 0 < cavity_share(kernel) < 1
    expected = marrow_self_share(kernel, 0.5) * whole.electron * whole.mass_kg
    assert red.electron * red.mass_kg == pytest.approx(expected)
    assert red.electron + yellow.electron == pytest.approx(2 * whole.electron)
    assert "absorbed-fraction:marrow" in red.value.components


def test_marrow_of_other_sources_has_the_dose_of_the_spongiosa(marrow):
    kernel = RadialEnergy(np.array([0.0, 2.0]), np.array([0.5]))
    values = by_target(organ_s_values(marrow, "rest", SourceTerm((), (), kernel, NONE), FEW))
    assert values["Red_marrow"].electron == pytest.approx(values["core"].electron)


def test_other_parts_of_spongiosa_are_no_sources(marrow):
    with pytest.raises(InputError, match="of what lies mixed in spongiosa, only red marrow is"):
        organ_s_values(marrow, "yellow marrow", SourceTerm((), (), SHORT, NONE), FEW)


@pytest.mark.parametrize(
    ("name", "chain"), [("Lu-177", None), ("Y-90", None), ("Ac-225", "equilibrium"), ("F-18", None)]
)
def test_a_source_term_keeps_all_energy(name, chain):
    emissions = source_term(name, chain)
    term = organ_source_term(emissions)
    followed = sum(s.energy_mev for s in (*term.photons, *term.bremsstrahlung))
    assert term.electrons.total_mev + term.heavy.total_mev + followed == pytest.approx(emissions.energy_mev(), rel=1e-6)


def test_what_is_weaker_than_1_kev_stays_on_the_spot():
    emissions = Emissions("weak", (line(Particle.ELECTRON, 5e-4), line(Particle.PHOTON, 8e-4)), (), (), ())
    term = organ_source_term(emissions)
    assert term.electrons.energy_mev[0] == pytest.approx(1.3e-3)
    assert sum(s.energy_mev for s in term.photons) == 0.0
