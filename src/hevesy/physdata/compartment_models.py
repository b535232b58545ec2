"""Compartment models as strict TOML files, and those that come with the package."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from hevesy.domain import Citation
from hevesy.errors import InputError, ReadError
from hevesy.numerics.compartments import LinearCompartments
from hevesy.quantities.settings_file import validate_settings

_LARGEST = 1_000_000
_BUILT_IN = {"psma617": "compartments_psma617_2023"}
"""Name and the folder of the table."""

_Text = Annotated[str, Field(min_length=1, max_length=2000)]
_Rate = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, eq=False)
class CompartmentModel:
    """Compartments of the body, the rates between them, and which of them fill up."""

    title: str
    ligand: str
    nuclide: str
    compartments: tuple[str, ...]
    administered_into: int
    rates: LinearCompartments
    """[1/h]"""
    capacity_bq: NDArray[np.float64]
    """Infinite where a compartment does not fill up. Shape ``(compartment,)``. [Bq]"""
    saturable: NDArray[np.bool_]
    """Transfers that the capacity of their target slows. Shape ``(to, from)``."""
    capacity_decays: bool
    """Whether a capacity is compared with the activity present; otherwise with the ligand (activity without decay)."""
    source: str
    status: str
    citation: Citation


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Compartment(_Strict):
    name: _Text
    excretion_per_h: _Rate = 0.0
    capacity_mbq: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None


class _Transfer(_Strict):
    source: _Text = Field(alias="from")
    target: _Text = Field(alias="to")
    per_h: _Rate
    saturable: bool = False


class _Citation(_Strict):
    key: _Text
    text: _Text
    doi: _Text | None = None


class _ModelFile(_Strict):
    format: Literal["hevesy-compartments"]
    version: Literal[1]
    title: _Text
    ligand: _Text
    nuclide: _Text
    administered_into: _Text
    capacity_compared_with: Literal["ligand", "activity"]
    source: _Text
    status: _Text
    citation: _Citation
    compartments: Annotated[list[_Compartment], Field(min_length=1, max_length=100)]
    transfers: Annotated[list[_Transfer], Field(max_length=10_000)]


def known_compartment_models() -> tuple[str, ...]:
    """Names of the built-in models."""
    return tuple(_BUILT_IN)


def find_compartment_model(name_or_file: str) -> CompartmentModel:
    """A compartment model by the name of a built-in one or from a file.

    Raises
    ------
    InputError
        If there is neither.
    ReadError
        If the file is no compartment model.
    """
    if name_or_file in _BUILT_IN:
        table = files("hevesy.physdata").joinpath("tables", _BUILT_IN[name_or_file], "model.toml")
        with as_file(table) as path:
            return read_compartment_model(path)
    path = Path(name_or_file)
    if not path.is_file():
        known = ", ".join(_BUILT_IN)
        raise InputError(f"a built-in compartment model ({known}) or a file", f"{path.name!r} came", "model")
    return read_compartment_model(path)


def read_compartment_model(path: Path) -> CompartmentModel:
    """Read a compartment model.

    Raises
    ------
    ReadError
        If the file is no TOML of this format, or its compartments and transfers do not fit each other.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise ReadError(f"at most {_LARGEST} bytes", "more came", path.name)
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ReadError("a compartment model as TOML in UTF-8", f"it cannot be read ({error})", path.name) from error
    try:
        return _model(validate_settings(_ModelFile, content, path.name), path.name)
    except ReadError:
        raise
    except InputError as error:
        raise ReadError(error.expected, error.came, error.where) from error


def _model(found: _ModelFile, name: str) -> CompartmentModel:
    names = [c.name for c in found.compartments]
    if len(set(names)) < len(names):
        raise ReadError("each compartment once", "one came twice", name)
    pairs = [(t.source, t.target) for t in found.transfers]
    if len(set(pairs)) < len(pairs) or any(a == b for a, b in pairs):
        raise ReadError("each transfer once, between two compartments", "one came twice or leads back", name)
    n = len(names)
    transfer, saturable = np.zeros((n, n)), np.zeros((n, n), dtype=np.bool_)
    for t in found.transfers:
        place = _place(names, t.target, name), _place(names, t.source, name)
        transfer[place], saturable[place] = t.per_h, t.saturable
    capacity = np.array([np.inf if c.capacity_mbq is None else 1e6 * c.capacity_mbq for c in found.compartments])
    if not np.array_equal(saturable.any(axis=1), np.isfinite(capacity)):
        raise ReadError("a capacity for every target of a saturable transfer and for no other", "it is not so", name)
    return CompartmentModel(
        found.title,
        found.ligand,
        found.nuclide,
        tuple(names),
        _place(names, found.administered_into, name),
        LinearCompartments(transfer, np.array([c.excretion_per_h for c in found.compartments])),
        capacity,
        saturable,
        found.capacity_compared_with == "activity",
        found.source,
        found.status,
        Citation(found.citation.key, found.citation.text, found.citation.doi),
    )


def _place(names: list[str], wanted: str, file: str) -> int:
    if wanted not in names:
        raise ReadError(f"a compartment among {', '.join(names)}", f"{wanted!r} came", file)
    return names.index(wanted)
