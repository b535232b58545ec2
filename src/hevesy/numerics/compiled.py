"""Compilation of numerical loops to machine code, once, stored beside the source or in the user's cache folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """A function compiled by Numba, callable from other compiled functions and from Python without holding its lock.

    Divisions by zero give infinities as NumPy's do; sums are not reordered: results are the same bits each time.
    """
    return cast(_Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def inlined(function: _Function) -> _Function:
    """A piece of a compiled loop, put into its callers: for what is called at every step and makes no arrays.

    Arrays that it is given are not counted as in use, which the caller does (Numba's ``_nrt=False``): counting and
    calling took more than half of the time of an electron's step.
    """
    options: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "forceinline": True, "_nrt": False}
    return cast(_Function, numba.njit(**options)(function))
