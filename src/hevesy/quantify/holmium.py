r"""Holmium from R2*: concentration by the relaxivity, mass and activity of regions, with what they owe to each source.

.. math:: c = \frac{R_2^* - R_{2,0}^*}{r_2^*}

The relaxivity :math:`r_2^*` belongs to one field strength and one kind of microsphere. Microspheres act by the field
around them, in proportion to their number as long as they lie apart from each other; clusters in larger vessels show
less than there is [2]_.

References
----------
.. [1] G. H. van de Maat et al., Eur. Radiol. 23 (2013) 827, doi:10.1007/s00330-012-2648-2
.. [2] Magn. Reson. Med. (2005), PMID 15690505 (holmium-loaded microspheres in gels and livers: less is seen than there)
.. [3] J. Roosen et al., Med. Phys. 50 (2023) 935, doi:10.1002/mp.16014 (voxelwise subtraction)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Grid
from hevesy.errors import InputError
from hevesy.numerics.r2star_status import R2StarStatus
from hevesy.quantify.columns import read_columns
from hevesy.quantify.r2star import R2StarMap
from hevesy.quantities import Uncertain, combine, parse_bare, scaled

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

RELAXIVITY_COLUMNS = ("field_t", "relaxivity_ml_per_mg_s", "standard_uncertainty", "source")
_SAME_FIELD = 0.02
"""Relative difference of nominal and stated field strengths (1.494 T is called 1.5 T)."""


@dataclass(frozen=True)
class Relaxivity:
    """Increase of R2* by holmium at one field strength."""

    field_t: float
    """[T]"""
    value: Uncertain
    """[ml/(mg s)]"""
    source: str
    """Where the number comes from."""


@dataclass(frozen=True)
class Baseline:
    """R2* without the holmium that is to be measured."""

    r2star_per_s: Floats | float
    """Of all voxels, or of each, NaN where there is none. [1/s]"""
    noise_per_s: Floats | float
    """Standard uncertainty that voxels do not share. [1/s]"""
    shared_per_s: float
    """Standard uncertainty that all voxels share. [1/s]"""
    name: str
    """``mean`` or ``voxelwise``: the scope of its source."""


@dataclass(frozen=True)
class HolmiumMap:
    """Concentration of holmium in every voxel. Arrays of shape ``(z, y, x)``."""

    grid: Grid
    concentration_mg_per_ml: Floats
    """May fall below zero by noise; NaN where there is none. [mg/ml]"""
    noise_mg_per_ml: Floats
    """Standard uncertainty that voxels do not share. [mg/ml]"""
    lower_bound_mg_per_ml: Floats
    """In voids, NaN elsewhere. [mg/ml]"""
    status: NDArray[np.uint8]
    shared: Mapping[str, Floats] = field(default_factory=dict)
    """Signed standard uncertainty of every voxel by shared source. [mg/ml]"""
    noise_correlation: float = 1.0
    """Variance of a sum of voxels over what it would be if their noise were independent."""


@dataclass(frozen=True)
class Batch:
    """Activity of the microspheres by their holmium."""

    name: str
    activity_per_mg: Uncertain
    """[Bq/mg]"""
    time: datetime
    """That it holds for, with its zone."""


@dataclass(frozen=True)
class EarlierHolmium:
    """Holmium that was there before: of a scout or an earlier fraction."""

    name: str
    batch: Batch
    counted: bool
    """Whether its activity belongs to the result; its holmium is never taken for that of the new batch."""
    concentration_mg_per_ml: Floats | None = None
    """As measured before. [mg/ml]"""
    relative_standard_uncertainty: float = 0.0
    """Of the measured concentration."""
    share: float | None = None
    """Instead: part of the holmium now seen, in every voxel the same."""


def read_relaxivities(path: Path) -> tuple[Relaxivity, ...]:
    """Read a CSV file with the columns ``field_t,relaxivity_ml_per_mg_s,standard_uncertainty,source``.

    Raises
    ------
    InputError
        If columns are missing or unknown, a number is not above zero, a source is empty or a field comes twice.
    ReadError
        If it is no CSV file in UTF-8.
    """
    table = tuple(_relaxivity(*row) for row in read_columns(path, RELAXIVITY_COLUMNS))
    fields = [entry.field_t for entry in table]
    if len(set(fields)) < len(fields):
        raise InputError("each field strength once", "one comes twice", path.name)
    return table


def relaxivity_at(table: Sequence[Relaxivity], field_t: float) -> Relaxivity:
    """The relaxivity at a scanner's field strength [T]; nothing is interpolated.

    Raises
    ------
    InputError
        If the table has none for it.
    """
    for entry in table:
        if abs(entry.field_t / field_t - 1.0) <= _SAME_FIELD:
            return entry
    known = ", ".join(f"{entry.field_t:g} T" for entry in table) or "none"
    raise InputError(f"a relaxivity at the scanner's {field_t:g} T", f"the table has {known}", "relaxivity")


def holmium_concentration(fit: R2StarMap, relaxivity: Relaxivity, baseline: Baseline) -> HolmiumMap:
    """Concentration of holmium in every voxel. [mg/ml]

    A voxel without a baseline of its own gets no value, and its status says so.
    """
    r2 = relaxivity.value.value
    added = fit.r2star_per_s - baseline.r2star_per_s
    noise = np.hypot(fit.standard_uncertainty_per_s, baseline.noise_per_s) / r2
    concentration = added / r2
    bound = (fit.lower_bound_per_s - baseline.r2star_per_s) / r2
    status = np.array(fit.status)
    without = np.isnan(np.broadcast_to(baseline.r2star_per_s, status.shape)) & (status != R2StarStatus.OUTSIDE)
    status[without & (status < R2StarStatus.VOID)] = R2StarStatus.NO_SIGNAL
    shared = {f"baseline:{baseline.name}": np.where(np.isnan(concentration), np.nan, -baseline.shared_per_s / r2)}
    for source, component in relaxivity.value.components.items():
        shared[source] = -concentration * component / r2
    return HolmiumMap(fit.grid, concentration, noise, np.where(bound > 0, bound, np.nan), status, shared)


def holmium_mass(holmium: HolmiumMap, within: Mask, name: str) -> Uncertain:
    """Mass of holmium in the voxels of a region that have a value. [mg]

    The noise of voxels (source ``noise:<region>``) adds up as the map's ``noise_correlation`` says; independent noise
    is that of an image that was not interpolated.
    """
    found = within & np.isfinite(holmium.concentration_mg_per_ml)
    volume = holmium.grid.voxel_volume_ml
    components = {source: volume * float(values[found].sum()) for source, values in holmium.shared.items()}
    squares = holmium.noise_correlation * float(np.square(holmium.noise_mg_per_ml[found]).sum())
    components[f"noise:{name}"] = volume * float(np.sqrt(squares))
    return Uncertain(volume * float(holmium.concentration_mg_per_ml[found].sum()), components)


def least_mass_in_voids(holmium: HolmiumMap, within: Mask) -> float:
    """What the voids of a region hold at least. [mg]"""
    bounds = holmium.lower_bound_mg_per_ml[within]
    return holmium.grid.voxel_volume_ml * float(np.nansum(bounds))


def activity_per_mg_at(batch: Batch, moment: datetime, half_life_s: float) -> Uncertain:
    """Activity of a batch by mass at a moment. [Bq/mg]

    Raises
    ------
    InputError
        If a moment has no time zone.
    """
    for one in (batch.time, moment):
        if one.tzinfo is None:
            raise InputError("a moment with its time zone", f"{one.isoformat()} came", f"batch {batch.name}")
    elapsed_s = (moment - batch.time).total_seconds()
    return scaled(batch.activity_per_mg, 2.0 ** (-elapsed_s / half_life_s))


@dataclass(frozen=True)
class Portions:
    """Whose activity the holmium has, at one moment."""

    fresh_bq_per_mg: Uncertain
    """Of holmium that was not measured before: the new batch and what is carried by its share. [Bq/mg]"""
    measured: tuple[tuple[EarlierHolmium, Uncertain], ...]
    """Earlier holmium with a map of its own, and its activity, zero where it is not counted. [Bq/mg]"""


def portions_at(batch: Batch, earlier: Sequence[EarlierHolmium], moment: datetime, half_life_s: float) -> Portions:
    """Share the holmium out among its batches.

    Raises
    ------
    InputError
        If the shares leave nothing to the new batch, or a moment has no time zone.
    """
    shares = [one.share for one in earlier if one.share is not None]
    left = 1.0 - sum(shares)
    if not left > 0:
        raise InputError("shares of earlier holmium below one in all", f"{sum(shares):g} came", "earlier")
    terms = [(activity_per_mg_at(batch, moment, half_life_s), left)]
    measured = []
    for one in earlier:
        activity = scaled(activity_per_mg_at(one.batch, moment, half_life_s), float(one.counted))
        if one.share is not None:
            terms.append((activity, one.share))
        else:
            measured.append((one, activity))
    fresh = combine(sum(activity.value * part for activity, part in terms), terms)
    return Portions(fresh, tuple(measured))


def holmium_activity(holmium: HolmiumMap, portions: Portions, within: Mask, name: str) -> Uncertain:
    """Activity in the voxels of a region that have a value. [Bq]"""
    mass, fresh = holmium_mass(holmium, within, name), portions.fresh_bq_per_mg
    found = within & np.isfinite(holmium.concentration_mg_per_ml)
    value = mass.value * fresh.value
    terms = [(mass, fresh.value), (fresh, mass.value)]
    for one, activity in portions.measured:
        before = _mass_before(one, holmium.grid, found)
        value += before.value * (activity.value - fresh.value)
        terms += [(before, activity.value - fresh.value), (activity, before.value), (fresh, -before.value)]
    return combine(value, terms)


def activity_concentration(holmium: HolmiumMap, portions: Portions) -> tuple[Floats, Floats]:
    """Activity concentration of every voxel and its standard uncertainty from all sources. [Bq/ml]"""
    fresh = portions.fresh_bq_per_mg
    value = holmium.concentration_mg_per_ml * fresh.value
    remaining = np.array(holmium.concentration_mg_per_ml)
    variance = np.square(holmium.noise_mg_per_ml * fresh.value)
    for values in holmium.shared.values():
        variance += np.square(values * fresh.value)
    for one, activity in portions.measured:
        before = np.asarray(one.concentration_mg_per_ml)
        value += before * (activity.value - fresh.value)
        remaining -= before
        off = before * one.relative_standard_uncertainty * (activity.value - fresh.value)
        variance += np.square(off) + np.square(before * activity.standard_uncertainty)
    variance += np.square(remaining * fresh.standard_uncertainty)
    return value, np.sqrt(variance)


def _mass_before(one: EarlierHolmium, grid: Grid, found: Mask) -> Uncertain:
    mass = grid.voxel_volume_ml * float(np.asarray(one.concentration_mg_per_ml)[found].sum())
    return Uncertain(mass, {f"earlier:{one.name}": mass * one.relative_standard_uncertainty})


def _relaxivity(row: Sequence[str], where: str) -> Relaxivity:
    if not row[3].strip():
        raise InputError("the source of the relaxivity", "none came", where)
    field_t, value, u = (parse_bare(cell.strip(), where) for cell in row[:3])
    if min(field_t, value, u) <= 0:
        raise InputError("numbers above zero", f"{min(field_t, value, u):g} came", where)
    return Relaxivity(field_t, Uncertain(value, {f"relaxivity:{field_t:g} T": u}), row[3].strip())
