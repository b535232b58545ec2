"""Decay data: reference values, inner consistency, names, and agreement with another library."""

import pytest
import radioactivedecay

from hevesy.errors import AdministrationError
from hevesy.physdata import beta_energy_weights, known_nuclides, nuclide
from hevesy.physdata.spectra import unscaled_mean_beta_energy

# Mean energies per decay of ENDF/B-VIII.1 (MF 8, MT 457), MeV: electrons and photons, to 0.2 %.
REFERENCE = {
    "Lu-177": (0.148174, 0.033153),
    "Y-90": (0.933015, None),
    "Ho-166": (0.693920, 0.029621),
    "I-131": (0.191691, 0.381747),
    "Sm-153": (0.267221, 0.061677),
    "Tb-161": (0.200969, 0.035944),
}


@pytest.mark.parametrize(("name", "energies"), REFERENCE.items())
def test_energy_per_decay(name, energies):
    data = nuclide(name)
    assert data.electron_energy_mev == pytest.approx(energies[0], rel=2e-3)
    if energies[1] is not None:
        assert data.photon_energy_mev == pytest.approx(energies[1], rel=2e-3)


def test_lu_177_half_life():
    data = nuclide("Lu-177")
    assert data.half_life_s / 86400 == pytest.approx(6.647, rel=1e-6)
    assert data.half_life_uncertainty_s / 86400 == pytest.approx(0.004, rel=1e-6)
    assert data.half_life.components == {"half-life:Lu-177": pytest.approx(345.6)}
    assert data.electron_energy.components == {"energy:Lu-177": pytest.approx(0.0009852613)}


@pytest.mark.parametrize("name", known_nuclides())
def test_lines_add_up_to_the_evaluated_energies(name):
    data = nuclide(name)
    photons = sum(line.energy_mev * line.yield_per_decay for line in data.photon_lines)
    electrons = sum(line.energy_mev * line.yield_per_decay for line in data.electron_lines)
    assert photons == pytest.approx(data.photon_energy_mev, rel=1e-5, abs=1e-9)
    if "conversion_auger" in data.energy_by_type:
        assert electrons == pytest.approx(data.energy_by_type["conversion_auger"].value_mev, rel=1e-5)
    by_type = {kind: part.value_mev for kind, part in data.energy_by_type.items()}
    light = sum(by_type.get(kind, 0.0) for kind in ("beta_minus", "beta_plus", "conversion_auger"))
    assert light == pytest.approx(data.electron_energy_mev, rel=1e-5)
    assert sum(mode.branching for mode in data.modes) == pytest.approx(1.0, abs=1e-6)
    assert 0.0 < data.half_life_uncertainty_s < 0.02 * data.half_life_s


@pytest.mark.parametrize("name", known_nuclides())
def test_beta_shapes_come_near_the_evaluated_means(name):
    data = nuclide(name)
    evaluated = sum(
        data.energy_by_type[kind].value_mev for kind in ("beta_minus", "beta_plus") if kind in data.energy_by_type
    )
    energies, weights = beta_energy_weights(data)
    assert weights.sum() == pytest.approx(evaluated, rel=1e-9)
    if evaluated > 1e-3:
        # Cu-67: endpoints and evaluated mean do not belong together.
        assert unscaled_mean_beta_energy(data) == pytest.approx(evaluated, rel=0.04 if name == "Cu-67" else 0.01)
        assert energies.max() < max(branch.endpoint_mev for branch in data.beta_branches)


@pytest.mark.parametrize("name", known_nuclides())
def test_half_life_agrees_with_icrp_107(name):
    other = radioactivedecay.Nuclide(name).half_life("s")
    assert nuclide(name).half_life_s == pytest.approx(other, rel=0.02)


@pytest.mark.parametrize("name", ["Lu-177", "177Lu", "Lu177", "lu-177", "177-Lu", " 177 Lu ", "^177^Lu"])
def test_spellings(name):
    assert nuclide(name).name == "Lu-177"


def test_metastable():
    assert nuclide("99mTc").name == "Tc-99m"
    assert nuclide("Tc-99m").modes[-1].daughter == "Tc-99"


@pytest.mark.parametrize("name", ["Xx-1", "", "Lu", "Lu-176", "Tc-99", "177"])
def test_unknown_nuclide_lists_the_known_ones(name):
    with pytest.raises(AdministrationError, match=r"study\.yaml.*Lu-177"):
        nuclide(name, "study.yaml")


def test_source():
    assert "ENDF/B-VIII.1" in nuclide("Lu-177").source.text
