"""What the study says about one region, with everything resolved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hevesy.delineate import standard_region
from hevesy.domain import RegionKind, Side, Tail
from hevesy.errors import StudyFileError
from hevesy.physdata import Nuclide, reference_density
from hevesy.quantities import Uncertain, exact
from hevesy.workflow.config import Curves, RegionItem, Regions, Remainder, TailChoice
from hevesy.workflow.half_lives import HalfLives


@dataclass(frozen=True)
class RegionSettings:
    """One region of the study."""

    name: str
    kind: RegionKind
    side: Side
    code: tuple[str, str, str] | None
    density_g_ml: float
    model: str
    half_life_s: Uncertain | None
    half_life_source: str | None
    tail: Tail | None
    alpha_beta_gy: Uncertain | None
    repair_half_time_s: Uncertain | None
    recovery: str | None = None
    """Another way of recovery than the study's: ``volume`` or ``none``."""


def region_settings(
    regions: Regions, curves: Curves, nuclide: Nuclide, folder: Path | None = None
) -> tuple[RegionSettings, ...]:
    """Resolve every region of the study, the remainder last.

    Parameters
    ----------
    regions, curves
        Sections of the study file.
    nuclide
        Given to the patient.
    folder
        Where relative paths of the study file begin.

    Raises
    ------
    StudyFileError
        If a reference density is asked for a region that has none.
    InputError
        If a half-life is taken from what has none.
    """
    known = HalfLives(nuclide, folder or Path())
    settings = [_of_item(item, regions, curves, known) for item in regions.items]
    if regions.remainder is not None:
        settings.append(_of_remainder(regions.remainder, regions, curves, known))
    return tuple(settings)


def _of_item(item: RegionItem, regions: Regions, curves: Curves, known_lives: HalfLives) -> RegionSettings:
    known = standard_region(item.name)
    half_life, half_life_source = known_lives.resolve(item.name, item.half_life or curves.half_life)
    return RegionSettings(
        name=item.name,
        kind=item.kind,
        side=item.side,
        code=known.code if known is not None and known.kind == item.kind else None,
        density_g_ml=_density(item.name, item.density or regions.density),
        model=item.model or curves.model,
        half_life_s=half_life,
        half_life_source=half_life_source,
        tail=_tail(item.name, item.tail or curves.tail, known_lives.nuclide),
        alpha_beta_gy=_stated("alpha-beta", item.name, item.alpha_beta, item.alpha_beta_standard_uncertainty),
        repair_half_time_s=_stated(
            "repair", item.name, item.repair_half_time, item.repair_half_time_standard_uncertainty
        ),
        recovery=item.recovery,
    )


def _of_remainder(item: Remainder, regions: Regions, curves: Curves, known_lives: HalfLives) -> RegionSettings:
    half_life, half_life_source = known_lives.resolve(item.name, item.half_life or curves.half_life)
    density = item.density or regions.density
    return RegionSettings(
        name=item.name,
        kind=RegionKind.REMAINDER,
        side=Side.NONE,
        code=None,
        density_g_ml=reference_density("average soft tissue")
        if density == "reference"
        else _density(item.name, density),
        model=item.model or curves.model,
        half_life_s=half_life,
        half_life_source=half_life_source,
        tail=_tail(item.name, item.tail or curves.tail, known_lives.nuclide),
        alpha_beta_gy=None,
        repair_half_time_s=None,
    )


def _density(name: str, stated: float | str | None) -> float:
    if isinstance(stated, float):
        return stated
    known = standard_region(name)
    if stated is None or known is None or known.kind is RegionKind.LESION:
        raise StudyFileError(
            "a density in g/ml (no reference density is tabulated for this region)",
            f"{stated} came",
            f"regions, {name}",
        )
    return reference_density(known.code[2])


def _tail(name: str, stated: TailChoice | None, nuclide: Nuclide) -> Tail | None:
    if stated is None:
        return None
    if stated.half_life == "physical":
        spread = stated.standard_uncertainty or nuclide.half_life_uncertainty_s
        return Tail(Uncertain(nuclide.half_life_s, {f"tail:{name}": spread}), f"physical decay: {stated.source}")
    return Tail(Uncertain(stated.half_life, {f"tail:{name}": stated.standard_uncertainty or 0.0}), stated.source)


def _stated(kind: str, name: str, value: float | None, uncertainty: float | None) -> Uncertain | None:
    if value is None:
        return None
    return Uncertain(value, {f"{kind}:{name}": uncertainty}) if uncertainty else exact(value)
