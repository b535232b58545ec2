"""The source of a command: a radionuclide with its chain and library, or a spectrum from a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from hevesy.errors import InputError
from hevesy.physdata import Emissions, decay_library, known_decay_libraries, read_spectrum_file, source_term
from hevesy.physdata.chains import STAYS
from hevesy.transport.kernels import EnergyUncertainty, energy_uncertainty

_Command = TypeVar("_Command", bound=Callable[..., object])

DEFAULT_LIBRARY = "endfb81"


def source_options(command: _Command) -> _Command:
    """Add ``--chain``, ``--spectrum`` and ``--backend``."""
    options = (
        click.option(
            "--chain",
            metavar="parent|equilibrium|from:TIME",
            help="How radioactive progeny counts, where there is any.",
        ),
        click.option(
            "--spectrum",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Emissions from this file instead of a nuclide.",
        ),
        click.option(
            "--backend",
            metavar="|".join(known_decay_libraries()),
            help=f"Library of decay data; {DEFAULT_LIBRARY} without it.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def chosen_emissions(nuclide: str | None, chain: str | None, spectrum: Path | None, backend: str | None) -> Emissions:
    """Emissions of what was asked for.

    Raises
    ------
    InputError
        If both or neither of nuclide and spectrum came, or options that a spectrum has no use for.
    """
    if (nuclide is None) == (spectrum is None):
        came = "both came" if spectrum is not None else "neither came"
        raise InputError("a radionuclide or --spectrum FILE", came, "NUCLIDE")
    if spectrum is None:
        return source_term(str(nuclide), chain, backend or DEFAULT_LIBRARY)
    for name, value in (("--chain", chain), ("--backend", backend)):
        if value is not None:
            raise InputError(f"no {name} beside --spectrum", f"{value!r} came", name)
    return read_spectrum_file(spectrum)


def decay_data_uncertainty(
    emissions: Emissions, spectrum: Path | None, backend: str | None
) -> EnergyUncertainty | None:
    """Uncertainty of the energies per decay; None for a spectrum, which is taken as given."""
    if spectrum is not None:
        return None
    return energy_uncertainty(emissions, decay_library(backend or DEFAULT_LIBRARY))


def show_source(emissions: Emissions) -> None:
    """Tell people what decays: members and their decays, assumptions, and where the data come from."""
    click.echo(emissions.name)
    if len(emissions.members) > 1:
        members = ", ".join(f"{m.name} {m.decays_per_parent:.5g}" for m in emissions.members)
        click.echo(f"Decays per decay of {emissions.members[0].name}: {members}")
    for note in emissions.notes:
        click.echo(f"- {note}")
    for citation in emissions.citations:
        click.echo(f"Source: {citation.text}")


def emissions_document(emissions: Emissions) -> dict[str, object]:
    """What the JSON of every command says about its source."""
    return {
        "emissions": emissions.name,
        "chain": {
            "members": [{"name": m.name, "decays_per_parent_decay": m.decays_per_parent} for m in emissions.members],
            "assumption": STAYS if len(emissions.members) > 1 else None,
        },
        "notes": list(emissions.notes),
        "source": [citation.text for citation in emissions.citations],
    }
