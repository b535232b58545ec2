"""What became of the fit of R2* in one voxel."""

from __future__ import annotations

from enum import IntEnum


class R2StarStatus(IntEnum):
    """Code of a voxel in a status map; from 10 on there is no value."""

    OUTSIDE = 0
    """Not among the voxels that were asked for."""
    FITTED = 1
    OSCILLATING = 2
    """The echoes swing at the frequency of fat against water: R2* is biased by it."""
    POOR_FIT = 3
    """The echoes are no single exponential within their noise; the uncertainty was scaled up."""
    VOID = 10
    """The signal is gone before it can be measured twice: R2* is above a bound."""
    NO_SIGNAL = 11
    """No signal, and none to be expected that could have been lost: no bound either."""
    NOT_CONVERGED = 12
    NOT_FINITE = 13
    """A magnitude is no number, or negative."""

    @property
    def has_value(self) -> bool:
        """Whether the voxel has an R2*."""
        return R2StarStatus.FITTED <= self < R2StarStatus.VOID

    @property
    def text(self) -> str:
        """Name in documents: ``no-signal``."""
        return self.name.lower().replace("_", "-")
