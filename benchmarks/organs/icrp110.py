"""The ICRP 110 adult voxel phantoms as anatomies: geometry of checks, which nothing of Hevesy needs or ships.

Read from a folder that the user has: ``voxels/AM_*.raw.gz`` with its ``.mhd``, and ``tables/AM_organs.dat`` and
``AM_media.dat`` (``AF`` for the female).
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import numpy as np

from hevesy.domain import Citation
from hevesy.physdata import Material
from hevesy.transport.mc import Outside, VoxelGeometry
from hevesy.transport.organs import Anatomy, labelled_anatomy

SOURCE = Citation("icrp-110", "ICRP Publication 110, Adult reference computational phantoms, Ann. ICRP 39(2) (2009)")
ELEMENTS = ("H", "C", "N", "O", "Na", "Mg", "P", "S", "Cl", "K", "Ca", "Fe", "I")
NUMBERS = (1, 6, 7, 8, 11, 12, 15, 16, 17, 19, 20, 26, 53)
SKIN_AT_ENDS = 141
MOST_MEDIA = 32
GROUPS = {
    "Left kidney C+M+P": ("Kidney, left, cortex", "Kidney, left, medulla", "Kidney, left, pelvis"),
    "Right kidney C+M+P": ("Kidney, right, cortex", "Kidney, right, medulla", "Kidney, right, pelvis"),
    "RKidney + LKidney": (
        "Kidney, left, cortex",
        "Kidney, left, medulla",
        "Kidney, left, pelvis",
        "Kidney, right, cortex",
        "Kidney, right, medulla",
        "Kidney, right, pelvis",
    ),
    "RAdrenal + LAdrenal": ("Adrenal, left", "Adrenal, right"),
}


def read_organs(path: Path) -> dict[int, tuple[str, int, float]]:
    """Name, number of the medium and density [g/ml] of every organ number."""
    rows = (re.match(r"\s*(\d+)\s+(.+?)\s+(\d+)\s+([\d.]+)\s*$", line) for line in _lines(path))
    return {int(row[1]): (row[2].strip(), int(row[3]), float(row[4])) for row in rows if row}


def read_media(path: Path) -> dict[int, Material]:
    """Compositions by number."""
    media = {}
    for line in _lines(path):
        row = re.match(r"\s*(\d+)\s+(\S.*?)\s+((?:[\d.]+\s+){12}[\d.]+)\s*$", line)
        if row:
            percent = [float(value) for value in row[3].split()]
            fractions = {e: p / sum(percent) for e, p in zip(ELEMENTS, percent, strict=True) if p}
            media[int(row[1])] = Material(row[2], 1.0, fractions, "", SOURCE)
    return media


def fewer(media: dict[int, Material]) -> dict[int, Material]:
    """The media, those most alike for photons as one until they are few enough; densities stay each voxel's own."""
    weight = (np.array(NUMBERS) / 8.0) ** 3
    rows = {n: np.array([m.mass_fractions.get(e, 0.0) for e in ELEMENTS]) * weight for n, m in media.items()}
    chosen = {n: n for n in media}
    pairs = sorted((float(np.abs(rows[a] - rows[b]).sum()), a, b) for a in media for b in media if a < b)
    for _, a, b in pairs:
        if len(set(chosen.values())) <= MOST_MEDIA:
            break
        if chosen[a] != chosen[b]:
            chosen = {n: chosen[a] if c == chosen[b] else c for n, c in chosen.items()}
    return {n: media[c] for n, c in chosen.items()}


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="latin-1").splitlines()


def icrp110(folder: Path, sex: str) -> Anatomy:
    """One reference adult (``male`` or ``female``)."""
    code = {"male": "AM", "female": "AF"}[sex]
    header = dict(line.split(" = ") for line in _lines(next((folder / "voxels").glob(f"{code}_*.mhd"))))
    x, y, z = (int(n) for n in header["DimSize"].split())
    spacing = tuple(float(v) / 10.0 for v in header["ElementSpacing"].split())
    raw = gzip.decompress(next((folder / "voxels").glob(f"{code}_*.raw.gz")).read_bytes())
    ids = np.frombuffer(raw, dtype="<u2").reshape(z, y, x).astype(np.int64)
    organs, media = (
        read_organs(folder / "tables" / f"{code}_organs.dat"),
        read_media(folder / "tables" / f"{code}_media.dat"),
    )
    organs[SKIN_AT_ENDS] = ("Skin at top and bottom", 27, 1.09)
    present = [n for n in np.unique(ids).tolist() if n]
    number = np.full(int(ids.max()) + 1, -1, dtype=np.int16)
    number[present] = np.arange(len(present))
    labels = number[ids]
    media = fewer({organs[n][1]: media[organs[n][1]] for n in present})
    used = list({m.name: m for m in media.values()}.values())
    medium = np.array([used.index(media[organs[n][1]]) for n in present] + [0], dtype=np.uint8)
    density = np.array([organs[n][2] for n in present] + [0.0], dtype=np.float32)
    geometry = VoxelGeometry(spacing, medium[labels], density[labels], tuple(used), Outside.VACUUM)
    names = tuple(organs[n][0] for n in present)
    groups = {group: parts for group, parts in GROUPS.items() if set(parts) <= set(names)}
    return labelled_anatomy(f"ICRP 110 adult {sex}", geometry, labels, names, groups)
