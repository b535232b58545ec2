"""CT numbers to mass density and medium, voxel by voxel, without clipping in silence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Citation
from hevesy.errors import InputError
from hevesy.physdata.ct_curves import CT_SOURCE, LARGEST_DENSITY, SCHNEIDER, CtCurve, ct_curve
from hevesy.physdata.materials import Material, material
from hevesy.physdata.tables_reader import read_toml, source_citation

BELOW_AIR = "below-air"
"""Accepts CT numbers below the scale of the scanner, as air."""
ABOVE_CURVE = "above-curve"
"""Accepts CT numbers above the curve, on its last straight line continued."""
_AIR_HU, _SCALE_END_HU = -1000.0, -1024.0
_PADDING_HU = (-2000.0, -2048.0, -3024.0, -3071.0, -3072.0, -32768.0)
"""Values that scanners and archives write where nothing was reconstructed."""


@dataclass(frozen=True)
class CtMatter:
    """What a CT shows: the density and medium of every voxel."""

    density_g_ml: NDArray[np.float32]
    """Shape ``(z, y, x)``. [g/ml]"""
    media: NDArray[np.uint8]
    """Index into ``materials``. Shape ``(z, y, x)``."""
    materials: tuple[Material, ...]
    notes: tuple[str, ...]
    """CT numbers out of the ordinary, and how they count."""


class _Outside(NamedTuple):
    """CT numbers that the curve does not cover."""

    voxels: NDArray[np.bool_]
    case: str
    expected: str
    counted: str


def checked_ct_numbers(
    ct_numbers_hu: NDArray[Any], curve: CtCurve, *, accepted: Collection[str] = (), where: str = "CT"
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """CT numbers that the curve covers, and how those out of the ordinary count.

    From -1024 to -1000 HU is air with noise, and padding that is known (such as -2000 or -3024 HU) is air outside the
    reconstructed circle: both become -1000 HU, or the lower end of the curve where that is higher. Do this before
    anything is averaged or interpolated.

    Parameters
    ----------
    ct_numbers_hu
        [HU]
    curve
        The scanner's.
    accepted
        ``below-air`` and ``above-curve`` where other values are to be taken as well.
    where
        File, named in errors and notes.

    Raises
    ------
    InputError
        If values are not finite, or lie outside and are not accepted.
    """
    values = np.asarray(ct_numbers_hu)
    if not np.isfinite(values).all():
        raise InputError("a CT number in every voxel", "some are not finite", where)
    first, last = curve.ct_numbers_hu[0], curve.ct_numbers_hu[-1]
    air, lowest = max(_AIR_HU, first), min(_SCALE_END_HU, first)
    padding = np.isin(values, _PADDING_HU)
    notes = []
    if padding.any():
        listed = ", ".join(f"{value:g}" for value in np.unique(values[padding]))
        notes.append(f"{where}: {np.count_nonzero(padding)} voxels of padding ({listed} HU) count as air")
    above = f"CT numbers up to {last:g} HU, the end of the curve {curve.name}"
    outside = (
        _Outside((values < lowest) & ~padding, BELOW_AIR, f"CT numbers from {lowest:g} HU on", "as air"),
        _Outside(values > last, ABOVE_CURVE, above, "by the curve's last straight line"),
    )
    notes += [_accepted(values, case, accepted, where) for case in outside if case.voxels.any()]
    noise = np.count_nonzero((values < air) & (values >= lowest))
    if noise:
        notes.append(f"{where}: {noise} voxels from {lowest:g} to {air:g} HU count as air")
    return np.maximum(values, air), tuple(notes)


def _accepted(values: NDArray[Any], outside: _Outside, accepted: Collection[str], where: str) -> str:
    those = values[outside.voxels]
    came = f"{those.size} voxels between {those.min():g} and {those.max():g} HU"
    if outside.case not in accepted:
        raise InputError(f"{outside.expected} (or {outside.case!r} accepted)", f"{came} came", where)
    return f"{where}: {came} count {outside.counted}, as accepted"


@cache
def _segments() -> tuple[tuple[float, ...], tuple[Material, ...]]:
    """Where each segment begins [HU], and its medium."""
    rows = read_toml(CT_SOURCE, "ct_numbers.toml")["segments"]
    starts = tuple(float(row["from_hu"]) for row in rows)
    ends = (*starts[1:], ct_curve(SCHNEIDER).ct_numbers_hu[-1])
    return starts, tuple(_medium(*item) for item in zip(rows, starts, ends, strict=True))


def _medium(row: dict[str, Any], low: float, high: float) -> Material:
    if "material" in row:
        return material(row["material"])
    total = sum(row["composition"].values())
    fractions = {symbol: percent / total for symbol, percent in row["composition"].items()}
    density = float(ct_curve(SCHNEIDER).density_g_ml(np.array(0.5 * (low + high))))
    return Material(f"CT {low:g} to {high:g} HU", density, fractions, "", source_citation(CT_SOURCE))


def ct_media_citation() -> Citation:
    """Where the media come from."""
    return source_citation(CT_SOURCE)


def density_and_media(
    ct_numbers_hu: NDArray[Any], curve: CtCurve, *, accepted: Collection[str] = (), where: str = "CT"
) -> CtMatter:
    """Density by the curve, medium by the 24 segments of Schneider et al.; only media that occur are listed.

    CT numbers above 1600 HU, which the segments do not cover, are bone of the highest segment where the curve goes on;
    a note says so. Metal is not recognised. Tissue with contrast medium reads too dense.

    Parameters
    ----------
    ct_numbers_hu
        Shape ``(z, y, x)``. [HU]
    curve
        The scanner's (:func:`read_ct_curve`), or one that comes with Hevesy (:func:`ct_curve`).
    accepted
        ``below-air`` and ``above-curve``, see :func:`checked_ct_numbers`.
    where
        File, named in errors and notes.

    Raises
    ------
    InputError
        If values are not finite, or lie outside and are not accepted.

    References
    ----------
    .. [1] W. Schneider et al., Phys. Med. Biol. 45 (2000) 459, doi:10.1088/0031-9155/45/2/314
    """
    values, notes = checked_ct_numbers(ct_numbers_hu, curve, accepted=accepted, where=where)
    density = curve.density_g_ml(values).astype(np.float32)
    if density.size and float(density.max()) > LARGEST_DENSITY:
        raise InputError(f"densities up to {LARGEST_DENSITY:g} g/ml", f"{density.max():g} g/ml came", where)
    starts, materials = _segments()
    segment = np.maximum(np.searchsorted(starts, values, side="right") - 1, 0)
    above = int(np.count_nonzero(values > ct_curve(SCHNEIDER).ct_numbers_hu[-1]))
    if above:
        notes += (f"{where}: {above} voxels above 1600 HU have the composition of the densest bone",)
    present, media = np.unique(segment, return_inverse=True)
    return CtMatter(
        density, media.reshape(values.shape).astype(np.uint8), tuple(materials[int(k)] for k in present), notes
    )
