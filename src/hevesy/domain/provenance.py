"""Where a result comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class InputFile:
    """An input, by content."""

    name: str
    """Path relative to the study file, or the series' short name."""
    sha256: str
    """Of the file; for a series, of the sorted hashes of its files."""


@dataclass(frozen=True)
class Citation:
    """A reference that a method used."""

    key: str
    text: str
    doi: str | None = None


@dataclass(frozen=True)
class Provenance:
    """Inputs, settings, versions and citations of one result: the same key gives the same result."""

    key: str
    """SHA-256 over inputs, settings and versions."""
    inputs: tuple[InputFile, ...]
    settings: str
    """The study as run, as canonical JSON."""
    versions: dict[str, str]
    seed: int | None
    citations: tuple[Citation, ...]
