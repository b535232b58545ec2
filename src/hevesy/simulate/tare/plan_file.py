"""plan.yaml: the plan file that a user of this virtual patient would write, from the scout as it truly went."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from hevesy.physdata.phantoms import REFERENCE
from hevesy.simulate.tare.case import SCOUT_NUCLIDES, Case
from hevesy.simulate.tare.doses import TrueRegion, true_regions
from hevesy.simulate.tare.emission import response_mm
from hevesy.simulate.tare.truth import tumour_shares

_TARGETS = {"glass": "205 Gy", "resin": "120 Gy"}
_HOLMIUM_TARGET = "150 Gy"
_SUNDAY = 6
_FROM_IMAGES = "from-images"
BOUNDARY = "0.5 mm"
"""Standard uncertainty of drawn boundaries, as the files state it: those of this patient are exact."""


def plan_text(case: Case) -> str:
    """A plan that takes what it can from the images, as YAML."""
    return "# Plan of a simulated patient; truth.json holds what it should find.\n" + as_yaml(plan_document(case))


def stated_plan_text(case: Case) -> str:
    """A plan without images, with the volumes of the truth and what the scout truly did, as YAML."""
    intro = "# Plan of a simulated patient from the truth of its scout, without images.\n"
    return intro + as_yaml(stated_plan_document(case))


def as_yaml(document: dict[str, Any]) -> str:
    """YAML text in the order of the keys."""
    return yaml.safe_dump(document, sort_keys=False, width=120, allow_unicode=True)


def plan_document(case: Case) -> dict[str, Any]:
    """The plan from images as a mapping: volumes, shares, ratios and shunt are measured."""
    document = stated_plan_document(case)
    scout = case.scenario.scout
    measured_volume = {"volume": _FROM_IMAGES, "relative_standard_uncertainty": _FROM_IMAGES}
    document["models"] = ["partition", "voxel"]
    document["liver"] |= measured_volume
    document["tumours"] = [{"name": tumour.name, **measured_volume} for tumour in case.scenario.tumours]
    document["territories"] = [
        {
            "position": territory.position,
            "region": territory.region,
            "session": "first",
            "activity_share": territory.activity_share,
            "perfused": dict(measured_volume),
            "tumours": _FROM_IMAGES,
        }
        for territory in case.scenario.perfused
    ]
    document["lung"] |= {"shunt": _FROM_IMAGES, "shunt_standard_uncertainty": _FROM_IMAGES}
    document["images"] = {
        **images_section(case),
        "boundary_standard_uncertainty": BOUNDARY,
        "scouts": [
            {
                "series": "dicom/scout",
                "values": "relative" if scout.tracer == "99mTc-MAA" else "concentration",
                "positions": [territory.position for territory in case.scenario.perfused],
            }
        ],
        "resolution": {
            "fwhm": f"{response_mm(case, scout.scan, case.grids.spect):.3g} mm",
            "standard_uncertainty": "0.5 mm",
            "partial_volume": "corrected",
        },
        "deposition_search": {"physiological": [], "smallest_share": 0.005, "false_positives": 0.05},
        "dose_engine": "local",
    }
    return document


def stated_plan_document(case: Case) -> dict[str, Any]:
    """The plan without images as a mapping."""
    scenario = case.scenario
    body = REFERENCE[scenario.sex]
    return {
        "schema": 1,
        "label": f"simulated patient, {scenario.therapy}, seed {case.options.seed}",
        "intent": "unilobar",
        "tumour_type": "HCC" if case.nuclide == "Y-90" else "mCRC",
        "rule_sets": ["seed", "eanm-2022"],
        "models": ["partition"],
        "extrahepatic_deposition": "none",
        "earlier": {"radioembolisation": "none", "liver_radiotherapy": "none", "lung_radiotherapy": "none"},
        **_anatomy(case),
        "sessions": [{"name": "first", "treatment": scenario.treatment.at.isoformat()}],
        "lung": _lung(case),
        "scout": _scout(case),
        "delivered_fraction": {"value": 0.97, "standard_uncertainty": 0.01},
        "products": [_product(case)],
        "body": {"height": f"{body.height_cm:g} cm", "weight": f"{body.body_mass_g / 1000:g} kg"},
        "sampling": {"samples": 10_000, "seed": 1},
    }


def images_section(case: Case) -> dict[str, Any]:
    """CT, regions and registration, as all files of radioembolisation name them."""
    moved = case.is_misregistered
    return {
        "ct": "dicom/ct",
        "regions": "dicom/rtstruct/rtstruct.dcm",
        "liver": "Liver",
        "lungs": ["Lung_L", "Lung_R"],
        "registration": {"file": "dicom/reg/reg.dcm"} if moved else "none",
    }


def measured(case: Case) -> dict[str, Any]:
    """Readings of the vial before and after, with their times."""
    treatment = case.scenario.treatment
    return {
        name: {"activity": f"{reading.activity / 1e9:.10g} GBq", "at": reading.at.isoformat()}
        for name, reading in (("assayed", treatment.assayed), ("residual", treatment.residual))
    }


def _anatomy(case: Case) -> dict[str, Any]:
    regions = {region.name: region for region in true_regions(case)}
    shares, ratios = tumour_shares(case), case.scout.splitting.ratios
    return {
        "liver": {
            **_volume(regions["Liver"], 0.03),
            "density": f"{case.liver.density_g_ml('Liver'):g} g/ml",
            "state": "normal",
            "bilirubin_mg_dl": 0.8,
        },
        "tumours": [{"name": t.name, **_volume(regions[t.name], 0.08)} for t in case.scenario.tumours],
        "territories": [
            {
                "position": territory.position,
                "session": "first",
                "activity_share": territory.activity_share,
                "perfused": _volume(regions[territory.region], 0.05),
                "tumours": [
                    {"tumour": name, "share": round(parts[territory.position], 6), "ratio": _ratio(ratios[name])}
                    for name, parts in shares.items()
                    if territory.position in parts
                ],
            }
            for territory in case.scenario.perfused
        ],
    }


def _volume(region: TrueRegion, relative: float) -> dict[str, Any]:
    return {"volume": f"{region.volume_ml:.4f} ml", "relative_standard_uncertainty": relative}


def _ratio(value: float) -> dict[str, Any]:
    return {"kind": "concentrations", "value": round(value, 4), "relative_standard_uncertainty": 0.15}


def _lung(case: Case) -> dict[str, Any]:
    lungs = next(region for region in true_regions(case) if region.name == "lungs")
    shunt = case.scout.splitting.lung_shunt
    return {
        "method": "spect-ct",
        "shunt": round(shunt, 5),
        "shunt_standard_uncertainty": round(0.1 * shunt, 5),
        "mass": f"{lungs.mass_g:.1f} g",
        "mass_relative_standard_uncertainty": 0.1,
    }


def _scout(case: Case) -> dict[str, Any]:
    scout = case.scenario.scout
    stated = {"delivered_activity": f"{scout.activity / 1e6:g} MBq"} if SCOUT_NUCLIDES[scout.tracer] != "Tc-99m" else {}
    return {"tracer": scout.tracer, "at": scout.at.isoformat(), **stated}


def _product(case: Case) -> dict[str, Any]:
    spheres, treatment = case.scenario.spheres, case.scenario.treatment
    calibration = {"session": "first", "at": treatment.at.isoformat(), "vial": "patient"}
    if spheres.matrix == "glass":
        calibration |= {"at": _sunday_noon(treatment.at, spheres.time_zone).isoformat(), "vial": "standard"}
    elif spheres.matrix == "resin":
        calibration |= {"at": treatment.assayed.at.isoformat(), "vial": "standard", "activity": "3 GBq"}
    return {
        "name": spheres.name,
        "tumour_target": _TARGETS.get(spheres.matrix, _HOLMIUM_TARGET),
        "dose_factor": "decay-data",
        "calibrations": [calibration],
        "measured": {"session": "first", **measured(case)},
    }


def _sunday_noon(moment: datetime, zone: str) -> datetime:
    """Noon of the last Sunday before the day, by the manufacturer's clock."""
    moment = moment.astimezone(ZoneInfo(zone))
    back = (moment.weekday() - _SUNDAY) % 7 or 7
    return (moment - timedelta(days=back)).replace(hour=12, minute=0, second=0, microsecond=0)
