"""truth.json of a virtual radioembolisation: what a plan and a verification should find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hevesy._version import __version__
from hevesy.physdata import decay_dose_factor, nuclide
from hevesy.simulate.tare.case import SCOUT_NUCLIDES, Case, started
from hevesy.simulate.tare.deposition import Deposition
from hevesy.simulate.tare.doses import TrueRegion, activity_shares, local_dose_gy, true_regions
from hevesy.simulate.tare.scenario import TareScenario


def truth_document(case: Case, kernel_gy: Mapping[str, float]) -> dict[str, Any]:
    """The whole document.

    Parameters
    ----------
    case
        The patient.
    kernel_gy
        Mean absorbed dose of each region in the liver by the kernel engine. [Gy]
    """
    scenario, options = case.scenario, case.options
    return {
        "hevesy_tare_truth": 1,
        "hevesy_version": __version__,
        "therapy": scenario.therapy,
        "product": scenario.spheres.name,
        "nuclide": case.nuclide,
        "half_life_s": nuclide(case.nuclide).half_life_s,
        "dose_factor_electrons_j_per_gbq": 1e9 * decay_dose_factor(case.nuclide).value,
        "seed": options.seed,
        "size": str(options.size),
        "variants": sorted(map(str, options.variants)),
        "treatment": {
            "at": case.injected.isoformat(),
            "delivered_activity_bq": case.delivered_bq,
            **_splitting(case.treatment),
            "image": _image(case),
        },
        "scout": _scout(case),
        "regions": [_region(case, region, kernel_gy.get(region.name)) for region in true_regions(case)],
        "tumour_shares": tumour_shares(case),
    }


def _splitting(deposition: Deposition) -> dict[str, Any]:
    splitting = deposition.splitting
    return {
        "lung_shunt_fraction": splitting.lung_shunt,
        "extrahepatic_fraction": (1.0 - splitting.lung_shunt) * splitting.extrahepatic,
        "concentration_ratio": dict(splitting.ratios),
        "activity_share": dict(splitting.activity_shares),
    }


def _image(case: Case) -> dict[str, Any]:
    """When the image of the treatment starts, and what is in it then."""
    scenario: TareScenario = case.scenario
    start = case.imaged
    left = case.delivered_at_bq(start)
    of_scout = case.scout_left_bq(start) if SCOUT_NUCLIDES[scenario.scout.tracer] == case.nuclide else 0.0
    return {
        "start": start.isoformat(),
        "duration_s": scenario.scan.duration,
        "activity_of_treatment_bq": left,
        "activity_of_scout_bq": of_scout,
        "camera": scenario.scan.camera.model_dump(),
    }


def _scout(case: Case) -> dict[str, Any]:
    scout = case.scenario.scout
    start = started(scout.at, scout.scan)
    return {
        "tracer": scout.tracer,
        "at": scout.at.isoformat(),
        "delivered_activity_bq": scout.activity,
        **_splitting(case.scout),
        "image": {
            "start": start.isoformat(),
            "duration_s": scout.scan.duration,
            "activity_bq": case.scout_left_bq(start),
            "camera": scout.scan.camera.model_dump(),
        },
    }


def _region(case: Case, region: TrueRegion, kernel_gy: float | None) -> dict[str, Any]:
    share = activity_shares(case.treatment, region)
    scout = case.scenario.scout
    name = SCOUT_NUCLIDES[scout.tracer]
    scout_share = activity_shares(case.scout, region)
    scout_bq = scout.activity * scout_share
    return {
        "name": region.name,
        "volume_ml": region.volume_ml,
        "mass_g": region.mass_g,
        "activity_bq": case.delivered_bq * share,
        "activity_share": share,
        "absorbed_dose_gy": local_dose_gy(case.nuclide, case.delivered_bq * share, region.mass_g),
        "absorbed_dose_kernel_gy": kernel_gy,
        "scout_activity_share": scout_share,
        "scout_absorbed_dose_gy": local_dose_gy(name, scout_bq, region.mass_g) if scout.tracer == "166Ho" else 0.0,
    }


def tumour_shares(case: Case) -> dict[str, dict[str, float]]:
    """Share of each tumour's volume by the position that supplies it."""
    shares: dict[str, dict[str, float]] = {tumour.name: {} for tumour in case.scenario.tumours}
    for piece in case.treatment.pieces:
        compartment = piece.compartment
        if compartment.name in shares and compartment.position is not None:
            shares[compartment.name][compartment.position] = piece.volume_ml
    return {
        name: {position: volume / sum(parts.values()) for position, volume in parts.items()}
        for name, parts in shares.items()
    }
