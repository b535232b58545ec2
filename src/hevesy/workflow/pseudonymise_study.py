"""A study file without what names the patient: label, dates, identifiers, region names and folders replaced alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from hevesy.acquire.deidentify_dates import shifted_text
from hevesy.acquire.deidentify_pseudonym import Pseudonym, replaced_uid
from hevesy.acquire.deidentify_words import names_somebody
from hevesy.errors import StudyFileError
from hevesy.quantities.settings_file import read_yaml

_UID = re.compile(r"(?<![\w.])[0-2](?:\.\d+){3,}(?![\w.])")


@dataclass(frozen=True)
class _Replacing:
    pseudonym: Pseudonym
    renamed: Mapping[str, str]
    places: Mapping[Path, Path]
    start: Path
    """Folder that the study's paths are relative to."""


def pseudonymised_study(
    path: Path, pseudonym: Pseudonym, renamed: Mapping[str, str], places: Mapping[Path, Path]
) -> str:
    """The text of a study file for the pseudonymised objects. Comments fall away.

    Parameters
    ----------
    path
        The study file.
    pseudonym
        As for the objects.
    renamed
        Region names that were replaced.
    places
        New place of every file and folder, relative to the new study file.

    Raises
    ------
    StudyFileError
        If the file cannot be read, or another text in it names the patient.
    """
    content = read_yaml(path, "study file")
    if not isinstance(content, dict):
        raise StudyFileError("sections", "something else came", path.name)
    how = _Replacing(pseudonym, renamed, places, path.resolve().parent)
    replaced = {key: _replaced(value, str(key), how) for key, value in content.items()}
    if isinstance(replaced.get("patient"), dict):
        replaced["patient"] = {"label": pseudonym.label}
    return yaml.safe_dump(replaced, sort_keys=False, allow_unicode=True)


def _replaced(value: object, key: str, how: _Replacing) -> object:
    if isinstance(value, dict):
        return {how.renamed.get(name, name): _replaced(item, f"{key}.{name}", how) for name, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, key, how) for item in value]
    return _text(value, key, how) if isinstance(value, str) else value


def _text(value: str, key: str, how: _Replacing) -> str:
    if value in how.renamed:
        return how.renamed[value]
    moved = how.places.get((how.start / value).resolve())
    if moved is not None:
        return moved.as_posix()
    changed = _UID.sub(
        lambda found: replaced_uid(found[0], how.pseudonym.key), shifted_text(value, how.pseudonym.shift_days)
    )
    if key != "patient.label" and names_somebody(changed, how.pseudonym.known):
        raise StudyFileError("a text that names nobody", "one holds an identifier of the patient", key)
    return changed
