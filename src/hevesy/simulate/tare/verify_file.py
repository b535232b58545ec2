"""verify.yaml: the file that a user would verify this treatment with."""

from __future__ import annotations

from typing import Any

from hevesy.simulate.tare.case import SCOUT_NUCLIDES, Case, started
from hevesy.simulate.tare.emission import image_folder
from hevesy.simulate.tare.plan_file import BOUNDARY, as_yaml, images_section, measured

_INTRO = "# Verification of a simulated patient; truth.json holds what it should find.\n"
_RESOLUTION_UNCERTAINTY = "0.3 mm"


def verify_text(case: Case) -> str:
    """The file as YAML."""
    return _INTRO + as_yaml(verify_document(case))


def verify_document(case: Case) -> dict[str, Any]:
    """The file as a mapping."""
    scenario = case.scenario
    density = case.liver.density_g_ml
    return {
        "schema": 1,
        "label": f"simulated patient, {scenario.therapy}, seed {case.options.seed}",
        "product": scenario.spheres.name,
        "treatment": {
            "at": scenario.treatment.at.isoformat(),
            **measured(case),
            "relative_standard_uncertainty": 0.03,
        },
        "images": {**images_section(case), "boundary_standard_uncertainty": BOUNDARY},
        "tumours": [tumour.name for tumour in scenario.tumours],
        "territories": [{"position": t.position, "region": t.region} for t in scenario.perfused],
        "density": {
            "liver": {"value": f"{density('Liver'):g} g/ml", "relative_standard_uncertainty": 0.01},
            "lungs": {"value": f"{density('Lung_L'):g} g/ml", "relative_standard_uncertainty": 0.1},
        },
        "therapy": _therapy(case),
        "scout": _scout(case),
        "engine": "local",
        "dose_levels": ["50 Gy", "100 Gy", "150 Gy", "200 Gy"],
    }


def _therapy(case: Case) -> dict[str, Any]:
    scenario, pet = case.scenario, case.nuclide == "Y-90"
    source = "phantom of the simulated site"
    return {
        "modality": "y90-pet" if pet else "ho166-spect",
        "series": str(image_folder(case)),
        "start": started(scenario.treatment.at, scenario.scan).isoformat(),
        "decay_during_acquisition": "corrected" if pet else "not-corrected",
        "absolute": {"method": "file", "relative_standard_uncertainty": 0.05, "source": source},
        **({} if pet else {"dead_time": "corrected-in-image"}),
        "summed": "field-of-view",
        "outside": {"value": 0.0, "standard_uncertainty": 0.005},
        "recovery": {
            "method": "shape",
            "fwhm": f"{scenario.scan.camera.fwhm:g} mm",
            "standard_uncertainty": _RESOLUTION_UNCERTAINTY,
            "source": source,
            "model_relative_standard_uncertainty": {"organ": "1 %", "lesion": "1.5 %"},
        },
    }


def _scout(case: Case) -> Any:  # noqa: ANN401 - a mapping or a word of the file
    scout = case.scenario.scout
    if SCOUT_NUCLIDES[scout.tracer] != case.nuclide:
        return "none"
    return {
        "delivered_activity": f"{scout.activity / 1e6:g} MBq",
        "relative_standard_uncertainty": 0.03,
        "at": scout.at.isoformat(),
        "distribution": {"series": "dicom/scout"},
    }
