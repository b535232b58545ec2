"""Compilation of numerical loops to machine code, once, kept in the user's cache folder.

Numba by itself compiles anew only where the file of a function changes, not where a function that it calls does. The
folder is therefore named by the hash of all sources that compiled code comes from: a change of any compiles anew.
``NUMBA_CACHE_DIR``, where set, takes precedence.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar, cast

import numba
from numba.core import config

_Function = TypeVar("_Function", bound=Callable[..., Any])
_PACKAGE = Path(__file__).parent.parent
_FOLDERS = ("numerics", "physdata", "transport")
"""That hold compiled functions, or tables whose layout they know."""


@cache
def _folder() -> str:
    """Of the compiled code of these sources."""
    found = hashlib.sha256()
    for path in sorted(path for name in _FOLDERS for path in (_PACKAGE / name).rglob("*.py")):
        found.update(path.relative_to(_PACKAGE).as_posix().encode() + path.read_bytes())
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "hevesy" / "compiled" / found.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # Numba then finds a place of its own
        return ""
    return str(folder)


@contextmanager
def _kept(settings: dict[str, Any]) -> Iterator[None]:
    """Let what is declared within be stored in the folder; Numba looks at its setting at that moment only."""
    given = settings["CACHE_DIR"]
    settings["CACHE_DIR"] = given or _folder()
    try:
        yield
    finally:
        settings["CACHE_DIR"] = given


def kept_on_device() -> AbstractContextManager[None]:
    """Let kernels of a device that are declared within be stored in the folder.

    Numba's advice against launches of few threads is switched off: the last generations of particles are few.
    """
    try:
        from numba.cuda.core import config as settings
    except ImportError:  # the simulator, which stores nothing
        settings = config
    vars(settings)["CUDA_LOW_OCCUPANCY_WARNINGS"] = 0
    return _kept(vars(settings))


def _declared(function: _Function, **options: Any) -> _Function:  # noqa: ANN401 - Numba's own
    with _kept(vars(config)):
        return cast(_Function, numba.njit(cache=True, nogil=True, error_model="numpy", **options)(function))


def compiled(function: _Function) -> _Function:
    """A function compiled by Numba, callable from other compiled functions and from Python without holding its lock.

    Divisions by zero give infinities as NumPy's do; sums are not reordered: results are the same bits each time.
    """
    return _declared(function)


def inlined(function: _Function) -> _Function:
    """A piece of a compiled loop, put into its callers: for what is called at every step and makes no arrays.

    Arrays that it is given are not counted as in use, which the caller does (Numba's ``_nrt=False``): counting and
    calling took more than half of the time of an electron's step.
    """
    return _declared(function, forceinline=True, _nrt=False)


def declared_anew(
    function: Callable[..., Any], declare: Callable[[FunctionType], Any], instead: Mapping[Any, Any]
) -> Any:  # noqa: ANN401 - what ``declare`` makes
    """A compiled function for another machine: the same source, and that of all compiled functions that it calls.

    Parameters
    ----------
    function
        Declared by :func:`compiled` or :func:`inlined`.
    declare
        Makes a function of the other machine from a Python function.
    instead
        Functions of the other machine that take the place of compiled ones.
    """
    made = dict(instead)

    def anew(known: Any) -> Any:  # noqa: ANN401 - Numba's own
        if known not in made:
            source = known.py_func
            names = {**source.__globals__}
            names.update({n: anew(names[n]) for n in source.__code__.co_names if hasattr(names.get(n), "py_func")})
            made[known] = declare(FunctionType(source.__code__, names, source.__name__))
        return made[known]

    return anew(function)
