"""Radioembolisation: activity, absorbed doses and limits of microspheres in the liver."""

from hevesy.decide.tare.partition import (
    Partition,
    Shares,
    activity_shares,
    concentration_ratio,
    mean_dose,
    partition_activity,
)

__all__ = [
    "Partition",
    "Shares",
    "activity_shares",
    "concentration_ratio",
    "mean_dose",
    "partition_activity",
]
