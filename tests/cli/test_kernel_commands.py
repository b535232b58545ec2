"""The commands kernel, point-kernel and sphere."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from hevesy.cli.app import app
from hevesy.errors import HevesyError
from hevesy.physdata import decay_library, source_term
from hevesy.transport.kernels import energy_uncertainty, sphere_s_value_of


def called(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments), "--json"], catch_exceptions=True)


def document(*arguments):
    result = called(*arguments)
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout, parse_constant=pytest.fail)


def refusal(*arguments):
    result = called(*arguments)
    assert isinstance(result.exception, HevesyError), result.output
    assert "\n" not in str(result.exception)
    return str(result.exception)


def test_sphere():
    found = document("sphere", "Lu-177", "--mass-g", 10)
    source = source_term("Lu-177")
    expected = sphere_s_value_of(source, 0.01, energy_uncertainty(source, decay_library("endfb81")))
    assert found["s_value"]["value"] == expected.value
    assert found["s_value"]["standard_uncertainty"] == expected.standard_uncertainty
    assert found["chain"] == {"members": [{"name": "Lu-177", "decays_per_parent_decay": 1.0}], "assumption": None}


def test_sphere_of_a_chain_says_what_it_assumes():
    found = document("sphere", "Ac-225", "--mass-g", 1, "--chain", "equilibrium")
    assert len(found["chain"]["members"]) > 5
    assert "daughters" in found["chain"]["assumption"]
    shown = CliRunner().invoke(app, ["sphere", "Ac-225", "--mass-g", "1", "--chain", "equilibrium"]).stdout
    assert "daughters are taken to decay where the parent decayed" in shown


def test_spectrum_instead_of_a_nuclide(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_text("particle,energy_mev,yield\nelectron,0.1,1\n", encoding="utf-8")
    found = document("sphere", "--mass-g", 1000, "--spectrum", path)
    assert found["s_value"]["value"] == pytest.approx(0.1 * 1.602176634e-13, rel=5e-3)
    assert "--chain" in refusal("sphere", "--mass-g", 1, "--spectrum", path, "--chain", "parent")
    assert "both came" in refusal("sphere", "Lu-177", "--mass-g", 1, "--spectrum", path)


def test_kernel_of_cubic_voxels_has_each_voxel_once():
    found = document("kernel", "Lu-177", "--voxel-mm", 4.8)
    places = [(v["i"], v["j"], v["k"]) for v in found["values"]]
    assert len(places) == len(set(places)) == 286
    assert all(10 >= i >= j >= k >= 0 for i, j, k in places)
    first = found["values"][0]
    assert set(first) == {"i", "j", "k", "value", "electron", "photon", "standard_uncertainty"}
    assert first["value"] == pytest.approx(0.199, rel=0.01)
    assert first["value"] == pytest.approx(first["electron"] + first["photon"], rel=1e-12)


def test_kernel_of_other_voxels_has_the_octant():
    found = document("kernel", "Lu-177", "--spacing-mm", "4,4,8", "--radius-mm", 12)
    places = {(v["i"], v["j"], v["k"]): v["value"] for v in found["values"]}
    assert (3, 0, 0) in places
    assert (3, 1, 0) not in places
    assert max(k for _, _, k in places) == 1
    assert places[0, 0, 1] < places[1, 0, 0]


def test_kernel_file_has_the_full_range(tmp_path):
    path = tmp_path / "kernel.npz"
    found = document("kernel", "Lu-177", "--voxel-mm", 12, "--out", path)
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["value"].shape[0] * 12 > 0.9 * found["photon_reach_mm"]
        shown = {(v["i"], v["j"], v["k"]): v["value"] for v in found["values"]}
        assert arrays["value"][1, 2, 3] * 1e9 == pytest.approx(shown[3, 2, 1], rel=3e-3)
        assert str(arrays["unit"]) == "Gy/(Bq s)"


def test_a_failed_kernel_leaves_the_earlier_file(tmp_path, monkeypatch):
    path = tmp_path / "kernel.npz"
    path.write_bytes(b"earlier")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    assert "No space left" in refusal("kernel", "Lu-177", "--voxel-mm", 20, "--out", path)
    assert path.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "words",
    [
        ("sphere", "--mass-g", "1", "Ac-225"),
        ("kernel", "--voxel-mm", "20", "--radius-mm", "20", "Ac-225"),
        ("point-kernel", "nuclide", "--edges-cm", "0,1", "Ac-225"),
    ],
)
def test_people_are_told_of_chain_assumption_and_source(words):
    shown = CliRunner().invoke(app, [*words, "--chain", "equilibrium"]).stdout
    assert "Decays per decay of Ac-225: Ac-225 1, Fr-221 1, At-217 1, Bi-213 0.99993" in shown
    assert "daughters are taken to decay where the parent decayed" in shown
    assert "Source: " in shown
    assert "ENDF/B-VIII.1" in shown


def test_kernel_of_alpha_emitters_shows_them():
    first = document("kernel", "Ac-225", "--chain", "parent", "--voxel-mm", 5)["values"][0]
    assert first["value"] == pytest.approx(first["electron"] + first["photon"] + first["alpha"], rel=1e-12)


@pytest.mark.parametrize("particle", ["electron", "photon"])
def test_point_kernel_of_one_energy(particle):
    found = document("point-kernel", particle, "--energy-mev", 0.2, "--edges-cm", "0.01,0.02,5,100")
    shells = found["shells"]
    assert [(s["r_in_cm"], s["r_out_cm"]) for s in shells] == [(0.01, 0.02), (0.02, 5.0), (5.0, 100.0)]
    assert all(s["energy_mev"] > 0 and s["standard_uncertainty"] > 0 for s in shells)
    assert sum(s["energy_mev"] for s in shells) < 0.2


def test_point_kernel_of_a_nuclide_is_per_decay():
    found = document("point-kernel", "nuclide", "Y-90", "--edges-cm", "0,2")
    assert found["shells"][0]["energy_mev"] == pytest.approx(0.929, rel=5e-3)
    assert found["emitted_mev"] == pytest.approx(0.933, rel=2e-3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("kernel", "Lu-177"), "--voxel-mm or --spacing-mm"),
        (("kernel", "Lu-177", "--voxel-mm", 4, "--spacing-mm", "4,4,4"), "both came"),
        (("kernel", "Lu-177", "--voxel-mm", 0), "voxel edges"),
        (("kernel", "Lu-177", "--voxel-mm", "nan"), "voxel edges"),
        (("kernel", "Lu-177", "--spacing-mm", "4,4"), "voxel edges"),
        (("kernel", "Lu-177", "--spacing-mm", "4,x,4"), "three edges"),
        (("kernel", "Y-90", "--voxel-mm", 4, "--radius-mm", 5), "range of the electrons"),
        (("kernel", "Lu-177", "--voxel-mm", 4, "--medium", "cheese"), "water"),
        (("kernel", "Lu-177", "--voxel-mm", 0.05, "--out", "big.npz"), "GiB of memory"),
        (("kernel", "Lu-177", "--voxel-mm", 20, "--out", "kernel.txt"), ".npz"),
        (("kernel", "Lu-177", "--voxel-mm", 20, "--out", "nowhere/kernel.npz"), "--out: expected a folder"),
        (("kernel", "Lu-177", "--voxel-mm", 4, "--radius-mm", "inf"), "--radius-mm: expected a finite"),
        (("kernel", "--voxel-mm", 4), "neither came"),
        (("kernel", "Xx-1", "--voxel-mm", 4), "Lu-177"),
        (("kernel", "Ac-225", "--voxel-mm", 4), "chain"),
        (("sphere", "Lu-177", "--mass-g", 1e-5), "0.001 g to 10000 g"),
        (("sphere", "Lu-177", "--mass-g", "nan"), "0.001 g to 10000 g"),
        (("point-kernel", "photon", "--energy-mev", 50, "--edges-cm", "1,2"), "5 MeV"),
        (("point-kernel", "photon", "--energy-mev", -1, "--edges-cm", "1,2"), "above zero"),
        (("point-kernel", "electron", "--energy-mev", 1, "--edges-cm", "2,1"), "increase"),
        (("point-kernel", "electron", "--energy-mev", 1, "--edges-cm", "1"), "two radii"),
        (("point-kernel", "electron", "--energy-mev", 1, "--edges-cm", "a,b"), "separated by commas"),
    ],
)
def test_refusals(arguments, words):
    assert words in refusal(*arguments)
