r"""When each slice of a PT series was acquired, and to when its values are decay-corrected.

The picture holds the mean activity over the scan of the time point, :math:`\bar A`, which starts at the start of the
series and lasts *D*. With two beds, the upper half is acquired by a second scan of the same duration, which starts
:math:`\Delta` later; only physical decay (:math:`\lambda`) lies between them:

.. math::

   \text{NONE:} \ \bar A e^{-\lambda \Delta} \qquad
   \text{START:} \ \bar A \frac{\lambda D}{1 - e^{-\lambda D}} \qquad
   \text{ADMIN:} \ \bar A \frac{\lambda D}{1 - e^{-\lambda D}} e^{\lambda t}

with *t* from the administration to the start of the series. The decay factor is what the values of the bed were
multiplied by.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from hevesy.numerics.decay import mean_over_start, remaining
from hevesy.simulate.dicom_tracer import EmissionSeries
from hevesy.simulate.quirks import Quirk
from hevesy.simulate.seeds import generator

_TO_NEXT_BED = timedelta(seconds=20)
_LARGEST_SLOPE_FACTOR = 10.0


@dataclass(frozen=True)
class SliceTiming:
    """Acquisition, decay correction and storage of one PT slice."""

    start: datetime
    """Of the bed's acquisition."""
    decay_correction: str = "NONE"
    decay_factor: float | None = None
    """Written where values are decay-corrected."""
    reference_s: float = 0.0
    """Start of the series to the moment at which the activity is the mean over the bed's acquisition. [s]"""
    value_factor: float = 1.0
    """What is stored over the mean activity during the time point's scan."""
    slope_factor: float = 1.0
    """How much larger the rescale slope is than the slice's values ask for."""


def slice_timings(emission: EmissionSeries, n: int, quirks: frozenset[Quirk], seed: int) -> list[SliceTiming]:
    """Timing of ``n`` slices from feet to head."""
    slopes = np.ones(n)
    if Quirk.VARYING_SLOPES in quirks:
        rng = generator(seed, "slopes", emission.series.series_uid)
        slopes = _LARGEST_SLOPE_FACTOR ** rng.uniform(size=n)
    second = n // 2 if Quirk.TWO_BEDS in quirks else n
    return [_timing(emission, quirks, second_bed=k >= second, slope_factor=float(slopes[k])) for k in range(n)]


def _timing(
    emission: EmissionSeries, quirks: frozenset[Quirk], *, second_bed: bool, slope_factor: float
) -> SliceTiming:
    half_life, duration = emission.tracer.half_life_s, emission.duration_s
    delay = timedelta(seconds=duration) + _TO_NEXT_BED if second_bed else timedelta()
    of_bed = remaining(half_life, delay.total_seconds())
    start = emission.series.start + delay
    to_start = 1.0 / mean_over_start(half_life, duration)
    if Quirk.DECAY_START in quirks:
        correction, value = "START", to_start
    elif Quirk.DECAY_ADMIN in quirks:
        correction, value = "ADMIN", to_start / remaining(half_life, emission.since_administration_s)
    else:
        correction, value = "NONE", of_bed
    corrected = correction != "NONE"
    reference = half_life * float(np.log2(to_start / of_bed)) if corrected or Quirk.TWO_BEDS in quirks else 0.0
    return SliceTiming(start, correction, value / of_bed if corrected else None, reference, value, slope_factor)
