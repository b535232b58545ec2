"""From time-integrated activity in voxels to absorbed dose in voxels, with NIfTI images in and out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Image, InputFile, Quantity
from hevesy.errors import InputError, OutputError
from hevesy.physdata import JOULE_PER_MEV, Emissions, read_spectrum_file, source_term
from hevesy.physdata.chains import STAYS
from hevesy.transport import EngineSettings, engine
from hevesy.transport.mc import Outside
from hevesy.transport.mc.batches import mean_relative
from hevesy.workflow.nifti_like import write_like
from hevesy.workflow.provenance import file_sha256, result_key, versions
from hevesy.workflow.voxel_inputs import MatterFiles, VoxelInputs, read_voxel_inputs, require_memory_for

Floats = NDArray[np.float64]
DoseProgress = Callable[[int, float], None]
"""Told the histories so far and the mean relative standard uncertainty reached."""

ENGINES = ("mc", "mc-full", "kernel", "local")
_MC_BYTES, _BATCH_BYTES = 150.0, 16.0
"""Sums, kernels and what is made of them; each batch under way. [byte/voxel]"""
_LIBRARY = "endfb81"
_SUFFIX = ".nii.gz"
_GRAM_PER_KG = 1e3


@dataclass(frozen=True)
class SourceChoice:
    """What decays."""

    nuclide: str | None
    chain: str | None
    backend: str | None
    """``endfb81`` without one."""
    spectrum: Path | None
    """File of emissions that replaces the nuclide."""


@dataclass(frozen=True)
class DoseRequest:
    """Everything that a voxel dose follows from."""

    activity: Path
    matter: MatterFiles
    source: SourceChoice
    engine: str
    outside: Outside
    target_uncertainty: float | None
    histories: int | None
    above: float
    seed: int
    threads: int
    state: Path | None
    out: Path
    device: str = "cpu"
    """Where particles are followed; ``cuda`` with the engine ``mc-full`` only."""


@dataclass(frozen=True)
class VoxelDose:
    """Absorbed dose by one engine."""

    dose_gy: Floats
    standard_uncertainty_gy: Floats
    """What the engine can tell: statistics of Monte Carlo, of kernels. Shape ``(z, y, x)``. [Gy]"""
    transport_cpu_s: float
    statistics: dict[str, object]
    """Engine-specific entries of the document."""
    notes: tuple[str, ...]


def voxel_dose(request: DoseRequest, start_cpu_s: float, progress: DoseProgress | None = None) -> dict[str, object]:
    """Compute the dose and write ``out`` and the map of its standard uncertainty beside it.

    Parameters
    ----------
    request
        Input, options and output.
    start_cpu_s
        CPU time that starting has taken. [s]
    progress
        Told how far a Monte Carlo run is.

    Returns
    -------
    The document that ``--json`` shows.

    Raises
    ------
    InputError
        If the input is not sound, see :func:`hevesy.workflow.voxel_inputs.read_voxel_inputs`.
    OutputError
        If the result cannot be written.
    """
    _require(request.engine, request.device)
    out, beside = _output(request.out), uncertainty_path(request.out)
    _require_new((out, beside), _files(request))
    emissions = _emissions(request.source)
    require_memory_for(request.activity, _bytes_per_voxel(request))
    clock = _Clock(start_cpu_s)
    inputs = read_voxel_inputs(request.activity, request.matter, request.outside)
    hashes = tuple(InputFile(path.name, file_sha256(path)) for path in _files(request))
    clock.io()
    warm_up(request.engine, request.device)
    clock.start()
    result = _engine(request.engine)(request, inputs, emissions, progress)
    clock.restart()
    write_like(result.dose_gy, request.activity, out, "absorbed dose [Gy]")
    write_like(result.standard_uncertainty_gy, request.activity, beside, "standard uncertainty of absorbed dose [Gy]")
    clock.io()
    cpu = {"start": clock.start_s, "io": clock.io_s, "transport": result.transport_cpu_s}
    return _document(request, inputs, emissions, result, hashes, cpu)


class _Clock:
    """CPU time of all threads, by what it went into. [s]"""

    def __init__(self, start_s: float) -> None:
        self.start_s, self.io_s, self._last = start_s, 0.0, time.process_time()

    def _since(self) -> float:
        now = time.process_time()
        elapsed, self._last = now - self._last, now
        return elapsed

    def start(self) -> None:
        """What went by since the last call was starting."""
        self.start_s += self._since()

    def io(self) -> None:
        """What went by since the last call was reading or writing."""
        self.io_s += self._since()

    def restart(self) -> None:
        """What went by since the last call is counted elsewhere."""
        self._since()


def uncertainty_path(out: Path) -> Path:
    """Where the map of uncertainty lies: ``dose_uncertainty.nii.gz`` beside ``dose.nii.gz``."""
    return out.with_name(out.name.removesuffix(_SUFFIX) + "_uncertainty" + _SUFFIX)


def _output(out: Path) -> Path:
    if not out.name.endswith(_SUFFIX) or out.name == _SUFFIX:
        raise OutputError(f"{out}: expected a name that ends in {_SUFFIX}, but another came")
    if out.is_dir():
        raise OutputError(f"{out}: expected a name for a file, but a folder has it")
    there = next(folder for folder in out.absolute().parents if folder.exists())
    if not (there.is_dir() and os.access(there, os.W_OK)):
        raise OutputError(f"{out}: expected a folder that can be written, but {there} is not")
    return out


def _require_new(outputs: tuple[Path, ...], inputs: tuple[Path, ...]) -> None:
    """No result takes the place of what it was made from."""
    taken = {path.resolve() for path in inputs}
    for path in outputs:
        if path.resolve() in taken:
            raise OutputError(f"{path}: expected a name that none of the images read has, but that of one came")


def _files(request: DoseRequest) -> tuple[Path, ...]:
    spectrum = (request.source.spectrum,) if request.source.spectrum is not None else ()
    return (request.activity, *request.matter.paths, *spectrum)


def _emissions(choice: SourceChoice) -> Emissions:
    if (choice.nuclide is None) == (choice.spectrum is None):
        raise InputError("either --nuclide or --spectrum", "both or neither came", "hevesy dose")
    if choice.spectrum is None:
        return source_term(str(choice.nuclide), choice.chain, choice.backend or _LIBRARY)
    for option, value in (("--chain", choice.chain), ("--backend", choice.backend)):
        if value is not None:
            raise InputError(f"{option} with --nuclide only", "it came with --spectrum", "hevesy dose")
    return read_spectrum_file(choice.spectrum)


def _bytes_per_voxel(request: DoseRequest) -> float:
    return _MC_BYTES + _BATCH_BYTES * (request.threads + 1)


def _require(engine: str, device: str) -> None:
    """That the engine runs on the device, and that there is one."""
    if device == "cpu":
        return
    if engine != "mc-full":
        raise InputError("the engine mc-full with --device cuda", f"{engine!r} came", "--engine")
    from hevesy.transport.mc.cuda import require_cuda

    require_cuda()


def warm_up(engine: str, device: str = "cpu") -> None:
    """Load or compile the machine code of an engine, so that its transport is measured alone."""
    if engine.startswith("mc"):
        from hevesy.transport.mc.engine import warm_up_tier
        from hevesy.transport.mc.problem import Device, Tier

        warm_up_tier(Tier(engine), Device(device))


_Engine = Callable[[DoseRequest, VoxelInputs, Emissions, DoseProgress | None], VoxelDose]


def _engine(name: str) -> _Engine:
    known: dict[str, _Engine] = {"mc": _monte_carlo, "mc-full": _monte_carlo, "kernel": _by_map, "local": _by_map}
    if name not in known:
        raise InputError(f"one of the dose engines {', '.join(known)}", f"{name!r} came", "--engine")
    return known[name]


def _monte_carlo(
    request: DoseRequest, inputs: VoxelInputs, emissions: Emissions, progress: DoseProgress | None
) -> VoxelDose:
    from hevesy.transport.mc.engine import monte_carlo_dose
    from hevesy.transport.mc.problem import Device, Settings, Tier

    settings = Settings(
        tier=Tier(request.engine),
        seed=request.seed,
        target_uncertainty=request.target_uncertainty,
        histories=request.histories,
        threads=request.threads,
        state=request.state,
        above=request.above,
        device=Device(request.device),
    )
    result = monte_carlo_dose(inputs.geometry, emissions, inputs.decays, settings, progress)
    balance = result.balance
    statistics = {
        "histories": result.histories,
        "mean_relative_standard_uncertainty": result.mean_relative_standard_uncertainty,
        "balance": {
            "emitted": balance.emitted,
            "deposited": balance.deposited,
            "escaped": balance.escaped,
            "unit": "MeV",
        },
    }
    return VoxelDose(result.dose_gy, result.standard_uncertainty_gy, result.cpu_s, statistics, result.notes)


def _by_map(
    request: DoseRequest, inputs: VoxelInputs, emissions: Emissions, progress: DoseProgress | None
) -> VoxelDose:
    """The engines that studies have, on the same grid; vacuum gets no dose and may hold no activity."""
    del progress
    began = time.process_time()
    matter = inputs.geometry.density_g_ml > 0
    if inputs.decays[~matter].any():
        raise InputError("activity in matter only", "some is in vacuum", request.activity.name)
    solid = replace(inputs.geometry, density_g_ml=np.where(matter, inputs.geometry.density_g_ml, np.float32(1.0)))
    source = Image(
        inputs.grid,
        inputs.decays / inputs.grid.voxel_volume_ml,
        Quantity.TIME_INTEGRATED_ACTIVITY_CONCENTRATION,
    )
    made = engine(request.engine, "--engine", settings=EngineSettings(threads=request.threads))
    found = made.dose_map(emissions, source, solid)
    dose = np.where(matter, np.asarray(found.image.values, dtype=np.float64), 0.0)
    spread = np.zeros_like(dose)
    if found.statistical is not None:
        spread = np.where(matter, found.statistical.values, 0.0)
    reached = mean_relative(dose, spread**2, request.above)
    emitted = emissions.energy_mev() * float(inputs.decays.sum())
    deposited = float((dose * inputs.geometry.mass_g).sum()) / (JOULE_PER_MEV * _GRAM_PER_KG)
    statistics: dict[str, object] = {
        "histories": 0,
        "mean_relative_standard_uncertainty": None if found.statistical is None else reached,
        "balance": {"emitted": emitted, "deposited": deposited, "escaped": emitted - deposited, "unit": "MeV"},
    }
    return VoxelDose(dose, spread, time.process_time() - began, statistics, (*made.validity, *found.notes))


def _document(
    request: DoseRequest,
    inputs: VoxelInputs,
    emissions: Emissions,
    result: VoxelDose,
    hashes: tuple[InputFile, ...],
    cpu_s: dict[str, float],
) -> dict[str, object]:
    settings = _settings(request)
    used = versions()
    mass = inputs.geometry.mass_g
    members = [{"name": m.name, "decays_per_parent_decay": m.decays_per_parent} for m in emissions.members]
    return {
        "engine": request.engine,
        "emissions": emissions.name,
        "members": members,
        "chain": {"members": members, "assumption": STAYS if len(members) > 1 else None},
        "source": [citation.text for citation in emissions.citations],
        "dose": request.out.name,
        "dose_uncertainty": uncertainty_path(request.out).name,
        "maximum_dose_gy": float(result.dose_gy.max()),
        "mean_dose_gy": float((result.dose_gy * mass).sum() / mass.sum()) if mass.any() else 0.0,
        **result.statistics,
        "cpu_s": cpu_s,
        "notes": [*inputs.notes, *emissions.notes, *result.notes],
        "provenance": {
            "key": result_key(hashes, settings, used),
            "inputs": [{"name": item.name, "sha256": item.sha256} for item in hashes],
            "settings": settings,
            "versions": used,
            "seed": request.seed,
            "citations": [{"key": c.key, "text": c.text, "doi": c.doi} for c in emissions.citations],
        },
    }


def _settings(request: DoseRequest) -> dict[str, object]:
    """What the numbers follow from, besides files and versions."""
    names = request.matter.media_names
    curve = request.matter.ct_curve
    return {
        "engine": request.engine,
        "nuclide": request.source.nuclide,
        "chain": request.source.chain,
        "backend": request.source.backend or (None if request.source.spectrum else _LIBRARY),
        "outside": str(request.outside),
        "media_names": {str(label): name for label, name in names.items()} if names else None,
        "ct_curve": os.path.basename(curve) if curve else None,  # noqa: PTH119 - a name or a path
        "target_uncertainty": request.target_uncertainty,
        "histories": request.histories,
        "above": request.above,
        "seed": request.seed,
        "device": request.device,
    }
