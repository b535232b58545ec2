"""What to give and how much: activities from absorbed doses, limits and products."""

from hevesy.decide.tare import (
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
