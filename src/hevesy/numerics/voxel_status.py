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
    EMPTY = 10
    """No activity at any scan."""
    NOT_FINITE = 11
    """A value or its uncertainty is no number."""
    NOT_POSITIVE = 12
    """A value is zero or negative: no exponential passes through it."""
    RISING = 13
    """The last value exceeds the one before it by more than the noise explains."""
    LOST = 14
    """The activity is gone between two scans: its rate is at the upper bound."""
    NOT_CONVERGED = 15
    UNDETERMINED = 16
    """The scans do not determine the parameters: the covariance is singular."""

    @property
    def has_value(self) -> bool:
        """Whether the voxel has a time-integrated activity."""
        return VoxelStatus.FITTED <= self < VoxelStatus.EMPTY

    @property
    def text(self) -> str:
        """Name in documents: ``physical-decay``."""
        return self.name.lower().replace("_", "-")
