"""Derive the compact decay-data table from an official copy of ENDF/B-VIII.1.

Usage: ``python tools/derive_endf_tables.py ENDFB81.tar.xz`` (needs the extra ``physics``). Writes
``src/hevesy/physdata/tables/endfb81/``: half-lives, decay modes, mean energies per decay by type of radiation, discrete
lines, and beta branches, with the uncertainties of the evaluation. Values are copied, never adjusted; numbers are
rounded to seven significant digits, which is what an ENDF field holds.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from endf_archive import EndfArchive, write_source

FOLDER = Path(__file__).parent.parent / "src/hevesy/physdata/tables/endfb81"

# Nuclides whose emissions are their own: no radioactive progeny that matters within a therapy. The others of the
# archive are in the table too, as parents with progeny and as members of chains.
ALONE = """
C-11 N-13 O-15 F-18 P-32 Sc-43 Sc-44 Sc-47 Cu-61 Cu-64 Cu-67 Ga-67 Ga-68 Sr-89 Y-86 Y-90 Tc-99m In-111 Sn-117m
I-123 I-124 I-125 I-131 Sm-153 Tb-152 Tb-155 Tb-161 Dy-165 Ho-166 Er-165 Er-169 Lu-177 Re-186 Re-188 Au-198 Tl-201
"""

NOTES = {
    "I-131": "1.1 % of the decays feed Xe-131m (11.8 d), whose emissions are not included",
    "Sr-89": "0.01 % of the decays feed Y-89m (16 s), whose emissions are not included",
    "Tc-99m": "the daughter Tc-99 (2e5 years) is not included",
}

_SYMBOLS = """
n H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr
Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir
Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th
"""
_ELEMENTS = _SYMBOLS.split()

_SPECTRA = {0: "gamma", 1: "beta_minus", 2: "beta_plus", 4: "alpha", 8: "conversion_auger", 9: "x"}
_MODES = {
    1.0: ("beta-", 1, 0),
    2.0: ("electron capture or beta+", -1, 0),
    3.0: ("isomeric transition", 0, 0),
    4.0: ("alpha", -2, -4),
}
"""Name, change of the atomic number, change of the mass number."""
_TWO_ELECTRON_MASSES_EV = 2 * 510998.95


def _rounded(value: float, scale: float = 1.0) -> float:
    return float(f"{value * scale:.7g}")


def _mev(pair: tuple[float, float]) -> list[float]:
    return [_rounded(pair[0], 1e-6), _rounded(pair[1], 1e-6)]


def _name(decay: dict[str, Any]) -> str:
    z, a = divmod(int(decay["ZA"]), 1000)
    return f"{_ELEMENTS[z]}-{a}" + ("m" if decay["LISO"] else "")


def _modes(decay: dict[str, Any], z: int, a: int) -> list[dict[str, Any]]:
    found = []
    for mode in decay["modes"]:
        label, charge, mass = _MODES[float(mode["RTYP"])]
        daughter = f"{_ELEMENTS[z + charge]}-{a + mass}" + ("m" if mode["RFS"] else "")
        found.append(
            {"mode": label, "daughter": daughter, "branching": _rounded(mode["BR"][0]), "q_mev": _mev(mode["Q"])}
        )
    return found


def _lines(spectrum: dict[str, Any]) -> list[list[float]]:
    scale = float(spectrum["FD"][0])
    return [
        [_rounded(x["ER"][0], 1e-6), _rounded(x["RI"][0], scale), _rounded(x["RI"][1], scale)]
        for x in spectrum["discrete"]
    ]


def _branches(spectrum: dict[str, Any]) -> list[list[float]]:
    """Endpoint [MeV], yield, its uncertainty, order of forbiddenness (ENDF TYPE less one)."""
    positron = spectrum["STYP"] == 2
    scale = float(spectrum["FD"][0])
    found: list[list[float]] = []
    for x in spectrum["discrete"]:
        endpoint = x["ER"][0] - (_TWO_ELECTRON_MASSES_EV if positron else 0.0)
        intensity = x["RIS"] if positron else x["RI"]
        if intensity[0] > 0:
            row = [_rounded(endpoint, 1e-6), _rounded(intensity[0], scale), _rounded(intensity[1], scale)]
            found.append([*row, max(int(x["TYPE"]) - 1, 0)])
    return found


def derive(decay: dict[str, Any]) -> dict[str, Any]:
    """One nuclide as it stands in the table."""
    name = _name(decay)
    z, a = divmod(int(decay["ZA"]), 1000)
    spectra = {_SPECTRA[int(s["STYP"])]: s for s in decay["spectra"]}
    photons: list[list[Any]] = [[*line, "gamma"] for line in _lines(spectra["gamma"])] if "gamma" in spectra else []
    x_rays = _lines(spectra["x"]) if "x" in spectra else []
    photons += [[*line, "annihilation" if abs(line[0] - 0.511) < 5e-4 else "x"] for line in x_rays]
    return {
        "z": z,
        "a": a,
        "half_life_s": [_rounded(v) for v in decay["T1/2"]],
        "modes": _modes(decay, z, a),
        "electron_energy_mev": _mev(decay["Ex"][0]),
        "photon_energy_mev": _mev(decay["Ex"][1]),
        "heavy_energy_mev": _mev(decay["Ex"][2]),
        "energy_by_type_mev": {kind: _mev(s["ER_AV"]) for kind, s in spectra.items()},
        "beta_minus": _branches(spectra["beta_minus"]) if "beta_minus" in spectra else [],
        "beta_plus": _branches(spectra["beta_plus"]) if "beta_plus" in spectra else [],
        "electrons": _lines(spectra["conversion_auger"]) if "conversion_auger" in spectra else [],
        "alphas": _lines(spectra["alpha"]) if "alpha" in spectra else [],
        "photons": sorted(photons, key=lambda line: line[0]),
        "alone": name in ALONE.split(),
        "note": NOTES.get(name, ""),
    }


def main(path: str) -> None:
    """Write the table and its source note."""
    archive = EndfArchive(Path(path))
    evaluations = [archive.sections(member)[8, 457] for member in archive.members("dec-")]
    table = {_name(decay): derive(decay) for decay in evaluations}
    FOLDER.mkdir(parents=True, exist_ok=True)
    rows = [f"{json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}" for name, entry in table.items()]
    (FOLDER / "nuclides.json").write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
    fields = {
        "part": "decay sublibrary (MF 8, MT 457)",
        "script": "tools/derive_endf_tables.py",
        "citation": "G. P. A. Nobre et al., ENDF/B-VIII.1: Updated Nuclear Reaction Data Library for Science and "
        "Applications, Nuclear Data Sheets 210 (2026) 1-224",
        "doi_unconfirmed": "10.1016/j.nds.2026.04.001",
        "doi_confirmation": "found quoted in one public repository; not resolved against the publisher",
    }
    write_source(FOLDER, archive, ["nuclides.json"], fields)


if __name__ == "__main__":
    main(sys.argv[1])
