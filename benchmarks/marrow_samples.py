"""Integrals of blood and whole body of virtual patients against their truth: error, and how often intervals cover.

    python benchmarks/marrow_samples.py [NUMBER]

Errors of the counter and of the activity meter are drawn as the study file says they may be; no images are made.
"""

from __future__ import annotations

import math
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from hevesy.physdata import source_term
from hevesy.quantities import Uncertain, exact, interval95
from hevesy.simulate import Options, default_scenario
from hevesy.simulate.drawn_errors import ADMINISTERED_RELATIVE_STANDARD_UNCERTAINTY, as_stated, draw_errors
from hevesy.simulate.options import MATRICES, Size
from hevesy.simulate.patient import VirtualPatient, build_patient
from hevesy.simulate.samples import (
    COUNTER_RELATIVE_STANDARD_UNCERTAINTY,
    PROBE_RELATIVE_STANDARD_UNCERTAINTY,
    write_samples,
)
from hevesy.simulate.scanner import Scanner
from hevesy.simulate.session import Session
from hevesy.workflow.marrow import Body, SValueChoice
from hevesy.workflow.marrow_inputs import BloodFile, MarrowInputs, ProbeFile, Ratio, follow_blood, follow_whole_body

THERAPIES = ("lu177-dotatate", "lu177-psma")
SCATTER = 0.01


def one(patient: VirtualPatient, seed: int, folder: Path) -> list[tuple[Uncertain, float]]:
    """Integrals of blood and whole body, each with its truth."""
    errors = draw_errors(seed, [])
    options = Options(seed, size=Size.SMALL, samples=True, draw_errors=True)
    truth = write_samples(Session(patient, Scanner(), options, MATRICES[Size.SMALL], (), errors, folder))
    stated = as_stated(patient, errors).net_activity_bq
    u = ADMINISTERED_RELATIVE_STANDARD_UNCERTAINTY * stated
    measured = folder / "measurements"
    inputs = MarrowInputs(
        half_life_s=patient.half_life_s,
        decays=SValueChoice(source_term(patient.scenario.radionuclide)),
        body=Body("adult-male", 73.0),
        administered=Uncertain(stated, {"administered-activity:meter": u}),
        blood=BloodFile(
            measured / "blood.csv",
            "kBq/ml",
            calibration_relative_uncertainty=COUNTER_RELATIVE_STANDARD_UNCERTAINTY,
            scatter=SCATTER,
        ),
        ratio=Ratio(Uncertain(1.0, {"rmblr:stated": 0.1}), None, exact(0.4)),
        probe=ProbeFile(
            measured / "probe.csv", relative_uncertainty=PROBE_RELATIVE_STANDARD_UNCERTAINTY, scatter=SCATTER
        ),
    )
    blood = follow_blood(inputs)[0].course
    courses = (blood, follow_whole_body(replace(inputs, blood=None))[0])
    truths = (
        truth["blood"]["time_integrated_concentration_bq_s_ml"],
        truth["whole_body"]["time_integrated_activity_bq_s"],
    )
    return [(c.fitted.time_integrated_activity, t) for c, t in zip(courses, truths, strict=True) if c.fitted]


def main(number: int) -> None:
    """Print one line for each therapy and course."""
    print("therapy course n bias% rms% p95% stated% coverage%")
    for therapy in THERAPIES:
        patient = build_patient(default_scenario(therapy))
        rows: list[list[tuple[Uncertain, float]]] = []
        for seed in range(1, number + 1):
            with tempfile.TemporaryDirectory() as folder:
                rows.append(one(patient, seed, Path(folder)))
        for name, column in zip(("blood", "whole-body"), zip(*rows, strict=True), strict=True):
            errors = 100 * np.array([value.value / true - 1.0 for value, true in column])
            inside = [interval95(value)[0] <= true <= interval95(value)[1] for value, true in column]
            told = np.median([value.relative_standard_uncertainty for value, _ in column])
            p95 = np.quantile(np.abs(errors), 0.95)
            shown = (errors.mean(), math.sqrt(np.mean(errors**2)), p95, 100 * told, 100 * np.mean(inside))
            print(therapy, name, len(column), *(f"{x:.1f}" for x in shown))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
