"""What becomes of an attribute: the Basic Profile of PS3.15 Annex E with the options that dosimetry needs.

Retained by options: device identity, patient characteristics, dates (moved), safe private attributes, cleaned
descriptors. Stricter than the profile: text that is not listed here as needed does not stay, whatever the table says.
"""

from __future__ import annotations

from enum import Enum
from functools import cache

from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement

from hevesy.physdata.tables_reader import read_table

TABLE = "dicom_ps315_2026c"
EDITION = "DICOM PS3.15 2026c"
SAFE_PRIVATE = ((0x7053, "Philips PET Private Group", 0x00), (0x7053, "Philips PET Private Group", 0x09))
"""SUV and activity-concentration factors, the only private attributes that stay."""


class Treatment(Enum):
    """What becomes of an attribute."""

    KEEP = "kept"
    ENTER = "entered"
    """A sequence: its items are treated."""
    MAP = "identifier replaced"
    SHIFT = "date moved"
    CLOCK = "time kept"
    CHECKED = "kept unless it names somebody"
    PLAIN = "words kept that name nobody"
    NAME = "kept where every word is plain, else replaced"
    LABEL = "replaced by the label"
    EMPTY = "emptied"
    DUMMY = "replaced by a dummy"
    REMOVE = "removed"


_LABELS = frozenset({"PatientName", "PatientID"})
_NAMES = frozenset({"ROIName", "SegmentLabel"})
_PLAIN = frozenset({"SeriesDescription", "StudyDescription", "BodyPartExamined"})
_NUMBERS = frozenset({"US", "SS", "UL", "SL", "UV", "SV", "FL", "FD", "AT", "US or SS"})
_PIXELS = frozenset({"PixelData", "FloatPixelData", "DoubleFloatPixelData"})
_TECHNICAL = frozenset(
    {
        *("Manufacturer", "ManufacturerModelName", "SoftwareVersions", "CollimatorGridName", "ReconstructionMethod"),
        *("ConvolutionKernel", "ProcessingFunction", "AttenuationCorrectionMethod", "ScatterCorrectionMethod"),
        *("RandomsCorrectionMethod", "DecayCorrected", "EnergyWindowName", "Radiopharmaceutical", "FilterType"),
        *("RadiopharmaceuticalRoute", "CodeValue", "LongCodeValue", "CodingSchemeDesignator", "CodingSchemeVersion"),
        *("CodeMeaning", "LUTLabel", "LUTExplanation", "RescaleType", "PositionReferenceIndicator", "ScanOptions"),
        *("AlgorithmName", "AlgorithmVersion", "SegmentAlgorithmName", "ROIGenerationDescription", "SequenceName"),
        *("TimezoneOffsetFromUTC", "DimensionDescriptionLabel", "StackID"),
    }
)
_EMPTIED = frozenset({"StudyID", "PositionReferenceIndicator", "SegmentDescription"})
_BINARY = frozenset({"OB", "OW", "OF", "OD", "OL", "OV", "UN", "OB or OW"})
_WORDS = frozenset({*("AE", "AS", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT", "UN")})
_GRAPHICS = frozenset({0x50, 0x60})
"""First byte of the groups of curves and overlays."""
_UNLISTED = {
    "SQ": Treatment.ENTER,
    **dict.fromkeys(_BINARY, Treatment.REMOVE),
    **dict.fromkeys(_NUMBERS, Treatment.KEEP),
    **dict.fromkeys(("CS", "DS", "IS", "AS"), Treatment.CHECKED),
}
"""By value representation, for attributes that neither the table nor this module names."""


@cache
def kept_unless_it_names_somebody() -> frozenset[str]:
    """Attributes whose words stay: technical ones, and those that two options of the profile retain."""
    content = read_table(TABLE, "actions.json")
    return _TECHNICAL | frozenset(content["device_identity"]) | frozenset(content["patient_characteristics"])


def _basic(tag: str) -> str:
    """Action of the Basic Profile; empty where the table does not list the attribute."""
    action: str = read_table(TABLE, "actions.json")["basic"].get(tag, "")
    return action


def treatment(element: DataElement) -> Treatment:
    """What becomes of a standard attribute; one that the data dictionary does not know is removed."""
    keyword = keyword_for_tag(element.tag)
    if not keyword or element.tag.is_private or element.tag.group >> 8 in _GRAPHICS:
        return Treatment.REMOVE
    named = _by_name(keyword)
    if named is not None:
        return named
    kind = dictionary_VR(element.tag)
    if element.VR in _WORDS and (kind in _NUMBERS or kind in _BINARY):
        return Treatment.REMOVE  # words where numbers belong
    return _by_kind(kind, keyword, _basic(f"{element.tag:08x}"))


def _by_name(keyword: str) -> Treatment | None:
    if keyword in _LABELS:
        return Treatment.LABEL
    if keyword in _NAMES:
        return Treatment.NAME
    if keyword in _PLAIN:
        return Treatment.PLAIN
    if keyword in _EMPTIED:
        return Treatment.EMPTY
    if keyword in kept_unless_it_names_somebody():
        return Treatment.CHECKED
    return Treatment.KEEP if keyword in _PIXELS else None


def _by_kind(kind: str, keyword: str, action: str) -> Treatment:
    if kind == "UI":
        return Treatment.REMOVE if action.startswith("X") and "U" not in action else Treatment.MAP
    if kind in ("DA", "DT", "TM") and "Birth" not in keyword:
        return Treatment.CLOCK if kind == "TM" else Treatment.SHIFT
    return _of_action(action, kind) if action else _UNLISTED.get(kind, Treatment.EMPTY)


def _of_action(action: str, kind: str) -> Treatment:
    """Of several actions that the table allows, the one that keeps an object valid."""
    if action == "X/Z/U*" and kind == "SQ":
        return Treatment.ENTER
    if action == "X":
        return Treatment.REMOVE
    if "D" in action and kind not in ("SQ", "OB", "OW", "UN"):
        return Treatment.DUMMY
    return Treatment.EMPTY if "Z" in action else Treatment.REMOVE
