"""The decay state of one scan: what brings each slice to the start of the acquisition, and who said so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.acquire import slice_times
from hevesy.domain import DecayReference, SeriesRecord
from hevesy.errors import ScaleError
from hevesy.quantify import (
    NEGLIGIBLE,
    DuringAcquisition,
    Frames,
    decay_factor,
    during_by_factor,
    start_factors,
)


@dataclass(frozen=True)
class ScanDecay:
    """Factors to the start of the acquisition, and where the decay while counting was settled."""

    factors: NDArray[np.float64]
    """Shape ``(slice,)``, or ``(1,)`` where one serves all."""
    words: str
    """For the report: how the decay while counting was dealt with."""


@dataclass(frozen=True)
class _Scan:
    record: SeriesRecord
    half_life_s: float
    time_s: float
    stated: DuringAcquisition | None


def scan_decay(
    record: SeriesRecord, half_life_s: float, administration_to_scan_s: float, stated: DuringAcquisition | None
) -> ScanDecay:
    """Settle the decay state of one scan.

    Whether decay-corrected values hold the decay while counting is not asked below 0.2 %. Above, the Decay Factor of
    the files decides, and what they do not tell the study has to state.

    Parameters
    ----------
    record
        The series.
    half_life_s, administration_to_scan_s
        Of the nuclide; start of the administration to the start of the acquisition. [s]
    stated
        What the study says.

    Raises
    ------
    ScaleError
        If the decay state is unknown, nobody says whether the decay while counting is corrected, or files and study
        contradict each other.
    """
    scan = _Scan(record, half_life_s, administration_to_scan_s, stated)
    duration = record.acquisition_duration_s
    if duration is None:
        return _without_duration(scan)
    whole = Frames(np.zeros((1, 1)), np.array([[duration]]))
    decay = 1.0 - float(whole.mean_over_start(half_life_s)[0])
    if decay <= NEGLIGIBLE:
        used = stated or DuringAcquisition.CORRECTED
        return ScanDecay(_factors(scan, used, whole), _negligible_words(record, stated, decay))
    return _telling(scan, whole)


def _without_duration(scan: _Scan) -> ScanDecay:
    if scan.record.decay_corrected_to is not DecayReference.NONE and scan.stated is not DuringAcquisition.CORRECTED:
        raise ScaleError(
            "the duration of the acquisition, or decay_during_acquisition: corrected", "neither came", _where(scan)
        )
    factor = decay_factor(
        scan.record.decay_corrected_to,
        duration_s=None,
        half_life_s=scan.half_life_s,
        administration_to_scan_s=scan.time_s,
    )
    return ScanDecay(np.array([factor]), "corrected for decay while counting, as the study states")


def _negligible_words(record: SeriesRecord, stated: DuringAcquisition | None, decay: float) -> str:
    if record.decay_corrected_to is DecayReference.NONE:
        return f"not decay-corrected; brought from the mean over the acquisition to its start ({decay:.2%})"
    how = f"; {stated.value} as the study states" if stated else f"; at most {NEGLIGIBLE:.1%}, so left as it is"
    return f"decay while counting {decay:.2%}{how}"


def _telling(scan: _Scan, whole: Frames) -> ScanDecay:
    times = slice_times(scan.record)
    frames = whole if times is None else Frames(times.starts_s[:, np.newaxis], times.durations_s[:, np.newaxis])
    reference = scan.record.decay_corrected_to
    if reference is DecayReference.NONE:
        words = f"not decay-corrected; {_spread(frames, scan.half_life_s)} brought to the start of the acquisition"
        return ScanDecay(_factors(scan, DuringAcquisition.CORRECTED, frames), words)
    filed = None
    if times is not None and times.decay_factors is not None:
        lag = scan.time_s if reference is DecayReference.ADMINISTRATION else 0.0
        filed = during_by_factor(times.decay_factors, frames, scan.half_life_s, reference_to_start_s=lag)
    during, source = _settled(scan, frames, filed)
    words = f"{_spread(frames, scan.half_life_s)} {during.value} ({source})"
    return ScanDecay(_factors(scan, during, frames), words)


def _settled(scan: _Scan, frames: Frames, filed: DuringAcquisition | None) -> tuple[DuringAcquisition, str]:
    if filed is not None and scan.stated not in {None, filed}:
        raise ScaleError(
            f"decay_during_acquisition: {filed.value}, as the Decay Factor of the files has it",
            f"{scan.stated} came",
            _where(scan),
        )
    largest = 1.0 - float(frames.decay_within(scan.half_life_s).min())
    if filed is not None:
        return filed, "Decay Factor"
    if scan.stated is not None:
        return scan.stated, "study"
    if largest <= NEGLIGIBLE:
        return DuringAcquisition.CORRECTED, f"at most {NEGLIGIBLE:.1%}, so taken as"
    raise ScaleError(
        "decay_during_acquisition stating whether the values are corrected for decay while counting",
        f"the files do not tell, and it is {largest:.1%}",
        _where(scan),
    )


def _spread(frames: Frames, half_life_s: float) -> str:
    within = 1.0 - frames.decay_within(half_life_s)
    return f"decay while counting, up to {float(within.max()):.2%},"


def _factors(scan: _Scan, during: DuringAcquisition, frames: Frames) -> NDArray[np.float64]:
    try:
        return start_factors(
            scan.record.decay_corrected_to, during, frames, scan.half_life_s, administration_to_scan_s=scan.time_s
        )
    except ScaleError as error:
        raise ScaleError(error.expected, error.came, _where(scan)) from error


def _where(scan: _Scan) -> str:
    return f"series {scan.record.id}"
