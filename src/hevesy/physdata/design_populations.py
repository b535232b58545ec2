"""Simulated populations that scan plans are tried on; no priors for patients."""

from __future__ import annotations

from importlib.resources import as_file, files

from hevesy.domain import PopulationPrior
from hevesy.errors import InputError
from hevesy.physdata.prior_file import read_prior

_FOLDERS = {"psma-it-pbpk": "design_psma_it_pbpk"}
"""Name and the folder of the table."""


def known_design_populations() -> tuple[str, ...]:
    """Names of the simulated populations."""
    return tuple(_FOLDERS)


def design_population(name: str) -> PopulationPrior:
    """A simulated population by its name.

    Raises
    ------
    InputError
        If there is none of this name.
    """
    if name not in _FOLDERS:
        raise InputError(f"a simulated population ({', '.join(_FOLDERS)})", f"{name!r} came", "prior")
    with as_file(files("hevesy.physdata").joinpath("tables", _FOLDERS[name], "prior.json")) as path:
        return read_prior(path)
