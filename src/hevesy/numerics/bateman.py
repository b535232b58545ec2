"""Growth and decay along a linear chain after Bateman, without loss of digits."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal, localcontext

_DIGITS = 400
"""The closed form cancels some tens of digits between half-lives of nanoseconds and of years, and some more for every
constant that is as good as equal to another."""
_APART = Decimal("1e-25")
"""Equal constants are set apart by this relative difference, which changes the result by as little."""


def atoms_per_first(rates: Sequence[float], time: float) -> tuple[float, ...]:
    r"""Atoms of every member of a linear chain per atom of the first that is left; only the first was there at zero.

    .. math::

        \frac{N_n(t)}{N_1(t)} = \prod_{i<n} \lambda_i
        \sum_{k \le n} \frac{e^{-(\lambda_k - \lambda_1) t}}{\prod_{l \ne k} (\lambda_l - \lambda_k)}

    Evaluated with 400 decimal digits, so that constants of any ratio, equal ones too, are as exact as a float can hold.
    Branching is left to the caller: a branch multiplies everything below it.

    Parameters
    ----------
    rates
        Decay constants of the members. [1/s]
    time
        From zero on. [s]

    Returns
    -------
    Atoms of every member; one for the first.

    References
    ----------
    .. [1] H. Bateman, Proc. Cambridge Philos. Soc. 15 (1910) 423
    """
    with localcontext(Context(prec=_DIGITS)):
        constants = _apart([Decimal(rate) for rate in rates])
        decayed = [((constants[0] - constant) * Decimal(time)).exp() for constant in constants]
        return tuple(float(_member(constants, decayed, n)) for n in range(len(constants)))


def _apart(constants: list[Decimal]) -> list[Decimal]:
    """Move every repeated constant a little away from the earlier ones."""
    found: list[Decimal] = []
    for constant in constants:
        moved = constant
        while moved in found:
            moved = moved * (1 + _APART) if moved else _APART
        found.append(moved)
    return found


def _member(constants: list[Decimal], decayed: list[Decimal], n: int) -> Decimal:
    total = Decimal(0)
    for k in range(n + 1):
        below = Decimal(1)
        for other in (i for i in range(n + 1) if i != k):
            below *= constants[other] - constants[k]
        total += decayed[k] / below
    for constant in constants[:n]:
        total *= constant
    return total
