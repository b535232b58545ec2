"""verify.yaml: the file that a user would verify this treatment with."""

from __future__ import annotations

import math
from typing import Any

from hevesy.simulate.tare.case import SCOUT_NUCLIDES, Case
from hevesy.simulate.tare.emission import image_folder
from hevesy.simulate.tare.plan_file import BOUNDARY, as_yaml, images_section, measured

_INTRO = "# Verification of a simulated patient; truth.json holds what it should find.\n"
_RESOLUTION_UNCERTAINTY = "0.3 mm"


def verify_text(case: Case) -> str:
    """The file as YAML."""
    return _INTRO + as_yaml(verify_document(case))


def verify_planned_text(case: Case) -> str:
    """The same file, compared with what ``hevesy tare plan plan.yaml --out plan`` wrote."""
    document = verify_document(case)
    document["plan"] = {
        "file": "plan/plan.json",
        "activity": "partition",
        "dose_map": f"plan/dose_{case.scenario.spheres.key}.nii.gz",
        "gamma": {"distance": "5 mm", "dose_difference": 0.1, "of": "maximum", "threshold": 0.1},
    }
    return _INTRO + as_yaml(document)


def verify_document(case: Case) -> dict[str, Any]:
    """The file as a mapping."""
    scenario = case.scenario
    density = case.liver.density_g_ml
    return {
        "schema": 1,
        "label": f"simulated patient, {scenario.therapy}, seed {case.options.seed}",
        "product": scenario.spheres.name,
        "treatment": {
            "at": case.injected.isoformat(),
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
        "deposition_search": {
            "physiological": [],
            "smallest_share": 0.005,
            "false_positives": 0.01,
            "fwhm": _response(case),
        },
        "engine": "local",
        "dose_levels": ["50 Gy", "100 Gy", "150 Gy", "200 Gy"],
    }


def _therapy(case: Case) -> dict[str, Any]:
    pet = case.nuclide == "Y-90"
    source = "phantom of the simulated site"
    return {
        "modality": "y90-pet" if pet else "ho166-spect",
        "series": str(image_folder(case)),
        "start": case.scan_start.isoformat(),
        "decay_during_acquisition": "corrected" if pet else "not-corrected",
        "absolute": {"method": "file", "relative_standard_uncertainty": 0.05, "source": source},
        **({} if pet else {"dead_time": "corrected-in-image"}),
        "summed": "field-of-view",
        "outside": {"value": 0.0, "standard_uncertainty": 0.005},
        "recovery": {
            "method": "shape",
            "fwhm": _response(case),
            "standard_uncertainty": _RESOLUTION_UNCERTAINTY,
            "source": source,
            "model_relative_standard_uncertainty": {"organ": "1 %", "lesion": "1.5 %"},
        },
    }


def _response(case: Case) -> str:
    """FWHM of the image at its voxels' centres, as a point source shows it: with the voxels' own width."""
    grid = case.grids.pet if case.nuclide == "Y-90" else case.grids.spect
    voxel = sum(step**2 for step in (*grid.spacing_mm, *case.grids.truth.spacing_mm)) / 3.0 / 12.0
    return f"{math.hypot(case.scenario.scan.camera.fwhm, math.sqrt(8.0 * math.log(2.0) * voxel)):.3g} mm"


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
