"""Figures of tumour and organs with their uncertainty, from dose maps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.decide.tare import (
    DrawnDeposits,
    Errors,
    Setting,
    Spread,
    dose_covering,
    drawn_parts,
    share_covered,
    spread,
)
from hevesy.workflow.tare.intratumoural.dose import DoseMap, depth_mm, noise_draws
from hevesy.workflow.tare.intratumoural.limits import HeldLimit
from hevesy.workflow.tare.intratumoural.settings import Certainty, Prescription
from hevesy.workflow.tare.intratumoural.voxels import WorkingVoxels

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

FIGURES = ("v100", "d90_gy", "d95_gy", "mean_gy")
_NEAR = 4.0
"""Standard uncertainties of the boundary within which voxels outside the tumour are drawn as well."""


@dataclass(frozen=True)
class Doubts:
    """What is not sure, on the voxels of the map."""

    voxels: WorkingVoxels
    scale: Mapping[str, float]
    transport_gy: Floats
    """Shape ``(z, y, x)``. [Gy]"""
    kernel: Floats
    """Octant. [Gy/(Bq s)]"""
    seconds: float
    """Decays for an activity. [s]"""
    stated: Certainty


def tumour_figures(doses_gy: Floats, prescribed_gy: float) -> Floats:
    """V100 (a ratio), D90, D95 and mean of a tumour [Gy], in the order of :data:`FIGURES`."""
    covered = share_covered(doses_gy, prescribed_gy)
    least = [max(dose_covering(doses_gy, share), 0.0) for share in (0.9, 0.95)]
    return np.array([covered, *least, float(doses_gy.mean())])


def tumour_document(
    dose: DoseMap, doubts: Doubts, prescribed: Prescription, deposits: DrawnDeposits | None, total_gy: Floats
) -> dict[str, Any]:
    """Figures of the tumour with standard uncertainty, interval and budget.

    Parameters
    ----------
    dose
        Of what was measured.
    doubts
        What is not sure about it.
    prescribed
        Dose and coverage.
    deposits
        What is added to it, None for nothing.
    total_gy
        Dose with what is added, below zero where noise says so. Shape ``(z, y, x)``. [Gy]
    """
    tumour, certainty = doubts.voxels.tumour.mask, doubts.stated
    depth = depth_mm(tumour, doubts.voxels.grid.spacing_mm)
    setting, errors = _drawn(dose, doubts, depth, certainty.boundary, deposits)
    drawn = spread(
        setting, errors, lambda doses: tumour_figures(doses, prescribed.dose),
        n_draws=certainty.samples, seed=certainty.seed,
    )  # fmt: skip
    values = tumour_figures(total_gy[tumour], prescribed.dose)
    reached = float((drawn.draws[:, 0] >= prescribed.coverage).mean())
    return {
        **{name: _told(float(values[k]), drawn, k) for k, name in enumerate(FIGURES)},
        "minimum_gy": max(float(total_gy[tumour].min()), 0.0),
        "maximum_gy": float(total_gy[tumour].max()),
        "probability_of_coverage": reached,
    }


def coverage_probability(
    dose: DoseMap, doubts: Doubts, prescribed: Prescription, deposits: DrawnDeposits, transport_gy: Floats
) -> Callable[[float], float]:
    """Probability that the coverage is reached where the activity of all deposits is multiplied by a factor.

    Parameters
    ----------
    dose
        Of what was measured.
    doubts
        What is not sure about it.
    prescribed
        Dose and coverage.
    deposits
        What is added to it.
    transport_gy
        Standard uncertainty of its dose that all voxels share. Shape ``(z, y, x)``. [Gy]

    Returns
    -------
    A function from the factor to the probability: the share of the draws.
    """
    certainty = doubts.stated
    depth = depth_mm(doubts.voxels.tumour.mask, doubts.voxels.grid.spacing_mm)
    setting, errors = _drawn(dose, doubts, depth, certainty.boundary, deposits)
    errors = replace(errors, added_transport_gy=transport_gy[tuple(setting.points.T)])
    parts = drawn_parts(setting, errors, n_draws=certainty.samples, seed=certainty.seed)

    def probability(factor: float) -> float:
        reached = [
            share_covered(before + factor * added, prescribed.dose) >= prescribed.coverage for before, added in parts
        ]
        return float(np.mean(reached))

    return probability


def organ_document(
    name: str, dose: DoseMap, doubts: Doubts, limits: list[HeldLimit], deposits: DrawnDeposits | None, total_gy: Floats
) -> dict[str, Any]:
    """Doses of an organ and, for each limit, what is reached and how likely it is exceeded."""
    mask, certainty = doubts.voxels.organs[name].mask, doubts.stated
    doses = total_gy[mask]
    document: dict[str, Any] = {
        "volume_ml": float(np.count_nonzero(mask)) * doubts.voxels.grid.voxel_volume_ml,
        "mean_gy": float(doses.mean()),
        "maximum_gy": float(doses.max()),
        "limits": [],
    }
    if not limits:
        return document
    setting, errors = _drawn(dose, doubts, np.where(mask, 1.0, -1.0), 0.0, deposits)
    drawn = spread(
        setting, errors, lambda found: np.array([one.reached(found) for one in limits]),
        n_draws=certainty.samples, seed=certainty.seed, by_source=False,
    )  # fmt: skip
    for k, one in enumerate(limits):
        document["limits"].append({
            "measure": one.limit.measure,
            "volume_ml": one.limit.volume,
            "limit_gy": one.limit.dose,
            "source": one.limit.source,
            "reached_gy": one.reached(doses),
            "standard_uncertainty_gy": float(drawn.draws[:, k].std(ddof=1)),
            "kept": one.kept(doses),
            "probability_exceeded": float((drawn.draws[:, k] > one.limit.dose).mean()),
        })  # fmt: skip
    return document


def _drawn(
    dose: DoseMap, doubts: Doubts, depth: Floats, boundary_mm: float, deposits: DrawnDeposits | None
) -> tuple[Setting, Errors]:
    voxels, stated = doubts.voxels, doubts.stated
    points = np.argwhere(depth > -_NEAR * boundary_mm).astype(np.int64)
    at = tuple(points.T)
    setting = Setting(dose.signed_gy, voxels.grid.spacing_mm, points, depth[at], deposits)
    errors = Errors(
        scale=doubts.scale,
        transport_gy=doubts.transport_gy[at],
        statistical_gy=None if dose.statistical_gy is None else dose.statistical_gy[at],
        noise_gy=noise_draws(voxels, doubts.kernel, doubts.seconds, points, (stated.samples, stated.seed)),
        position_mm=stated.position,
        boundary_mm=boundary_mm,
    )
    return setting, errors


def _told(value: float, drawn: Spread, figure: int) -> dict[str, Any]:
    """Value, standard deviation of the draws, their central 95 %, and standard deviations by source."""
    low, high = np.quantile(drawn.draws[:, figure], [0.025, 0.975])
    return {
        "value": value,
        "standard_uncertainty": float(drawn.draws[:, figure].std(ddof=1)),
        "interval95": [float(low), float(high)],
        "by_source": {name: float(values[figure]) for name, values in drawn.by_source.items()},
    }
