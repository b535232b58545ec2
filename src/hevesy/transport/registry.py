"""Dose engines by name."""

from __future__ import annotations

from hevesy.errors import InputError
from hevesy.transport.engine import AbstractDoseEngine
from hevesy.transport.local import LocalDeposition
from hevesy.transport.mird import MirdSelfDose

_ENGINES: tuple[type[AbstractDoseEngine], ...] = (LocalDeposition, MirdSelfDose)


def known_engines() -> tuple[str, ...]:
    """Names of all dose engines."""
    return tuple(final_class().name for final_class in _ENGINES)


def engine(name: str, where: str = "transport") -> AbstractDoseEngine:
    """The dose engine of this name.

    Raises
    ------
    InputError
        If there is none; the known ones are listed.
    """
    for final_class in _ENGINES:
        candidate = final_class()
        if candidate.name == name:
            return candidate
    raise InputError(f"one of the dose engines {', '.join(known_engines())}", f"{name!r} came", where)
