"""How many histories start as electrons and how many as photons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.counter_random import stream
from hevesy.transport.mc.batches import Batch, Running
from hevesy.transport.mc.particles import Balance
from hevesy.transport.mc.plan import Plan
from hevesy.transport.mc.problem import Problem
from hevesy.transport.mc.source import Draw, Source

Floats = NDArray[np.float64]

PHOTON_COST = 0.75
"""Work of a photon over that of an electron: a fixed number, so that the shares do not depend on the machine."""
LEAST_ELECTRON_SHARE, LEAST_PHOTON_SHARE = 0.1, 0.25
"""What photons leave far away and what escapes follow from them alone: their share is at least that of the energy."""
_SHARES = 27
"""That are compared."""
_JUDGED = 20_000
"""Voxels that shares are judged by, evenly taken from all that count."""
PILOT_BATCHES = 6
_PILOT = 1 << 20
"""Numbers of the pilot's batches, which no other batch of a run has."""


@dataclass(frozen=True)
class Sampler:
    """The batches of a plan."""

    plan: Plan
    electron_share: float
    """Of the histories."""
    electron_seed: np.uint64
    photon_seed: np.uint64
    shape: tuple[int, ...]

    def __call__(self, item: Batch) -> tuple[Floats, Balance]:
        """Energy in every voxel as if the batch were the whole source, and its balance. [MeV]

        What is counted beforehand is in neither.
        """
        tally = np.zeros(self.shape)
        n_electrons = _rounded(item.size, self.electron_share)
        electrons = Draw(self.plan.electrons, n_electrons, item.first_history, item.number, self.electron_seed)
        photons = Draw(self.plan.photons, item.size - n_electrons, item.first_history, item.number, self.photon_seed)
        return tally, self.plan.run(electrons, photons, tally)


def _rounded(size: int, share: float) -> int:
    """A number of histories; where both kinds have a share, each gets one at least."""
    if share in (0.0, 1.0):
        return int(size * share)
    return min(max(round(size * share), 1), size - 1)


def sampler(problem: Problem, plan: Plan, pilot_size: int) -> Sampler:
    """Share histories so that the work for a wanted uncertainty is least, judged from a few small batches of each kind.

    Every kind keeps a least share.
    """
    seed = np.uint64(problem.settings.seed % (1 << 64))
    seeds = stream(seed, np.uint64(1)), stream(seed, np.uint64(2))
    shape = problem.decays.shape

    def with_share(share: float) -> Sampler:
        return Sampler(plan, share, np.uint64(seeds[0]), np.uint64(seeds[1]), shape)

    if plan.electrons.empty or plan.photons.empty:
        return with_share(0.0 if plan.electrons.empty else 1.0)
    electrons, photons = (_pilot(with_share(share), pilot_size) for share in (1.0, 0.0))
    value = plan.fixed.energy_mev + electrons.mean() + photons.mean()
    mass = np.maximum(problem.geometry.mass_g, 1e-30)
    dose = np.where(problem.geometry.density_g_ml > 0, value / mass, 0.0)
    high = dose > problem.settings.above * dose.max()
    (counting,) = np.nonzero(high.reshape(-1))
    judged = counting[:: 1 + len(counting) // _JUDGED]
    relative = [run.variance().reshape(-1)[judged] / value.reshape(-1)[judged] ** 2 for run in (electrons, photons)]
    least = min(max(photon_energy_share(problem, plan), LEAST_PHOTON_SHARE), 1.0 - LEAST_ELECTRON_SHARE)
    return with_share(_best_share(relative[0], relative[1], 1.0 - least))


def photon_energy_share(problem: Problem, plan: Plan) -> float:
    """Photons' part of the energy emitted."""
    return plan.photons.energy_mev / (float(problem.decays.sum()) * problem.emissions.energy_mev())


def _best_share(electrons: Floats, photons: Floats, most: float) -> float:
    """Share of electrons with the least work for a mean relative uncertainty, given relative variances of voxels."""
    shares = np.linspace(LEAST_ELECTRON_SHARE, most, _SHARES)
    uncertainties = np.array([np.sqrt(electrons / share + photons / (1.0 - share)).mean() for share in shares])
    work = (shares + PHOTON_COST * (1.0 - shares)) * uncertainties**2
    return float(shares[np.argmin(work)])


def _pilot(batches: Sampler, size: int) -> Running:
    running = Running.start(batches.shape)
    for number in range(PILOT_BATCHES):
        running.add(size, *batches(Batch(_PILOT + number, (_PILOT + number) * size, size)))
    return running


def entries(*sources: Source) -> int:
    """Places that particles start from."""
    return max(len(item.voxel) for item in sources)
