"""Planar NM images and projections: static, whole body, dynamic, gated and tomographic views.

They hold counts on a detector, so they have no grid in the patient and never become time points of a tomogram.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from hevesy.acquire.camera import energy_windows
from hevesy.acquire.findings import notice, refuse_unreadable
from hevesy.acquire.frame_vectors import FRAME_VECTORS, frame_vector, frames_only
from hevesy.acquire.headers import read_header
from hevesy.acquire.kinds import kind_of
from hevesy.acquire.pixels import read_with_pixels, stored_frames
from hevesy.acquire.projection import projection_of
from hevesy.acquire.values import integer, items, number, numbers, quiet, text, unique
from hevesy.domain import PLANAR_KINDS, Finding, ImageKind, PlanarFrame, PlanarImage, PlanarSummary, SeriesRecord
from hevesy.errors import ReadError

_COUNTS_AGREEMENT = 1e-3
_WHOLE = frozenset({ImageKind.STATIC, ImageKind.WHOLE_BODY})
"""Kinds whose Actual Frame Duration at the root is that of every frame."""
_ROTATING = frozenset({ImageKind.PROJECTIONS, ImageKind.GATED_PROJECTIONS})


def planar_summary(dataset: Dataset) -> PlanarSummary | None:
    """What the header of a planar NM object says; None of any other object."""
    kind = kind_of(dataset)
    rows, columns = integer(dataset, "Rows"), integer(dataset, "Columns")
    if kind not in PLANAR_KINDS or not rows or not columns:
        return None
    n_frames = integer(dataset, "NumberOfFrames") or 1
    views = _views(dataset, n_frames)
    return PlanarSummary(
        matrix=(rows, columns),
        spacing_mm=_spacing(dataset),
        n_frames=n_frames,
        n_detectors=_count(dataset, "DetectorVector", "NumberOfDetectors"),
        n_windows=_count(dataset, "EnergyWindowVector", "NumberOfEnergyWindows"),
        n_views=len(_angles(dataset, n_frames)) if kind in _ROTATING else len(views),
        views=() if kind in _ROTATING else views,
        duration_s=_whole_duration(dataset, kind),
        scan_length_mm=number(dataset, "ScanLength") if kind is ImageKind.WHOLE_BODY else None,
        counts_accumulated=integer(dataset, "CountsAccumulated"),
    )


def load_planar(record: SeriesRecord) -> PlanarImage:
    """Load every frame of a planar NM object as stored counts.

    Returns
    -------
    The frames in the order of the file. A sum of pixels that is not the stated Counts Accumulated (by more than 0.1 %)
    is a finding.

    Raises
    ------
    ReadError
        If the series is no planar NM object, or is truncated or cannot be decoded.
    """
    where = f"series {record.id}"
    if record.kind not in PLANAR_KINDS or len(record.files) != 1:
        raise ReadError("one planar NM object", f"a {record.kind} image in {len(record.files)} files came", where)
    refuse_unreadable(record.contradictions, where)
    path = record.files[0]
    with quiet():
        header = read_header(path).dataset
        if text(header, "Units").upper() not in {"", "CNTS"} or number(header, "RescaleSlope") not in {None, 1.0}:
            raise ReadError("stored counts", "rescaled values came", where)
        stored = stored_frames(read_with_pixels(path), path.name)
        counted = _counted(header, float(stored.sum(dtype=np.float64)))
        frames = tuple(_frame(header, record.kind, number, counts) for number, counts in enumerate(stored))
        return PlanarImage(record.kind, frames, _spacing(header), integer(header, "CountsAccumulated"), counted)


def _counted(header: Dataset, total: float) -> tuple[Finding, ...]:
    stated = number(header, "CountsAccumulated")
    if stated is None or abs(total - stated) <= _COUNTS_AGREEMENT * max(stated, 1.0):
        return ()
    return (notice("counts-contradiction", f"{stated:.0f} counts (CountsAccumulated)", f"pixels sum to {total:.0f}"),)


def _frame(header: Dataset, kind: ImageKind, frame: int, counts: NDArray[Any]) -> PlanarFrame:
    detector, number_of_it = _detector(header, frame)
    seen = projection_of(header, detector)
    numbers_of_it = {keyword: v[frame] for keyword in FRAME_VECTORS.values() if (v := frame_vector(header, keyword))}
    rotates = kind in _ROTATING
    return PlanarFrame(
        counts=counts,
        view="" if rotates else seen.view,
        view_source="" if rotates else seen.source,
        orientation=None if rotates else seen.orientation,
        detector=number_of_it,
        windows=energy_windows(frames_only(header, [frame])),
        duration_s=_duration(header, kind, frame),
        angle_deg=_angle(header, frame) if rotates else None,
        numbers=tuple(numbers_of_it.items()),
    )


def _item(header: Dataset, vector: str, sequence: str, frame: int) -> tuple[Dataset | None, int | None]:
    """The item of a sequence that a frame vector numbers; the only one where nothing numbers it."""
    listed = items(header, sequence)
    vector_of_frames = frame_vector(header, vector)
    which = vector_of_frames[frame] if vector_of_frames else (1 if len(listed) == 1 else None)
    there = which is not None and 1 <= which <= len(listed)
    return (listed[which - 1] if which is not None and there else None), which


def _detector(header: Dataset, frame: int) -> tuple[Dataset | None, int | None]:
    return _item(header, "DetectorVector", "DetectorInformationSequence", frame)


def _views(header: Dataset, n_frames: int) -> tuple[str, ...]:
    return unique(projection_of(header, _detector(header, frame)[0]).view for frame in range(n_frames))


def _count(header: Dataset, vector: str, stated: str) -> int:
    """How many of a dimension the frames are of; where no vector says, as stated."""
    of_frames = frame_vector(header, vector)
    return len(set(of_frames)) if of_frames else integer(header, stated) or 1


def _spacing(header: Dataset) -> tuple[float, float] | None:
    spacing = numbers(header, "PixelSpacing")
    return (spacing[0], spacing[1]) if len(spacing) == 2 and min(spacing) > 0 else None


def _seconds(item: Dataset | None) -> float | None:
    milliseconds = number(item, "ActualFrameDuration")
    return milliseconds / 1000.0 if milliseconds and milliseconds > 0 else None


def _duration(header: Dataset, kind: ImageKind, frame: int) -> float | None:
    if kind in _WHOLE:
        return _seconds(header)
    if kind is ImageKind.DYNAMIC:
        return _seconds(_item(header, "PhaseVector", "PhaseInformationSequence", frame)[0])
    if kind is ImageKind.PROJECTIONS:
        return _seconds(_item(header, "RotationVector", "RotationInformationSequence", frame)[0])
    return None


def _whole_duration(header: Dataset, kind: ImageKind) -> float | None:
    sequences = {
        ImageKind.DYNAMIC: ("PhaseInformationSequence", "NumberOfFramesInPhase"),
        ImageKind.PROJECTIONS: ("RotationInformationSequence", "NumberOfFramesInRotation"),
    }
    if kind not in sequences:
        return _seconds(header)
    sequence, count = sequences[kind]
    parts = [(integer(item, count), _seconds(item)) for item in items(header, sequence)]
    known = [n * each for n, each in parts if n is not None and each is not None]
    return sum(known) if known and len(known) == len(parts) else None


def _angle(header: Dataset, frame: int) -> float | None:
    """Start angle of the detector (or the rotation) plus the steps before this view. [degree]"""
    rotation, _ = _item(header, "RotationVector", "RotationInformationSequence", frame)
    view = frame_vector(header, "AngularViewVector")
    starts = (number(item, "StartAngle") for item in (_detector(header, frame)[0], rotation))
    start = next((angle for angle in starts if angle is not None), None)
    step, turns = number(rotation, "AngularStep"), {"CC": 1.0, "CW": -1.0}
    sign = turns.get(text(rotation, "RotationDirection").upper())
    if view is None or start is None or step is None or sign is None:
        return None
    return (start + sign * step * (view[frame] - 1)) % 360.0


def _angles(header: Dataset, n_frames: int) -> Sequence[object]:
    """Different angles of the projections; where the file does not say them, different view numbers."""
    angles = {_angle(header, frame) for frame in range(n_frames)}
    if None not in angles:
        return sorted(round(angle, 2) for angle in angles if angle is not None)
    return sorted(set(frame_vector(header, "AngularViewVector") or range(n_frames)))
