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
from hevesy.transport.organs.anatomy import Anatomy, Region, grouped
from hevesy.transport.organs.places import VoxelPlaces

SOURCE = Citation("icrp-110", "ICRP Publication 110, Adult reference computational phantoms, Ann. ICRP 39(2) (2009)")
ELEMENTS = ("H", "C", "N", "O", "Na", "Mg", "P", "S", "Cl", "K", "Ca", "Fe", "I")
SKIN_AT_ENDS = 141
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
    used = sorted({organs[n][1] for n in present})
    medium = np.array([used.index(organs[n][1]) for n in present] + [0], dtype=np.uint8)
    density = np.array([organs[n][2] for n in present] + [0.0], dtype=np.float32)
    geometry = VoxelGeometry(spacing, medium[labels], density[labels], tuple(media[n] for n in used), Outside.VACUUM)
    return _anatomy(f"ICRP 110 adult {sex}", geometry, labels, tuple(organs[n][0] for n in present))


def _anatomy(name: str, geometry: VoxelGeometry, labels: np.ndarray, organs: tuple[str, ...]) -> Anatomy:
    places = VoxelPlaces(labels, geometry.spacing_cm)
    mass = geometry.mass_g.ravel() * 1e-3
    regions, densities = {}, []
    for n, organ in enumerate(organs):
        flat = places.voxels[n]
        kg = float(mass[flat].sum())
        regions[organ] = Region(organ, kg, (n,), flat, np.full(len(flat), 1.0 / kg))
        densities.append(float(geometry.density_g_ml.ravel()[flat[0]]))
    own = np.array([regions[organ].mass_kg for organ in organs])
    for group, parts in GROUPS.items():
        if all(part in regions for part in parts):
            regions[group] = grouped(group, tuple(regions[part] for part in parts))
    convention = "masses of ICRP 110, as the voxels add up"
    return Anatomy(name, geometry, places, organs, own, np.array(densities), regions, convention)
