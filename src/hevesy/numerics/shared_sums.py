"""The only writes of compiled loops that threads of a graphics processor share.

On the processor every batch has arrays of its own, so these are plain sums. A device puts its atomic operations in
their place (:mod:`hevesy.transport.mc.cuda_kernels`); the loops are the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import inlined


@inlined
def add(sums: NDArray[np.float64], index: Any, value: float) -> None:  # noqa: ANN401 - an integer, or one an axis
    """Add to an element."""
    sums[index] += value


@inlined
def next_row(counts: NDArray[np.int64]) -> int:
    """The next free row of a room, which is taken; it may lie beyond the end, so that the rows needed are counted."""
    row = counts[0]
    counts[0] = row + 1
    return int(row)
