"""Decay during the acquisition: what decay-corrected values still hold, slice by slice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import DecayReference
from hevesy.errors import ScaleError
from hevesy.numerics.decay import mean_over_frames, remaining

Floats = NDArray[np.float64]

NEGLIGIBLE = 0.002
"""Decay during an acquisition below which nobody is asked whether it was corrected."""


class DuringAcquisition(StrEnum):
    """Whether decay-corrected values are corrected for the decay while counting, too."""

    CORRECTED = "corrected"
    NOT_CORRECTED = "not-corrected"


@dataclass(frozen=True)
class Frames:
    """When each slice was counted, from the start of the acquisition."""

    starts_s: Floats
    """Shape ``(slice, frame)``. [s]"""
    durations_s: Floats
    """Shape ``(slice, frame)``. [s]"""

    def mean_over_start(self, half_life_s: float) -> Floats:
        """Mean activity while counting over that at the start of the acquisition. Shape ``(slice,)``."""
        return mean_over_frames(half_life_s, self.starts_s, self.durations_s)

    def decay_within(self, half_life_s: float) -> Floats:
        """Mean activity while counting over that when counting of the slice began. Shape ``(slice,)``."""
        first = self.starts_s.min(axis=-1, keepdims=True)
        return mean_over_frames(half_life_s, self.starts_s - first, self.durations_s)


def during_by_factor(
    factors: Floats, frames: Frames, half_life_s: float, *, reference_to_start_s: float
) -> DuringAcquisition | None:
    r"""What Decay Factor (0054,1321) says: with or without the decay while counting.

    The factor that the scanner multiplied with is :math:`2^{t/T_{1/2}}` for the time *t* from the moment that is
    corrected to until counting of the slice began, and divided by :math:`(1 - e^{-\lambda T})/(\lambda T)` where it
    holds the decay while counting. It decides if every slice lies nearer than a quarter of the difference to the one or
    every slice to the other.

    Parameters
    ----------
    factors
        Decay Factor of each slice. Shape ``(slice,)``.
    frames
        When each slice was counted.
    half_life_s
        Of the radionuclide. [s]
    reference_to_start_s
        The moment that is corrected to, to the start of the acquisition; zero where they are one. [s]

    Returns
    -------
    None where it fits neither.
    """
    lags = reference_to_start_s + frames.starts_s.min(axis=-1)
    without = np.array([1.0 / remaining(half_life_s, lag) for lag in lags])
    with_it = without / frames.decay_within(half_life_s)
    near = np.abs(with_it - without) / 4.0
    if np.all(np.abs(factors - with_it) < near):
        return DuringAcquisition.CORRECTED
    if np.all(np.abs(factors - without) < near):
        return DuringAcquisition.NOT_CORRECTED
    return None


def start_factors(
    reference: DecayReference,
    during: DuringAcquisition,
    frames: Frames,
    half_life_s: float,
    *,
    administration_to_scan_s: float,
) -> Floats:
    r"""Factor of each slice that brings stored values to the start of the acquisition.

    Uncorrected values are means over the counting time of their slice, in whatever bed position or rotation it was
    seen. Values corrected to a moment lack, where the correction left it out, the decay while counting.

    Parameters
    ----------
    reference
        Moment that the stored values are corrected to.
    during
        Whether that correction holds the decay while counting; without meaning for uncorrected values.
    frames
        When each slice was counted.
    half_life_s
        Of the radionuclide. [s]
    administration_to_scan_s
        Start of the administration to the start of the acquisition. [s]

    Returns
    -------
    Shape ``(slice,)``.

    Raises
    ------
    ScaleError
        If the decay state is unknown.
    """
    if reference is DecayReference.UNKNOWN:
        raise ScaleError("a known decay correction (acquisition, administration or none)", "it is unknown")
    if reference is DecayReference.NONE:
        return 1.0 / frames.mean_over_start(half_life_s)
    to_start = remaining(half_life_s, administration_to_scan_s) if reference is DecayReference.ADMINISTRATION else 1.0
    within = frames.decay_within(half_life_s)
    left_out: Floats = 1.0 / within if during is DuringAcquisition.NOT_CORRECTED else np.ones_like(within)
    return to_start * left_out
