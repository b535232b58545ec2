"""What became of the fit of one voxel."""

from __future__ import annotations

from enum import IntEnum


class VoxelStatus(IntEnum):
    """Code of a voxel in a status map; from 10 on there is no value."""

    OUTSIDE = 0
    """Not among the voxels that were asked for."""
    FITTED = 1
    PHYSICAL_DECAY = 2
    """The biological rate of the terminal phase came out as zero, its bound: decay alone."""
    ONE_PHASE = 3
    """A phase vanished or became another one: a simpler model says the same."""
    UNRESOLVED_PHASE = 4
    """A phase is as fast as the scans can resolve, or faster."""
    NOT_FINITE = 10
    NOT_POSITIVE = 11
    """A value is zero or negative: no exponential passes through it."""
    RISING = 12
    """The last value exceeds the one before it by more than the noise explains."""
    LOST = 13
    """The activity is gone between two scans: its rate is at the upper bound."""
    NOT_CONVERGED = 14
    UNDETERMINED = 15
    """The scans do not determine the parameters: the covariance is singular."""

    @property
    def has_value(self) -> bool:
        """Whether the voxel has a time-integrated activity."""
        return VoxelStatus.FITTED <= self < VoxelStatus.NOT_FINITE

    @property
    def text(self) -> str:
        """Name in documents: ``physical-decay``."""
        return self.name.lower().replace("_", "-")
