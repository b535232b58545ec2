"""What ``hevesy compartments`` tells: the activity in every compartment over time, and its integral."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.numerics.compartments import Dosing, activities, bolus, infusion, integrals
from hevesy.numerics.saturable_compartments import SaturableCompartments, saturable_course
from hevesy.physdata import decay_data
from hevesy.physdata.compartment_models import CompartmentModel, find_compartment_model

DOCUMENT = "compartments.json"
_HOUR = 3600.0
_CURVE_POINTS = 300

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CompartmentRequest:
    """What is asked for."""

    model: str
    """Of a built-in model, or the path of one."""
    administered_activity_bq: float
    """[Bq]"""
    times_h: tuple[float, ...]
    """When to tell the activities. [h]"""
    infusion_h: float = 0.0
    """Length of an infusion at a constant rate; zero for everything at once. [h]"""
    saturation: str = "model"
    """What a capacity is compared with: ``ligand``, ``activity``, ``none`` for no capacities, or as the model says."""


def compartment_document(request: CompartmentRequest) -> tuple[dict[str, Any], Floats, Floats]:
    """Activities and integrals of a compartment model, and a curve to draw.

    Returns
    -------
    The document; times ``(time,)`` [h] and activities ``(time, compartment)`` [Bq] of the curve.

    Raises
    ------
    InputError
        If there is no such model, or the times do not follow the administration.
    """
    model = find_compartment_model(request.model)
    nuclide = decay_data(model.nuclide, request.model)
    rate = nuclide.decay_constant_per_s * _HOUR
    n = len(model.compartments)
    into, activity, over = model.administered_into, request.administered_activity_bq, request.infusion_h
    dosing = infusion(n, into, activity, over) if over > 0 else bolus(n, into, activity)
    curve = np.linspace(0.0, max(*request.times_h, over), _CURVE_POINTS)
    wanted = np.array(request.times_h)
    times = np.unique(np.concatenate([curve, wanted]))
    found, whole = _solved(model, dosing, times, rate, request.saturation)
    told = found[np.searchsorted(times, wanted)]
    document = {
        "model": _described(model, request.saturation),
        "administered_activity_bq": activity,
        "infusion_h": over,
        "half_life_h": nuclide.half_life_s / _HOUR,
        "compartments": [
            {
                "name": name,
                "time_integrated_activity_coefficient_h": whole[k] / activity,
                "time_integrated_activity_bq_s": whole[k] * _HOUR,
                "standard_uncertainty": None,
                "activity_bq": [float(v) for v in told[:, k]],
            }
            for k, name in enumerate(model.compartments)
        ],
        "times_h": list(request.times_h),
        "decays_outside_the_body_fraction": float(1.0 - rate * whole.sum() / activity),
        "reason_without_uncertainty": "typical values of a population; the variability between patients is not known",
    }
    return document, times, found


def _solved(
    model: CompartmentModel, dosing: Dosing, times: Floats, rate: float, saturation: str
) -> tuple[Floats, Floats]:
    """Activities ``(time, compartment)`` [Bq] and integrals ``(compartment,)`` [Bq h]."""
    if not model.saturable.any() or saturation == "none":
        return activities(model.rates, dosing, times, rate), integrals(model.rates, dosing, rate)
    decays = model.capacity_decays if saturation == "model" else saturation == "activity"
    system = SaturableCompartments(model.rates, model.capacity_bq, model.saturable, decays)
    course = saturable_course(system, dosing, times, rate)
    return course.activities, course.integrals


def _described(model: CompartmentModel, saturation: str) -> dict[str, Any]:
    stated = "activity" if model.capacity_decays else "ligand"
    return {
        "title": model.title,
        "ligand": model.ligand,
        "nuclide": model.nuclide,
        "administered_into": model.compartments[model.administered_into],
        "capacity_compared_with": stated if saturation == "model" else saturation,
        "source": model.source,
        "status": model.status,
        "citation": {"text": model.citation.text, "doi": model.citation.doi},
    }


def write_compartments(request: CompartmentRequest, out: Path) -> dict[str, Any]:
    """Write the document and the plot into a folder.

    Raises
    ------
    OutputError
        If the folder holds something else, or cannot be written.
    """
    from hevesy.report.figures.courses import draw_courses
    from hevesy.report.figures.style import vector
    from hevesy.workflow.folder import staged_folder

    document, times, found = compartment_document(request)
    names = [entry["name"] for entry in document["compartments"]]
    with staged_folder(out, marker=DOCUMENT) as stage:
        (stage / DOCUMENT).write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        (stage / "activities.svg").write_bytes(vector(lambda: draw_courses(names, times, found)).data)
    return document


def check_request(request: CompartmentRequest) -> None:
    """Refuse what cannot be.

    Raises
    ------
    InputError
        If the activity is not positive, or the infusion is negative.
    """
    if not request.administered_activity_bq > 0:
        raise InputError("a positive activity", f"{request.administered_activity_bq:g} Bq came", "--activity")
    if request.infusion_h < 0:
        raise InputError("a time that is not negative", f"{request.infusion_h:g} h came", "--infusion")
