"""One DICOM object without what names the patient (PS3.15 Annex E)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from hevesy._version import __version__
from hevesy.acquire.deidentify_dates import is_time, shifted_date, shifted_moment
from hevesy.acquire.deidentify_profile import EDITION, SAFE_PRIVATE, Treatment, treatment
from hevesy.acquire.deidentify_pseudonym import Pseudonym, replaced_uid
from hevesy.acquire.deidentify_words import is_plain, names_somebody, words_of
from hevesy.acquire.extent import expected_pixel_bytes
from hevesy.acquire.values import PARSE_ERRORS, as_number

OPTIONS = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113105", "Clean Descriptors Option"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    ("113108", "Retain Patient Characteristics Option"),
    ("113109", "Retain Device Identity Option"),
    ("113111", "Retain Safe Private Option"),
)
"""Codes of the profile and its options, in the scheme DCM (PS3.16, context group 7050)."""
_NUMBER = re.compile(r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$")
_AGE = re.compile(r"^\d{3}[DWMY]$")
_CODE_STRING = re.compile(r"^[A-Za-z0-9_ /.+-]{0,32}$")
_ZONE = re.compile(r"^[+-]\d{4}$")


@dataclass
class Account:
    """What was done, counted by attribute; it holds nothing of what the attributes said."""

    done: dict[str, Counter[str]] = field(default_factory=dict)
    """Attribute keywords by what became of them."""
    renamed: dict[str, str] = field(default_factory=dict)
    """Region names that were replaced, with what stands for them: for the study file, never for a report."""

    def note(self, what: Treatment, keyword: str) -> None:
        """Count one attribute."""
        self.done.setdefault(what.value, Counter())[keyword] += 1


def pseudonymised(dataset: Dataset, pseudonym: Pseudonym, account: Account) -> Dataset:
    """A new dataset by the profile, with pixels where the original has them.

    Parameters
    ----------
    dataset
        The original, whole.
    pseudonym
        Label, key, shift and known identifiers.
    account
        Counts what becomes of the attributes.
    """
    result = _treated(dataset, pseudonym, account)
    _keep_safe_private(dataset, result)
    if not _is_compressed(dataset):
        _cut_padding(result)
    result.SpecificCharacterSet = "ISO_IR 192"
    result.PatientName = result.PatientID = pseudonym.label
    result.PatientBirthDate = ""
    result.PatientIdentityRemoved = "YES"
    result.DeidentificationMethod = f"Hevesy {__version__}, {EDITION} Annex E"
    result.DeidentificationMethodCodeSequence = Sequence([_code(*option) for option in OPTIONS])
    result.LongitudinalTemporalInformationModified = "MODIFIED"
    return result


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item


def _treated(dataset: Dataset, pseudonym: Pseudonym, account: Account) -> Dataset:
    result = Dataset()
    for tag in sorted(dataset.keys()):
        what, element = _treated_element(dataset, tag, pseudonym, account)
        account.note(what, keyword_for_tag(tag) or ("private" if tag.is_private else "unknown"))
        if element is not None:
            result.add(element)
    return result


def _treated_element(
    dataset: Dataset, tag: BaseTag, pseudonym: Pseudonym, account: Account
) -> tuple[Treatment, DataElement | None]:
    """What becomes of one attribute; one whose value is damaged is removed."""
    try:
        element = dataset[tag]
        what = treatment(element)
        if element.is_empty and what is not Treatment.REMOVE:
            return what, DataElement(tag, element.VR, element.value)
        value = _HANDLERS[what](element, pseudonym, account)
        if value is not None:
            return what, DataElement(tag, element.VR, value)
    except (*PARSE_ERRORS, OSError):
        pass
    return Treatment.REMOVE, None


def _entered(element: DataElement, pseudonym: Pseudonym, account: Account) -> Sequence:
    return Sequence([_treated(item, pseudonym, account) for item in element.value])


def _mapped(element: DataElement, pseudonym: Pseudonym, _: Account) -> Any:  # noqa: ANN401 - any DICOM value
    return _each(element, lambda uid: replaced_uid(uid, pseudonym.key))


def _shifted(element: DataElement, pseudonym: Pseudonym, _: Account) -> Any:  # noqa: ANN401 - any DICOM value
    move = shifted_date if dictionary_VR(element.tag) == "DA" else shifted_moment
    return _each(element, lambda moment: move(moment, pseudonym.shift_days) if moment.strip() else "")


def _clock(element: DataElement, _: Pseudonym, __: Account) -> Any:  # noqa: ANN401 - any DICOM value
    return _each(element, lambda time: time if not time.strip() or is_time(time) else None)


def _checked(element: DataElement, pseudonym: Pseudonym, _: Account) -> Any:  # noqa: ANN401 - any DICOM value
    legal = _LEGAL.get(dictionary_VR(element.tag))
    if element.keyword == "TimezoneOffsetFromUTC":
        legal = _ZONE

    def safe(part: str) -> str | None:
        if legal is not None and part.strip() and not legal.match(part):
            return None
        number = legal is _NUMBER or legal is _AGE
        return None if not number and names_somebody(part, pseudonym.known) else part

    return element.value if _each(element, safe) is not None else None


_LEGAL = {"DS": _NUMBER, "IS": _NUMBER, "AS": _AGE, "CS": _CODE_STRING}


def _plain(element: DataElement, pseudonym: Pseudonym, _: Account) -> str:
    kept = [word for word in words_of(str(element.value or "")) if is_plain(word)]
    return " ".join(word for word in kept if not names_somebody(word, pseudonym.known)).upper()


def _named(element: DataElement, pseudonym: Pseudonym, account: Account) -> str:
    name = str(element.value or "")
    if is_plain(name) and not names_somebody(name, pseudonym.known):
        return name
    return account.renamed.setdefault(name, f"Renamed {len(account.renamed) + 1}")


def _label(_: DataElement, pseudonym: Pseudonym, __: Account) -> str:
    return pseudonym.label


def _kept(element: DataElement, _: Pseudonym, __: Account) -> Any:  # noqa: ANN401 - any DICOM value
    return element.value


def _emptied(element: DataElement, _: Pseudonym, __: Account) -> Any:  # noqa: ANN401 - any DICOM value
    return Sequence() if element.VR == "SQ" else ""


def _dummy(element: DataElement, _: Pseudonym, __: Account) -> Any:  # noqa: ANN401 - any DICOM value
    return 0 if element.VR in ("US", "SS", "UL", "SL", "FL", "FD") else "0" if element.VR in ("DS", "IS") else "REMOVED"


def _removed(_: DataElement, __: Pseudonym, ___: Account) -> None:
    return None


_HANDLERS: dict[Treatment, Callable[[DataElement, Pseudonym, Account], Any]] = {
    Treatment.KEEP: _kept,
    Treatment.ENTER: _entered,
    Treatment.MAP: _mapped,
    Treatment.SHIFT: _shifted,
    Treatment.CLOCK: _clock,
    Treatment.CHECKED: _checked,
    Treatment.PLAIN: _plain,
    Treatment.NAME: _named,
    Treatment.LABEL: _label,
    Treatment.EMPTY: _emptied,
    Treatment.DUMMY: _dummy,
    Treatment.REMOVE: _removed,
}


def _each(element: DataElement, change: Callable[[str], str | None]) -> Any:  # noqa: ANN401 - any DICOM value
    """Change every value; None where one of them has no replacement."""
    value = element.value
    parts: Iterable[Any] = value if isinstance(value, MultiValue | list | tuple) else (value,)
    changed = [change("" if part is None else str(part)) for part in parts]
    if any(part is None for part in changed):
        return None
    return changed if len(changed) > 1 else changed[0] if changed else ""


def _keep_safe_private(dataset: Dataset, result: Dataset) -> None:
    for group, creator, number in SAFE_PRIVATE:
        try:
            element = dataset.private_block(group, creator)[number]
            value = element.value.decode("ascii") if isinstance(element.value, bytes) else str(element.value)
        except PARSE_ERRORS:
            continue
        if as_number(value) is not None:
            result.private_block(group, creator, create=True).add_new(number, "DS", value.strip())


def _is_compressed(dataset: Dataset) -> bool:
    syntax = getattr(getattr(dataset, "file_meta", None), "TransferSyntaxUID", None)
    return bool(syntax is not None and syntax.is_compressed)


def _cut_padding(result: Dataset) -> None:
    """Drop bytes behind the last pixel, where anything may stand."""
    expected = expected_pixel_bytes(result)
    if expected is not None and "PixelData" in result and len(result.PixelData) > expected:
        result.PixelData = result.PixelData[:expected] + b"\0" * (expected % 2)
