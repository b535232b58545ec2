"""A calibration factor or recovery table belongs to one way of scanning; any other is refused."""

from __future__ import annotations

from collections.abc import Callable

from hevesy.domain import Camera, EnergyWindow
from hevesy.errors import ScaleError

WINDOW_TOLERANCE_KEV = 0.5
"""Window limits that differ by no more are the same: consoles round them differently. [keV]"""

_DECAY = frozenset({"DECY"})


def check_belongs(
    what: str,
    measured_with: Camera,
    scan: Camera,
    *,
    radionuclide: str,
    scan_radionuclide: str,
    scan_name: str,
) -> None:
    """Refuse a calibration factor or recovery table of another camera, collimator, nuclide, window or reconstruction.

    What the calibration does not state is not compared; what it states and the scan does not cannot be verified and is
    refused, except the serial number, compared only where both have one. Upper and lower case and spaces do not count,
    the order of windows and corrections does not either, and decay correction is dealt with apart. The collimator
    ``none`` is that of PET.

    Parameters
    ----------
    what
        ``calibration factor`` or the table's name, for the message.
    measured_with, radionuclide
        What it belongs to.
    scan, scan_radionuclide, scan_name
        The scan, and its name for the message.

    Raises
    ------
    ScaleError
        Naming everything that differs.
    """
    pairs = [
        ("radionuclide", radionuclide, scan_radionuclide, _same_text),
        ("manufacturer", measured_with.manufacturer, scan.manufacturer, _same_text),
        ("model", measured_with.model, scan.model, _same_text),
        ("collimator", measured_with.collimator, scan.collimator, _same_collimator),
        ("reconstruction", measured_with.reconstruction, scan.reconstruction, _same_text),
    ]
    found = [_difference(*pair) for pair in pairs]
    if measured_with.serial and scan.serial:
        found.append(_difference("serial number", measured_with.serial, scan.serial, _same_text))
    if measured_with.windows and not _same_windows(measured_with.windows, scan.windows):
        found.append(f"energy windows {_shown(measured_with.windows)} against {_shown(scan.windows)}")
    own, other = (frozenset(camera.corrections) - _DECAY for camera in (measured_with, scan))
    if own and own != other:
        found.append(f"corrections {', '.join(sorted(own))} against {', '.join(sorted(other)) or 'none stated'}")
    differences = [d for d in found if d]
    if differences:
        raise ScaleError(f"a {what} measured like the scan", f"it differs: {'; '.join(differences)}", scan_name)


def _difference(name: str, own: str, other: str, same: Callable[[str, str], bool]) -> str:
    if not own or same(own, other):
        return ""
    return f"{name} {own!r} against {other!r}" if other else f"{name} {own!r} against none stated"


def _same_text(a: str, b: str) -> bool:
    return "".join(a.split()).casefold() == "".join(b.split()).casefold()


def _same_collimator(own: str, other: str) -> bool:
    """PET has none, and says nothing about it."""
    return not other if own.casefold() == "none" else _same_text(own, other)


def _same_windows(a: tuple[EnergyWindow, ...], b: tuple[EnergyWindow, ...]) -> bool:
    if len(a) != len(b):
        return False
    pairs = zip(_sorted(a), _sorted(b), strict=True)
    return all(abs(x - y) <= WINDOW_TOLERANCE_KEV for p, q in pairs for x, y in zip(p, q, strict=True))


def _sorted(windows: tuple[EnergyWindow, ...]) -> list[tuple[float, float]]:
    return sorted((w.lower_kev, w.upper_kev) for w in windows)


def _shown(windows: tuple[EnergyWindow, ...]) -> str:
    return ", ".join(f"{lower:g}-{upper:g} keV" for lower, upper in _sorted(windows)) or "none stated"
