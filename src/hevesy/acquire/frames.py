"""When each slice of a PET series was counted, and the Decay Factor it was multiplied with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.acquire.fingerprint import read_headers
from hevesy.acquire.timing import started
from hevesy.acquire.values import number
from hevesy.domain import SeriesRecord

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SliceTimes:
    """Counting of each slice, in slice order. Shapes ``(slice,)``."""

    starts_s: Floats
    """After the start of the first. [s]"""
    durations_s: Floats
    """[s]"""
    decay_factors: Floats | None
    """Decay Factor (0054,1321); None where a file lacks it."""


def slice_times(record: SeriesRecord) -> SliceTimes | None:
    """Acquisition times, Actual Frame Duration and Decay Factor of every slice.

    Acquisition Time may vary within a PET series, from bed position to bed position. A slice that two bed positions
    overlap in states one of the two.

    Returns
    -------
    None where the series is no PET series of one file a slice, or a file lacks its start or duration.

    Raises
    ------
    ReadError
        If a file is no DICOM file any more.
    """
    if record.modality != "PT" or record.grid is None or len(record.files) != record.grid.shape[0]:
        return None
    headers = read_headers(record)
    moments = [found.value for h in headers if (found := started(h)) is not None]
    lengths = [ms / 1000.0 for h in headers if (ms := number(h, "ActualFrameDuration")) is not None and ms > 0]
    factors = [factor for h in headers if (factor := number(h, "DecayFactor")) is not None]
    if len(moments) != len(headers) or len(lengths) != len(headers):
        return None
    first = min(moments)
    return SliceTimes(
        starts_s=np.array([(moment - first).total_seconds() for moment in moments]),
        durations_s=np.array(lengths),
        decay_factors=np.array(factors) if len(factors) == len(headers) else None,
    )
