"""How sure the coverage is: the dose at voxels of a tumour, drawn under what is not known."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DrawnDeposits:
    """Deposits to be added, and how well they are placed and filled."""

    around: Floats
    """Dose around one for its activity, one octant. Shape ``(z, y, x)``. [Gy/Bq]"""
    centres: Floats
    """Voxel indices ``(z, y, x)``. Shape ``(n, 3)``."""
    activities_bq: Floats
    """Shape ``(n,)``. [Bq]"""
    placement_mm: float
    """Standard uncertainty of the place of each, along each axis. [mm]"""
    relative: float
    """Standard uncertainty of the activity of each, relative."""


@dataclass(frozen=True)
class Errors:
    """Standard uncertainties of a dose map and of the region that it is looked at in."""

    scale: Mapping[str, float]
    """Of the activity, relative, by source ``kind:scope``."""
    transport_gy: Floats
    """Of the dose at the points, which all share. Shape ``(point,)``. [Gy]"""
    statistical_gy: Floats | None
    """Of the dose at the points, by the statistics of Monte Carlo. Shape ``(point,)``. [Gy]"""
    noise_gy: Floats | None
    """Dose by draws of the noise of the activity map. Shape ``(draw, point)``. [Gy]"""
    position_mm: float
    """Between activity map and region, along each axis. [mm]"""
    boundary_mm: float
    """Of the drawn boundary, along its normal. [mm]"""
    added_transport_gy: Floats | None = None
    """As ``transport_gy``, of the dose of the deposits, where it is not in that. Shape ``(point,)``. [Gy]"""


@dataclass(frozen=True)
class Setting:
    """Where the dose is looked at."""

    dose_gy: Floats
    """Shape ``(z, y, x)``. [Gy]"""
    spacing_mm: tuple[float, float, float]
    """``(x, y, z)`` [mm]"""
    points: NDArray[np.int64]
    """Voxels in the region and near it. Shape ``(point, 3)``."""
    depth_mm: Floats
    """Of each below the region's boundary; not above zero outside. Shape ``(point,)``. [mm]"""
    deposits: DrawnDeposits | None = None


def sources(errors: Errors, deposits: DrawnDeposits | None) -> tuple[str, ...]:
    """Names ``kind:scope`` of what varies."""
    found = [name for name, value in errors.scale.items() if value > 0]
    found += ["transport:dose"] if errors.transport_gy.any() else []
    found += ["statistics:monte-carlo"] if errors.statistical_gy is not None else []
    found += ["noise:activity"] if errors.noise_gy is not None else []
    found += ["position:map-to-region"] if errors.position_mm > 0 else []
    found += ["boundary:region"] if errors.boundary_mm > 0 else []
    if deposits is not None:
        found += ["placement:deposits"] if deposits.placement_mm > 0 else []
        found += ["added-activity:deposits"] if deposits.relative > 0 else []
    return tuple(found)


@dataclass(frozen=True)
class Spread:
    """Figures of a region under what is not known."""

    draws: Floats
    """All sources together. Shape ``(draw, figure)``."""
    by_source: Mapping[str, Floats]
    """Standard deviation where one source alone varies, by its name. Shape ``(figure,)`` each."""


def spread(
    setting: Setting,
    errors: Errors,
    figures: Callable[[Floats], Floats],
    *,
    n_draws: int,
    seed: int,
    by_source: bool = True,
) -> Spread:
    """Draw figures of a region's doses, with all sources together and one by one.

    The same seed draws the same errors of a source, whatever else varies. What all voxels share is log-normal, places
    and boundaries are normal.

    Parameters
    ----------
    setting
        Dose map and region.
    errors
        Standard uncertainties.
    figures
        From the doses of the voxels inside [Gy] to figures. Shape ``(n,)`` to ``(figure,)``.
    n_draws, seed
        Of the draws.
    by_source
        Whether to draw the sources one by one as well.
    """
    names = sources(errors, setting.deposits)

    def drawn(varied: tuple[str, ...]) -> Floats:
        parts = _parts(setting, errors, varied, (n_draws, seed))
        return np.array([figures(dose + added) for dose, added in parts])

    alone = {name: drawn((name,)).std(axis=0, ddof=1) for name in names} if by_source else {}
    return Spread(drawn(names), alone)


def drawn_parts(setting: Setting, errors: Errors, *, n_draws: int, seed: int) -> list[tuple[Floats, Floats]]:
    """Doses of the voxels inside, of the map and of the deposits apart, draw by draw; the same draws as in ``spread``.

    Shape ``(n,)`` each. [Gy]
    """
    return list(_parts(setting, errors, sources(errors, setting.deposits), (n_draws, seed)))


def _parts(
    setting: Setting, errors: Errors, varied: tuple[str, ...], size: tuple[int, int]
) -> Iterator[tuple[Floats, Floats]]:
    """Doses of the voxels inside, of the map and of the deposits, draw by draw. [Gy]"""
    n_draws, seed = size
    steps = np.array(setting.spacing_mm[::-1])
    n_deposits = 0 if setting.deposits is None else len(setting.deposits.activities_bq)
    counts = dict.fromkeys(varied, 1) | {
        "position:map-to-region": 3,
        "placement:deposits": 3 * n_deposits,
        "added-activity:deposits": n_deposits,
        "statistics:monte-carlo": len(setting.points),
    }
    normal = {name: _normal(seed, name, n_draws, counts[name]) for name in varied}
    base = setting.dose_gy[tuple(setting.points.T)]
    for draw in range(n_draws):
        z = {name: values[draw] for name, values in normal.items()}
        dose = base
        if (moved := z.get("position:map-to-region")) is not None:
            at = setting.points + moved * errors.position_mm / steps
            dose = ndimage.map_coordinates(setting.dose_gy, at.T, order=1, mode="nearest")
        if "noise:activity" in z and errors.noise_gy is not None:
            dose = dose + errors.noise_gy[draw % len(errors.noise_gy)]
        dose = dose * _factor(errors.scale, z)
        added = np.zeros(len(dose)) if setting.deposits is None else _added(setting, setting.deposits, z)
        if "transport:dose" in z:
            dose = dose + z["transport:dose"][0] * errors.transport_gy
            if errors.added_transport_gy is not None:
                added = added + z["transport:dose"][0] * errors.added_transport_gy
        if "statistics:monte-carlo" in z and errors.statistical_gy is not None:
            dose = dose + z["statistics:monte-carlo"] * errors.statistical_gy
        inside = _inside(setting, errors, z)
        yield dose[inside], added[inside]


def _normal(seed: int, name: str, n_draws: int, count: int) -> Floats:
    return np.random.default_rng([seed, zlib.crc32(name.encode())]).standard_normal((n_draws, count))


def _factor(scale: Mapping[str, float], z: Mapping[str, Floats]) -> float:
    """Log-normal factors, the value as median."""
    exponent = sum(float(np.sqrt(np.log1p(u**2)) * z[name][0]) for name, u in scale.items() if name in z)
    return float(np.exp(exponent))


def _inside(setting: Setting, errors: Errors, z: Mapping[str, Floats]) -> NDArray[np.bool_]:
    """Voxels within the boundary as drawn; never none."""
    boundary = z.get("boundary:region")
    level = 0.0 if boundary is None else -float(boundary[0]) * errors.boundary_mm
    return np.asarray(setting.depth_mm > min(level, float(setting.depth_mm.max()) - 1e-9))


def _added(setting: Setting, deposits: DrawnDeposits, z: Mapping[str, Floats]) -> Floats:
    """Dose of the deposits at the points. [Gy]"""
    steps = np.array(setting.spacing_mm[::-1])
    n = len(deposits.activities_bq)
    moved = z.get("placement:deposits", np.zeros(3 * n)).reshape(n, 3) * deposits.placement_mm / steps
    width = float(np.sqrt(np.log1p(deposits.relative**2)))
    filled = deposits.activities_bq * np.exp(width * z.get("added-activity:deposits", np.zeros(n)))
    dose = np.zeros(len(setting.points))
    for centre, activity in zip(deposits.centres + moved, filled, strict=True):
        distance = np.abs(setting.points - centre)
        dose += activity * ndimage.map_coordinates(deposits.around, distance.T, order=1, mode="constant", cval=0.0)
    return dose
