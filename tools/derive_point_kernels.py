"""Compute point kernels in water by this project's own transport, from its tables of ENDF/B-VIII.1.

Usage: ``python tools/derive_point_kernels.py`` (several CPU minutes).
Writes ``src/hevesy/physdata/tables/point_kernels_endfb81/``.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from hevesy.physdata import material
from hevesy.transport.kernels.derive import derive_point_kernels
from hevesy.transport.kernels.kernel_settings import KernelSettings, settings_note
from hevesy.transport.kernels.point_table import table_bytes

TABLES = Path(__file__).parent.parent / "src/hevesy/physdata/tables"
FOLDER = TABLES / "point_kernels_endfb81"
INPUTS = ("electrons_endfb81", "photons_endfb81")
SETTINGS = KernelSettings(electron_histories=100_000, photon_histories=400_000)


def _report(task: str, done: int, total: int) -> None:
    sys.stderr.write(f"\r{task} {done}/{total}")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Write the table and its source note."""
    table = derive_point_kernels(material("water"), SETTINGS, _report)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "water.npz").write_bytes(table_bytes(table))
    licence = (TABLES / "electrons_endfb81" / "LICENSE.txt").read_text(encoding="utf-8")
    (FOLDER / "LICENSE.txt").write_text(licence, encoding="utf-8")
    settings = settings_note(SETTINGS).replace('"', "'")
    lines = [
        'title = "Point kernels of electrons and photons in unbounded water"',
        'edition = "ENDF/B-VIII.1"',
        "date = 2024-08-30",
        'licence = "work of the United States Government (US DOE, NNDC); open, please cite; see LICENSE.txt"',
        'part = "electron and photo-atomic sublibraries"',
        'script = "tools/derive_point_kernels.py"',
        'citation = "Point kernels computed by this project from ENDF/B-VIII.1: G. P. A. Nobre et al., '
        'Nuclear Data Sheets 210 (2026) 1-224"',
        'doi_unconfirmed = "10.1016/j.nds.2026.04.001"',
        'doi_confirmation = "found quoted in one public repository; not resolved against the publisher"',
        f'settings = "{settings}"',
        "",
        "[input]",
        *(f'"{name}/SOURCE.toml" = "{_digest(TABLES / name / "SOURCE.toml")}"' for name in INPUTS),
        "",
        "[output]",
        f'"water.npz" = "{_digest(FOLDER / "water.npz")}"',
    ]
    (FOLDER / "SOURCE.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
