"""Scatter in the photopeak of a planar image, from windows beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.domain import EnergyWindow
from hevesy.errors import ScaleError

_EDGE_KEV = 0.6
"""Windows that touch may overlap by this, as headers round it. [keV]"""
_NEAR = 0.25
"""A scatter window lies no farther from the photopeak than this share of the photopeak's middle."""


@dataclass(frozen=True)
class WindowWeight:
    """How many counts of scatter in the photopeak stand for one count of a window."""

    window: EnergyWindow
    weight: float


def triple_window_weights(
    photopeak: EnergyWindow, lower: EnergyWindow, upper: EnergyWindow, *, where: str = "scatter windows"
) -> tuple[WindowWeight, WindowWeight]:
    r"""Weights of a window below and one above the photopeak, by a spectrum of scatter that is a straight line.

    .. math:: S = \left(\frac{C_l}{W_l} + \frac{C_u}{W_u}\right) \frac{W_p}{2}

    Raises
    ------
    ScaleError
        If a window overlaps the photopeak, lies on the wrong side or far away, or is empty.

    References
    ----------
    .. [1] K. Ogawa et al., IEEE Trans. Med. Imaging 10 (1991) 408, doi:10.1109/42.97591
    """
    check_beside(photopeak, (lower, upper), where)
    if not lower.lower_kev < photopeak.lower_kev < upper.lower_kev:
        raise ScaleError("one window below and one above the photopeak", f"{lower} and {upper} came", where)
    peak = _width(photopeak)
    return WindowWeight(lower, peak / (2 * _width(lower))), WindowWeight(upper, peak / (2 * _width(upper)))


def dual_window_weight(
    photopeak: EnergyWindow, lower: EnergyWindow, factor: float, *, where: str = "scatter windows"
) -> tuple[WindowWeight]:
    r"""Weight of one window below the photopeak, :math:`S = k\, C_l`.

    Parameters
    ----------
    factor
        *k*, as the site measured it: scatter in the photopeak per count in the lower window [1].

    Raises
    ------
    ScaleError
        If the window overlaps the photopeak or lies above it or far away.

    References
    ----------
    .. [1] R. J. Jaszczak et al., J. Nucl. Med. 25 (1984) 893
    """
    check_beside(photopeak, (lower,), where)
    if lower.lower_kev >= photopeak.lower_kev:
        raise ScaleError("a window below the photopeak", f"{lower} came", where)
    return (WindowWeight(lower, factor),)


def check_beside(photopeak: EnergyWindow, windows: Sequence[EnergyWindow], where: str) -> None:
    """Refuse scatter windows that overlap the photopeak or are too far from it to say anything of it.

    Raises
    ------
    ScaleError
        If that is so.
    """
    for window in windows:
        if _width(window) <= 0:
            raise ScaleError("a window with a width", f"{window} came", where)
        over = min(window.upper_kev, photopeak.upper_kev) - max(window.lower_kev, photopeak.lower_kev)
        if over > _EDGE_KEV:
            raise ScaleError(f"scatter windows beside the photopeak {photopeak}", f"{window} overlaps it", where)
        if -over > _NEAR * (photopeak.lower_kev + photopeak.upper_kev) / 2:
            raise ScaleError(f"scatter windows near the photopeak {photopeak}", f"{window} came", where)


def _width(window: EnergyWindow) -> float:
    return window.upper_kev - window.lower_kev
