"""Values of a plan from its images: put where ``from-images`` stands, and compared where one is stated."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from hevesy.domain import Finding
from hevesy.errors import StudyFileError
from hevesy.quantities import Uncertain
from hevesy.workflow.tare.images.scout_maps import ScoutMaps
from hevesy.workflow.tare.images.scout_measures import LARGEST_RELATIVE, Measured, relative
from hevesy.workflow.tare.images.settings import FROM_IMAGES
from hevesy.workflow.tare.plan.patient import anatomy_of
from hevesy.workflow.tare.plan.settings import StatedRatio, Supply, TarePlan

_DIFFERS = 2.0
"""Standard uncertainties of the difference beyond which a stated value is a finding."""


def taken(content: object, way: str = "") -> Iterator[str]:
    """Keys of a plan file that take their value from images, with dots between."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from taken(value, f"{way}.{key}" if way else str(key))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from taken(value, f"{way}.{number}")
    elif content == FROM_IMAGES:
        yield way


def completed(content: dict[str, Any], measured: Measured, maps: ScoutMaps, name: str) -> dict[str, Any]:
    """The content of a plan file with measured values in place of ``from-images``.

    Parameters
    ----------
    content
        As read; it is not changed.
    measured
        What the images say.
    maps
        Images and volumes.
    name
        Of the file, for messages.

    Raises
    ------
    StudyFileError
        If a value is asked for that the images do not give.
    """
    plan = copy.deepcopy(content)
    _volume(plan.get("liver"), measured.liver_ml)
    for tumour in plan["tumours"]:
        _volume(tumour, measured.tumours_ml[tumour["name"]])
    for territory in plan["territories"]:
        position = territory["position"]
        _volume(territory.get("perfused"), measured.territories_ml[position])
        if territory.get("tumours") == FROM_IMAGES:
            inside = [tumour for tumour, where in measured.shares if where == position]
            territory["tumours"] = [{"tumour": tumour, "share": FROM_IMAGES, "ratio": FROM_IMAGES} for tumour in inside]
        supplies = territory.get("tumours")
        for supply in supplies if isinstance(supplies, list) else ():
            _supply(supply, position, measured)
    _lung(plan.get("lung"), measured, maps, name)
    return plan


def _volume(section: object, volume: Uncertain) -> None:
    if isinstance(section, dict):
        _put(section, "volume", f"{volume.value!r} ml")
        _put(section, "relative_standard_uncertainty", relative(volume))


def _put(section: dict[str, Any], key: str, value: object) -> None:
    if section.get(key) == FROM_IMAGES:
        section[key] = value


def _supply(supply: object, position: str, measured: Measured) -> None:
    if not isinstance(supply, dict):
        return
    pair = (str(supply.get("tumour")), position)
    if pair not in measured.shares:
        if any(taken(supply)):
            came = f"none of {pair[0]!r} lies in it"
            raise StudyFileError("a tumour in this territory", came, f"territories, {position}")
        return
    _put(supply, "share", measured.shares[pair])
    ratio = measured.ratios[pair]
    stated = {"kind": "concentrations", "value": ratio.value, "relative_standard_uncertainty": relative(ratio)}
    _put(supply, "ratio", stated)


def _lung(lung: object, measured: Measured, maps: ScoutMaps, name: str) -> None:
    if not isinstance(lung, dict):
        return
    if lung.get("shunt") == FROM_IMAGES:
        if measured.lung_shunt is None:
            raise StudyFileError("scouts that show the lungs", measured.lung_reason or "none do", f"{name}, lung.shunt")
        if lung.get("method") != "spect-ct":
            raise StudyFileError("the method spect-ct for a shunt from images", "another came", f"{name}, lung.method")
        lung["shunt"] = measured.lung_shunt.value
        _put(lung, "shunt_standard_uncertainty", measured.lung_shunt.standard_uncertainty)
    if lung.get("mass") == FROM_IMAGES:
        if measured.lung_kg is None:
            missing = "no lungs are named" if not maps.outline.images.lungs else "no CT curve came (images.ct_curve)"
            raise StudyFileError("lungs and the density of CT numbers", missing, f"{name}, lung.mass")
        lung["mass"] = f"{measured.lung_kg.value!r} kg"


def differences(plan: TarePlan, measured: Measured) -> tuple[Finding, ...]:
    """Stated values further from the measured ones than both uncertainties explain, and capped uncertainties."""
    values = tuple(
        Finding(
            "stated-differs-from-images",
            f"{what}: expected the measured {_told(found)}, but {_told(stated)} is stated",
        )
        for what, stated, found in _compared(plan, measured)
        if abs(stated.value - found.value) > _DIFFERS * _spread(stated, found)
    )
    return (*values, *_shares_differ(plan, measured), *_poorly_known(measured))


def _poorly_known(measured: Measured) -> Iterator[Finding]:
    for (tumour, position), ratio in measured.ratios.items():
        if ratio.relative_standard_uncertainty > LARGEST_RELATIVE:
            told = f"a ratio of {tumour} from {position} known to {LARGEST_RELATIVE:.0%}"
            came = f"it is to {ratio.relative_standard_uncertainty:.0%}, and the former is taken"
            yield Finding("uncertainty-capped", f"expected {told}, but {came}")


def _told(estimate: Uncertain) -> str:
    return f"{estimate.value:.4g} ± {estimate.standard_uncertainty:.2g}"


def _spread(a: Uncertain, b: Uncertain) -> float:
    return float((a.standard_uncertainty**2 + b.standard_uncertainty**2) ** 0.5) + 1e-9 * abs(a.value)


def _compared(plan: TarePlan, measured: Measured) -> Iterator[tuple[str, Uncertain, Uncertain]]:
    stated: Mapping[str, Any] = {"liver": (plan.liver, measured.liver_ml)}
    stated = {**stated, **{f"tumour {t.name}": (t, measured.tumours_ml[t.name]) for t in plan.tumours}}
    perfused = {f"territory {t.position}": (t.perfused, measured.territories_ml[t.position]) for t in plan.territories}
    for what, (volume, found) in {**stated, **perfused}.items():
        u = volume.volume * volume.relative_standard_uncertainty
        yield f"volume of {what} [ml]", Uncertain(volume.volume, {"volume:stated": u}), found
    anatomy = anatomy_of(plan)
    for territory in anatomy.territories:
        for part in territory.tumours:
            pair = (part.name, territory.position)
            if part.concentration_ratio is not None and pair in measured.ratios:
                yield f"ratio of {part.name} from {territory.position}", part.concentration_ratio, measured.ratios[pair]
    if measured.lung_shunt is not None:
        yield "lung shunt", anatomy.lung_shunt_fraction, measured.lung_shunt
    if measured.lung_kg is not None:
        yield "mass of the lungs [kg]", anatomy.lung_mass_kg, measured.lung_kg


def _shares_differ(plan: TarePlan, measured: Measured) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            "stated-differs-from-images",
            f"share of {supply.tumour} from {territory.position}: expected the measured "
            f"{measured.shares.get((supply.tumour, territory.position), 0.0):.3g}, but {supply.share:.3g} is stated",
        )
        for territory in plan.territories
        for supply in territory.tumours
        if abs(supply.share - measured.shares.get((supply.tumour, territory.position), 0.0)) > 0.05
    )


def of_images(plan: TarePlan, measured: Measured, voxels_ml: Mapping[str, float]) -> TarePlan:
    """The plan as the voxels see it: their volumes, shares and ratios; all else as planned.

    Parameters
    ----------
    plan, measured
        The plan and what the images say.
    voxels_ml
        Volume of the voxels of ``liver``, ``tumour:NAME`` and ``territory:POSITION``. [ml]
    """
    liver = {"volume": voxels_ml["liver"], "relative_standard_uncertainty": relative(measured.liver_ml)}
    tumours = tuple(
        one.model_copy(update={
            "volume": voxels_ml[f"tumour:{one.name}"],
            "relative_standard_uncertainty": relative(measured.tumours_ml[one.name]),
        })
        for one in plan.tumours
    )  # fmt: skip
    territories = tuple(
        one.model_copy(update={
            "perfused": one.perfused.model_copy(update={
                "volume": voxels_ml[f"territory:{one.position}"],
                "relative_standard_uncertainty": relative(measured.territories_ml[one.position]),
            }),
            "tumours": _supplies(one.position, measured),
        })
        for one in plan.territories
    )  # fmt: skip
    return plan.model_copy(
        update={"liver": plan.liver.model_copy(update=liver), "tumours": tumours, "territories": territories}
    )


def _supplies(position: str, measured: Measured) -> tuple[Any, ...]:
    found = []
    for (tumour, where), share in measured.shares.items():
        if where == position:
            ratio = measured.ratios[(tumour, where)]
            stated = StatedRatio(
                kind="concentrations", value=ratio.value, relative_standard_uncertainty=relative(ratio)
            )
            found.append(Supply(tumour=tumour, share=min(share, 1.0), ratio=stated))
    return tuple(found)
