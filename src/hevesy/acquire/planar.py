"""Planar NM images and projections: static, whole body, dynamic, gated and tomographic views.

They hold counts on a detector, so they have no grid in the patient and never become time points of a tomogram.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from hevesy.acquire.camera import energy_windows
from hevesy.acquire.findings import notice, refuse_unreadable
from hevesy.acquire.frame_vectors import frame_vector, frame_vectors, frames_only, window_frames
from hevesy.acquire.headers import read_header
from hevesy.acquire.image import verified_frames
from hevesy.acquire.kinds import kind_of
from hevesy.acquire.pixels import read_with_pixels
from hevesy.acquire.projection import Projection, projection_of
from hevesy.acquire.values import integer, items, number, numbers, quiet, text, texts, unique
from hevesy.domain import (
    PLANAR_KINDS,
    EnergyWindow,
    Finding,
    ImageKind,
    PlanarFrame,
    PlanarImage,
    PlanarSummary,
    SeriesRecord,
)
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
    views = _views(dataset)
    return PlanarSummary(
        matrix=(rows, columns),
        spacing_mm=_spacing(dataset),
        n_frames=n_frames,
        n_detectors=_count(dataset, "DetectorVector", "NumberOfDetectors"),
        n_windows=_count(dataset, "EnergyWindowVector", "NumberOfEnergyWindows"),
        n_views=_n_angles(dataset) if kind in _ROTATING else len(views),
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
        shape = (integer(header, "Rows") or 0, integer(header, "Columns") or 0)
        stored = verified_frames(read_with_pixels(path), shape, path.name)
        counted = _counted(header, float(stored.sum(dtype=np.float64)))
        frames = _frames(header, record.kind, stored)
        return PlanarImage(
            record.kind,
            frames,
            _spacing(header),
            integer(header, "CountsAccumulated"),
            scan_velocity_mm_s=number(header, "ScanVelocity") if record.kind is ImageKind.WHOLE_BODY else None,
            transmission="TRANSMISSION" in {word.upper() for word in texts(header, "ImageType")},
            findings=counted,
        )


def _counted(header: Dataset, total: float) -> tuple[Finding, ...]:
    stated = number(header, "CountsAccumulated")
    if stated is None or abs(total - stated) <= _COUNTS_AGREEMENT * max(stated, 1.0):
        return ()
    return (notice("counts-contradiction", f"{stated:.0f} counts (CountsAccumulated)", f"pixels sum to {total:.0f}"),)


@dataclass(frozen=True)
class _Place:
    """Where a frame stands in the dimensions of its object."""

    header: Dataset
    numbers: dict[str, int]
    """Its number, from 1, in each frame vector."""

    def item(self, vector: str, sequence: str) -> Dataset | None:
        """The item of a sequence that a frame vector numbers; the only one where nothing numbers it."""
        listed = items(self.header, sequence)
        number_of_it = self.numbers.get(vector, 1 if len(listed) == 1 else 0)
        return listed[number_of_it - 1] if 1 <= number_of_it <= len(listed) else None

    @property
    def detector(self) -> Dataset | None:
        """The detector that saw the frame."""
        return self.item("DetectorVector", "DetectorInformationSequence")


def _places(header: Dataset, n_frames: int) -> tuple[_Place, ...]:
    vectors = frame_vectors(header)
    return tuple(
        _Place(header, {keyword: vector[frame] for keyword, vector in vectors.items()}) for frame in range(n_frames)
    )


def _frames(header: Dataset, kind: ImageKind, stored: NDArray[Any]) -> tuple[PlanarFrame, ...]:
    windows = {
        window: energy_windows(frames_only(header, of_it[:1])) for window, of_it in window_frames(header).items()
    }
    places = _places(header, len(stored))
    return tuple(
        _frame(place, kind, counts, windows.get(place.numbers.get("EnergyWindowVector", 0), energy_windows(header)))
        for place, counts in zip(places, stored, strict=True)
    )


def _frame(place: _Place, kind: ImageKind, counts: NDArray[Any], windows: tuple[EnergyWindow, ...]) -> PlanarFrame:
    rotates = kind in _ROTATING
    seen = Projection() if rotates else projection_of(place.header, place.detector)
    return PlanarFrame(
        counts=counts,
        view=seen.view,
        view_source=seen.source,
        orientation=seen.orientation,
        detector=place.numbers.get("DetectorVector"),
        windows=windows,
        duration_s=_duration(place, kind),
        angle_deg=_angle(place) if rotates else None,
        position_mm=None if rotates else _position(place.detector),
        numbers=tuple(place.numbers.items()),
    )


def _position(detector: Dataset | None) -> tuple[float, float, float] | None:
    position = numbers(detector, "ImagePositionPatient")
    return (position[0], position[1], position[2]) if len(position) == 3 else None


def _views(header: Dataset) -> tuple[str, ...]:
    """Names of the views that the frames are of."""
    listed = items(header, "DetectorInformationSequence")
    of_frames = dict.fromkeys(frame_vector(header, "DetectorVector") or range(1, len(listed) + 1))
    used = [listed[number - 1] for number in of_frames if 1 <= number <= len(listed)]
    return unique(projection_of(header, detector).view for detector in used)


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


def _duration(place: _Place, kind: ImageKind) -> float | None:
    if kind in _WHOLE:
        return _seconds(place.header)
    if kind is ImageKind.DYNAMIC:
        return _seconds(place.item("PhaseVector", "PhaseInformationSequence"))
    if kind is ImageKind.PROJECTIONS:
        return _seconds(place.item("RotationVector", "RotationInformationSequence"))
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


def _angle(place: _Place) -> float | None:
    """Start angle of the detector (or the rotation) plus the steps before this view. [degree]"""
    rotation = place.item("RotationVector", "RotationInformationSequence")
    view = place.numbers.get("AngularViewVector")
    starts = (number(item, "StartAngle") for item in (place.detector, rotation))
    start = next((angle for angle in starts if angle is not None), None)
    step, turns = number(rotation, "AngularStep"), {"CC": 1.0, "CW": -1.0}
    sign = turns.get(text(rotation, "RotationDirection").upper())
    if view is None or start is None or step is None or sign is None:
        return None
    return (start + sign * step * (view - 1)) % 360.0


def _n_angles(header: Dataset) -> int:
    """Different angles of the projections; where the file does not say them, different view numbers."""
    views = frame_vector(header, "AngularViewVector")
    if views is None:
        return integer(header, "NumberOfFrames") or 1
    angles = {_angle(place) for place in _places(header, len(views))}
    return len(set(views)) if None in angles else len({round(angle, 2) for angle in angles if angle is not None})
