"""Values of a plan that no patient has: a slip of the unit or of the decimal point, refused."""

from __future__ import annotations

from collections.abc import Iterator

from hevesy.decide.tare import body_surface_area
from hevesy.errors import InputError, StudyFileError
from hevesy.workflow.tare.plan.settings import StatedRatio, TarePlan

_RANGES: dict[str, tuple[float, float, str]] = {
    "liver.volume": (200.0, 10_000.0, "ml"),
    "liver.density": (0.9, 1.2, "g/ml"),
    "lung.mass": (0.1, 3.0, "kg"),
    "concentration ratio": (0.01, 100.0, ""),
    "tumour_target": (1.0, 5000.0, "Gy"),
    "scout": (0.01, 2.0, "GBq"),
    "shunt uncertainty": (0.0, 0.2, ""),
}


def check_plausible(plan: TarePlan, name: str) -> None:
    """Refuse values far outside what people have.

    Raises
    ------
    StudyFileError
        With the range and what came.
    """
    for where, key, value in _values(plan):
        low, high, unit = _RANGES[key]
        if not low <= value <= high:
            raise StudyFileError(f"{low:g} to {high:g} {unit}".strip(), f"{value:g} {unit}".strip() + " came",
                                 f"{name}, {where}")  # fmt: skip
    if plan.body is not None:
        try:
            body_surface_area(plan.body.height / 1000.0, plan.body.weight)
        except InputError as error:
            raise StudyFileError(error.expected, error.came, f"{name}, body") from error


def _values(plan: TarePlan) -> Iterator[tuple[str, str, float]]:
    yield "liver.volume", "liver.volume", plan.liver.volume
    yield "liver.density", "liver.density", plan.liver.density
    if isinstance(plan.lung.mass, float):
        yield "lung.mass", "lung.mass", plan.lung.mass
    if plan.scout.delivered_activity is not None:
        yield "scout.delivered_activity", "scout", plan.scout.delivered_activity / 1e9
    if plan.lung.shunt_standard_uncertainty is not None:
        yield "lung.shunt_standard_uncertainty", "shunt uncertainty", plan.lung.shunt_standard_uncertainty
    yield from _ratios(plan)
    for product in plan.products:
        if product.tumour_target is not None:
            yield f"products, {product.name}, tumour_target", "tumour_target", product.tumour_target


def _ratios(plan: TarePlan) -> Iterator[tuple[str, str, float]]:
    for territory in plan.territories:
        for supply in territory.tumours:
            if isinstance(supply.ratio, StatedRatio) and supply.ratio.kind == "concentrations":
                where = f"territories, {territory.position}, {supply.tumour}, ratio"
                yield where, "concentration ratio", supply.ratio.value
