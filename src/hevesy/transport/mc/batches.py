"""Independent batches: their mean, its standard uncertainty, and when there are enough of them.

The sizes of the batches are fixed in advance by the problem alone: sixteen of one size, then sixteen twice as large,
and so on. They are merged in their order, whoever computes them, so that results have the same bits with any number of
threads, and a run that is taken up again continues as one that was never interrupted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled
from hevesy.transport.mc.particles import Balance

Floats = NDArray[np.float64]

SAME_SIZE = 16
"""Batches before the size doubles."""
CHECKED_EVERY, LATE_EVERY = 4, 2
"""Batches between two looks at the uncertainty, up to and from the batch ``LATE``, where batches are large."""
LATE = 6 * SAME_SIZE
FEWEST = 8
"""Batches that an uncertainty is judged by."""


@dataclass(frozen=True)
class Batch:
    """A run of histories that is independent of every other."""

    number: int
    first_history: int
    size: int


def batch(number: int, smallest: int) -> Batch:
    """The batch of some number in a series that begins with the smallest size."""
    level, place = divmod(number, SAME_SIZE)
    before = SAME_SIZE * smallest * (2**level - 1)
    return Batch(number, before + place * smallest * 2**level, smallest * 2**level)


def looked_every(done: int) -> int:
    """Batches between two looks at the uncertainty, after so many."""
    return CHECKED_EVERY if done < LATE else LATE_EVERY


@dataclass
class Running:
    """Sums over the batches so far."""

    batches: int
    histories: int
    total: Floats
    """Sum of the batches' energies times their sizes. Shape ``(z, y, x)``. [MeV]"""
    squares: Floats
    """The same with squared energies. Shape ``(z, y, x)``. [MeV2]"""
    emitted: float = 0.0
    escaped: float = 0.0
    """Sums over the batches, times their sizes. [MeV]"""

    @classmethod
    def start(cls, shape: tuple[int, ...]) -> Running:
        """No batches yet."""
        return cls(0, 0, np.zeros(shape), np.zeros(shape))

    def add(self, size: int, tally: Floats, balance: Balance) -> None:
        """Merge the next batch, whose tally stands for the whole source."""
        _merge(self.total, self.squares, tally, float(size))
        self.batches += 1
        self.histories += size
        self.emitted += size * balance.emitted
        self.escaped += size * balance.escaped

    def mean(self) -> Floats:
        """Energy deposited. Shape ``(z, y, x)``. [MeV]"""
        return self.total / max(self.histories, 1)

    def variance(self) -> Floats:
        r"""Variance of the mean, from the scatter of the batches. Shape ``(z, y, x)``. [MeV2]

        .. math:: u^2 = \frac{\sum_b n_b (x_b - \bar x)^2}{(B - 1) \sum_b n_b}

        which is exact where the variance of a batch goes with one over its size, and too large, never too small, where
        larger batches gain more than that.
        """
        if self.batches < 2:
            return np.full(self.total.shape, np.inf)
        n = float(self.histories)
        spread = np.maximum(self.squares - self.total**2 / n, 0.0)
        return np.asarray(spread / (n * (self.batches - 1)))

    def relative_uncertainty(self, above: float, fixed: tuple[Floats, Floats], per_mass: Floats) -> float:
        """Mean relative standard uncertainty of the voxels with more than a share of the highest energy per mass.

        The same as :func:`mean_relative` of the arrays, in two passes without any.

        Parameters
        ----------
        above
            Share of the maximum.
        fixed
            Energy known beforehand and its variance. [MeV] and [MeV2]
        per_mass
            One over the mass; zero in vacuum. Shape ``(z, y, x)``. [1/g]
        """
        if self.batches < 2:
            return math.inf
        sums = self.total.reshape(-1), self.squares.reshape(-1)
        known = fixed[0].reshape(-1), fixed[1].reshape(-1)
        n, degrees = float(self.histories), float(self.batches - 1)
        return float(_relative(sums, known, per_mass.reshape(-1), (n, degrees, above)))


def mean_relative(value: Floats, variance: Floats, above: float) -> float:
    """Mean relative standard uncertainty of the voxels above a share of the maximum."""
    high = value > above * value.max()
    return float((np.sqrt(variance[high]) / value[high]).mean()) if high.any() else math.inf


@compiled
def _relative(
    sums: tuple[Floats, Floats], fixed: tuple[Floats, Floats], per_mass: Floats, numbers: tuple[float, float, float]
) -> float:
    total, squares = sums
    n, degrees, above = numbers
    highest = 0.0
    for i in range(total.size):
        highest = max(highest, (total[i] / n + fixed[0][i]) * per_mass[i])
    found, count = 0.0, 0
    for i in range(total.size):
        value = total[i] / n + fixed[0][i]
        if value * per_mass[i] > above * highest:
            variance = max(squares[i] - total[i] * total[i] / n, 0.0) / (n * degrees) + fixed[1][i]
            found += math.sqrt(variance) / value
            count += 1
    return found / count if count else math.inf


@compiled
def _merge(total: Floats, squares: Floats, tally: Floats, size: float) -> None:
    a, b, t = total.reshape(-1), squares.reshape(-1), tally.reshape(-1)
    for i in range(t.size):
        if t[i] != 0.0:
            a[i] += size * t[i]
            b[i] += size * t[i] * t[i]


Work = Callable[[Batch], tuple[Floats, Balance]]


def run_batches(
    running: Running, work: Work, smallest: int, threads: int, enough: Callable[[Running, int], bool]
) -> None:
    """Compute batches and merge them in their order until there are enough.

    Parameters
    ----------
    running
        Changed in place; whole batches only, also where an exception ends the work.
    work
        A function of the batch alone: energy in every voxel as if the batch were the whole source, and its balance.
    smallest
        Size of the first batches.
    threads
        Batches at a time.
    enough
        Told the sums and the size of the next batch, before each batch; true ends the work.
    """
    with ThreadPoolExecutor(threads) as pool:
        waiting: list[tuple[Batch, Future[tuple[Floats, Balance]]]] = []
        numbers = _numbers(running.batches)
        try:
            while not enough(running, batch(running.batches, smallest).size):
                for _ in range(_ahead(running.batches, threads) - len(waiting)):
                    item = batch(next(numbers), smallest)
                    waiting.append((item, pool.submit(work, item)))
                item, future = waiting.pop(0)
                running.add(item.size, *future.result())
        finally:
            for _, future in waiting:
                future.cancel()


def _numbers(first: int) -> Iterator[int]:
    while True:
        yield first
        first += 1


def _ahead(done: int, threads: int) -> int:
    """Batches to have under way: with few threads none beyond the next look, which may be the last."""
    every = looked_every(done)
    return threads if threads > every else min(threads, every - done % every)
