"""The command ``hevesy sphere``."""

from __future__ import annotations

from pathlib import Path

import click

from hevesy.cli.console import print_json
from hevesy.cli.source_options import (
    chosen_emissions,
    decay_data_uncertainty,
    emissions_document,
    show_source,
    source_options,
)
from hevesy.errors import InputError
from hevesy.transport.kernels import MASS_LIMITS_KG, sphere_s_value_of


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(sphere_command)


@click.command("sphere")
@click.argument("nuclide", required=False)
@click.option("--mass-g", required=True, type=float, metavar="G", help="Mass of the sphere, 1 mg to 10 kg.")
@source_options
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def sphere_command(
    nuclide: str | None, mass_g: float, chain: str | None, spectrum: Path | None, backend: str | None, as_json: bool
) -> None:
    """S value of a unit-density sphere filled evenly with NUCLIDE."""
    low, high = (1e3 * limit for limit in MASS_LIMITS_KG)
    if not low <= mass_g <= high:
        raise InputError(f"a mass of {low:g} g to {high:g} g", f"{mass_g:g} g came", "--mass-g")
    emissions = chosen_emissions(nuclide, chain, spectrum, backend)
    energies = decay_data_uncertainty(emissions, spectrum, backend)
    s_value = sphere_s_value_of(emissions, mass_g / 1000.0, energies)
    document = {
        "mass_g": mass_g,
        "medium": "water",
        "s_value": {
            "value": s_value.value,
            "standard_uncertainty": s_value.standard_uncertainty,
            "unit": "Gy/(Bq s)",
            "budget": {name: abs(u) for name, u in sorted(s_value.components.items())},
        },
        **emissions_document(emissions),
    }
    if as_json:
        print_json(document)
        return
    show_source(emissions)
    click.echo(
        f"Sphere of water, {mass_g:g} g: S {s_value.value:.6g} Gy/(Bq s), "
        f"standard uncertainty {s_value.standard_uncertainty:.2g} Gy/(Bq s)"
    )
