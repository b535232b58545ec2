"""Which words of a DICOM object may stay: those of anatomy and imaging, and none that names the patient."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from hevesy.acquire.values import PARSE_ERRORS, get, text

_ALLOWED = frozenset(
    """
    abdomen abdominal ac adrenal adrenals anterior aorta apex arm ascending attenuation background bladder blood body
    bone bones bowel brain breast calibration cardiac caudate cecum cervical chest colon coronal corrected cortex ct
    cylinder descending dicom dose duodenum em emission esophagus eye femur frame gall gallbladder gland glands
    glandular gtv ga head heart hepatic ho hot humerus i ileum image images in inferior intestine jejunum kidney kidneys
    l lacrimal large left lesion lesions liver lobe lower lt lu lumbar lung lungs lutetium lymph marrow medulla mets
    metastases metastasis middle mr muscle nac neck necrosis nm node nodes nodule normal organ organs osem ovary ovaries
    pancreas parotid parotids part pelvic pelvis pet phantom pituitary plan point posterior prostate pt r recon rectum
    red reg region regions registration remainder renal right rt rtdose rtstruct salivary scan scatter seg segment
    series sigmoid skeleton skin small soft spect spect/ct sphere spheres spinal spine spleen sternum stomach
    submandibular superior testis testes thigh thoracic thorax thymus thyroid time tissue total trachea transverse tumor
    tumors tumour tumours tx upper urinary uterus vertebra vertebrae volume water whole y
    caudal cranial ctv distal dome healthy hilum lateral medial proximal ptv roi scans tumoral uptake voi
    hersenen lever longen milt nier nieren blaas maag leber lunge milz niere magen harnblase
    """.split()  # noqa: SIM905 - a list of so many quoted words could not be read
)
"""Words of region, file and series names that name nobody."""
_PERSONS = (
    *("PatientID", "OtherPatientIDs", "AccessionNumber", "AdmissionID", "IssuerOfPatientID", "PatientBirthDate"),
    *("MilitaryRank", "PatientTelephoneNumbers", "PatientAddress", "RequestedProcedureID", "ServiceEpisodeID"),
    *("InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "PatientMotherBirthName"),
)
_NOBODY = frozenset({"patient"})
"""Words of a name that name nobody."""
_SHORTEST_WORD, _SHORTEST_PART = 3, 4
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_LONGEST_NUMBER = 3


def words_of(text: str) -> list[str]:
    """Runs of letters and of digits, in small letters; a capital inside a word begins a new one."""
    return [word.lower() for word in _WORDS.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))]


def is_plain(text: str) -> bool:
    """Whether a text consists of words of anatomy and imaging and of numbers of at most three digits."""
    return all(len(word) <= _LONGEST_NUMBER if word.isdigit() else word in _ALLOWED for word in words_of(text))


def identifiers(datasets: Iterable[Dataset]) -> frozenset[str]:
    """What names the patient or another person: parts of every name, identifiers as a whole, in small letters.

    A phantom is nobody: its name and identifiers do not count.
    """
    found: set[str] = set()
    for dataset in datasets:
        of_patient = text(dataset, "QualityControlImage").upper() != "YES"
        for element in _elements(dataset):
            if element.VR == "PN" and (of_patient or element.keyword != "PatientName"):
                found |= {word for word in words_of(str(element.value)) if len(word) >= _SHORTEST_WORD}
        for keyword in _PERSONS if of_patient else ():
            found.add(str(get(dataset, keyword) or "").strip().lower())
    return frozenset(word for word in found if len(word) >= _SHORTEST_WORD and word not in _NOBODY)


def _elements(dataset: Dataset) -> Iterator[DataElement]:
    """Every attribute that can be decoded, in sequences too."""
    for tag in sorted(dataset.keys()):
        try:
            element = dataset[tag]
            inner = list(element.value) if element.VR == "SQ" else []
        except (*PARSE_ERRORS, OSError):
            continue
        yield element
        for item in inner:
            yield from _elements(item)


def names_somebody(text: str, known: frozenset[str]) -> bool:
    """Whether one of the identifiers occurs: short ones as a word, longer ones anywhere."""
    small, words = text.lower(), set(words_of(text))
    return any(word in words or (len(word) >= _SHORTEST_PART and word in small) for word in known)
