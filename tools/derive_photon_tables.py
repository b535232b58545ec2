"""Derive photon cross sections, form factors and fluorescence of the elements from ENDF/B-VIII.1 (EPDL and EADL).

Usage: ``python tools/derive_photon_tables.py ENDFB81.tar.xz`` (needs the extra ``physics``).

Writes ``photons.npz`` and ``SOURCE.toml``. Points of the evaluation from 1 keV to 16 MeV are kept (linear between),
thinned where a straight line gives them to 2e-4. Lines are those of one vacancy with all that follows it, above 1 keV.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from endf_archive import EndfArchive, write_source

Floats = NDArray[np.float64]

FOLDER = Path(__file__).parents[1] / "src/hevesy/physdata/tables/photons_endfb81"
NEUTRON_MASS_U = 1.00866491595
LOWEST_EV, HIGHEST_EV = 0.97e3, 16.1e6
TOLERANCE = 2e-4
CHANNELS = {
    "coherent": 502,
    "incoherent": 504,
    "pair": 516,
    "photoelectric": 522,
    "K": 534,
    "L1": 535,
    "L2": 536,
    "L3": 537,
}
SHELLS = {"K": 1, "L1": 2, "L2": 3, "L3": 4}
_LIGHT = "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn"
_HEAVY = {53: "I", 56: "Ba", 64: "Gd", 67: "Ho", 71: "Lu", 74: "W", 79: "Au", 82: "Pb"}
ELEMENTS = dict(enumerate(_LIGHT.split(), start=1)) | _HEAVY
LARGEST_X = 2e3  # 1/angstrom
LOWEST_LINE_EV = 1e3


def thinned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Points of a polygon that the straight line between the kept ones does not give within the tolerance."""
    keep, start = [0], 0
    for end in range(2, len(x)):
        inner = slice(start + 1, end)
        width = x[end] - x[start]
        line = (
            y[start] + (y[end] - y[start]) * (x[inner] - x[start]) / width
            if width > 0
            else np.full(end - start - 1, np.inf)
        )
        if (np.abs(line - y[inner]) > TOLERANCE * np.abs(y[inner])).any():
            keep.append(end - 1)
            start = end - 1
    keep.append(len(x) - 1)
    return x[keep], y[keep]


def cut(table: Any, low: float, high: float) -> tuple[Floats, Floats]:  # noqa: ANN401 - Tabulated1D of endf
    """The points within two bounds, the bounds among them; a table that begins higher keeps its threshold."""
    x, y = np.asarray(table.x, dtype=np.float64), np.asarray(table.y, dtype=np.float64)
    inside = (x > low) & (x < high)
    ends = [v for v in (low, high) if x[0] <= v <= x[-1]]
    left, right = [v for v in ends if v == low], [v for v in ends if v == high]
    value = {v: float(np.interp(v, x, y)) for v in ends}
    return (
        np.concatenate([left, x[inside], right]),
        np.concatenate([[value[v] for v in left], y[inside], [value[v] for v in right]]),
    )


Lines = dict[float, float]
"""Photons per vacancy by energy [eV]."""


def photons_after(shells: dict[float, Any]) -> dict[float, Lines]:
    """Photons that follow one vacancy of each shell and all vacancies that it leaves."""
    found: dict[float, Lines] = {}
    for name, shell in sorted(shells.items(), reverse=True):  # outer shells first: vacancies move outwards
        lines: Lines = defaultdict(float)
        for first, second, energy, share in zip(shell["SUBJ"], shell["SUBK"], shell["ETR"], shell["FTR"], strict=True):
            if second == 0 and energy >= LOWEST_LINE_EV:
                lines[float(energy)] += float(share)
            for vacancy in (first, second):
                for line, number in found.get(float(vacancy), {}).items():
                    lines[line] += float(share) * number
        found[name] = lines
    return found


def condensed(lines: Lines) -> list[tuple[float, float]]:
    """Lines within 0.8 % of each other as one of their mean energy; those under 1e-5 per vacancy are left out."""
    groups: list[list[tuple[float, float]]] = []
    for line in sorted(lines.items()):
        if groups and line[0] < 1.008 * groups[-1][0][0]:
            groups[-1].append(line)
        else:
            groups.append([line])
    sums = [(sum(e * p for e, p in group), sum(p for _, p in group)) for group in groups]
    return [(energy / number, number) for energy, number in sums if number > 1e-5]


def lines_of(sections: dict[tuple[int, int], Any]) -> Floats:
    """Rows of shell number, 1 for K lines and 0 for those of outer shells, energy [MeV], photons per vacancy."""
    shells = {float(shell["SUBI"]): shell for shell in sections[28, 533]["shells"] if shell["NTR"]}
    after = photons_after(shells)
    outside_k = max((float(shell["EBI"]) for name, shell in shells.items() if name > 1), default=0.0)
    rows = []
    for number in SHELLS.values():
        lines = after.get(float(number), {})
        own = {e: p for e, p in lines.items() if number == 1 and e > outside_k}
        rest = {e: p for e, p in lines.items() if e not in own}
        rows += [(number, 1, e * 1e-6, p) for e, p in condensed(own)]
        rows += [(number, 0, e * 1e-6, p) for e, p in condensed(rest)]
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def element_arrays(archive: EndfArchive, z: int, symbol: str) -> dict[str, NDArray[Any]]:
    """Everything about one element, by short names."""
    sections = archive.sections(f"photoat-{z:03d}_{symbol}_000.endf")
    curves = [
        thinned(*cut(sections[23, mt]["sigma"], LOWEST_EV, HIGHEST_EV))
        if (23, mt) in sections
        else (np.zeros(0), np.zeros(0))
        for mt in CHANNELS.values()
    ]
    curves = [(energy * 1e-6, sigma) for energy, sigma in curves]
    curves += [thinned(*cut(sections[27, mt]["H"], 0.0, LARGEST_X)) for mt in (502, 504)]
    relaxation = archive.sections(f"atom-{z:03d}_{symbol}_000.endf")
    head = np.array([sections[1, 451]["ZA"] // 1000, sections[1, 451]["AWR"] * NEUTRON_MASS_U])
    return {
        f"{symbol}_head": head,
        f"{symbol}_counts": np.array([len(x) for x, _ in curves], dtype=np.int32),
        f"{symbol}_points": np.hstack([np.stack(curve) for curve in curves]).astype(np.float32),
        f"{symbol}_lines": lines_of(relaxation),
    }


def main(path: Path) -> None:
    """Write the table."""
    archive = EndfArchive(path)
    arrays: dict[str, NDArray[Any]] = {}
    for z, symbol in ELEMENTS.items():
        arrays |= element_arrays(archive, z, symbol)
    np.savez_compressed(FOLDER / "photons.npz", **arrays)
    fields = {
        "part": "photo-atomic and atomic relaxation sublibraries",
        "script": "tools/derive_photon_tables.py",
        "citation": "G. P. A. Nobre et al., ENDF/B-VIII.1: Updated Nuclear Reaction Data Library for Science and "
        "Applications, Nuclear Data Sheets 210 (2026) 1-224",
        "doi_unconfirmed": "10.1016/j.nds.2026.04.001",
        "doi_confirmation": "found quoted in one public repository; not resolved against the publisher",
    }
    write_source(FOLDER, archive, ["photons.npz"], fields)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
