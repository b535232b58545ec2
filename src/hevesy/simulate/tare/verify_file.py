"""verify.yaml: the file that a user would verify this treatment with."""

from __future__ import annotations

from typing import Any

from hevesy.simulate.tare.case import SCOUT_NUCLIDES, Case
from hevesy.simulate.tare.emission import image_folder, response_mm
from hevesy.simulate.tare.options import Variant
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
        "start": case.imaged.isoformat(),
        "decay_during_acquisition": "corrected" if pet else "not-corrected",
        "absolute": {"method": "file", "relative_standard_uncertainty": 0.05, "source": source},
        **({} if pet else {"dead_time": "corrected-in-image"}),
        "summed": "field-of-view",
        "outside": {"value": 0.0, "standard_uncertainty": 0.005},
        "recovery": _recovery(case, source),
    }


def _recovery(case: Case, source: str) -> dict[str, Any]:
    """By the blur of the camera; voxels alone are too fine to be undone."""
    if Variant.SHARP in case.options.variants:
        return {"method": "none", "reason": "nothing is blurred but by the voxels"}
    return {
        "method": "shape",
        "fwhm": _response(case),
        "standard_uncertainty": _RESOLUTION_UNCERTAINTY,
        "source": source,
        "model_relative_standard_uncertainty": {"organ": "1 %", "lesion": "1.5 %"},
    }


def verify_mri_text(case: Case) -> str:
    """The file that verifies by what ``hevesy tare holmium-mri holmium_mri.yaml --out mri`` wrote, as YAML.

    Holmium of the scout is in the baseline that was subtracted; the lungs are not shown.
    """
    document = verify_document(case)
    document["images"] |= {"lungs": [], "registration": "same-frame"}
    del document["density"]["lungs"]
    document["therapy"] = {
        "modality": "ho166-mri",
        "series": "mri",
        "start": case.injected.isoformat(),
        "absolute": {"method": "file", "relative_standard_uncertainty": 0.05, "source": "relaxivity and batch"},
        "summed": "field-of-view",
        "outside": {"value": round(case.scout.splitting.lung_shunt, 5), "standard_uncertainty": 0.01},
        "recovery": {"method": "none", "reason": "the voxels of MRI are fine"},
    }
    return _INTRO + as_yaml(document | {"scout": "none", "deposition_search": "not-searched"})


def _response(case: Case) -> str:
    grid = case.grids.pet if case.nuclide == "Y-90" else case.grids.spect
    return f"{response_mm(case, case.scenario.scan, grid):.3g} mm"


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
