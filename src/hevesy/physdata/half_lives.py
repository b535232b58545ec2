"""Half-lives of more radionuclides than there is full decay data for: to tell nuclides apart, not to compute with."""

from __future__ import annotations

from hevesy.physdata.nuclides import known_nuclides, nuclide
from hevesy.physdata.tables_reader import read_toml

_SOURCE = "half_lives_icrp107"


def nuclides_of_half_life(half_life_s: float, relative_tolerance: float) -> tuple[str, ...]:
    """Names of the radionuclides whose half-life lies within a relative tolerance, the closest first.

    Searched are the nuclides with decay data, and those of the standard codes of DICOM and of therapy without.

    Parameters
    ----------
    half_life_s
        To search for. [s]
    relative_tolerance
        Largest relative difference.
    """
    off = {name: abs(half_life_s / known - 1.0) for name, known in _half_lives().items()}
    return tuple(sorted((name for name in off if off[name] <= relative_tolerance), key=off.__getitem__))


def recognised_half_life_s(name: str) -> float | None:
    """Half-life of a radionuclide, with decay data or without; None for one that is in neither table. [s]"""
    return _half_lives().get(name)


def _half_lives() -> dict[str, float]:
    further: dict[str, float] = read_toml(_SOURCE, "half_lives.toml")
    return {**further, **{name: nuclide(name).half_life_s for name in known_nuclides()}}
