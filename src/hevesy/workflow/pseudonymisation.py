"""A folder of DICOM objects without what names the patient, and the study file that goes with it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID

from hevesy._version import __version__
from hevesy.acquire.deidentify import OPTIONS, Account, pseudonymised
from hevesy.acquire.deidentify_accept import accepted, read_whole, transfer_syntax
from hevesy.acquire.deidentify_profile import EDITION, Treatment
from hevesy.acquire.deidentify_pseudonym import Pseudonym, derived_shift_days
from hevesy.acquire.deidentify_words import identifiers, is_plain, names_somebody
from hevesy.acquire.headers import Header
from hevesy.acquire.values import PARSE_ERRORS, quiet, text
from hevesy.domain import Progress, silent
from hevesy.errors import InputError, ReadError
from hevesy.report import write_atomically
from hevesy.workflow.folder import check_folder, staged_folder
from hevesy.workflow.pseudonymise_study import pseudonymised_study

REPORT = "pseudonymised.json"
_SHORTEST_KEY = 16
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,64}")
_IMPLEMENTATION = "2.25.309413853829451623473264217834527364011"
_SHOWN = (Treatment.CHECKED, Treatment.PLAIN, Treatment.NAME)
"""Treatments whose attributes still hold words of the original."""
_NO_WORDS = frozenset({"DS", "IS", "AS"})


@dataclass(frozen=True)
class PseudonymisationRequest:
    """What to pseudonymise, and how."""

    source: Path
    out: Path
    label: str
    """What stands for the patient."""
    key_file: Path
    """Secret of at least 16 bytes that determines all replacements."""
    shift_days: int | None = None
    """Days to move every date by; derived from key and patient if None. [d]"""
    study: Path | None = None
    """Study file to move along."""


@dataclass
class _Listing:
    """The files of the source: those accepted, and the reasons of the others."""

    headers: dict[Path, Header] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)


def pseudonymise(request: PseudonymisationRequest, *, progress: Progress = silent) -> dict[str, object]:
    """Write every object of a folder without what names the patient, by DICOM PS3.15 Annex E.

    One patient at a time; phantoms may lie beside. Every object is replaced consistently, so references between objects
    hold. Nothing is written where anything fails.

    Returns
    -------
    The report that is also written: what was done, counted; nothing of what the objects said.

    Raises
    ------
    InputError
        If the source holds no object to export or several patients, or key, label or shift are unfit.
    OutputError
        If the output folder cannot be written or holds something else.
    """
    check_folder(request.out, marker=REPORT, apart_from=[request.source])
    with quiet():
        listing = _listed(request.source, progress)
        pseudonym = _pseudonym(request, [header.dataset for header in listing.headers.values()])
        account = Account()
        names = _names(request.source, listing.headers, pseudonym)
        with staged_folder(request.out, marker=REPORT) as stage:
            for done, (path, name) in enumerate(names.items(), start=1):
                try:
                    _write(path, stage / name, pseudonym, account)
                except PARSE_ERRORS as error:
                    came = f"that of file {done} of {len(names)} is damaged ({type(error).__name__})"
                    raise ReadError("objects that can be written again", came, "source") from error
                progress("pseudonymise", done, len(names))
            if request.study is not None:
                places = _places(request.source, names)
                content = pseudonymised_study(request.study, pseudonym, account.renamed, places)
                write_atomically(stage / "study.yaml", content.encode())
            report = _report(request, listing, account)
            (stage / REPORT).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


def _listed(source: Path, progress: Progress) -> _Listing:
    if not source.is_dir():
        raise ReadError("a folder of DICOM files", "it is none", "source")
    listing = _Listing()
    files = sorted(path for path in source.rglob("*") if path.is_file())
    for done, path in enumerate(files, start=1):
        found = "link" if path.is_symlink() else accepted(path)
        if isinstance(found, str):
            listing.left_out[found] += 1
        else:
            listing.headers[path] = found
        progress("read headers", done, len(files))
    if not listing.headers:
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(listing.left_out.items())) or "no file"
        raise ReadError("at least one DICOM object that may be exported", f"{reasons} came", "source")
    return listing


def _pseudonym(request: PseudonymisationRequest, datasets: Sequence[Dataset]) -> Pseudonym:
    patients = {text(d, "PatientID") for d in datasets if text(d, "QualityControlImage").upper() != "YES"} - {""}
    if len(patients) > 1:
        raise InputError("objects of one patient", f"{len(patients)} Patient IDs came", "source")
    known = identifiers(datasets)
    if not _LABEL.fullmatch(request.label):
        raise InputError("a label of letters, digits, - and _, at most 64", "another came", "--label")
    if names_somebody(request.label, known):
        raise InputError("a label that names nobody", "it holds an identifier of the patient", "--label")
    key = _key(request.key_file)
    shift = derived_shift_days(next(iter(patients), ""), key) if request.shift_days is None else request.shift_days
    if shift == 0:
        raise InputError("a shift of at least one day", "0 came", "--date-shift-days")
    return Pseudonym(request.label, key, shift, known)


def _key(path: Path) -> bytes:
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise InputError("a key file that can be read", f"{error.strerror or error} came", "--key-file") from error
    if len(key) < _SHORTEST_KEY:
        raise InputError(f"a key of at least {_SHORTEST_KEY} bytes", f"{len(key)} came", "--key-file")
    return key


def _names(source: Path, headers: Mapping[Path, Header], pseudonym: Pseudonym) -> dict[Path, Path]:
    """New name of every file: plain folder names stay, others and all file names become numbers."""
    folders: dict[Path, Path] = {source: Path()}
    used: Counter[Path] = Counter()
    names = {}
    for path in headers:
        for folder in reversed(path.parents):
            if folder in folders or not folder.is_relative_to(source):
                continue
            plain = is_plain(folder.name) and not names_somebody(folder.name, pseudonym.known)
            name = folder.name if plain else f"folder_{len(folders)}"
            folders[folder] = folders[folder.parent] / name
        place = folders[path.parent]
        used[place] += 1
        names[path] = place / f"object_{used[place]:05d}.dcm"
    return names


def _places(source: Path, names: Mapping[Path, Path]) -> dict[Path, Path]:
    """New place of every file and folder, relative to the output."""
    found = {path.resolve(): name for path, name in names.items()}
    for path, name in names.items():
        for old, new in zip(path.parents, name.parents, strict=False):
            if old.is_relative_to(source):
                found[old.resolve()] = new
    return found


def _write(path: Path, target: Path, pseudonym: Pseudonym, account: Account) -> None:
    original = read_whole(path)
    result = pseudonymised(original, pseudonym, account)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(result.SOPClassUID)
    meta.MediaStorageSOPInstanceUID = UID(result.SOPInstanceUID)
    meta.TransferSyntaxUID = transfer_syntax(original)
    meta.ImplementationClassUID = UID(_IMPLEMENTATION)
    meta.ImplementationVersionName = f"HEVESY_{__version__}"[:16]
    result.file_meta = meta
    buffer = BytesIO()
    result.save_as(buffer, enforce_file_format=True)
    write_atomically(target, buffer.getvalue())


def _report(request: PseudonymisationRequest, listing: _Listing, account: Account) -> dict[str, object]:
    remaining = {
        keyword
        for what in _SHOWN
        for keyword in account.done.get(what.value, {})
        if dictionary_VR(keyword) not in _NO_WORDS
    }
    return {
        "label": request.label,
        "profile": f"{EDITION} Annex E",
        "options": [{"code": code, "meaning": meaning} for code, meaning in OPTIONS],
        "software": f"hevesy {__version__}",
        "date_shift": "derived from the key" if request.shift_days is None else "as given",
        "n_written": len(listing.headers),
        "n_left_out": sum(listing.left_out.values()),
        "left_out": dict(sorted(listing.left_out.items())),
        "attributes": {what: dict(sorted(counts.items())) for what, counts in sorted(account.done.items())},
        "attributes_with_words": sorted(remaining),
        "n_regions_renamed": len(account.renamed),
        "study_file": request.study is not None,
    }
