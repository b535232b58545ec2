"""What one scan says about a region where no curve is drawn through it."""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.quantities import Uncertain


@dataclass(frozen=True)
class SingleTimeEstimate:
    """A time-integrated activity that is a factor times one activity."""

    region: str
    method: str
    """``haenscheid`` or ``tissue-dose-factor``."""
    time_integrated_activity: Uncertain
    """From 0 to infinity. [Bq s]"""
    factor_s: float
    """Time-integrated activity over activity. [s]"""
    notices: tuple[tuple[str, str], ...] = ()
    """Code and sentence of what is doubtful."""
