"""Random numbers and identifiers that depend on the seed and a role only, so that no option shifts another's noise."""

from __future__ import annotations

import hashlib

import numpy as np

_UID_ROOT = "2.25."


def generator(seed: int, *role: object) -> np.random.Generator:
    """The generator of one role, for example ``generator(7, "noise", "spect", 2)``."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=_words(role)))


def uid(seed: int, *role: object) -> str:
    """A DICOM UID of the form 2.25.<128-bit number>, made from seed and role."""
    digest = hashlib.sha256(repr((seed, *map(str, role))).encode()).digest()
    return _UID_ROOT + str(int.from_bytes(digest[:16], "big"))


def _words(role: tuple[object, ...]) -> tuple[int, ...]:
    digest = hashlib.sha256(repr(tuple(map(str, role))).encode()).digest()
    return tuple(int.from_bytes(digest[i : i + 4], "big") for i in range(0, 16, 4))
