"""S values of Lu-177 on the ICRP 110 voxels against those of OpenDose, as a Markdown table.

Usage: python benchmarks/organs/opendose.py SHARED male|female [HISTORIES]

SHARED is a folder with ``validation/icrp110`` and ``validation/opendose_svalues``.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path

from icrp110 import icrp110

from hevesy.physdata import source_term
from hevesy.transport.organs import Anatomy, Settings, organ_s_values, organ_source_term

SOURCES = {
    "liver": "Liver",
    "spleen": "Spleen",
    "left kidney c+m+p": "Left kidney C+M+P",
    "right kidney c+m+p": "Right kidney C+M+P",
}
GRAY_PER_BQ_S = 1e-9
"""Of 1 mGy/(MBq s)."""
SMALLEST_G = 10.0


def reference(path: Path) -> dict[str, tuple[float, float, float]]:
    """S value [Gy/(Bq s)], relative uncertainty and mass [g] by target."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {row[0]: (float(row[1]) * GRAY_PER_BQ_S, float(row[2]) * GRAY_PER_BQ_S, float(row[3])) for row in rows}


def rows(anatomy: Anatomy, folder: Path, histories: int) -> Iterator[tuple[str, str, float, float, float, float]]:
    """Source, target, mass [g], ratio to OpenDose, and the relative statistical uncertainties of both."""
    term = organ_source_term(source_term("Lu-177", None, "icrp107"))
    for file, source in SOURCES.items():
        known = reference(folder / f"lu-177_{file}.json")
        for value in organ_s_values(anatomy, source, term, Settings(photon_histories=histories)):
            if value.target not in known or 1e3 * value.mass_kg < SMALLEST_G:
                continue
            theirs, error, mass = known[value.target]
            own = sum(u**2 for name, u in value.value.components.items() if name.startswith("statistics"))
            yield (
                source,
                value.target,
                mass,
                value.value.value / theirs,
                math.sqrt(own) / value.value.value,
                error / theirs,
            )


def main(arguments: list[str]) -> None:
    """Print the table."""
    shared, sex = Path(arguments[0]), arguments[1]
    histories = int(arguments[2]) if len(arguments) > 2 else 2_000_000
    anatomy = icrp110(shared / "validation" / "icrp110", sex)
    folder = shared / "validation" / "opendose_svalues" / {"male": "ICRP_110_AM", "female": "ICRP_110_AF"}[sex]
    print("| source | target | mass [g] | Hevesy / OpenDose | u of Hevesy | u of OpenDose |\n|---|---|---|---|---|---|")
    for source, target, mass, ratio, own, theirs in rows(anatomy, folder, histories):
        print(f"| {source} | {target} | {mass:.1f} | {ratio:.3f} | {own:.1%} | {theirs:.1%} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
