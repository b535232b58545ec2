"""The source term: energies per decay of the parent, balance, spectra, pairs of Y-90."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.physdata import (
    ChainMember,
    Particle,
    decay_data,
    decay_library,
    energy_by_type,
    parent_emissions,
    source_term,
)
from hevesy.physdata.backends.icrp107 import IcrpLibrary
from hevesy.physdata.pair_branch import PAIR_BRANCH_Y90
from hevesy.physdata.spectra import beta_bins, tilted, unscaled_mean_beta_energy
from hevesy.physdata.tables_reader import read_table

ENDF = decay_library("endfb81")
ICRP = decay_library("icrp107")

# Mean energies per decay of the parent alone by ENDF/B-VIII.1 (MF 8, MT 457), MeV: electrons; photons; alphas and
# recoils. To 0.2 %.
ALONE = {
    "Lu-177": (0.148174, 0.033153, None),
    "Y-90": (0.933015, None, None),
    "Ho-166": (0.693920, 0.029621, None),
    "I-131": (0.191691, 0.381747, None),
    "Sm-153": (0.267221, 0.061677, None),
    "Tb-161": (0.200969, 0.035944, None),
    "Ac-225": (0.038493, 0.015370, 5.878497),
}
# Recoils by momentum and mass of the daughter; the evaluations of these emit more than the energy of the decay.
UNBALANCED = {"Hf-177m": 1.16, "Fr-221": 1.009, "Th-227": 1.014, "Sn-117m": 1.004}
# Lines or branches do not add up to the evaluated energy, MeV.
INCOMPLETE = {"Rn-220": 2e-7, "Gd-149": 3e-6}
# The evaluated mean and the endpoints do not belong together.
ODD_BETAS = {"Ag-111": 0.012, "Cu-67": 0.04, "Tc-99": 0.6, "Cs-137": 0.05, "Bi-207": 0.02}


def by_kind(emissions):
    electrons = emissions.energy_mev(Particle.ELECTRON, Particle.POSITRON)
    return electrons, emissions.energy_mev(Particle.PHOTON), emissions.energy_mev(Particle.ALPHA, Particle.RECOIL)


@pytest.mark.parametrize(("name", "energies"), ALONE.items())
def test_energy_per_decay_of_the_parent_alone(name, energies):
    for found, expected in zip(by_kind(source_term(name, "parent")), energies, strict=True):
        if expected is not None:
            assert found == pytest.approx(expected, rel=2e-3)


def test_whole_chain_of_ac_225():
    electrons, photons, heavy = by_kind(source_term("Ac-225", "equilibrium"))
    assert electrons == pytest.approx(0.70, abs=0.005)
    assert photons == pytest.approx(0.22, abs=0.005)
    assert heavy == pytest.approx(28.0, abs=0.05)


@pytest.mark.parametrize("name", ENDF.names())
def test_no_more_is_emitted_than_the_decay_has(name):
    modes = read_table("endfb81", "nuclides.json")[name]["modes"]
    available = sum(mode["branching"] * mode["q_mev"][0] for mode in modes)
    emitted = parent_emissions(decay_data(name)).energy_mev()
    assert emitted < available * UNBALANCED.get(name, 1.001)
    if name not in UNBALANCED and {mode["mode"] for mode in modes} <= {"alpha", "isomeric transition"}:
        assert emitted == pytest.approx(available, rel=0.007 if name != "Rh-103m" else 0.022)


@pytest.mark.parametrize("name", ENDF.names())
def test_energies_are_the_evaluated_ones(name):
    data, emissions = decay_data(name), parent_emissions(decay_data(name))
    electrons, photons, heavy = by_kind(emissions)
    by_type = {kind: part.value_mev for kind, part in data.energy_by_type.items()}
    light = sum(by_type.get(kind, 0.0) for kind in ("beta_minus", "beta_plus", "conversion_auger"))
    pairs = PAIR_BRANCH_Y90 * 1.022 if name == "Y-90" else 0.0
    slack = INCOMPLETE.get(name, 1e-9)
    assert electrons == pytest.approx(light, rel=1e-5, abs=slack + pairs)
    assert photons == pytest.approx(by_type.get("gamma", 0.0) + by_type.get("x", 0.0), rel=1e-5, abs=slack + pairs)
    evaluated = read_table("endfb81", "nuclides.json")[name]["heavy_energy_mev"][0]
    assert heavy == pytest.approx(evaluated, rel=8e-4)


@pytest.mark.parametrize("name", ENDF.names())
def test_alphas_and_recoils_have_one_momentum(name):
    emissions = parent_emissions(decay_data(name))
    for alphas, recoils in zip(emissions.of(Particle.ALPHA), emissions.of(Particle.RECOIL), strict=True):
        ratio = recoils.low_mev / alphas.low_mev
        assert ratio == pytest.approx(np.full(ratio.size, 4.0015 / (decay_data(name).a - 4)), rel=1e-4)
        assert (recoils.yields == alphas.yields).all()


@pytest.mark.parametrize("name", ENDF.names())
@pytest.mark.parametrize("positron", [False, True])
def test_beta_spectra_have_number_and_energy_of_the_evaluation(name, positron):
    data = decay_data(name)
    bins = beta_bins(data, positron=positron)
    branches = [branch for branch in data.beta_branches if branch.positron is positron]
    if bins is None:
        assert branches == []
        return
    kind = "beta_plus" if positron else "beta_minus"
    assert bins.yields.sum() == pytest.approx(sum(branch.yield_per_decay for branch in branches), rel=1e-9)
    assert bins.yields @ bins.energies_mev == pytest.approx(data.energy_by_type[kind].value_mev, rel=1e-9)
    assert (bins.yields >= 0.0).all()
    assert bins.high_mev[-1] == pytest.approx(max(branch.endpoint_mev for branch in branches))


@pytest.mark.parametrize(
    "name", ["Lu-177", "Y-90", "Sr-89", "P-32", "Ho-166", "I-131", "Sm-153", "Tb-161", "F-18", "Er-169"]
)
def test_beta_shapes_against_icrp_107(name):
    """Largest difference of the cumulative spectra, per particle; ICRP 107 tabulates its own calculation."""
    ours, theirs = (next(s for s in library.spectra(name) if s.kind == "beta") for library in (ENDF, ICRP))
    edges = np.linspace(0.0, 2.4, 400)
    curves = [
        np.interp(edges, np.append(s.low_mev[0], s.high_mev), np.append(0.0, np.cumsum(s.yields) / s.yields.sum()))
        for s in (ours, theirs)
    ]
    assert np.abs(curves[0] - curves[1]).max() < 0.012


@pytest.mark.parametrize("name", ENDF.names())
def test_shapes_alone_come_near_the_evaluated_means(name):
    data = decay_data(name)
    evaluated = sum(part.value_mev for kind, part in data.energy_by_type.items() if kind.startswith("beta"))
    if data.beta_branches:
        found = unscaled_mean_beta_energy(data)
        assert found == pytest.approx(evaluated, rel=ODD_BETAS.get(name, 0.01))
        if name in {"Y-90", "Sr-89", "P-32", "Lu-177", "Sm-153"}:
            assert found == pytest.approx(evaluated, rel=1e-3)


def test_positrons_are_not_electrons():
    term = source_term("F-18")
    assert term.energy_mev(Particle.POSITRON) == pytest.approx(0.2416025)
    assert term.energy_mev(Particle.ELECTRON) == pytest.approx(1.597e-5, rel=1e-3)
    annihilation = next(s for s in term.spectra if s.kind == "annihilation")
    assert annihilation.yields.sum() == pytest.approx(2 * 0.9673, rel=1e-3)


def test_pairs_of_y_90():
    term = source_term("Y-90")
    positrons = term.of(Particle.POSITRON)[0]
    photons = next(s for s in term.spectra if s.kind == "annihilation")
    assert positrons.yields.sum() == pytest.approx(3.186e-5)
    assert photons.yields.sum() == pytest.approx(2 * 3.186e-5)
    assert positrons.energy_mev / positrons.yields.sum() > 0.5 * (1.7607 - 1.022)  # repelled by the nucleus
    plain = decay_data("Y-90")
    # The binding energy that conversion electrons leave behind: 17 keV for each pair in their place.
    assert term.energy_mev() == pytest.approx(plain.electron_energy_mev + plain.photon_energy_mev, abs=6e-7)
    assert any("Selwyn" in note for note in term.notes)


def test_a_chain_is_the_sum_of_its_members():
    term = source_term("Pb-212", "from:3h")
    expected = sum(m.decays_per_parent * parent_emissions(decay_data(m.name)).energy_mev() for m in term.members)
    assert term.energy_mev() == pytest.approx(expected, rel=1e-12)
    assert len({(s.particle, s.kind) for s in term.spectra}) == len(term.spectra)


def test_energies_by_type_carry_their_sources():
    found = energy_by_type((ChainMember("Ac-225", 1.0), ChainMember("Fr-221", 0.5)), ENDF)
    assert found["total"].value == pytest.approx(sum(v.value for k, v in found.items() if k != "total"))
    assert {name.partition(":")[2] for name in found["total"].components} == {"Ac-225", "Fr-221"}
    alone = energy_by_type((ChainMember("Fr-221", 1.0),), ENDF)["alpha"]
    assert found["alpha"].components["energy-alpha:Fr-221"] == pytest.approx(0.5 * alone.standard_uncertainty)
    assert all(not value.components for value in energy_by_type((ChainMember("Ac-225", 1.0),), ICRP).values())


def test_tilting_keeps_the_number():
    energies = np.linspace(0.01, 1.0, 100)
    yields = np.exp(-energies)
    for factor in (0.9, 1.0, 1.1):
        wanted = factor * float(yields @ energies)
        found = tilted(energies, yields, wanted)
        assert found.sum() == pytest.approx(yields.sum())
        assert found @ energies == pytest.approx(wanted)
    with pytest.raises(ValueError, match="mean energy near"):
        tilted(energies, yields, float(yields.sum()) * 0.99)


@pytest.mark.parametrize("name", ICRP.names()[::25])
def test_icrp_107_is_read_whole(name):
    """Number and energy of beta particles are those of the listed transitions; recoils are listed themselves."""
    from hevesy.physdata.backends.icrp107 import _entry

    emissions = _entry(name)["emissions"]
    spectra = ICRP.spectra(name)
    for key, particle in (("beta-", Particle.ELECTRON), ("beta+", Particle.POSITRON)):
        betas = [s for s in spectra if s.kind == "beta" and s.particle is particle]
        if emissions["b-spectra"]:
            assert sum(s.yields.sum() for s in betas) == pytest.approx(sum(row[1] for row in emissions[key]))
            assert sum(s.energy_mev for s in betas) == pytest.approx(sum(row[0] * row[1] for row in emissions[key]))
    assert all("research" in note for note in (ICRP.notice,))


def test_without_the_optional_packages_the_second_library_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "radioactivedecay", None)
    with pytest.raises(InputError, match=r"hevesy\[icrp107\].*radioactivedecay is not installed"):
        IcrpLibrary()


def test_the_page_of_differences_is_that_of_the_script():
    root = Path(__file__).resolve().parents[2]
    spec = importlib.util.spec_from_file_location("compare", root / "tools/compare_decay_libraries.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = script.PAGE.read_text(encoding="utf-8")
    assert page.startswith(script.HEAD)
    assert page.endswith(script.TAIL)
    assert page == script.HEAD + "".join(map(script.row, script.CASES.split())) + script.TAIL
