"""Ways from the points of one region to its time-integrated activity, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hevesy.domain import FittedCurve, TimeActivityCurve
from hevesy.errors import InputError, RegionFinding
from hevesy.integrate import FitSettings, integrate_curve
from hevesy.workflow.few_scan_methods import SINGLE_METHODS, SingleMethod, one_scan, with_prior
from hevesy.workflow.few_scans import FewScans


@dataclass(frozen=True)
class Integrated:
    """A curve with its integral, and what else the method has to say."""

    curve: FittedCurve
    details: Mapping[str, object] = field(default_factory=dict)
    """Further entries of the region in the JSON document."""


@dataclass(frozen=True)
class MethodInput:
    """What a method may use beside the points."""

    settings: FitSettings
    """Of this region: with its tail and the end of its period."""
    few: FewScans
    """What is known beside the scans."""


Method = Callable[[TimeActivityCurve, MethodInput], Integrated]
"""Raises :class:`RegionFinding` where the points of the region cannot support it."""
JointMethod = Callable[[Sequence[TimeActivityCurve], MethodInput], Sequence[Integrated | RegionFinding]]
"""Of all regions of the patient together, in their order."""


def _fit(curve: TimeActivityCurve, given: MethodInput) -> Integrated:
    return Integrated(integrate_curve(curve, given.settings))


def _single(method_of: SingleMethod) -> Method:
    def method_of_region(curve: TimeActivityCurve, given: MethodInput) -> Integrated:
        return Integrated(*method_of(one_scan(curve, given.settings), given.few, given.settings))

    return method_of_region


def _prior(curves: Sequence[TimeActivityCurve], given: MethodInput) -> list[Integrated | RegionFinding]:
    found = with_prior(curves, given.few, given.settings)
    return [item if isinstance(item, RegionFinding) else Integrated(*item) for item in found]


METHODS: Mapping[str, Method] = {"fit": _fit, **{name: _single(way) for name, way in SINGLE_METHODS.items()}}
"""Every method of one region alone, by the name that ``--method`` takes."""
WITH_PRIOR = ("tissue-dose-factor", "prior")
"""Methods for which the scatter of a scan is at least that of the prior."""
JOINT_METHODS: Mapping[str, JointMethod] = {"prior": _prior}
"""Every method of all regions together."""


def check_method(name: str) -> None:
    """Refuse an unknown method.

    Raises
    ------
    InputError
        If there is none of that name; the known ones are listed.
    """
    known = (*METHODS, *JOINT_METHODS)
    if name not in known:
        raise InputError(f"one of the methods {', '.join(known)}", f"{name!r} came", "--method")
