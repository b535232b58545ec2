"""The commands ``hevesy point-kernel electron|photon|nuclide``."""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np

from hevesy.cli.console import print_json, progress_bars
from hevesy.cli.source_options import (
    chosen_emissions,
    decay_data_uncertainty,
    emissions_document,
    show_source,
    source_options,
)
from hevesy.errors import InputError
from hevesy.physdata import Emissions, EmissionSpectrum, Particle
from hevesy.transport.kernels import EnergyUncertainty, point_kernel_table, shell_energies


class _Shells(NamedTuple):
    """What the three commands share."""

    edges_cm: str
    medium: str
    as_json: bool


def register(group: click.Group) -> None:
    """Add the commands to the group."""
    group.add_command(point_kernel_group)


def _edges(text: str) -> list[float]:
    """Radii, increasing. [cm]"""
    try:
        edges = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise InputError("radii in cm, separated by commas", f"{text!r} came", "--edges-cm") from error
    increasing = all(low < high for low, high in pairwise(edges))
    if len(edges) < 2 or edges[0] < 0 or not increasing or not math.isfinite(edges[-1]):
        raise InputError("at least two radii that increase from zero or more", f"{text!r} came", "--edges-cm")
    return edges


def _shown(
    emissions: Emissions, shells: _Shells, extra: dict[str, object], energies: EnergyUncertainty | None = None
) -> None:
    edges = _edges(shells.edges_cm)
    with progress_bars() as report:
        table = point_kernel_table(shells.medium, report, partial(click.echo, err=True))
    energy, uncertainty = (part.tolist() for part in shell_energies(emissions, table, np.array(edges), energies))
    rows = [
        {"r_in_cm": low, "r_out_cm": high, "energy_mev": e, "standard_uncertainty": u}
        for (low, high), e, u in zip(pairwise(edges), energy, uncertainty, strict=True)
    ]
    if shells.as_json:
        found = {"medium": table.medium, "density_g_ml": table.density_g_ml, "point_kernels": dict(table.provenance)}
        print_json({**extra, **found, "shells": rows})
        return
    for row in rows:
        click.echo(
            "{r_in_cm:.6g} - {r_out_cm:.6g} cm  {energy_mev:.6g} MeV  ± {standard_uncertainty:.2g}".format(**row)
        )


def _single(particle: Particle, energy_mev: float, shells: _Shells) -> None:
    if not (math.isfinite(energy_mev) and energy_mev > 0):
        raise InputError("an energy above zero", f"{energy_mev:g} MeV came", "--energy-mev")
    line = np.array([energy_mev])
    spectrum = EmissionSpectrum(particle, "given", line, line, np.ones(1))
    emissions = Emissions(f"one {particle}", (spectrum,), (), (), ())
    _shown(emissions, shells, {"particle": str(particle), "emitted_mev": energy_mev})


_energy = click.option("--energy-mev", required=True, type=float, metavar="E", help="Kinetic energy.")
_radii = click.option("--edges-cm", required=True, metavar="a,b,...", help="Radii of the shells.")
_medium = click.option("--medium", default="water", show_default=True, help="Unbounded medium.")
_json = click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")


@click.group("point-kernel")
def point_kernel_group() -> None:
    """Energy in shells around a point in an unbounded medium."""


@point_kernel_group.command("electron")
@_energy
@_radii
@_medium
@_json
def electron_command(energy_mev: float, edges_cm: str, medium: str, as_json: bool) -> None:
    """Energy per electron, that of its bremsstrahlung included."""
    _single(Particle.ELECTRON, energy_mev, _Shells(edges_cm, medium, as_json))


@point_kernel_group.command("photon")
@_energy
@_radii
@_medium
@_json
def photon_command(energy_mev: float, edges_cm: str, medium: str, as_json: bool) -> None:
    """Energy per photon, that of the electrons it sets free included."""
    _single(Particle.PHOTON, energy_mev, _Shells(edges_cm, medium, as_json))


@point_kernel_group.command("nuclide")
@click.argument("nuclide", required=False)
@_radii
@_medium
@source_options
@_json
def nuclide_command(  # noqa: PLR0917 - one parameter per option
    nuclide: str | None,
    edges_cm: str,
    medium: str,
    chain: str | None,
    spectrum: Path | None,
    backend: str | None,
    as_json: bool,
) -> None:
    """Energy per decay of NUCLIDE."""
    emissions = chosen_emissions(nuclide, chain, spectrum, backend)
    if not as_json:
        show_source(emissions)
    extra = {"emitted_mev": emissions.energy_mev(), **emissions_document(emissions)}
    energies = decay_data_uncertainty(emissions, spectrum, backend)
    _shown(emissions, _Shells(edges_cm, medium, as_json), extra, energies)
