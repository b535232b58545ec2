"""Several images in one series: told apart where the files say how, and left together, to be refused, where not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations

from hevesy.acquire.camera import energy_windows
from hevesy.acquire.findings import blocking
from hevesy.acquire.frame_vectors import frames_only, window_frames
from hevesy.acquire.grouping import FileGroup
from hevesy.acquire.image import stack_of
from hevesy.acquire.kinds import is_tomogram, kind_of
from hevesy.acquire.timing import started
from hevesy.acquire.values import as_number, text
from hevesy.acquire.views import View, views_of
from hevesy.domain import Finding, ImageKind

_TELLING = {
    "SOPInstanceUID": "object",
    "ImageType": "image type",
    "StackID": "stack",
    "TemporalPositionIndex": "temporal position",
    "TemporalPositionIdentifier": "temporal position",
    "AcquisitionNumber": "acquisition",
    "ReconstructionMethod": "reconstruction",
    "ConvolutionKernel": "kernel",
    "FrameReferenceTime": "frame reference time",
    "TriggerTime": "trigger time",
    "AcquisitionDateTime": "acquisition time",
    "AcquisitionTime": "acquisition time",
}
"""Attributes that may tell the images of a series apart, the most telling first."""
_SEVERAL = frozenset({
    "duplicate-slice", "mixed-geometry", "mixed-orientation", "mixed-frame-of-reference", "irregular-slices",
})  # fmt: skip
"""Why slices make no volume where they are of several; a missing slice is none of these."""


def images_of(group: FileGroup) -> tuple[FileGroup, ...]:
    """Tell the images of one series apart.

    Localizers of a CT are an image of their own. So are the frames of each energy window of an NM tomogram. Slices of
    PET, CT and MR that make no volume together (positions come twice, orientations or matrices differ) are told apart
    by the first attribute, or pair of attributes, that leaves a regular volume of at least two slices for each of its
    values. Where none does, the series stays one, and its geometry is refused.
    """
    modality = text(group.headers[0].dataset, "Modality").upper()
    if modality == "NM":
        return _windows(group)
    if modality not in {"PT", "CT", "MR"}:
        return (group,)
    views = views_of([header.dataset for header in group.headers])
    scouts = [view for view in views if kind_of(view.dataset) is ImageKind.LOCALIZER]
    slices = [view for view in views if kind_of(view.dataset) is not ImageKind.LOCALIZER]
    if not scouts or not slices:
        return _volumes(group, views)
    apart = _part(group, scouts, "localizer", ""), _part(group, slices, "", "")
    return (apart[0], *_volumes(apart[1], slices)) if apart[0] and apart[1] else (group,)


def _windows(group: FileGroup) -> tuple[FileGroup, ...]:
    head = group.headers[0].dataset
    windows = window_frames(head)
    if len(group.headers) > 1 or len(windows) < 2 or not is_tomogram(head):
        return (group,)
    return tuple(
        replace(
            group, uid=f"{group.uid}#window-{window}", frames=frames, part=", ".join((f"energy window {window}", kev))
        )
        for window, frames in windows.items()
        for kev in [_kev(energy_windows(frames_only(head, frames)))]
    )


def _kev(windows: Iterable[object]) -> str:
    return " and ".join(str(window) for window in windows) or "not stated"


def _volumes(group: FileGroup, views: Sequence[View]) -> tuple[FileGroup, ...]:
    if not _several(group, views):
        return (group,)
    telling = [keyword for keyword in _TELLING if 1 < len(_by(views, [keyword])) <= len(views) // 2]
    for keywords in (*((keyword,) for keyword in telling), *combinations(telling, 2)):
        volumes = _by(views, keywords)
        if len(volumes) > 1 and all(_regular(group, members) for members in volumes.values()):
            name = _TELLING[keywords[0]] if len(keywords) == 1 else "image"
            parts = [
                _part(
                    group, members, f"{name.replace(' ', '-')}-{number}", _words(keywords, values) or f"{name} {number}"
                )
                for number, (values, members) in enumerate(volumes.items(), start=1)
            ]
            found = [part for part in parts if part]
            return _judged(found, views) if len(found) == len(parts) else (group,)
    return (group,)


def _judged(parts: Sequence[FileGroup], views: Sequence[View]) -> tuple[FileGroup, ...]:
    """Values of a later time frame that are decay-corrected to the start of the series are refused."""
    first = _start(views)
    return tuple(replace(part, findings=(*part.findings, *_corrected_elsewhere(part, first))) for part in parts)


def _corrected_elsewhere(part: FileGroup, first: datetime | None) -> tuple[Finding, ...]:
    views = views_of([header.dataset for header in part.headers], part.frames)
    own = _start(views)
    if first is None or own is None or own <= first or text(views[0].dataset, "DecayCorrection").upper() != "START":
        return ()
    expected = f"values decay-corrected to the start of this image, {own}"
    came = f"Decay Correction START is the start of the series, {first}"
    return (blocking("decay-correction-contradiction", expected, came),)


def _start(views: Sequence[View]) -> datetime | None:
    starts = [moment.value for view in views if (moment := started(view.dataset))]
    return min(starts) if starts else None


def _names(group: FileGroup, views: Sequence[View]) -> list[str]:
    return [group.headers[view.file].path.name for view in views]


def _several(group: FileGroup, views: Sequence[View]) -> bool:
    if len(views) < 2 or not is_tomogram(views[0].dataset):
        return False
    _, _, findings = stack_of([view.dataset for view in views], _names(group, views))
    return any(finding.code in _SEVERAL for finding in findings)


def _regular(group: FileGroup, views: Sequence[View]) -> bool:
    if len(views) < 2:
        return False
    stack, _, _ = stack_of([view.dataset for view in views], _names(group, views))
    return stack.grid is not None


def _by(views: Sequence[View], keywords: Sequence[str]) -> Mapping[tuple[str, ...], list[View]]:
    found: dict[tuple[str, ...], list[View]] = {}
    for view in views:
        found.setdefault(tuple(text(view.dataset, keyword) for keyword in keywords), []).append(view)
    return dict(sorted(found.items(), key=lambda item: [_order(value) for value in item[0]]))


def _order(value: str) -> tuple[float, str]:
    number = as_number(value)
    return (0.0 if number is None else number, value)


def _words(keywords: Sequence[str], values: Sequence[str]) -> str:
    told = zip(keywords, values, strict=True)
    return ", ".join(f"{_TELLING[keyword]} {value}" for keyword, value in told if not keyword.endswith("UID"))


def _part(group: FileGroup, views: Sequence[View], name: str, words: str) -> FileGroup | None:
    """Some images of a group: whole files, or frames of one file; None where neither is so."""
    files = sorted({view.file for view in views})
    shown = sum(len(view.frames) for view in views)
    whole = shown == sum(len(view.frames) for file in files for view in views_of([group.headers[file].dataset]))
    if not whole and len(files) > 1:
        return None
    return replace(
        group,
        uid=f"{group.uid}#{name}" if name else group.uid,
        headers=tuple(group.headers[file] for file in files),
        frames=None if whole else tuple(frame for view in views for frame in view.frames),
        part=words,
    )
