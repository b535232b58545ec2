"""The libraries of decay data by name."""

from __future__ import annotations

from functools import cache

from hevesy.errors import InputError
from hevesy.physdata.backends.decay_library import AbstractDecayLibrary
from hevesy.physdata.backends.endfb81 import EndfLibrary
from hevesy.physdata.backends.icrp107 import IcrpLibrary

_LIBRARIES: dict[str, type[AbstractDecayLibrary]] = {library.name: library for library in (EndfLibrary, IcrpLibrary)}


def known_decay_libraries() -> tuple[str, ...]:
    """Names of the libraries, the usual one first."""
    return tuple(_LIBRARIES)


@cache
def decay_library(name: str) -> AbstractDecayLibrary:
    """One library of decay data.

    Raises
    ------
    InputError
        If there is none of that name, or its optional package is not installed.
    """
    if name not in _LIBRARIES:
        raise InputError(f"one of the libraries of decay data {', '.join(_LIBRARIES)}", f"{name!r} came", "--backend")
    return _LIBRARIES[name]()
