"""The frame vectors of an NM object: which detector, energy window, view, phase or slice each frame is."""

from __future__ import annotations

from collections.abc import Sequence

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from hevesy.acquire.elements import copied, put
from hevesy.acquire.values import get, integer, items, numbers

FRAME_VECTORS = {
    0x00540010: "EnergyWindowVector",
    0x00540020: "DetectorVector",
    0x00540030: "PhaseVector",
    0x00540050: "RotationVector",
    0x00540060: "RRIntervalVector",
    0x00540070: "TimeSlotVector",
    0x00540080: "SliceVector",
    0x00540090: "AngularViewVector",
    0x00540100: "TimeSliceVector",
}
"""Tag, as Frame Increment Pointer names it, and keyword of every frame vector."""

MAX_FRAMES = 65536
"""As many as a 16-bit number counts; more is damage, and would take memory before it is noticed. [-]"""


def pointers(dataset: Dataset) -> tuple[int, ...]:
    """Tags that Frame Increment Pointer names."""
    value = get(dataset, "FrameIncrementPointer")
    if value is None:
        return ()
    try:
        return (int(value),) if isinstance(value, int) else tuple(int(tag) for tag in value)
    except (TypeError, ValueError):
        return ()


def frame_vector(dataset: Dataset, keyword: str) -> tuple[int, ...] | None:
    """The whole numbers of a frame vector, one for each frame; None where there are not as many."""
    values = numbers(dataset, keyword)
    n_frames = integer(dataset, "NumberOfFrames") or 1
    return tuple(int(v) for v in values) if len(values) == n_frames else None


def frame_vectors(dataset: Dataset) -> dict[str, tuple[int, ...]]:
    """Every frame vector that has one number for each frame, by keyword."""
    found = {keyword: frame_vector(dataset, keyword) for keyword in FRAME_VECTORS.values()}
    return {keyword: vector for keyword, vector in found.items() if vector}


def varies(dataset: Dataset, tag: int) -> bool:
    """Whether frames differ in what Frame Increment Pointer names."""
    return tag in pointers(dataset) and len(set(numbers(dataset, FRAME_VECTORS[tag]))) > 1


def window_frames(dataset: Dataset) -> dict[int, tuple[int, ...]]:
    """Frames (from 0) of each energy window (from 1); empty where the frames name none."""
    found: dict[int, list[int]] = {}
    for frame, window in enumerate(frame_vector(dataset, "EnergyWindowVector") or ()):
        found.setdefault(window, []).append(frame)
    return {window: tuple(frames) for window, frames in sorted(found.items())}


def frames_only(dataset: Dataset, frames: Sequence[int]) -> Dataset:
    """The header as if the object had only some of its frames, and only the energy window that they are of."""
    windows = window_frames(dataset)
    n_frames = integer(dataset, "NumberOfFrames") or 1
    listed = items(dataset, "EnergyWindowInformationSequence")
    of_frames = [window for window, members in windows.items() if set(members) & set(frames)]
    narrow = len(listed) > 1 and 0 < len(of_frames) < len(listed)
    if len(frames) == n_frames and not narrow:
        return dataset
    reduced = copied(dataset)
    if narrow:
        named = [listed[window - 1] for window in of_frames if window <= len(listed)]
        put(reduced, "EnergyWindowInformationSequence", Items(named))
        put(reduced, "NumberOfEnergyWindows", len(of_frames))
    if len(frames) < n_frames:
        _cut(reduced, dataset, frames)
    return reduced


def _cut(reduced: Dataset, dataset: Dataset, frames: Sequence[int]) -> None:
    for keyword, vector in frame_vectors(dataset).items():
        put(reduced, keyword, [vector[frame] for frame in frames])
    put(reduced, "NumberOfFrames", len(frames))
    if "CountsAccumulated" in reduced:
        del reduced.CountsAccumulated
