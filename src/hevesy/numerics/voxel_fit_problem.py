r"""What the fits of all voxels share: times, bounds and a grid of rates to start from.

Times are in units of the last one. Bounds are those of :mod:`hevesy.numerics.exponential_fit`: rate steps
:math:`b \ge 0` over physical decay, a second phase by a tenth of a mean life over the span faster than the first, and
no phase faster than the scans can resolve.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MONO, UPTAKE_MONO, BI = 0, 1, 2
KINDS = {"mono": MONO, "uptake-mono": UPTAKE_MONO, "bi": BI}
"""Models by name, with the number that compiled code knows them by."""
N_PARAMETERS = {"mono": 2, "uptake-mono": 3, "bi": 4}

_MAX_EXPONENT = 50.0
_MIN_SEPARATION = 0.1
_SLOW_STEPS = np.concatenate([[0.0], np.geomspace(0.05, 40.0, 13)])
_N_PAIR_SLOW, _N_PAIR_FAST = 9, 9
_PAIR_SLOWEST, _PAIR_FASTEST = 0.1, 12.0


class Problem(NamedTuple):
    """One model at the times of the scans, ready for compiled code."""

    kind: int
    times: Floats
    """In units of the last time. Shape ``(scan,)``."""
    physical_rate: float
    """In the inverse of that unit, as all rates."""
    lower: Floats
    """Of the rate steps of first and second phase. Shape ``(2,)``."""
    upper: Floats
    single_steps: Floats
    """Starts of one phase. Shape ``(start,)``."""
    single_decays: Floats
    """Shape ``(scan, start)``."""
    pair_steps: Floats
    """Starts of two phases. Shape ``(2, start)``."""
    pair_decays: Floats
    """Of both phases. Shape ``(2, scan, start)``."""


def problem(model: str, times: Floats, physical_rate: float) -> Problem:
    """Prepare a model.

    Parameters
    ----------
    model
        ``mono``, ``uptake-mono`` or ``bi``.
    times
        Increasing, positive. Shape ``(scan,)``.
    physical_rate
        Decay constant in the inverse unit of the times.

    Raises
    ------
    ValueError
        If the model is unknown, the times do not increase from above zero, or there are fewer than parameters.
    """
    if model not in KINDS:
        raise ValueError(f"expected a model among {', '.join(KINDS)}, but {model!r} came")
    if not (np.isfinite(times).all() and times[0] > 0 and (np.diff(times) > 0).all() and physical_rate > 0):
        raise ValueError(f"expected increasing times after 0 and a positive decay constant, but {times} came")
    if times.size < N_PARAMETERS[model]:
        raise ValueError(f"expected at least {N_PARAMETERS[model]} times for {model}, but {times.size} came")
    scaled, rate = times / times[-1], float(physical_rate * times[-1])
    lower = np.array([0.0, _MIN_SEPARATION])
    upper = _upper(model, scaled)
    single = np.unique(np.minimum(_SLOW_STEPS, upper[0]))
    pairs = _pairs(lower, upper)
    slow, fast = rate + pairs[0], rate + pairs.sum(axis=0)
    return Problem(
        KINDS[model],
        scaled,
        rate,
        lower,
        upper,
        single,
        np.exp(-np.outer(scaled, rate + single)),
        pairs,
        np.exp(-np.stack([np.outer(scaled, slow), np.outer(scaled, fast)])),
    )


def _upper(model: str, times: Floats) -> Floats:
    spacing = float(np.diff(times).min(initial=times[0]))
    resolved = (10.0 if model == "uptake-mono" else 2.0) * np.log(2.0) / times[0]
    return np.array([_MAX_EXPONENT / spacing, max(float(resolved), 2.0 * _MIN_SEPARATION)])


def _pairs(lower: Floats, upper: Floats) -> Floats:
    slow = np.concatenate([[0.0], np.geomspace(_PAIR_SLOWEST, _PAIR_FASTEST, _N_PAIR_SLOW - 1)])
    fast = np.geomspace(2.0 * lower[1], upper[1], _N_PAIR_FAST)
    fast[-1] = upper[1]
    grid = np.meshgrid(np.minimum(slow, upper[0]), fast, indexing="ij")
    return np.ascontiguousarray(np.stack([axis.ravel() for axis in grid]))
