"""Radioembolisation: activity, absorbed doses and limits of microspheres in the liver."""

from hevesy.decide.tare.activities import (
    body_surface_activity,
    body_surface_area,
    burden_activity,
    check_shunt,
    one_compartment_activity,
    shunt_reduction,
)
from hevesy.decide.tare.anatomy import Anatomy, Territory, TumourPart
from hevesy.decide.tare.doses import dose_coefficients, sampled_coefficients
from hevesy.decide.tare.intratumoural_activities import Room, Wanted
from hevesy.decide.tare.intratumoural_coverage import (
    ColdSpot,
    cold_spots,
    dose_covering,
    share_covered,
    volume_histogram,
)
from hevesy.decide.tare.intratumoural_deposits import (
    Margins,
    dose_around,
    influence,
    places,
    sphere_radius_mm,
    sphere_shares,
    spread_voxels,
)
from hevesy.decide.tare.intratumoural_sampling import DrawnDeposits, Errors, Setting, Spread, drawn_parts, spread
from hevesy.decide.tare.intratumoural_search import Proposal, Rules, largest_factor, propose, smallest_factor
from hevesy.decide.tare.limits import Constraint, Situation, binding, constraints, rules_for, smallest_activity
from hevesy.decide.tare.particles import EmbolicLoad, embolic_load
from hevesy.decide.tare.partition import (
    Partition,
    Shares,
    activity_shares,
    concentration_ratio,
    mean_dose,
    partition_activity,
)
from hevesy.decide.tare.probability import all_within, probability_above, share_above
from hevesy.decide.tare.shunt import PlanarCounts, planar_lung_shunt, tomographic_lung_shunt
from hevesy.decide.tare.vials import (
    VialChoice,
    check_calibration,
    decay_to,
    delivered_activity,
    drawn_volume_ml,
    glass_vials,
)

__all__ = [
    "Anatomy",
    "ColdSpot",
    "Constraint",
    "DrawnDeposits",
    "EmbolicLoad",
    "Errors",
    "Margins",
    "Partition",
    "PlanarCounts",
    "Proposal",
    "Room",
    "Rules",
    "Setting",
    "Shares",
    "Situation",
    "Spread",
    "Territory",
    "TumourPart",
    "VialChoice",
    "Wanted",
    "activity_shares",
    "all_within",
    "binding",
    "body_surface_activity",
    "body_surface_area",
    "burden_activity",
    "check_calibration",
    "check_shunt",
    "cold_spots",
    "concentration_ratio",
    "constraints",
    "decay_to",
    "delivered_activity",
    "dose_around",
    "dose_coefficients",
    "dose_covering",
    "drawn_parts",
    "drawn_volume_ml",
    "embolic_load",
    "glass_vials",
    "influence",
    "largest_factor",
    "mean_dose",
    "one_compartment_activity",
    "partition_activity",
    "places",
    "planar_lung_shunt",
    "probability_above",
    "propose",
    "rules_for",
    "sampled_coefficients",
    "share_above",
    "share_covered",
    "shunt_reduction",
    "smallest_activity",
    "smallest_factor",
    "sphere_radius_mm",
    "sphere_shares",
    "spread",
    "spread_voxels",
    "tomographic_lung_shunt",
    "volume_histogram",
]
