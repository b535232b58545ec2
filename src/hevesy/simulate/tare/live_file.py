"""live.yaml and the files of holmium by MRI: a treatment in fractions, as it would be followed."""

from __future__ import annotations

from typing import Any

from hevesy.simulate.tare.case import Case
from hevesy.simulate.tare.mr import AFTER_INJECTION, injected_at, noise_sd
from hevesy.simulate.tare.plan_file import as_yaml, images_section
from hevesy.simulate.tare.scenario import Holmium

_INTRO = "# Fractions of a simulated patient; truth.json holds what they should show.\n"
_BASELINE_UNCERTAINTY = 0.5
_RELAXIVITY_UNCERTAINTY = 0.03
"""Relative; the simulated site knows its phantom well."""


def live_text(case: Case, holmium: Holmium) -> str:
    """The file of the fractions as YAML."""
    return _INTRO + as_yaml(live_document(case, holmium))


def live_document(case: Case, holmium: Holmium) -> dict[str, Any]:
    """The file of the fractions as a mapping."""
    scenario = case.scenario
    tumours = [tumour.name for tumour in scenario.tumours]
    return {
        "schema": 1,
        "label": f"simulated patient, {scenario.therapy}, seed {case.options.seed}",
        "product": scenario.spheres.name,
        "dose_factor": "decay-data",
        "images": images_section(case),
        "tumours": tumours,
        "treated": [territory.region for territory in scenario.perfused],
        "density": f"{case.liver.density_g_ml('Liver'):g} g/ml",
        "volume_relative_standard_uncertainty": {"healthy": 0.05, "tumours": dict.fromkeys(tumours, 0.08)},
        "limit": {
            "healthy_liver_dose": "60 Gy",
            "treated_share_at_most": 1,
            "risk": 0.05,
            "trial": "none",
        },
        "largest_unaccounted": 0.3,
        "earlier": "none",
        "meter": {"name": "activity meter", "relative_standard_uncertainty": 0.03},
        "batches": [_batch(case, holmium)],
        "mri": {"relaxivity": "relaxivity.csv", "baseline": _baseline(holmium)},
        "fractions": [_fraction(case, holmium, k) for k in range(len(holmium.fractions))],
        "sampling": {"samples": 5000, "seed": 1},
    }


def holmium_mri_text(case: Case, holmium: Holmium) -> str:
    """Settings of holmium by MRI after the last fraction, as YAML."""
    names = [tumour.name for tumour in case.scenario.tumours]
    names += [territory.region for territory in case.scenario.perfused]
    document = {
        "echoes": _echoes(f"mr_{len(holmium.fractions)}", holmium),
        "region": "masks/Liver.nii.gz",
        "regions": {name: f"masks/{name}.nii.gz" for name in names},
        "relaxivity": "relaxivity.csv",
        "baseline": _baseline(holmium),
        "batch": _batch(case, holmium),
        "at": case.scenario.treatment.at.isoformat(),
        "administered": {"activity": f"{case.delivered_bq / 1e9:.6g} GBq", "relative_standard_uncertainty": 0.03},
    }
    return "# Holmium after the last fraction of a simulated patient.\n" + as_yaml(document)


def relaxivity_text(holmium: Holmium) -> str:
    """The table of the relaxivity."""
    value = holmium.relaxivity_ml_per_mg_s
    header = "field_t,relaxivity_ml_per_mg_s,standard_uncertainty,source"
    return f"{header}\n{holmium.field_t:g},{value:g},{_RELAXIVITY_UNCERTAINTY * value:g},the simulated site's own\n"


def _echoes(kind: str, holmium: Holmium) -> dict[str, Any]:
    return {"dicom": f"dicom/{kind}", "noise": round(noise_sd(holmium), 6)}


def _baseline(holmium: Holmium) -> dict[str, Any]:
    return {
        "method": "voxelwise",
        "echoes": _echoes("mr_before", holmium),
        "registered": True,
        "standard_uncertainty_per_s": _BASELINE_UNCERTAINTY,
    }


def _batch(case: Case, holmium: Holmium) -> dict[str, Any]:
    return {
        "name": "B1",
        "activity_per_mg": f"{holmium.activity_per_mg / 1e6:g} MBq/mg",
        "relative_standard_uncertainty": 0.03,
        "time": case.scenario.treatment.at.isoformat(),
    }


def _fraction(case: Case, holmium: Holmium, k: int) -> dict[str, Any]:
    """Readings of the vial parted as the fractions are."""
    treatment, share = case.scenario.treatment, holmium.fractions[k]
    injected = injected_at(case, holmium, k)
    given, left = treatment.assayed, treatment.residual
    return {
        "name": f"fraction {k + 1}",
        "batch": "B1",
        "injected": injected.isoformat(),
        "given": {"activity": f"{share * given.activity / 1e6:.10g} MBq", "at": given.at.isoformat()},
        "residual": {
            "activity": f"{share * left.activity / 1e6:.10g} MBq",
            "at": left.at.isoformat(),
            "relative_standard_uncertainty": 0.05,
        },
        "echoes": _echoes(f"mr_{k + 1}", holmium),
        "acquired": (injected + AFTER_INJECTION).isoformat(),
    }
