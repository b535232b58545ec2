"""A file as the classic images it stands for, so that one way of reading serves all.

An enhanced multi-frame object is read as one classic slice for each frame. An NM object is one image of several
frames; of an object with several energy windows, the frames of one window are an image of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset

from hevesy.acquire.enhanced import frame_headers, has_frame_groups
from hevesy.acquire.frame_vectors import MAX_FRAMES, frames_only
from hevesy.acquire.values import integer, text


@dataclass(frozen=True)
class View:
    """A classic image."""

    dataset: Dataset
    """Its header."""
    file: int
    """Index of the file within its series."""
    frames: Sequence[int]
    """Frames of the file that it shows, from 0."""


def views_of(datasets: Sequence[Dataset], frames: tuple[int, ...] | None = None) -> tuple[View, ...]:
    """The classic images in the files of a series.

    Parameters
    ----------
    datasets
        Headers of the files.
    frames
        The only frames to look at, where there is one file; all by default.
    """
    return tuple(view for file, dataset in enumerate(datasets) for view in _views(dataset, file, frames))


def _views(dataset: Dataset, file: int, frames: tuple[int, ...] | None) -> tuple[View, ...]:
    stated = max(integer(dataset, "NumberOfFrames") or 1, 1)
    if stated > MAX_FRAMES:
        return (View(dataset, file, (0,)),)  # its geometry says that it is absurd
    chosen = range(stated) if frames is None else frames
    if has_frame_groups(dataset):
        return tuple(
            View(header, file, (frame,)) for frame, header in zip(chosen, frame_headers(dataset, chosen), strict=True)
        )
    if text(dataset, "Modality").upper() == "NM":
        return (View(frames_only(dataset, chosen), file, chosen),)
    return (View(dataset, file, chosen),)
