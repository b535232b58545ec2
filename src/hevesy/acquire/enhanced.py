"""Enhanced multi-frame PET, CT and MR, also converted from legacy objects: every frame as the classic slice it is.

What all frames share and what each frame adds stand in functional groups. Put together under the names of the classic
objects they are read like these. Where enhanced and classic objects word a thing differently, it is translated here:

- Effective Echo Time becomes Echo Time;
- Decay Corrected with Decay Correction DateTime becomes Decay Correction ``START``, ``ADMIN`` or ``NONE``;
- the corrections that are ``YES`` become Corrected Image;
- Frame Acquisition DateTime and Duration become Acquisition DateTime and Actual Frame Duration;
- of several radiopharmaceuticals, the one that Radiopharmaceutical Usage names.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

from hevesy.acquire.elements import copied, put
from hevesy.acquire.moments import moment_of
from hevesy.acquire.values import PARSE_ERRORS, first, integer, items, number, text

_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_MACROS = (
    "UnassignedSharedConvertedAttributesSequence", "UnassignedPerFrameConvertedAttributesSequence",
    "PixelMeasuresSequence", "PlaneOrientationSequence", "PlanePositionSequence", "FrameContentSequence",
    "PixelValueTransformationSequence", "RadiopharmaceuticalUsageSequence", "PETFrameTypeSequence",
    "PETFrameAcquisitionSequence", "PETFrameCorrectionFactorsSequence", "PETReconstructionSequence",
    "CTImageFrameTypeSequence", "CTReconstructionSequence", "MRImageFrameTypeSequence",
    "MREchoSequence",
)  # fmt: skip
"""Functional groups whose one item holds attributes that classic objects have at their root."""
_CORRECTIONS = {
    "DecayCorrected": "DECY",
    "AttenuationCorrected": "ATTN",
    "ScatterCorrected": "SCAT",
    "DeadTimeCorrected": "DTIM",
    "GantryMotionCorrected": "MOTN",
    "PatientMotionCorrected": "PMOT",
    "CountLossNormalizationCorrected": "CLN",
    "RandomsCorrected": "RAN",
    "NonUniformRadialSamplingCorrected": "RADL",
    "SensitivityCalibrated": "DCAL",
    "DetectorNormalizationCorrection": "NORM",
}
_SAME_MOMENT_S = 1.0


def has_frame_groups(dataset: Dataset) -> bool:
    """Whether an image has functional groups for every one of its frames."""
    if not any(group in dataset for group in _GROUPS) or text(dataset, "Modality").upper() == "SEG":
        return False
    frames = items(dataset, "PerFrameFunctionalGroupsSequence")
    return bool(frames) and len(frames) == integer(dataset, "NumberOfFrames")


def frame_headers(dataset: Dataset, frames: Sequence[int]) -> tuple[Dataset, ...]:
    """Header of every one of some frames, as a classic object of one slice would have it."""
    common = _elements(dataset, leave_out=("NumberOfFrames", *_GROUPS))
    _merge(common, first(dataset, _GROUPS[0]))
    groups = items(dataset, _GROUPS[1])
    headers = []
    for frame in frames:
        header = copied(common)
        _merge(header, groups[frame])
        headers.append(header)
    starts = [start for header in headers if (start := _start(header)) is not None]
    for header in headers:
        _translate(header, min(starts) if starts else None)
    return tuple(headers)


def _elements(dataset: Dataset, leave_out: Sequence[str] = ()) -> Dataset:
    """The attributes that can be decoded."""
    omitted = {tag_for_keyword(keyword) for keyword in leave_out}
    found = Dataset()
    for tag in dataset.keys() - omitted:
        try:
            found.add(dataset[tag])
        except (*PARSE_ERRORS, OSError):
            continue
    return found


def _merge(header: Dataset, groups: Dataset | None) -> None:
    for macro in _MACROS:
        item = first(groups, macro)
        if item is not None:
            header.update(_elements(item))
    if groups is not None and "RealWorldValueMappingSequence" in groups:
        header.add(groups["RealWorldValueMappingSequence"])


def _start(header: Dataset) -> datetime | None:
    offset = text(header, "TimezoneOffsetFromUTC")
    found = moment_of(header, "FrameAcquisitionDateTime", offset) or moment_of(header, "AcquisitionDateTime", offset)
    return found.value if found else None


def _translate(header: Dataset, start: datetime | None) -> None:
    if text(header, "FrameType"):
        put(header, "ImageType", header["FrameType"].value)
    if text(header, "EffectiveEchoTime"):
        put(header, "EchoTime", header["EffectiveEchoTime"].value)
    _choose_agent(header)
    _translate_times(header)
    _translate_reconstruction(header)
    if text(header, "DecayCorrected") and not text(header, "DecayCorrection"):
        put(header, "DecayCorrection", _decay_correction(header, start))
    if text(header, "AttenuationCorrected") and not text(header, "CorrectedImage"):
        applied = [word for keyword, word in _CORRECTIONS.items() if text(header, keyword).upper() == "YES"]
        put(header, "CorrectedImage", applied)


def _choose_agent(header: Dataset) -> None:
    agents = items(header, "RadiopharmaceuticalInformationSequence")
    used = integer(header, "RadiopharmaceuticalAgentNumber")
    if len(agents) > 1 and used is not None:
        chosen = [agent for agent in agents if integer(agent, "RadiopharmaceuticalAgentNumber") == used]
        put(header, "RadiopharmaceuticalInformationSequence", chosen)


def _translate_times(header: Dataset) -> None:
    """Frame Acquisition Duration is in ms, Acquisition Duration of the whole object in s."""
    if text(header, "FrameAcquisitionDateTime"):
        put(header, "AcquisitionDateTime", text(header, "FrameAcquisitionDateTime"))
        for keyword in ("AcquisitionDate", "AcquisitionTime"):
            header.pop(keyword, None)
    whole = number(header, "AcquisitionDuration")
    duration = number(header, "FrameAcquisitionDuration") or (whole * 1000.0 if whole else None)
    if duration and not text(header, "ActualFrameDuration"):
        put(header, "ActualFrameDuration", round(duration))


def _translate_reconstruction(header: Dataset) -> None:
    if text(header, "ReconstructionMethod") or not text(header, "ReconstructionAlgorithm"):
        return
    words = [text(header, keyword) for keyword in ("ReconstructionType", "ReconstructionAlgorithm")]
    counted = [(text(header, f"NumberOf{name}"), name.lower()) for name in ("Iterations", "Subsets")]
    words += [f"{count} {name}" for count, name in counted if count]
    put(header, "ReconstructionMethod", " ".join(word for word in words if word))


def _decay_correction(header: Dataset, start: datetime | None) -> str:
    """The moment of the correction in the words of classic PET; another moment stays as it is, and is refused."""
    if text(header, "DecayCorrected").upper() == "NO":
        return "NONE"
    offset = text(header, "TimezoneOffsetFromUTC")
    to = moment_of(header, "DecayCorrectionDateTime", offset)
    agent = first(header, "RadiopharmaceuticalInformationSequence")
    given = moment_of(agent, "RadiopharmaceuticalStartDateTime", offset)
    moments = {"START": start, "ADMIN": given.value if given else None}
    for word, moment in moments.items():
        if to and moment and abs((to.value - moment).total_seconds()) <= _SAME_MOMENT_S:
            return word
    return f"YES to {to.value}" if to else "YES to no stated moment"
