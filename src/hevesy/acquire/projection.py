"""From which side of the patient a planar frame was seen, and where its rows and columns lead.

A view is named by the View Code Sequence of its detector; without one, by the detector's Start Angle, which is 0 at the
patient's back and grows to the left side (PS3.3 C.8.4.11). A single angle of 0 may be a placeholder, so angles count
only where those of several detectors differ. Nothing is taken from descriptions, nor from the order of the detectors.
Where rows and columns lead is read from Image Orientation (Patient) or Patient Orientation; it does not name the view,
because posterior images may be stored mirrored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from pydicom.dataset import Dataset

from hevesy.acquire.planes import axes
from hevesy.acquire.values import first, items, number, numbers, text, texts

_NAMES = {
    "anterior": "ANT",
    "posterior": "POST",
    "left lateral": "LLAT",
    "right lateral": "RLAT",
    "left anterior oblique": "LAO",
    "right anterior oblique": "RAO",
    "left posterior oblique": "LPO",
    "right posterior oblique": "RPO",
}
_ROUND = ("POST", "LPO", "LLAT", "LAO", "ANT", "RAO", "RLAT", "RPO")
"""Views every 45 degrees from the patient's back to the left side."""
_ANGLE_TOLERANCE_DEG = 2.0
_ALONG = 0.9
"""Cosine from which on a direction counts as one of the patient's axes."""
_LETTERS = (("L", "R"), ("P", "A"), ("H", "F"))


@dataclass(frozen=True)
class Projection:
    """A named view, where it was read, and where columns and rows lead."""

    view: str = ""
    source: str = ""
    orientation: tuple[str, str] | None = None


def projection_of(dataset: Dataset, detector: Dataset | None) -> Projection:
    """The view of one detector; ``dataset`` counts where it has a single one."""
    cosines = axes(numbers(detector, "ImageOrientationPatient"))
    orientation = (_letter(cosines[0]), _letter(cosines[1])) if cosines else _stated(dataset)
    known = orientation if orientation and all(orientation) else None
    words = text(first(detector, "ViewCodeSequence"), "CodeMeaning").lower().removesuffix("projection")
    coded = _NAMES.get(re.sub(r"[ -]+", " ", words).strip(), "")
    if coded:
        return Projection(coded, "ViewCodeSequence", known)
    angles = [number(item, "StartAngle") for item in items(dataset, "DetectorInformationSequence")]
    named = _of_angle(number(detector, "StartAngle")) if len(set(angles)) == len(angles) > 1 else ""
    return Projection(named, "StartAngle" if named else "", known)


def _letter(direction: ArrayLike) -> str:
    vector = np.asarray(direction)
    along = int(np.argmax(np.abs(vector)))
    if abs(vector[along]) < _ALONG:
        return ""
    return _LETTERS[along][0 if vector[along] > 0 else 1]


def _stated(dataset: Dataset) -> tuple[str, str] | None:
    """Patient Orientation holds for the object, so for a detector only where there is one."""
    words = texts(dataset, "PatientOrientation")
    if len(words) != 2 or (number(dataset, "NumberOfDetectors") or 1) > 1:
        return None
    return words[0].upper(), words[1].upper()


def _of_angle(angle: float | None) -> str:
    if angle is None:
        return ""
    step = angle % 360 / 45
    return _ROUND[round(step) % 8] if abs(step - round(step)) * 45 <= _ANGLE_TOLERANCE_DEG else ""
