"""Radioembolisation: activity, absorbed doses and limits of microspheres in the liver."""

from hevesy.decide.tare.activities import body_surface_activity, body_surface_area, burden_activity, check_shunt, one_compartment_activity, shunt_reduction
from hevesy.decide.tare.anatomy import Anatomy, Territory, TumourPart
from hevesy.decide.tare.deposition import Deposit, SearchSettings, find_deposits
from hevesy.decide.tare.doses import dose_coefficients, sampled_coefficients
from hevesy.decide.tare.effects import check_effects, effect_probability, effect_statement, effects_for, level_exceeded
from hevesy.decide.tare.eligibility import Assessed, NOT_MET, Override, assess, check_eligible, eligibility_findings
from hevesy.decide.tare.intratumoural_activities import Room, Wanted
from hevesy.decide.tare.intratumoural_coverage import ColdSpot, cold_spots, dose_covering, share_covered, volume_histogram
from hevesy.decide.tare.intratumoural_deposits import Margins, dose_around, influence, places, sphere_radius_mm, sphere_shares, spread_voxels
from hevesy.decide.tare.intratumoural_sampling import DrawnDeposits, Errors, Setting, Spread, drawn_parts, spread
from hevesy.decide.tare.intratumoural_search import Proposal, Rules, largest_factor, propose, smallest_factor
from hevesy.decide.tare.limits import Constraint, Situation, binding, constraints, rules_for, smallest_activity
from hevesy.decide.tare.margins import activity_kept_with, allowed_activities, needed_activities
from hevesy.decide.tare.own_limits import stated_limit, trial_limit, with_trial
from hevesy.decide.tare.particles import EmbolicLoad, embolic_load
from hevesy.decide.tare.partition import Partition, Shares, activity_shares, concentration_ratio, mean_dose, partition_activity
from hevesy.decide.tare.probability import all_within, probability_above, share_above
from hevesy.decide.tare.schedule import days_between, scout_findings, session_order
from hevesy.decide.tare.shunt import PlanarCounts, planar_lung_shunt, tomographic_lung_shunt
from hevesy.decide.tare.territories import LiverShares, check_territories
from hevesy.decide.tare.vials import VialChoice, calibration_findings, check_calibration, decay_to, delivered_activity, drawn_volume_ml, glass_vials
from hevesy.decide.tare.voxel import Compartment, DoseVolume, activity_for_coverage, distribute, dose_volume, doses_of_map, local_doses, mean_doses, on_grid, volumes

__all__ = [
    "Anatomy",
    "Assessed",
    "ColdSpot",
    "Compartment",
    "Constraint",
    "Deposit",
    "DoseVolume",
    "DrawnDeposits",
    "EmbolicLoad",
    "Errors",
    "LiverShares",
    "Margins",
    "NOT_MET",
    "Override",
    "Partition",
    "PlanarCounts",
    "Proposal",
    "Room",
    "Rules",
    "SearchSettings",
    "Setting",
    "Shares",
    "Situation",
    "Spread",
    "Territory",
    "TumourPart",
    "VialChoice",
    "Wanted",
    "activity_for_coverage",
    "activity_kept_with",
    "activity_shares",
    "all_within",
    "allowed_activities",
    "assess",
    "binding",
    "body_surface_activity",
    "body_surface_area",
    "burden_activity",
    "calibration_findings",
    "check_calibration",
    "check_effects",
    "check_eligible",
    "check_shunt",
    "check_territories",
    "cold_spots",
    "concentration_ratio",
    "constraints",
    "days_between",
    "decay_to",
    "delivered_activity",
    "distribute",
    "dose_around",
    "dose_coefficients",
    "dose_covering",
    "dose_volume",
    "doses_of_map",
    "drawn_parts",
    "drawn_volume_ml",
    "effect_probability",
    "effect_statement",
    "effects_for",
    "eligibility_findings",
    "embolic_load",
    "find_deposits",
    "glass_vials",
    "influence",
    "largest_factor",
    "level_exceeded",
    "local_doses",
    "mean_dose",
    "mean_doses",
    "needed_activities",
    "on_grid",
    "one_compartment_activity",
    "partition_activity",
    "places",
    "planar_lung_shunt",
    "probability_above",
    "propose",
    "rules_for",
    "sampled_coefficients",
    "scout_findings",
    "session_order",
    "share_above",
    "share_covered",
    "shunt_reduction",
    "smallest_activity",
    "smallest_factor",
    "sphere_radius_mm",
    "sphere_shares",
    "spread",
    "spread_voxels",
    "stated_limit",
    "tomographic_lung_shunt",
    "trial_limit",
    "volume_histogram",
    "volumes",
    "with_trial",
]
