"""Files of ICRP 133, in their documented layout with made-up numbers."""

import numpy as np
import pytest

from hevesy.errors import InputError, ReadError
from hevesy.physdata import JOULE_PER_MEV, Emissions, EmissionSpectrum, Particle
from hevesy.physdata.saf_files import read_saf_file
from hevesy.transport.organs import read_saf_folder, saf_s_values

TARGETS, SOURCES = ("Liver", "UB-wall", "R-marrow"), ("Liver", "UB-cont")
COUNTS = {"photon": 28, "electron": 28, "alpha": 24}


def content(kind, saf=0.5):
    n = COUNTS[kind]
    energies = np.geomspace(0.001, 10.0, n)
    head = f"{len(TARGETS):4d}{len(SOURCES):4d}{'':14}" + "".join(f"{e:10.5f}" for e in energies) + "   Ecutoff"
    tail = f"{0.001:10.3f}{1:3d}" if n == 28 else f"{1.0:5.1f}{1:3d}"
    records = [
        f"{target:<10}<-{source:<10}" + "".join(f"{saf * (1 + e):10.3E}" for e in energies) + tail
        for source in SOURCES
        for target in TARGETS
    ]
    return "\n".join(["made up", "for tests", kind, head, "-" * 60, *records]) + "\n"


@pytest.fixture
def folder(tmp_path):
    for kind in COUNTS:
        (tmp_path / f"rcp-am_{kind}_2016-08-12.SAF").write_text(content(kind), encoding="ascii", newline="\r\n")
    return tmp_path


def test_a_file_is_read(folder):
    table = read_saf_file(folder / "rcp-am_alpha_2016-08-12.SAF")
    assert (table.targets, table.sources) == (TARGETS, SOURCES)
    assert len(table.energies_mev) == 24
    assert table.values["UB-wall", "UB-cont"][-1] == pytest.approx(5.5, rel=1e-3)


def test_an_s_value_is_energy_times_fraction(folder):
    at = np.array([0.5])
    one = EmissionSpectrum(Particle.PHOTON, "gamma", at, at, np.array([0.2]))
    values = {
        v.target: v for v in saf_s_values(read_saf_folder(folder, "male"), Emissions("x", (one,), (), (), ()), "liver")
    }
    assert values["R-marrow"].value == pytest.approx(0.2 * 0.5 * 0.75 * JOULE_PER_MEV, rel=0.01)
    assert values["R-marrow"].parts["electron"] == 0.0


def test_an_unknown_source_is_refused(folder):
    with pytest.raises(InputError, match="one of the source regions Liver, UB-cont"):
        saf_s_values(read_saf_folder(folder, "male"), Emissions("x", (), (), (), ()), "spleen")


def test_energies_above_the_files_are_refused(folder):
    at = np.array([11.0])
    one = EmissionSpectrum(Particle.PHOTON, "gamma", at, at, np.ones(1))
    with pytest.raises(InputError, match="energies up to 10 MeV"):
        saf_s_values(read_saf_folder(folder, "male"), Emissions("x", (one,), (), (), ()), "Liver")


def test_a_missing_file_is_refused(folder):
    with pytest.raises(ReadError, match=r"one file rcp-af_photon_\*\.SAF, but 0 came"):
        read_saf_folder(folder, "female")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[:40], "five lines of heading"),
        (lambda text: text.replace("<-", "=>"), "TARGET<-SOURCE"),
        (lambda text: text.replace("   3   2", "   4   2"), "4 x 2 records"),
        (lambda text: text.replace("   3   2", "  no   2"), "number of regions"),
        (lambda text: text.replace("UB-wall   <-Liver", "Liver     <-Liver"), "each pair of target and source once"),
        (lambda text: text.replace(" 5.005E-01", "-5.005E-01"), "fractions from zero on"),
        (lambda text: text.replace(" 5.005E-01", "    inches"), "28 numbers"),
        (lambda text: text.replace(" 5.005E-01", "       nan"), "finite numbers"),
        (lambda text: text.replace("   0.00100   ", "   9.00000   "), "energies that increase"),
        (lambda text: "\n".join(line[:300] for line in text.splitlines()), "315 or 270 characters"),
    ],
)
def test_other_layouts_are_refused(tmp_path, change, message):
    path = tmp_path / "rcp-am_photon_x.SAF"
    path.write_text(change(content("photon")), encoding="ascii")
    with pytest.raises(ReadError, match=message):
        read_saf_file(path)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "rcp-am_photon_x.SAF"
    path.write_bytes(b"\xff" * 100)
    with pytest.raises(ReadError, match="other bytes"):
        read_saf_file(path)
