"""A detector that moves along the body: what it sees at once, and what each row of the image is the mean of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def in_view(rows: Floats, rows_in_view: int) -> Floats:
    """Sum over the rows that the detector sees, from the moment that the first row enters to that the last one leaves.

    Parameters
    ----------
    rows
        Of the image. Shape ``(row,)``.
    rows_in_view
        Length of the detector in rows.

    Returns
    -------
    Shape ``(row + rows_in_view - 1,)``.
    """
    return np.convolve(np.asarray(rows, dtype=np.float64), np.ones(rows_in_view))


def mean_while_seen(positions: Floats, rows_in_view: int) -> Floats:
    """Mean over the positions at which each row is seen. Shape ``(row + rows_in_view - 1,)`` to ``(row,)``."""
    return np.convolve(np.asarray(positions, dtype=np.float64), np.full(rows_in_view, 1.0 / rows_in_view), "valid")
