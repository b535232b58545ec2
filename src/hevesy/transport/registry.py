"""Dose engines by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from hevesy.errors import InputError
from hevesy.transport.engine import AbstractDoseEngine, EngineSettings
from hevesy.transport.kernel import KernelConvolution
from hevesy.transport.local import LocalDeposition
from hevesy.transport.mc.problem import Tier
from hevesy.transport.mird import MirdSelfDose
from hevesy.transport.monte_carlo import MonteCarlo

_ENGINES: Mapping[str, Callable[[EngineSettings], AbstractDoseEngine]] = {
    "kernel": KernelConvolution,
    "local": LocalDeposition,
    "mc": partial(MonteCarlo, Tier.TIERS),
    "mc-full": partial(MonteCarlo, Tier.FULL),
    "mird-self-dose": MirdSelfDose,
}


def known_engines() -> tuple[str, ...]:
    """Names of all dose engines."""
    return tuple(_ENGINES)


def engine(name: str, where: str = "transport", *, settings: EngineSettings | None = None) -> AbstractDoseEngine:
    """The dose engine of this name.

    Parameters
    ----------
    name
        One of :func:`known_engines`.
    where
        File or key, named in the error.
    settings
        What the study asks of it.

    Raises
    ------
    InputError
        If there is none; the known ones are listed.
    """
    if name not in _ENGINES:
        raise InputError(f"one of the dose engines {', '.join(known_engines())}", f"{name!r} came", where)
    return _ENGINES[name](settings or EngineSettings())
