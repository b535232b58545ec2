"""What stands for a patient: a label, and replacements that a secret key determines."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from dataclasses import dataclass

from pydicom.uid import UID

_LONGEST_SHIFT_DAYS = 3650
_SHORTEST_KEY = 16


@dataclass(frozen=True)
class Pseudonym:
    """The label of a patient and the key of all replacements: with the same key, the same replacements."""

    label: str
    """Becomes Patient ID and name."""
    key: bytes
    shift_days: int
    """Added to every date. [d]"""
    known: frozenset[str] = frozenset()
    """What names the patient, in small letters; no text that holds one of them stays."""

    def __post_init__(self) -> None:
        if len(self.key) < _SHORTEST_KEY:
            raise ValueError(f"expected a key of at least {_SHORTEST_KEY} bytes, but {len(self.key)} came")
        if self.shift_days == 0:
            raise ValueError("expected a shift of at least one day, but none came")


def replaced_uid(uid: str, key: bytes) -> str:
    """The identifier that stands for another, under the UUID root 2.25; identifiers that the standard names stay."""
    if not uid or UID(uid).name != uid:
        return uid
    digest = hmac.digest(key, b"uid\0" + uid.encode(), hashlib.sha256)
    return f"2.25.{uuid.UUID(bytes=digest[:16], version=4).int}"


def derived_shift_days(patient_id: str, key: bytes) -> int:
    """Days to move a patient's dates by: into the past, by up to ten years, the same for every export. [d]"""
    digest = hmac.digest(key, b"shift\0" + patient_id.encode(), hashlib.sha256)
    return -1 - int.from_bytes(digest[:8], "big") % _LONGEST_SHIFT_DAYS
