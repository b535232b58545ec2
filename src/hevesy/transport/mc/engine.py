"""Absorbed dose in voxels by Monte Carlo transport, with its standard uncertainty."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hevesy._version import __version__
from hevesy.errors import InputError
from hevesy.physdata import JOULE_PER_MEV, Emissions, EmissionSpectrum, Particle, material
from hevesy.transport.mc.batches import FEWEST, Batch, Running, batch, looked_every, mean_relative, run_batches
from hevesy.transport.mc.box import around_box, box_of, within_box
from hevesy.transport.mc.geometry import Outside, VoxelGeometry
from hevesy.transport.mc.particles import Balance
from hevesy.transport.mc.plan import Plan
from hevesy.transport.mc.problem import Device, Problem, Settings, Tier
from hevesy.transport.mc.restart import load_state, problem_key, save_state
from hevesy.transport.mc.sharing import entries, photon_energy_share, sampler

Floats = NDArray[np.float64]

_GRAM_PER_KG = 1e3
_SMALLEST_BATCHES = (2048, 16384)
_ON_DEVICE = 16
"""How much larger the batches of a device are, which works on hundreds of thousands of particles at once."""
_DEVICE_THREADS = 4
"""Threads that serve a device at most: more wait for it and for each other."""
_HISTORIES_PER_ENTRY = 1.0 / 128.0
"""Of the first batches, within ``_SMALLEST_BATCHES``: as many as merging a batch is worth."""
_FEWEST_HISTORIES = 32 * FEWEST
_CLOSED, _SCATTER = 5e-4, 0.65
"""Standard deviation of the energy balance over what is emitted, and that of one photon's over its energy."""
_SAVED_EVERY_S = 20.0

McProgress = Callable[[int, float], None]
"""Told the histories so far and the mean relative standard uncertainty reached."""


@dataclass(frozen=True)
class McResult:
    """Absorbed dose of the decays."""

    dose_gy: Floats
    """Zero in vacuum. Shape ``(z, y, x)``. [Gy]"""
    standard_uncertainty_gy: Floats
    """Statistical, from the scatter of independent batches and of the kernels. Shape ``(z, y, x)``. [Gy]"""
    histories: int
    cpu_s: float
    """Of the transport, all threads together. [s]"""
    balance: Balance
    """[MeV]"""
    mean_relative_standard_uncertainty: float
    """Of the voxels above a share of the maximum."""
    electron_share: float
    """Of the histories."""
    raised_to_zero: int
    """Voxels whose estimate was below zero, which statistics may bring about, and which are given as zero."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the dose must know."""
        number = self.raised_to_zero
        return (f"the estimate of {number} voxels was below zero by statistics and is given as zero",) if number else ()


def monte_carlo_dose(
    geometry: VoxelGeometry,
    emissions: Emissions,
    decays: Floats,
    settings: Settings,
    progress: McProgress | None = None,
) -> McResult:
    """Transport the emissions of decays and sum the energy that they leave in every voxel.

    Parameters
    ----------
    geometry
        Media and densities.
    emissions
        Per decay.
    decays
        Of the parent in every voxel, not negative, not all zero. Shape ``(z, y, x)``.
    settings
        When to stop.
    progress
        Told after every few batches.

    Raises
    ------
    InputError
        If neither a target nor a limit is set, the histories are too few for an uncertainty, or the saved state is not
        of this problem.
    """
    began = time.process_time()
    limit = settings.histories
    if limit is None and settings.target_uncertainty is None:
        raise InputError("a target uncertainty or a number of histories", "neither came")
    if limit is not None and limit < _FEWEST_HISTORIES:
        raise InputError(f"at least {_FEWEST_HISTORIES} histories", f"{limit} came", "--histories")
    whole = Problem(geometry, emissions, np.asarray(decays, dtype=np.float64), settings)
    box = box_of(whole)
    result = _dose_in(within_box(whole, box), progress or _silent)
    dose, uncertainty = (
        around_box(each, box, decays.shape) for each in (result.dose_gy, result.standard_uncertainty_gy)
    )
    spent = time.process_time() - began
    return replace(result, dose_gy=dose, standard_uncertainty_gy=uncertainty, cpu_s=spent)


def _dose_in(problem: Problem, progress: McProgress) -> McResult:
    """The dose in the voxels of a problem, without the time it took."""
    settings, limit = problem.settings, problem.settings.histories
    plan = _plan(problem)
    if plan.known:
        return _result(problem, plan, Running.start(problem.decays.shape), 0.0)
    smallest = _smallest(plan, limit, settings.device)
    work = sampler(problem, plan, max(smallest // 4, 512))
    run = _Run(problem, plan, smallest, _fewest(problem, plan, work.electron_share), progress)
    running = run.restored()
    try:
        run_batches(running, work, smallest, _threads(settings), run.enough)
    finally:
        run.save(running)
    if limit is not None and running.histories < limit and not run.reached:
        running = _with_the_rest(running, limit - running.histories, work, smallest)
    return _result(problem, plan, running, work.electron_share)


def _threads(settings: Settings) -> int:
    return min(settings.threads, _DEVICE_THREADS) if settings.device is Device.CUDA else settings.threads


def _plan(problem: Problem) -> Plan:
    settings = problem.settings
    if settings.device is Device.CUDA and settings.tier is not Tier.FULL:
        raise InputError(f"the engine {Tier.FULL} for --device cuda", f"{settings.tier} came")
    from hevesy.transport.mc.full import plan_full
    from hevesy.transport.mc.tiers import plan_tiers

    return (plan_full if settings.tier is Tier.FULL else plan_tiers)(problem)


def warm_up_tier(tier: Tier, device: Device = Device.CPU) -> None:
    """Load or compile the machine code that a tier needs, by a problem of a few voxels and histories."""
    shape = (5, 5, 5)
    media = np.zeros(shape, dtype=np.uint8)
    media[:, :, 4] = 1
    density, decays = np.where(media == 1, 0.3, 1.0).astype(np.float32), np.zeros(shape)
    decays[2, 2, 1:] = 1.0
    lines = (np.array([0.1]), np.array([0.1]), np.array([1.0]))
    spectra = tuple(EmissionSpectrum(kind, "given", *lines) for kind in (Particle.ELECTRON, Particle.PHOTON))
    heavy = EmissionSpectrum(Particle.ALPHA, "given", np.array([5.0]), np.array([5.0]), np.array([1.0]))
    emissions = Emissions("warm-up", (*spectra, heavy), (), (), ())
    geometry = VoxelGeometry((0.3, 0.3, 0.3), media, density, (material("water"), material("lung")), Outside.VACUUM)
    problem = Problem(geometry, emissions, decays, Settings(tier, 0, None, device=device))
    plan = _plan(problem)
    running = Running.start(shape)
    work = sampler(problem, plan, 16)
    run_batches(running, work, 64, 1, lambda sums, _: sums.batches >= 2)
    _result(problem, plan, running, work.electron_share)


def _smallest(plan: Plan, limit: int | None, device: Device) -> int:
    """Size of the first batches: by the problem alone, unless the limit does not even hold the fewest of them."""
    wanted = np.clip(_HISTORIES_PER_ENTRY * entries(plan.electrons, plan.photons), *_SMALLEST_BATCHES)
    size = (1 << int(np.ceil(np.log2(wanted)))) * (_ON_DEVICE if device is Device.CUDA else 1)
    return size if limit is None else min(size, limit // FEWEST)


def _fewest(problem: Problem, plan: Plan, electron_share: float) -> int:
    """Histories that close the energy balance, which by track length holds in the mean only, to ``_CLOSED``."""
    if problem.settings.tier is Tier.FULL or electron_share >= 1.0:
        return 0
    return int((_SCATTER * photon_energy_share(problem, plan) / _CLOSED) ** 2 / (1.0 - electron_share))


def _with_the_rest(
    running: Running, rest: int, work: Callable[[Batch], tuple[Floats, Balance]], smallest: int
) -> Running:
    """A last, smaller batch up to the limit, which the saved state does not hold."""
    item = replace(batch(running.batches, smallest), size=rest)
    more = replace(running, total=running.total.copy(), squares=running.squares.copy())
    more.add(rest, *work(item))
    return more


def _silent(histories: int, uncertainty: float) -> None:
    del histories, uncertainty


class _Run:
    """Stopping and saving."""

    def __init__(self, problem: Problem, plan: Plan, smallest: int, fewest: int, progress: McProgress) -> None:
        self._problem, self._plan, self._progress = problem, plan, progress
        self._smallest, self._fewest = smallest, fewest
        self._per_mass = _per_mass(problem)
        self._saved = time.monotonic()
        self.reached = False

    def restored(self) -> Running:
        """The saved state, or a start."""
        folder = self._problem.settings.state
        shape = self._problem.decays.shape
        found = load_state(folder, self._key, shape) if folder is not None else None
        return found or Running.start(shape)

    def save(self, running: Running) -> None:
        """Keep the state, where one is kept."""
        if self._problem.settings.state is not None:
            save_state(self._problem.settings.state, self._key, running)
            self._saved = time.monotonic()

    def enough(self, running: Running, next_size: int) -> bool:
        """Whether the target is reached or the next batch would pass the limit."""
        settings = self._problem.settings
        if running.batches >= FEWEST and running.batches % looked_every(running.batches) == 0:
            fixed = self._plan.fixed
            known = fixed.energy_mev, fixed.variance_mev2
            uncertainty = running.relative_uncertainty(settings.above, known, self._per_mass)
            self._progress(running.histories, uncertainty)
            certain = settings.target_uncertainty is not None and uncertainty <= settings.target_uncertainty
            self.reached = certain and running.histories >= self._fewest
        if self._problem.settings.state is not None and time.monotonic() - self._saved > _SAVED_EVERY_S:
            self.save(running)
        past = settings.histories is not None and running.histories + next_size > settings.histories
        return self.reached or past

    @property
    def _key(self) -> str:
        problem = self._problem
        geometry, settings = problem.geometry, problem.settings
        return problem_key(
            {
                "version": __version__,
                "decays": problem.decays,
                "media": geometry.media,
                "density": geometry.density_g_ml,
                "materials": [(m.name, m.density_g_ml, sorted(m.mass_fractions.items())) for m in geometry.materials],
                "spacing": geometry.spacing_cm,
                "outside": str(geometry.outside),
                "spectra": [
                    (str(s.particle), s.low_mev.tobytes(), s.high_mev.tobytes(), s.yields.tobytes())
                    for s in problem.emissions.spectra
                ],
                "settings": (str(settings.tier), settings.seed, settings.above, self._smallest),
            }
        )


def _per_mass(problem: Problem) -> Floats:
    """One over the mass of every voxel; zero in vacuum. [1/g]"""
    mass = problem.geometry.mass_g
    return np.divide(1.0, mass, out=np.zeros_like(mass), where=mass > 0)


def _result(problem: Problem, plan: Plan, running: Running, electron_share: float) -> McResult:
    per_mass = _per_mass(problem)
    value = (running.mean() + plan.fixed.energy_mev) * per_mass
    sampled = 0.0 if plan.known else running.variance()
    variance = (sampled + plan.fixed.variance_mev2) * per_mass**2
    gray = JOULE_PER_MEV * _GRAM_PER_KG
    n = max(running.histories, 1)
    deposited = float(running.mean().sum() + plan.fixed.energy_mev.sum())
    return McResult(
        dose_gy=np.maximum(value, 0.0) * gray,
        standard_uncertainty_gy=np.sqrt(variance) * gray,
        histories=running.histories,
        cpu_s=0.0,
        balance=Balance(
            running.emitted / n + plan.fixed.emitted_mev, deposited, running.escaped / n + plan.fixed.escaped_mev, 0.0
        ),
        mean_relative_standard_uncertainty=mean_relative(value, variance, problem.settings.above),
        electron_share=electron_share,
        raised_to_zero=int((value < 0).sum()),
    )
