"""Findings in one wording, and the error that each becomes when somebody goes on regardless."""

from __future__ import annotations

from collections.abc import Iterable

from hevesy.domain import Finding
from hevesy.errors import GeometryError, InputError, ReadError, ScaleError

_KINDS: tuple[tuple[frozenset[str], type[InputError]], ...] = (
    (
        frozenset({
            "missing-orientation", "missing-slice", "duplicate-slice", "irregular-slices", "mixed-geometry",
            "mixed-orientation", "geometry-contradiction", "slice-vector", "sheared-geometry", "missing-slice-spacing",
            "several-frame-dimensions", "unsupported-geometry", "mixed-frame-of-reference", "pixel-length",
            "absurd-dimensions",
        }),
        GeometryError,
    ),
    (
        frozenset({
            "scale-contradiction", "mixed-scale", "ambiguous-scale", "unsupported-units", "missing-scale",
            "rescale-without-units",
        }),
        ScaleError,
    ),
    (frozenset({"truncated-file", "duplicate-instance", "damaged-structure", "duplicate-attribute"}), ReadError),
)  # fmt: skip


def blocking(code: str, expected: str, came: str, where: str = "") -> Finding:
    """A finding that quantification must refuse until the study file settles it."""
    return _finding(code, expected, came, where, refuse=True)


def notice(code: str, expected: str, came: str, where: str = "") -> Finding:
    """A finding that is told, but forbids nothing."""
    return _finding(code, expected, came, where, refuse=False)


def _finding(code: str, expected: str, came: str, where: str, *, refuse: bool) -> Finding:
    place = f"{where}: " if where else ""
    return Finding(code, f"{place}expected {expected}, but {came}", refuse)


def refuse_unreadable(findings: Iterable[Finding], where: str) -> None:
    """Raise the first blocking finding that forbids reading the voxels themselves.

    Raises
    ------
    GeometryError, ScaleError, ReadError
        By the kind of the finding.
    """
    for finding in findings:
        for codes, kind in _KINDS:
            if finding.blocking and finding.code in codes:
                expected, separator, came = finding.message.partition(", but ")
                place, _, wanted = expected.rpartition("expected ")
                raise kind(wanted, came if separator else finding.message, place.strip(": ") or where)
