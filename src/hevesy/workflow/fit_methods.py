"""Ways from the points of one region to its time-integrated activity, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hevesy.domain import FittedCurve, TimeActivityCurve
from hevesy.errors import InputError
from hevesy.integrate import FitSettings, integrate_curve
from hevesy.physdata import Nuclide
from hevesy.workflow.fit_request import FitRequest


@dataclass(frozen=True)
class Integrated:
    """A curve with its integral, and what else the method has to say."""

    curve: FittedCurve
    details: Mapping[str, object] = field(default_factory=dict)
    """Further entries of the region in the JSON document."""


@dataclass(frozen=True)
class MethodInput:
    """What a method may use beside the points."""

    request: FitRequest
    settings: FitSettings
    """Of this region: with its tail and the end of its period."""
    nuclide: Nuclide


Method = Callable[[TimeActivityCurve, MethodInput], Integrated]
"""Raises :class:`RegionFinding` where the points of the region cannot support it."""


def _fit(curve: TimeActivityCurve, given: MethodInput) -> Integrated:
    return Integrated(integrate_curve(curve, given.settings))


METHODS: Mapping[str, Method] = {"fit": _fit}
"""Every method by the name that ``--method`` takes."""


def method(name: str) -> Method:
    """The method of that name.

    Raises
    ------
    InputError
        If there is none; the known ones are listed.
    """
    if name not in METHODS:
        raise InputError(f"one of the methods {', '.join(METHODS)}", f"{name!r} came", "--method")
    return METHODS[name]
