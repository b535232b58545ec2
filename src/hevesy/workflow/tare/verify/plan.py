"""Planned against delivered: volume by volume, and point by point where the plan has a map."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.acquire import load_nifti_image
from hevesy.align import resample_activity
from hevesy.domain import Finding, Quantity, RigidTransform
from hevesy.errors import ReadError, StudyFileError
from hevesy.numerics.agreement import (
    FEWEST_PAIRS,
    Distribution,
    HistogramAgreement,
    LimitsOfAgreement,
    histogram_agreement,
    limits_of_agreement,
)
from hevesy.numerics.gamma_index import GammaCriteria, gamma_index
from hevesy.physdata import microspheres
from hevesy.workflow.tare.verify.doses import LUNG, VolumeDose, dose_volume
from hevesy.workflow.tare.verify.regions import DrawnParts
from hevesy.workflow.tare.verify.settings import Gamma, PlannedDoses, TareVerification

Floats = NDArray[np.float64]
_LUNG_OF_PLAN = "lung_cumulative"
_HALF = 0.5
_SAME_ENERGY = 0.005


@dataclass(frozen=True)
class Plan:
    """The row of a plan that was followed, and its map."""

    label: str
    activity_gbq: float
    """Delivered as planned. [GBq]"""
    doses: Mapping[str, Mapping[str, Any]]
    """Value and standard uncertainty, by volume. [Gy]"""
    map_gy: Floats | None
    """On the voxels of the therapy image, for the planned activity. Shape ``(z, y, x)``. [Gy]"""
    rules: tuple[Mapping[str, Any], ...]
    """Limits and targets that it was compared with."""
    dose_factor_j_per_gbq: float | None
    """Energy per activity that the plan was made with. [J/GBq]"""
    inputs: tuple[Path, ...]


def read_planned(settings: TareVerification, drawn: DrawnParts, to_ct: RigidTransform, folder: Path) -> Plan | None:
    """Read what was planned; None where the file names no plan.

    Parameters
    ----------
    settings, folder
        The file and where it lies.
    drawn, to_ct
        The voxels of the therapy image and how they lie to the CT.

    Raises
    ------
    InputError
        If there is no such plan, product or row, or the map is not the one of the plan.
    """
    stated = settings.plan
    if stated is None:
        return None
    path = folder / stated.file
    try:
        plan, known = _followed(_document(path), settings.product, stated, path)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReadError("plan.json of 'hevesy tare plan'", "its content is not as it writes it", path.name) from error
    if stated.dose_map is None:
        return plan
    place = folder / stated.dose_map
    if known is None or known[0] != place.name:
        came = f"{place.name!r} came"
        raise StudyFileError(f"the map of this product in the plan, {known and known[0]!r}", came, "plan.dose_map")
    planned = _map(place, drawn, to_ct) * (plan.activity_gbq / known[1])
    return replace(plan, map_gy=planned, inputs=(path, place))


def _followed(
    document: Mapping[str, Any], name: str, stated: PlannedDoses, path: Path
) -> tuple[Plan, tuple[str, float] | None]:
    """The plan without its map, and the map's name and activity. [GBq]"""
    product = _product(document, name, path.name)
    row = _row(product, stated, path.name)
    doses = {
        key: {which: float(one[which]) for which in ("value", "standard_uncertainty")}
        for key, one in row["absorbed_dose_gy"].items()
    }
    told = (product.get("voxel") or {}).get("dose_map")
    known = (str(told["file"]), float(told["activity_delivered_gbq"])) if told else None
    energy = (product.get("dose_factor") or {}).get("j_per_gbq")
    rules = tuple(dict(rule) for rule in row.get("rules", ()))
    label = f"{product['product']}, {stated.activity}"
    plan = Plan(label, float(row["activity_delivered_gbq"]), doses, None, rules, energy and float(energy), (path,))
    return plan, known


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReadError("plan.json of 'hevesy tare plan'", "it cannot be read", path.name) from error
    if not isinstance(document, dict) or "products" not in document:
        raise ReadError("plan.json of 'hevesy tare plan'", "another document came", path.name)
    return document


def _product(document: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    wanted = microspheres(name, "product").name
    for product in document["products"]:
        if product["product"] == wanted:
            if product["refused"]:
                raise StudyFileError("a plan for this product", f"it was refused: {product['refused']}", where)
            return dict(product)
    known = ", ".join(product["product"] for product in document["products"])
    raise StudyFileError(f"a plan with {wanted}", f"one with {known} came", where)


def _row(product: Mapping[str, Any], stated: PlannedDoses, where: str) -> Mapping[str, Any]:
    rows = {name: row for name, row in product["models"].items() if row["activity_delivered_gbq"] is not None}
    for method, inverse in product["inverse"].items():
        rows[f"largest-{method}"] = inverse["largest"]
        if inverse.get("smallest_for_target"):
            rows[f"smallest-{method}"] = inverse["smallest_for_target"]
    if stated.activity not in rows:
        raise StudyFileError(f"one of the rows {', '.join(rows)}", f"{stated.activity!r} came", f"{where}, activity")
    row = dict(rows[stated.activity])
    if not row["activity_delivered_gbq"] > 0:
        raise StudyFileError("a row with activity", f"{stated.activity!r} has none", f"{where}, activity")
    return row


def _map(path: Path, drawn: DrawnParts, to_ct: RigidTransform) -> Floats:
    """The planned map; one on the voxels of the therapy image stays as it is."""
    planned = load_nifti_image(path, Quantity.ABSORBED_DOSE)
    return np.asarray(resample_activity(planned, drawn.grid, to_ct).image.values, dtype=np.float64)


@dataclass(frozen=True)
class Delivered:
    """What the image shows, by self-calibration."""

    activity_gbq: float
    """That reached the patient. [GBq]"""
    doses: Mapping[str, VolumeDose]
    """By volume."""
    map_gy: Floats
    """Shape ``(z, y, x)``. [Gy]"""
    shares: Mapping[str, Floats]
    """Of every voxel in each volume."""
    drawn: DrawnParts


def plan_findings(plan: Plan | None, energy_j_per_gbq: float) -> tuple[Finding, ...]:
    """Whether the plan was made with another energy per activity: doses differ by so much before anything else.

    Parameters
    ----------
    plan, energy_j_per_gbq
        The plan, and the energy of charged particles by the decay data. [J/GBq]
    """
    if plan is None or plan.dose_factor_j_per_gbq is None:
        return ()
    ratio = energy_j_per_gbq / plan.dose_factor_j_per_gbq - 1.0
    if abs(ratio) < _SAME_ENERGY:
        return ()
    words = (
        f"the plan took {plan.dose_factor_j_per_gbq:.2f} J/GBq, delivered doses by local deposition "
        f"{energy_j_per_gbq:.2f} J/GBq: they differ by {ratio:+.1%} by this choice alone"
    )
    return (Finding("dose-factor-differs", words),)


def compare(plan: Plan, delivered: Delivered, gamma: Gamma | None) -> dict[str, Any]:
    """Everything about planned against delivered.

    Planned doses are compared as they were planned, and scaled to the activity that was delivered: the first tells how
    the treatment went, the second how well the plan foresaw where the activity would go.

    Parameters
    ----------
    plan, delivered
        The two.
    gamma
        When a point of the maps agrees; None without a planned map.
    """
    factors = {"as_planned": 1.0, "scaled_to_delivered": delivered.activity_gbq / plan.activity_gbq}
    return {
        "plan": plan.label,
        "planned_activity_gbq": plan.activity_gbq,
        "delivered_activity_gbq": delivered.activity_gbq,
        **{name: _compared(plan, delivered, gamma, factor) for name, factor in factors.items()},
    }


def _compared(plan: Plan, delivered: Delivered, gamma: Gamma | None, factor: float) -> dict[str, Any]:
    volumes = {
        key: _volume(key, plan, dose, factor)
        for key, dose in delivered.doses.items()
        if _planned_key(key) in plan.doses
    }
    found: dict[str, Any] = {
        "volumes": volumes,
        "bland_altman": _bland_altman(volumes),
        "histograms": None,
        "gamma": None,
    }
    if plan.map_gy is not None and gamma is not None:
        planned = plan.map_gy * factor
        found["histograms"] = {
            key: _histograms(planned, delivered.map_gy, share) for key, share in delivered.shares.items() if key != LUNG
        }
        found["gamma"] = _gamma(planned, delivered.map_gy, delivered.drawn, gamma)
    return found


def _planned_key(key: str) -> str:
    return _LUNG_OF_PLAN if key == LUNG else key


def _volume(key: str, plan: Plan, delivered: VolumeDose, factor: float) -> dict[str, Any]:
    """Difference of the two; their uncertainties count as independent, though both know the volumes."""
    row = plan.doses[_planned_key(key)]
    planned, unsure = factor * row["value"], factor * row["standard_uncertainty"]
    estimate = delivered.dose.estimate
    difference = estimate.value - planned
    return {
        "planned_gy": planned,
        "planned_standard_uncertainty_gy": unsure,
        "delivered_gy": estimate.value,
        "delivered_standard_uncertainty_gy": estimate.standard_uncertainty,
        "difference_gy": difference,
        "difference_standard_uncertainty_gy": math.hypot(unsure, estimate.standard_uncertainty),
        "relative_difference": difference / planned if planned else None,
    }


def _bland_altman(volumes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Over volumes that share no tissue; None where there are too few."""
    apart = [row for key, row in volumes.items() if key.startswith(("tumour", "normal_perfused")) or key == LUNG]
    if len(apart) < FEWEST_PAIRS:
        return None
    planned, delivered = (np.array([row[key] for row in apart]) for key in ("planned_gy", "delivered_gy"))
    found = {"difference_gy": _told(limits_of_agreement(planned, delivered))}
    if (planned > 0).all() and (delivered > 0).all():
        found["logarithm_of_ratio"] = _told(limits_of_agreement(np.log(planned), np.log(delivered)))
    return found


def _told(found: LimitsOfAgreement) -> dict[str, Any]:
    return {
        "pairs": found.pairs,
        "mean": found.mean,
        "standard_deviation": found.standard_deviation,
        "limits": [found.lower, found.upper],
        "mean_standard_uncertainty": found.mean_uncertainty,
        "limit_standard_uncertainty": found.limit_uncertainty,
    }


def _histograms(planned: Floats, delivered: Floats, share: Floats) -> dict[str, Any]:
    inside = share > 0
    first, second = (Distribution(dose[inside], share[inside]) for dose in (planned, delivered))
    found: HistogramAgreement = histogram_agreement(first, second)
    levels = {}
    for level in (98, 70, 50, 2):
        a, b = (dose_volume(dose, share).at_least(level / 100.0) for dose in (planned, delivered))
        levels[f"D{level}"] = {"planned_gy": a, "delivered_gy": b}
    return {
        "largest_share_apart": found.largest_share,
        "mean_distance_gy": found.mean_distance,
        "mean_gy": {"planned_gy": first.mean, "delivered_gy": second.mean},
        "levels": levels,
    }


def _gamma(planned: Floats, delivered: Floats, drawn: DrawnParts, stated: Gamma) -> dict[str, Any]:
    """In the liver; the planned map is the reference."""
    criteria = GammaCriteria(stated.distance, stated.dose_difference, stated.of == "local", stated.threshold)
    liver = drawn.shares.liver >= _HALF
    sx, sy, sz = drawn.grid.spacing_mm
    found = gamma_index(np.where(liver, planned, 0.0), delivered, (sz, sy, sx), criteria)
    parts = {f"tumour:{name}": share for name, share in drawn.shares.tumours.items()}
    inside = {key: found.values[(share >= _HALF) & np.isfinite(found.values)] for key, share in parts.items()}
    return {
        "distance_mm": stated.distance,
        "dose_difference": stated.dose_difference,
        "of": stated.of,
        "threshold": stated.threshold,
        "points": found.points,
        "pass_rate": found.pass_rate if found.points else None,
        "pass_rate_by_volume": {key: float((v <= 1.0).mean()) if v.size else None for key, v in inside.items()},
    }
