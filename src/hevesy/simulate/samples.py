"""Blood samples and probe readings of the virtual patient, with their truth."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

from hevesy.domain import RegionKind
from hevesy.errors import InputError
from hevesy.physdata import material
from hevesy.physdata.phantoms import REFERENCE
from hevesy.simulate.kinetics import Exponential, exponentials, share_at, time_integrated_share
from hevesy.simulate.patient import VirtualPatient
from hevesy.simulate.scenario import Blood, Probe, Scenario
from hevesy.simulate.seeds import generator
from hevesy.simulate.session import Session

FOLDER = "measurements"
COUNTER_RELATIVE_STANDARD_UNCERTAINTY = 0.03
"""Of the blood counter's calibration, common to all samples."""
SAMPLE_RELATIVE_STANDARD_UNCERTAINTY = 0.02
"""Of one sample: pipetting and counting."""
PROBE_RELATIVE_STANDARD_UNCERTAINTY = 0.03
"""Of one reading: position, and where in the body the activity is."""
_SCATTER = "1 %"
_COUNTS_OF_ALL = 2.0e6
_POSTERIOR = 0.85
_BACKGROUND = 400.0
_RATIO_RELATIVE, _MASS_RELATIVE = 0.1, 0.1
_ON_PHANTOM = {"Urinary_bladder": "Urinary_bladder_contents"}
"""Organs that the phantom of the S values has as wall and contents."""
_ML_PER_L = 1000.0


def check_samples(scenario: Scenario) -> None:
    """Refuse a scenario that says nothing about blood or probe.

    Raises
    ------
    InputError
        If a section is missing.
    """
    _sections(scenario)


def _sections(scenario: Scenario) -> tuple[Blood, Probe]:
    if scenario.blood is None or scenario.probe is None:
        raise InputError("the sections 'blood' and 'probe' in the scenario", "one is missing", "--samples")
    return scenario.blood, scenario.probe


def write_samples(session: Session) -> dict[str, Any]:
    """Write ``measurements/blood.csv`` and ``measurements/probe.csv``; gives their truth."""
    folder = session.folder / FOLDER
    folder.mkdir()
    blood, probe = _sections(session.patient.scenario)
    (folder / "blood.csv").write_text(_blood_csv(session, blood), encoding="utf-8")
    (folder / "probe.csv").write_text(_probe_csv(session, probe), encoding="utf-8")
    return {"blood": _blood_truth(session.patient, blood), "whole_body": _whole_body_truth(session.patient, probe)}


def _blood_parts(patient: VirtualPatient, blood: Blood) -> tuple[Exponential, ...]:
    return exponentials(blood.terms, patient.half_life_s)


def _concentration(patient: VirtualPatient, blood: Blood, time_s: float) -> float:
    """Of whole blood. [Bq/ml]"""
    return patient.net_activity_bq * share_at(_blood_parts(patient, blood), time_s) / _ML_PER_L


def _blood_csv(session: Session, blood: Blood) -> str:
    seed, spread = session.options.seed, SAMPLE_RELATIVE_STANDARD_UNCERTAINTY
    counter = 1.0
    if session.options.draw_errors:
        counter = _factor(COUNTER_RELATIVE_STANDARD_UNCERTAINTY, seed, "error", "blood counter")
    rows: list[list[str]] = [["time_h", "concentration", "standard_uncertainty"]]
    for number, time_s in enumerate(blood.times):
        true = _concentration(session.patient, blood, time_s) / 1000.0
        measured = true * counter * _factor(spread, seed, "blood", number)
        rows.append([f"{time_s / 3600:.10g}", f"{measured:.5g}", f"{measured * spread:.3g}"])
    return _text(rows)


def _probe_csv(session: Session, probe: Probe) -> str:
    seed = session.options.seed
    rows = [["time_h", "voided", "anterior_counts", "posterior_counts", "background_counts"]]
    for number, time_s in enumerate(probe.times):
        rng = generator(seed, "probe", number)
        share = _whole_body(session.patient, probe, time_s) / session.patient.net_activity_bq
        place = _factor(PROBE_RELATIVE_STANDARD_UNCERTAINTY, seed, "probe position", number)
        means = [_COUNTS_OF_ALL * share * place * view + _BACKGROUND for view in (1.0, _POSTERIOR)]
        counts = [str(int(rng.poisson(mean))) for mean in (*means, _BACKGROUND)]
        rows.append([f"{time_s / 3600:.10g}", "yes" if time_s >= probe.first_voiding else "no", *counts])
    return _text(rows)


def _factor(relative: float, seed: int, *role: object) -> float:
    """Log-normal with median 1 and this relative standard uncertainty."""
    spread = math.sqrt(math.log1p(relative**2))
    return math.exp(spread * float(generator(seed, *role).standard_normal()))


def _text(rows: list[list[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def _all_parts(patient: VirtualPatient) -> tuple[Exponential, ...]:
    return tuple(part for region in patient.regions for part in region.parts) + patient.remainder


def _whole_body(patient: VirtualPatient, probe: Probe, time_s: float) -> float:
    """Activity in the whole body. [Bq]"""
    if time_s < probe.first_voiding:
        return patient.net_activity_bq * math.exp2(-time_s / patient.half_life_s)
    return patient.net_activity_bq * share_at(_all_parts(patient), time_s)


def _blood_truth(patient: VirtualPatient, blood: Blood) -> dict[str, Any]:
    per_ml = patient.net_activity_bq / _ML_PER_L
    integral = per_ml * time_integrated_share(_blood_parts(patient, blood))
    marrow_kg = REFERENCE[patient.scenario.sex].red_marrow_g / 1000.0
    by_mass = integral * blood.marrow_to_blood_ratio * 1000.0 / material("red marrow").density_g_ml
    return {
        "file": f"{FOLDER}/blood.csv",
        "unit": "kBq/ml",
        "time_h": [t / 3600 for t in blood.times],
        "concentration_bq_ml": [_concentration(patient, blood, t) for t in blood.times],
        "time_integrated_concentration_bq_s_ml": integral,
        "haematocrit": blood.haematocrit,
        "marrow_to_blood_ratio": blood.marrow_to_blood_ratio,
        "red_marrow_mass_g": marrow_kg * 1000.0,
        "red_marrow_time_integrated_activity_bq_s": by_mass * marrow_kg,
        "source": blood.source,
    }


def _whole_body_truth(patient: VirtualPatient, probe: Probe) -> dict[str, Any]:
    parts, void = _all_parts(patient), probe.first_voiding
    rate = math.log(2.0) / patient.half_life_s
    before = -math.expm1(-rate * void) / rate
    after = time_integrated_share(
        tuple(Exponential(p.amplitude * 2 ** (-void / p.half_life_s), p.half_life_s) for p in parts)
    )
    return {
        "file": f"{FOLDER}/probe.csv",
        "first_voiding_h": void / 3600,
        "time_h": [t / 3600 for t in probe.times],
        "activity_bq": [_whole_body(patient, probe, t) for t in probe.times],
        "time_integrated_activity_bq_s": patient.net_activity_bq * (before + after),
    }


def samples_study(patient: VirtualPatient) -> tuple[str, ...]:
    """What the study file says about them."""
    scenario = patient.scenario
    blood, _ = _sections(scenario)
    mass_kg = REFERENCE[scenario.sex].body_mass_g / 1000
    spread = f"{100 * COUNTER_RELATIVE_STANDARD_UNCERTAINTY:g} %"
    sources = ", ".join(f"{region}: {target}" for region, target in _targets(patient).items())
    return (
        f'body: {{phantom: adult-{scenario.sex}, mass: "{mass_kg:g} kg"}}\n',
        f"whole_body_probe: {{file: {FOLDER}/probe.csv, model: auto, "
        f'relative_standard_uncertainty: "{100 * PROBE_RELATIVE_STANDARD_UNCERTAINTY:g} %", '
        f'scatter_between_readings: "{_SCATTER}"}}\n',
        "marrow:\n",
        f"  blood: {{file: {FOLDER}/blood.csv, unit: kBq/ml, sample: whole-blood, decay_corrected_to: sample, "
        "model: auto, "
        f'calibration_relative_standard_uncertainty: "{spread}", scatter_between_samples: "{_SCATTER}"}}\n',
        f"  ratio: {{value: {blood.marrow_to_blood_ratio:g}, "
        f"standard_uncertainty: {_RATIO_RELATIVE * blood.marrow_to_blood_ratio:g}, source: simulated patient}}\n",
        f"  mass: {{mass: by-body-mass, relative_standard_uncertainty: {_MASS_RELATIVE:g}, source: phantom}}\n",
        f"  sources: {{{sources}}}\n",
    )


def _targets(patient: VirtualPatient) -> dict[str, str]:
    """What each region is on the phantom of the S values, where it goes by another name there."""
    hosts = {lesion.name: lesion.within for lesion in patient.scenario.lesions}
    organs = {region.name for region in patient.regions if region.kind is RegionKind.ORGAN}
    found = {}
    for region in patient.regions:
        host = hosts.get(region.name, region.name)
        target = _ON_PHANTOM.get(host, host) if host in organs else "remainder"
        if target != region.name:
            found[region.name] = target
    return found
