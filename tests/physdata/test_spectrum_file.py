"""Spectra from files: what is read, and what is refused."""

import numpy as np
import pytest

from hevesy.errors import ReadError
from hevesy.physdata import Particle, read_spectrum_file


def write(tmp_path, text, name="source.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_lines(tmp_path):
    found = read_spectrum_file(
        write(tmp_path, "# mine\nparticle,energy_mev,yield\nphoton,0.208,0.11\n\nelectron, 0.1 ,1\nphoton,0.113,0.06\n")
    )
    assert found.name == "source.csv"
    assert found.members == ()
    photons = found.of(Particle.PHOTON)[0]
    assert photons.kind == "given"
    assert photons.low_mev.tolist() == photons.high_mev.tolist() == [0.208, 0.113]
    assert found.energy_mev(Particle.PHOTON) == pytest.approx(0.208 * 0.11 + 0.113 * 0.06)
    assert found.energy_mev(Particle.ELECTRON) == pytest.approx(0.1)
    assert "SHA-256" in found.citations[0].text


def test_bins_and_lines_among_them(tmp_path):
    text = "particle,low_mev,high_mev,yield\nelectron,0,0.1,0.5\nelectron,0.1,0.3,0.5\npositron,0.2,0.2,1e-3\nalpha,5,5,1\n"
    found = read_spectrum_file(write(tmp_path, text))
    assert found.energy_mev(Particle.ELECTRON) == pytest.approx(0.5 * 0.05 + 0.5 * 0.2)
    assert np.array_equal(found.of(Particle.POSITRON)[0].low_mev, [0.2])
    assert found.energy_mev() == pytest.approx(0.125 + 2e-4 + 5.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an empty file"),
        ("# only\n", "an empty file"),
        ("energy,yield\n", "line 1: expected a header"),
        ("particle,energy_mev,yield\n", "yield above zero"),
        ("particle,energy_mev,yield\nphoton,0.1,0\n", "yield above zero"),
        ("particle,energy_mev,yield\nphoton,0.1\n", "line 2: expected as many values"),
        ("particle,energy_mev,yield\nphoton,0.1,1,1\n", "line 2: expected as many values"),
        ("particle,energy_mev,yield\nneutron,0.1,1\n", "line 2: expected one of the particles electron"),
        ("particle,energy_mev,yield\nphoton,x,1\n", "a number, but 'x'"),
        ("particle,energy_mev,yield\nphoton,nan,1\n", "finite number"),
        ("particle,energy_mev,yield\nphoton,0.1,-1\n", "from zero on, but '-1'"),
        ("particle,energy_mev,yield\nphoton,0,1\n", "energies above zero"),
        ("particle,energy_mev,yield\nphoton,208,1\n", "up to 20 MeV"),
        ("particle,low_mev,high_mev,yield\nphoton,0.2,0.1,1\n", "upper bound not below"),
        ("particle;energy_mev;yield\nphoton;0.1;1\n", "expected a header"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_refused(tmp_path, text, message):
    with pytest.raises(ReadError, match=message) as caught:
        read_spectrum_file(write(tmp_path, text))
    assert "\n" not in str(caught.value)
    assert "source.csv" in str(caught.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(ReadError, match=r"nothing\.csv"):
        read_spectrum_file(tmp_path / "nothing.csv")
