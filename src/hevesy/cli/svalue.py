"""The command ``hevesy svalue``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hevesy.cli.console import print_json, progress_bars
from hevesy.cli.source_options import (
    chosen_emissions,
    decay_data_uncertainty,
    emissions_document,
    show_source,
    source_options,
)
from hevesy.errors import InputError
from hevesy.quantities import parse_quantity


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(svalue)


@click.command("svalue")
@click.argument("nuclide", required=False)
@click.option("--phantom", required=True, metavar="NAME", help="adult-male, adult-female or ornl-adult.")
@click.option("--source", required=True, metavar="REGION", help="Region that the decays are in.")
@click.option(
    "--target", "targets", multiple=True, metavar="REGION", help="Region to show; all without it. Repeatable."
)
@source_options
@click.option(
    "--mass", metavar='"liver=1500 g"', help="Mass of the source region in the patient, to scale self-dose to."
)
@click.option("--voxel-mm", default=3.0, show_default=True, help="Edge of the voxels that photons move in. [mm]")
@click.option("--histories", default=1_000_000, show_default=True, type=click.IntRange(1000), help="Photons followed.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Of the random numbers.")
@click.option(
    "--icrp-133",
    "saf_folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Folder with your own files of ICRP 133 absorbed fractions (rcp-am_photon_*.SAF ...), used instead.",
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def svalue(  # noqa: PLR0917 - one parameter per option
    nuclide: str | None,
    phantom: str,
    source: str,
    targets: tuple[str, ...],
    chain: str | None,
    spectrum: Path | None,
    backend: str | None,
    mass: str | None,
    voxel_mm: float,
    histories: int,
    seed: int,
    saf_folder: Path | None,
    as_json: bool,
) -> None:
    """Mean absorbed dose to organs per decay of NUCLIDE in one of them, on stylised adults."""
    from hevesy.transport.organs import Settings
    from hevesy.workflow.organ_s_values import OrganRequest, organ_document

    emissions = chosen_emissions(nuclide, chain, spectrum, backend)
    request = OrganRequest(
        emissions,
        phantom,
        source,
        targets,
        _source_mass(mass, source),
        voxel_mm,
        Settings(photon_histories=histories, seed=seed),
        decay_data_uncertainty(emissions, spectrum, backend),
        saf_folder,
    )
    with progress_bars() as progress:
        document = organ_document(request, progress) | emissions_document(emissions)
    if as_json:
        print_json(document)
    else:
        show_source(emissions)
        _show(document)


def _plain(name: str) -> str:
    """A region's name without what does not matter in it."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _source_mass(text: str | None, source: str) -> float | None:
    """Mass of the source region. [kg]"""
    if text is None:
        return None
    region, equals, mass = text.partition("=")
    if not equals:
        raise InputError('REGION=MASS such as "liver=1500 g"', f"{text!r} came", "--mass")
    if _plain(region) != _plain(source):
        raise InputError(
            f"the mass of the source region {source}",
            f"that of {region.strip()!r} came, which its S does not depend on",
            "--mass",
        )
    return parse_quantity(mass, "mass", "--mass")


def _show(document: dict[str, Any]) -> None:
    click.echo(f"Decays in {document['source_region']['name']} of {document['phantom']}")
    click.echo(f"Masses: {document['mass_convention']}")
    click.echo(f"{'target':36}{'mass':>10}{'S [Gy/(Bq s)]':>16}{'u':>8}")
    for row in document["s_values"]:
        value, u = row["s_value"]["value"], row["s_value"]["standard_uncertainty"]
        mass = f"{1000 * row['mass_kg']:.4g} g" if "mass_kg" in row else "–"
        relative = f"{u / value:.1%}" if u is not None and value else "–"
        click.echo(f"{row['target']:36}{mass:>10}{value:>16.4e}{relative:>8}")
    for limit in document["limits"]:
        click.echo(limit)
