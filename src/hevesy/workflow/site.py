"""What a site measured and states: phantom acquisitions, and the way of scanning that a table belongs to."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from hevesy.acquire import inspect_folder
from hevesy.domain import Camera, EnergyWindow, ImageKind, SeriesRecord
from hevesy.errors import InputError, ScaleError
from hevesy.workflow.config import BelongsTo


def only_phantom(folder: Path, key: str, settled: Collection[str] = ()) -> SeriesRecord:
    """The only acquisition in a folder.

    Parameters
    ----------
    key
        Of the study file, for messages.
    settled
        Codes of findings that forbid nothing here.

    Raises
    ------
    InputError
        If there is not exactly one.
    ScaleError
        If its headers contradict themselves.
    """
    found = [s for s in inspect_folder([folder]).series if s.modality in {"NM", "PT"} and s.kind is ImageKind.TOMOGRAM]
    if len(found) != 1:
        told = "; ".join(f"{s.id} ({s.distinction})" if s.distinction else s.id for s in found)
        raise InputError("one phantom acquisition", f"{len(found)} came{f': {told}' if told else ''}", key)
    blocking = [f for f in found[0].contradictions if f.blocking and "activity" not in f.code and f.code not in settled]
    if blocking:
        raise ScaleError("a phantom acquisition without contradictions", blocking[0].message, key)
    return found[0]


def camera_of(belongs_to: BelongsTo) -> tuple[Camera, str]:
    """The camera and radionuclide that the study file states."""
    windows = tuple(EnergyWindow(lower, upper) for lower, upper in belongs_to.windows_kev or ())
    camera = Camera(
        manufacturer=belongs_to.manufacturer,
        model=belongs_to.model,
        serial=belongs_to.serial or "",
        collimator=belongs_to.collimator,
        windows=windows,
        reconstruction=belongs_to.reconstruction,
    )
    return camera, belongs_to.radionuclide
