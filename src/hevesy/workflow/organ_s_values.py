"""The document of ``hevesy svalue``: S values of one source region, on our phantoms or from files of ICRP 133."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from hevesy.domain import Progress, silent
from hevesy.errors import InputError
from hevesy.physdata import Emissions
from hevesy.quantities import budget
from hevesy.transport.kernels import EnergyUncertainty
from hevesy.transport.organs import (
    Settings,
    SValue,
    organ_s_values,
    organ_source_term,
    read_saf_folder,
    require_regions,
    saf_s_values,
    stylised_anatomy,
    with_decay_data,
)

LIMITS = (
    "The uncertainty holds statistics, cross sections, voxels, ranges, the marrow model and the decay data; not how a "
    "patient differs from the phantom.",
    "Electrons set free by photons deposit their energy where they start; at borders with lung and bone electrons do "
    "not scatter back.",
    "Red marrow is the mass share of spongiosa of the reference adult; bone surfaces are not a target.",
)


@dataclass(frozen=True)
class OrganRequest:
    """What is asked for."""

    emissions: Emissions
    phantom: str
    source: str
    targets: tuple[str, ...] = ()
    """All regions where none is named."""
    source_mass_kg: float | None = None
    """In the patient; None for the phantom's. [kg]"""
    voxel_mm: float = 3.0
    settings: Settings = field(default_factory=Settings)
    energies: EnergyUncertainty | None = None
    """Uncertainty of the decay data; None for a spectrum that was given."""
    saf_folder: Path | None = None
    """Files of ICRP 133 to take the absorbed fractions from."""


def organ_document(request: OrganRequest, progress: Progress = silent) -> dict[str, Any]:
    """S values as a document for JSON or a table.

    Raises
    ------
    InputError
        If something of the request is unknown or does not fit together.
    """
    if request.saf_folder is not None:
        return _from_files(request, request.saf_folder)
    require_regions(request.phantom, [(request.source, "--source"), *((name, "--target") for name in request.targets)])
    progress("phantom", 0, 1)
    anatomy = stylised_anatomy(request.phantom, request.voxel_mm)
    progress("phantom", 1, 1)
    wanted = {anatomy.region(name, "--target").name for name in request.targets} or set(anatomy.regions)
    source = anatomy.region(request.source, "--source")
    values = organ_s_values(
        anatomy,
        request.source,
        organ_source_term(request.emissions, request.settings.seed),
        request.settings,
        source_mass_kg=request.source_mass_kg,
        progress=progress,
    )
    if request.energies is not None:
        values = tuple(with_decay_data(value, request.energies) for value in values)
    return {
        "phantom": request.phantom,
        "source_region": {
            "name": source.name,
            "mass_kg": source.mass_kg if request.source_mass_kg is None else request.source_mass_kg,
            "phantom_mass_kg": source.mass_kg,
        },
        "mass_convention": anatomy.mass_convention,
        "voxel_mm": request.voxel_mm,
        "photon_histories": request.settings.photon_histories,
        "seed": request.settings.seed,
        "s_values": _rows(values, wanted),
        "limits": list(LIMITS),
    }


def _rows(values: Sequence[SValue], wanted: set[str]) -> list[dict[str, Any]]:
    return [
        {
            "target": v.target,
            "mass_kg": v.mass_kg,
            "s_value": {"value": v.value.value, "standard_uncertainty": v.value.standard_uncertainty},
            "electron": v.electron,
            "heavy": v.heavy,
            "photon": v.photon,
            "bremsstrahlung": v.bremsstrahlung,
            "budget": budget(v.value),
        }
        for v in values
        if v.target in wanted
    ]


def _from_files(request: OrganRequest, folder: Path) -> dict[str, Any]:
    sexes: dict[str, Literal["male", "female"]] = {"adult-male": "male", "adult-female": "female"}
    if request.phantom not in sexes:
        raise InputError(
            f"one of the phantoms {', '.join(sexes)} with --icrp-133", f"{request.phantom!r} came", "--phantom"
        )
    if request.source_mass_kg is not None:
        raise InputError("no --mass with --icrp-133", "the files do not hold the masses to scale from")
    values = saf_s_values(read_saf_folder(folder, sexes[request.phantom]), request.emissions, request.source)
    known = {value.target.lower(): value.target for value in values}
    unknown = [name for name in request.targets if name.lower() not in known]
    if unknown:
        raise InputError(f"one of the target regions {', '.join(known.values())}", f"{unknown[0]!r} came", "--target")
    wanted = {known[name.lower()] for name in request.targets} or set(known.values())
    return {
        "phantom": request.phantom,
        "source_region": {"name": request.source},
        "mass_convention": "target masses of ICRP 133, blood included",
        "s_values": [
            {"target": v.target, "s_value": {"value": v.value, "standard_uncertainty": None}, **v.parts}
            for v in values
            if v.target in wanted
        ],
        "limits": ["Specific absorbed fractions of ICRP 133 from the user's files; they come without an uncertainty."],
    }
