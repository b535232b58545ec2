"""S values of organs: mean absorbed dose to every region per decay in one, with its uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Progress, silent
from hevesy.errors import InputError
from hevesy.physdata import JOULE_PER_MEV, EmissionSpectrum, Particle
from hevesy.quantities import Uncertain
from hevesy.transport.kernels import EnergyUncertainty
from hevesy.transport.organs.anatomy import Anatomy, Region
from hevesy.transport.organs.charged import RadialEnergy, charged_shares
from hevesy.transport.organs.marrow import MARROW_UNCERTAINTY, cavity_share
from hevesy.transport.organs.photons import Settings, photon_doses
from hevesy.transport.organs.scaling import mass_factors
from hevesy.transport.organs.sources import Kind
from hevesy.transport.organs.term import SourceTerm

Floats = NDArray[np.float64]

RED_MARROW = "Red_marrow"
PHOTON_UNCERTAINTY = 0.01
"""Relative standard uncertainty of photon doses from cross sections and method."""
VOXEL_UNCERTAINTY, SHELL_UNCERTAINTY = 0.01, 0.03
"""Relative standard uncertainty of photon doses from organs on voxels, from the difference of 3 and 2 mm: of most
organs, and of bones, whose shells are thinner than two voxels."""
_BONE_G_ML = 1.3
BREMSSTRAHLUNG_UNCERTAINTY = 0.05
"""Relative standard uncertainty of doses from bremsstrahlung."""
CROSSFIRE_UNCERTAINTY = 0.03
"""Relative standard uncertainty of the charged-particle energy that crosses a border (ranges, scatter at borders)."""


@dataclass(frozen=True)
class SValue:
    """Mean absorbed dose to a target region per decay in the source region."""

    target: str
    mass_kg: float
    """That the value is for. [kg]"""
    value: Uncertain
    """[Gy/(Bq s)]"""
    electron: float
    """Part of electrons and positrons. [Gy/(Bq s)]"""
    heavy: float
    """Part of alpha particles and recoils. [Gy/(Bq s)]"""
    photon: float
    """Part of emitted photons. [Gy/(Bq s)]"""
    bremsstrahlung: float
    """Part of the electrons' bremsstrahlung. [Gy/(Bq s)]"""


@dataclass(frozen=True)
class _Parts:
    """Mean and standard error of the dose to every region. Shapes ``(region,)``. [Gy/(Bq s)]"""

    mean: Floats
    error: Floats


def _from_batches(doses_mev_per_kg: Floats) -> _Parts:
    gray = np.asarray(doses_mev_per_kg) * JOULE_PER_MEV
    return _Parts(gray.mean(axis=0), gray.std(axis=0, ddof=1) / math.sqrt(len(gray)))


def organ_s_values(
    anatomy: Anatomy,
    source: str,
    term: SourceTerm,
    settings: Settings,
    *,
    source_mass_kg: float | None = None,
    progress: Progress = silent,
) -> tuple[SValue, ...]:
    r"""Mean absorbed dose to every region of an anatomy per decay in one of them.

    .. math:: S(r_T \leftarrow r_S) = \frac{1}{m_T} \sum_i E_i Y_i\, \phi_i(r_T \leftarrow r_S)

    Photons and bremsstrahlung (from where the electrons start) by Monte Carlo on voxels; charged particles by their
    point kernel on the exact surfaces. Named uncertainties: ``statistics`` of each pair, ``absorbed-fraction:photons``,
    ``absorbed-fraction:voxels``, ``absorbed-fraction:bremsstrahlung``, ``absorbed-fraction:crossfire``,
    ``absorbed-fraction:marrow``. That of the decay data is added by :func:`with_decay_data`; how a patient differs from
    the phantom is not in them.

    Parameters
    ----------
    anatomy
        Body.
    source
        Name of the source region.
    term
        What a decay emits.
    settings
        Histories, seed, threads.
    source_mass_kg
        Mass of the source region in the patient, to which its self-dose is scaled; None for the phantom's. [kg]

    Raises
    ------
    InputError
        If the region is unknown or no source, or the mass is out of range.

    References
    ----------
    .. [1] W. E. Bolch et al., J. Nucl. Med. 50 (2009) 477, doi:10.2967/jnumed.108.056036
    """
    region = _source(anatomy, source)
    factors = (1.0, 1.0)
    if source_mass_kg is not None:
        factors = mass_factors(region.mass_kg, source_mass_kg, "--mass")
    emitted, braked = _shared(settings, term)
    photon = _photon_part(anatomy, region, term.photons, emitted, Kind.PHOTONS, progress)
    brems = _photon_part(anatomy, region, term.bremsstrahlung, braked, Kind.BREMSSTRAHLUNG, progress)
    electron = _charged_part(anatomy, region, term.electrons, settings, kind=Kind.ELECTRONS)
    heavy = _charged_part(anatomy, region, term.heavy, settings, kind=Kind.HEAVY)
    values = []
    for number, target in enumerate(anatomy.regions.values()):
        charged_factor, photon_factor = factors if target.name == region.name else (1.0, 1.0)
        means = [part.mean[number] * charged_factor for part in (electron, heavy)]
        means += [part.mean[number] * photon_factor for part in (photon, brems)]
        errors = [part.error[number] * charged_factor for part in (electron, heavy)]
        errors += [part.error[number] * photon_factor for part in (photon, brems)]
        mass = source_mass_kg if source_mass_kg is not None and target.name == region.name else target.mass_kg
        components = _components(anatomy, region, target, term, (means, errors, mass))
        values.append(SValue(target.name, mass, Uncertain(sum(means), components), *means))
    return tuple(values)


def _source(anatomy: Anatomy, name: str) -> Region:
    region = anatomy.region(name, "--source")
    if _is_part(anatomy, region) and region.name != RED_MARROW:
        raise InputError(
            "a source region whose electrons are modelled",
            f"{region.name} came; of what lies mixed in spongiosa, only red marrow is",
            "--source",
        )
    return region


def _is_part(anatomy: Anatomy, region: Region) -> bool:
    """Whether the region lies mixed with others within one organ."""
    return anatomy.marrow is not None and region.name != anatomy.marrow and region.organs == _spongiosa(anatomy)


def _spongiosa(anatomy: Anatomy) -> tuple[int, ...]:
    return (anatomy.organs.index(anatomy.marrow),) if anatomy.marrow is not None else ()


def with_decay_data(value: SValue, energies: EnergyUncertainty) -> SValue:
    """The S value whose uncertainty holds that of the evaluated energies per decay too; one error for all targets."""
    parts = energies.components(value.electron + value.bremsstrahlung, value.photon, value.heavy)
    return replace(value, value=Uncertain(value.value.value, {**value.value.components, **parts}))


def _shared(settings: Settings, term: SourceTerm) -> tuple[Settings, Settings]:
    """Photon histories for emitted photons and bremsstrahlung, by their energy, a tenth at least for each."""
    emitted, braked = (sum(s.energy_mev for s in spectra) for spectra in (term.photons, term.bremsstrahlung))
    if not (emitted > 0 and braked > 0):
        return settings, settings
    share = min(max(emitted / (emitted + braked), 0.1), 0.9)
    first, second = (max(round(settings.photon_histories * part), settings.batches) for part in (share, 1.0 - share))
    return replace(settings, photon_histories=first), replace(settings, photon_histories=second)


def _photon_part(
    anatomy: Anatomy,
    region: Region,
    spectra: tuple[EmissionSpectrum, ...],
    settings: Settings,
    kind: Kind,
    progress: Progress,
) -> _Parts:
    present = tuple(s for s in spectra if s.energy_mev > 0)
    if not present:
        return _nothing(anatomy)
    return _from_batches(photon_doses(anatomy, region, present, settings, kind, progress))


def _nothing(anatomy: Anatomy) -> _Parts:
    return _Parts(np.zeros(len(anatomy.regions)), np.zeros(len(anatomy.regions)))


def _charged_part(anatomy: Anatomy, source: Region, kernel: RadialEnergy, settings: Settings, *, kind: Kind) -> _Parts:
    if not kernel.total_mev > 0:
        return _nothing(anatomy)
    shares = charged_shares(anatomy, source, kernel, settings, kind)
    doses = shares @ _dose_per_share(anatomy, source, kernel).T
    return _from_batches(doses * kernel.total_mev)


def _dose_per_share(anatomy: Anatomy, source: Region, kernel: RadialEnergy) -> Floats:
    """Inverse masses, red marrow as a source by its model. Shape ``(region, organ)``. [1/kg]"""
    matrix = np.zeros((len(anatomy.regions), len(anatomy.organs)))
    from_marrow = source.name == RED_MARROW and _is_part(anatomy, source)
    kept = cavity_share(kernel) if from_marrow else 0.0
    for row, region in enumerate(anatomy.regions.values()):
        organs = list(region.organs)
        matrix[row, organs] = 1.0 / anatomy.organ_mass_kg[organs].sum()
        if from_marrow and _is_part(anatomy, region):
            own = kept / region.mass_kg if region.name == RED_MARROW else 0.0
            matrix[row, organs] = own + (1.0 - kept) * matrix[row, organs]
    return matrix


def _components(
    anatomy: Anatomy,
    source: Region,
    target: Region,
    term: SourceTerm,
    parts: tuple[list[float], list[float], float],
) -> dict[str, float]:
    (electron, heavy, photon, brems), errors, mass_kg = parts
    emitted = (term.electrons.total_mev + term.heavy.total_mev) * JOULE_PER_MEV / mass_kg
    crossing = (electron + heavy) - emitted * _common(anatomy, source, target)
    components = {
        f"statistics:{target.name}-from-{source.name}": math.hypot(*errors),
        "absorbed-fraction:photons": PHOTON_UNCERTAINTY * photon,
        "absorbed-fraction:voxels": _voxel_uncertainty(anatomy, target) * photon,
        "absorbed-fraction:bremsstrahlung": BREMSSTRAHLUNG_UNCERTAINTY * brems,
        "absorbed-fraction:crossfire": CROSSFIRE_UNCERTAINTY * crossing,
    }
    if _is_part(anatomy, source) and _is_part(anatomy, target):
        components["absorbed-fraction:marrow"] = MARROW_UNCERTAINTY * crossing
    return components


def _voxel_uncertainty(anatomy: Anatomy, target: Region) -> float:
    shells = anatomy.organ_density_g_ml[list(target.organs)].min() > _BONE_G_ML
    return SHELL_UNCERTAINTY if shells else VOXEL_UNCERTAINTY


def _common(anatomy: Anatomy, source: Region, target: Region) -> float:
    """Share of the source's mass that lies in the target."""
    if _is_part(anatomy, target):
        return float(target.name == source.name)
    shared = sorted(set(source.organs) & set(target.organs))
    masses = anatomy.organ_mass_kg
    return float(masses[shared].sum() / masses[list(source.organs)].sum())


def photon_absorbed_fractions(
    anatomy: Anatomy, source: str, energy_mev: float, settings: Settings, progress: Progress = silent
) -> dict[str, Uncertain]:
    """Specific absorbed fractions of photons of one energy: share of the emitted energy per mass. [1/kg]

    Parameters
    ----------
    anatomy
        Body.
    source
        Name of the source region.
    energy_mev
        Of the photons. [MeV]
    settings
        Histories, seed, threads.
    """
    energy, one = np.array([energy_mev]), np.ones(1)
    line = EmissionSpectrum(Particle.PHOTON, "given", energy, energy, one)
    doses = photon_doses(anatomy, anatomy.region(source), (line,), settings, Kind.PHOTONS, progress) / energy_mev
    mean, error = doses.mean(axis=0), doses.std(axis=0, ddof=1) / math.sqrt(len(doses))
    return {
        name: Uncertain(
            float(mean[n]),
            {
                f"statistics:{name}-from-{source}": float(error[n]),
                "absorbed-fraction:photons": PHOTON_UNCERTAINTY * float(mean[n]),
                "absorbed-fraction:voxels": _voxel_uncertainty(anatomy, region) * float(mean[n]),
            },
        )
        for n, (name, region) in enumerate(anatomy.regions.items())
    }
