"""Uniform random numbers by counting (SplitMix64): a history's numbers depend on the seed and on its number alone."""

from __future__ import annotations

import numpy as np

from hevesy.numerics.compiled import compiled

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_SCALE = 1.0 / 9007199254740992.0
_S27, _S30, _S31, _S11 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(11)


@compiled
def mixed(value: np.uint64) -> np.uint64:
    """A permutation of the 64-bit numbers that scatters neighbours (the finaliser of SplitMix64).

    References
    ----------
    .. [1] G. L. Steele, D. Lea, C. H. Flood, OOPSLA 2014, 453, doi:10.1145/2714064.2660195
    """
    value = (value ^ (value >> _S30)) * _MIX_1
    value = (value ^ (value >> _S27)) * _MIX_2
    return value ^ (value >> _S31)


@compiled
def stream(seed: np.uint64, history: np.uint64) -> np.uint64:
    """State of the numbers of one history."""
    return mixed(mixed(np.uint64(seed) + _GOLDEN) ^ (np.uint64(history) * _GOLDEN + _MIX_2))


@compiled
def uniform(state: np.uint64) -> tuple[np.uint64, float]:
    """The next state, and a number in (0, 1)."""
    state = state + _GOLDEN
    return state, ((mixed(state) >> _S11) + 0.5) * _SCALE
