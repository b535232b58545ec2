"""S values of Lu-177 against those of OpenDose: on the ICRP 110 voxels, and self-dose on the stylised adults.

Usage: python benchmarks/organs/opendose.py SHARED male|female [HISTORIES]

SHARED is a folder with ``validation/icrp110`` and ``validation/opendose_svalues``. Decay data are those of ICRP 107, as
OpenDose has them. The uncertainties in the files are not used: for small values they are not consistent with them.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from icrp110 import icrp110

from hevesy.physdata import source_term
from hevesy.transport.organs import (
    Anatomy,
    Settings,
    SourceTerm,
    organ_s_values,
    organ_source_term,
    stylised_anatomy,
)

SOURCES = {
    "liver": "Liver",
    "spleen": "Spleen",
    "left kidney c+m+p": "Left kidney C+M+P",
    "right kidney c+m+p": "Right kidney C+M+P",
}
STYLISED = {"liver": "Liver", "spleen": "Spleen", "left kidney c+m+p": "Kidney_L", "right kidney c+m+p": "Kidney_R"}
GRAY_PER_BQ_S = 1e-9
"""Of 1 mGy/(MBq s)."""
SMALLEST_G = 10.0


class Pair(NamedTuple):
    """One comparison."""

    source: str
    target: str
    mass_g: float
    ratio: float
    relative_statistics: float


def reference(path: Path) -> dict[str, tuple[float, float]]:
    """S value [Gy/(Bq s)] and mass [g] by target."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {row[0]: (float(row[1]) * GRAY_PER_BQ_S, float(row[3])) for row in rows}


def decay() -> SourceTerm:
    """Lu-177 by ICRP 107."""
    return organ_source_term(source_term("Lu-177", None, "icrp107"))


def pairs(anatomy: Anatomy, folder: Path, histories: int) -> Iterator[Pair]:
    """Every pair of OpenDose whose target weighs enough."""
    for file, source in SOURCES.items():
        known = reference(folder / f"lu-177_{file}.json")
        for found in organ_s_values(anatomy, source, decay(), Settings(photon_histories=histories)):
            if found.target in known and 1e3 * found.mass_kg >= SMALLEST_G and found.value.value > 0:
                theirs, mass = known[found.target]
                own = found.value.components.get(f"statistics:{found.target}-from-{source}", 0.0)
                value = found.value.value
                yield Pair(source, found.target, mass, value / theirs, own / value)


def scaled_self(sex: str, folder: Path) -> Iterator[Pair]:
    """Self-dose on the stylised adult, scaled to the masses of OpenDose."""
    anatomy = stylised_anatomy(f"adult-{sex}", 4.0)
    for file, source in STYLISED.items():
        target = SOURCES[file]
        theirs, mass = reference(folder / f"lu-177_{file}.json")[target]
        few = Settings(photon_histories=100_000)
        found = organ_s_values(anatomy, source, decay(), few, source_mass_kg=mass * 1e-3)
        value = next(v.value for v in found if v.target == source)
        yield Pair(source, source, mass, value.value / theirs, 0.0)


def main(arguments: list[str]) -> None:
    """Print both self-doses, then how far the others lie, then those farther than they should be."""
    shared, sex = Path(arguments[0]), arguments[1]
    histories = int(arguments[2]) if len(arguments) > 2 else 1_000_000
    folder = shared / "validation" / "opendose_svalues" / {"male": "ICRP_110_AM", "female": "ICRP_110_AF"}[sex]
    stylised = list(scaled_self(sex, folder))
    found = list(pairs(icrp110(shared / "validation" / "icrp110", sex), folder, histories))
    own = {p.source: p.ratio for p in found if p.source == p.target}
    print("| source and target | mass [g] | stylised, scaled | ICRP 110 |\n|---|---|---|---|")
    for p, target in zip(stylised, SOURCES.values(), strict=True):
        print(f"| {p.source} | {p.mass_g:.1f} | {p.ratio:.4f} | {own[target]:.4f} |")
    others = [p for p in found if p.source != p.target]
    sure = np.array([p.ratio for p in others if p.relative_statistics < 0.03]) - 1.0
    shares = ", ".join(f"{np.mean(np.abs(sure) <= limit):.1%} within {limit:.0%}" for limit in (0.02, 0.05, 0.1))
    rms = math.sqrt(float(np.mean(sure**2)))
    print(f"\nOf {len(others)} other pairs {len(sure)} have statistics under 3 %: {shares}, rms {rms:.1%}")
    for p in others:
        if abs(p.ratio - 1.0) > 0.1 + 2.0 * p.relative_statistics:
            print(f"- {p.source} to {p.target}: {p.ratio:.3f} +- {p.relative_statistics:.1%}")


if __name__ == "__main__":
    main(sys.argv[1:])
