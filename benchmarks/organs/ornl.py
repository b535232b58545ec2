"""Photon specific absorbed fractions on the unscaled ORNL/TM-8381 adult against the report's, as Markdown tables.

Usage: python benchmarks/organs/ornl.py SHARED [HISTORIES] [VOXEL_MM]

SHARED is a folder with ``physics/ornl_saf``. Pairs count where the report's value is at least 1e-9 per gram and the own
statistical uncertainty is under 3 %; the heart is left out, its geometry being that of MIRD Pamphlet 5.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hevesy.transport.organs import Anatomy, Settings, photon_absorbed_fractions, stylised_anatomy

ENERGIES_MEV = (0.03, 0.05, 0.1, 0.2, 0.5, 1.0)
SOURCES = {
    "Liver": "Liver",
    "Spleen": "Spleen",
    "Kidneys": "Kidneys",
    "Lungs": "Lungs",
    "Stomach_Contents": "Stomach_contents",
    "Urinary": "Urinary_bladder_contents",
}
TARGETS = {
    "Urin_Bladder_Wall": "Urinary_bladder_wall",
    "Stomach": "Stomach_wall",
    "LLI_Wall": "Lower_large_intestine_wall",
    "ULI_Wall": "Upper_large_intestine_wall",
    "Small_Intestine": "Small_intestine",
    **{name: name for name in ("Kidneys", "Liver", "Lungs", "Spleen", "Pancreas", "Adrenals", "Brain", "Thymus")},
    **{name: name for name in ("Thyroid", "Uterus", "Ovaries", "Testes")},
}
FAR_PER_G = 3e-6
"""Below this the report's own statistics and rounding are several per cent."""


class Pair(NamedTuple):
    """One comparison."""

    source: str
    target: str
    energy_mev: float
    report_per_g: float
    ratio: float
    relative_statistics: float


def report(path: Path) -> dict[tuple[str, str, float], float]:
    """Fractions of the adult male by source, target and energy. [1/g]"""
    found: dict[tuple[str, str, float], float] = {}
    source, energies = "", []
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        words = line.split()
        if line.startswith("****** SAF g-1") and "ORNLAdultMale" in line:
            source, energies = words[3], [float(word) for word in words[7:]]
        elif line.startswith("*"):
            source = ""
        elif source and len(words) == len(energies) + 1:
            found |= {(source, words[0], round(e, 6)): float(v) for e, v in zip(energies, words[1:], strict=True)}
    return found


def pairs(anatomy: Anatomy, known: dict[tuple[str, str, float], float], histories: int) -> Iterator[Pair]:
    """Every pair of the report."""
    for name, source in SOURCES.items():
        for energy in ENERGIES_MEV:
            own = photon_absorbed_fractions(anatomy, source, energy, Settings(photon_histories=histories))
            for key, target in TARGETS.items():
                theirs = known[name, key, energy]
                value = own[target]
                statistics = value.components.get(f"statistics:{target}-from-{source}", 0.0)
                if theirs >= 1e-9 and value.value > 0:
                    yield Pair(source, target, energy, theirs, value.value * 1e-3 / theirs, statistics / value.value)


def main(arguments: list[str]) -> None:
    """Print self fractions, then how far the others lie, then those farther than they should be."""
    histories = int(arguments[1]) if len(arguments) > 1 else 1_000_000
    voxel_mm = float(arguments[2]) if len(arguments) > 2 else 3.0
    known = report(Path(arguments[0]) / "physics" / "ornl_saf" / "StylizedORNL1987SAFData.txt")
    found = list(pairs(stylised_anatomy("ornl-adult", voxel_mm), known, histories))
    print("| source and target | " + " | ".join(f"{e:g} MeV" for e in ENERGIES_MEV) + " |")
    print("|---" * (len(ENERGIES_MEV) + 1) + "|")
    for source in dict.fromkeys(p.source for p in found):
        row = {p.energy_mev: p.ratio for p in found if p.source == p.target == source}
        if row:
            print(f"| {source} | " + " | ".join(f"{row[e]:.3f}" for e in ENERGIES_MEV) + " |")
    sure = [p for p in found if p.source != p.target and p.relative_statistics < 0.03]
    for label, chosen, limit in (
        (f"{FAR_PER_G:g} per g and more", [p for p in sure if p.report_per_g >= FAR_PER_G], 0.1),
        (f"less than {FAR_PER_G:g} per g", [p for p in sure if p.report_per_g < FAR_PER_G], 0.2),
    ):
        ratios = np.array([p.ratio for p in chosen])
        within = np.abs(ratios - 1.0) <= limit
        print(f"\n{label}: {len(chosen)} pairs, median {np.median(ratios):.3f}, {within.mean():.1%} within {limit:.0%}")
        for p in (p for p, good in zip(chosen, within, strict=True) if not good):
            print(f"- {p.source} to {p.target}, {p.energy_mev:g} MeV: {p.ratio:.3f} +- {p.relative_statistics:.1%}")


if __name__ == "__main__":
    main(sys.argv[1:])
