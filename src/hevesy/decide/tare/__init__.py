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
from hevesy.decide.tare.deposition import Deposit, SearchSettings, find_deposits
from hevesy.decide.tare.doses import dose_coefficients, sampled_coefficients
from hevesy.decide.tare.limits import Constraint, Situation, binding, constraints, rules_for, smallest_activity
from hevesy.decide.tare.live_account import HEALTHY, OUTSIDE, Account, LiveFraction, account, drawn_account
from hevesy.decide.tare.live_limit import LiveLimit, VolumeCondition, live_limit
from hevesy.decide.tare.live_remaining import (
    ASSUMPTIONS,
    Assumption,
    Remaining,
    Standing,
    healthy_dose,
    remaining_activity,
    risk_of_exceeding,
)
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
from hevesy.decide.tare.territories import LiverShares, check_territories
from hevesy.decide.tare.vials import (
    VialChoice,
    check_calibration,
    decay_to,
    delivered_activity,
    drawn_volume_ml,
    glass_vials,
)
from hevesy.decide.tare.voxel import (
    Compartment,
    DoseVolume,
    activity_for_coverage,
    distribute,
    dose_volume,
    doses_of_map,
    local_doses,
    mean_doses,
    on_grid,
    volumes,
)

__all__ = [
    "ASSUMPTIONS",
    "HEALTHY",
    "OUTSIDE",
    "Account",
    "Anatomy",
    "Assumption",
    "Compartment",
    "Constraint",
    "Deposit",
    "DoseVolume",
    "EmbolicLoad",
    "LiveFraction",
    "LiveLimit",
    "LiverShares",
    "Partition",
    "PlanarCounts",
    "Remaining",
    "SearchSettings",
    "Shares",
    "Situation",
    "Standing",
    "Territory",
    "TumourPart",
    "VialChoice",
    "VolumeCondition",
    "account",
    "activity_for_coverage",
    "activity_shares",
    "all_within",
    "binding",
    "body_surface_activity",
    "body_surface_area",
    "burden_activity",
    "check_calibration",
    "check_shunt",
    "check_territories",
    "concentration_ratio",
    "constraints",
    "decay_to",
    "delivered_activity",
    "distribute",
    "dose_coefficients",
    "dose_volume",
    "doses_of_map",
    "drawn_account",
    "drawn_volume_ml",
    "embolic_load",
    "find_deposits",
    "glass_vials",
    "healthy_dose",
    "live_limit",
    "local_doses",
    "mean_dose",
    "mean_doses",
    "on_grid",
    "one_compartment_activity",
    "partition_activity",
    "planar_lung_shunt",
    "probability_above",
    "remaining_activity",
    "risk_of_exceeding",
    "rules_for",
    "sampled_coefficients",
    "share_above",
    "shunt_reduction",
    "smallest_activity",
    "tomographic_lung_shunt",
    "volumes",
]
