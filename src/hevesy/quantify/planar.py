"""Opposite planar views: whether they belong together, one turned onto the other, and their geometric mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import PlanarFrame
from hevesy.errors import GeometryError, ScaleError

_OPPOSITE = {"L": "R", "R": "L", "A": "P", "P": "A", "H": "F", "F": "H"}
_SAME_DURATION = 1e-3


def geometric_mean(
    anterior: PlanarFrame, posterior: PlanarFrame, *, mirrored: bool | None = None
) -> NDArray[np.float64]:
    r"""Geometric mean of an anterior and a posterior view, on the pixels of the anterior one.

    .. math:: G = \sqrt{A\,P}

    For a point source in a body of uniform attenuation it does not depend on depth, but for the blurring. The posterior
    view is turned onto the anterior one by where its rows and columns lead in the patient.

    Parameters
    ----------
    anterior, posterior
        Counts of the same duration in the same energy window. Shape ``(row, column)``.
    mirrored
        Whether left and right of the posterior view are exchanged against the anterior one, where the frames do not
        say where their rows and columns lead.

    Returns
    -------
    Geometric mean of the counts. Shape ``(row, column)``.

    Raises
    ------
    GeometryError
        If the views are not anterior and posterior, differ in matrix, or nothing says how they lie to each other.
    ScaleError
        If durations or energy windows differ.

    References
    ----------
    .. [1] J. A. Siegel et al., J. Nucl. Med. 40 (1999) 37S (MIRD Pamphlet No. 16)
    """
    check_opposite(anterior, posterior, "geometric mean")
    turned = turned_onto(anterior, posterior, mirrored=mirrored)
    return np.sqrt(np.asarray(anterior.counts, dtype=np.float64) * turned)


def check_opposite(anterior: PlanarFrame, posterior: PlanarFrame, where: str) -> None:
    """Refuse two frames that are no conjugate views.

    Raises
    ------
    GeometryError
        If the views are not anterior and posterior, or differ in matrix.
    ScaleError
        If durations or energy windows differ.
    """
    if (anterior.view, posterior.view) != ("ANT", "POST"):
        came = f"{anterior.view or 'an unknown'} and {posterior.view or 'an unknown'} view came"
        raise GeometryError("an anterior and a posterior view", came, where)
    if anterior.counts.shape != posterior.counts.shape:
        came = f"{anterior.counts.shape} and {posterior.counts.shape} came"
        raise GeometryError("views of one matrix", came, where)
    if anterior.windows != posterior.windows:
        raise ScaleError("views in one energy window", "two came", where)
    a, b = anterior.duration_s, posterior.duration_s
    if a is None or b is None or abs(a / b - 1) > _SAME_DURATION:
        raise ScaleError("views of one duration", f"{a} and {b} s came", where)


def turned_onto(anterior: PlanarFrame, posterior: PlanarFrame, *, mirrored: bool | None = None) -> NDArray[np.float64]:
    """Counts of the posterior view on the pixels of the anterior one. Shape ``(row, column)``.

    Raises
    ------
    GeometryError
        If nothing says how the views lie to each other, or the caller says otherwise than the frames.
    """
    counts = np.asarray(posterior.counts, dtype=np.float64)
    if anterior.orientation is None or posterior.orientation is None:
        if mirrored is None:
            raise GeometryError("where rows and columns of both views lead", "it is not stated", "geometric mean")
        return counts[:, ::-1] if mirrored else counts
    columns, rows = (_flip(one, other) for one, other in zip(anterior.orientation, posterior.orientation, strict=True))
    if mirrored is not None and mirrored is not (columns and not rows):
        came = f"{posterior.orientation} against {anterior.orientation} came"
        raise GeometryError(f"a posterior view that is {'' if mirrored else 'not '}mirrored", came, "geometric mean")
    return counts[:: -1 if rows else 1, :: -1 if columns else 1]


def _flip(one: str, other: str) -> bool:
    if one == other:
        return False
    if _OPPOSITE.get(one) == other:
        return True
    raise GeometryError("views along the same axes of the patient", f"{one} and {other} came", "geometric mean")
