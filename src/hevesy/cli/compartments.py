"""The command ``hevesy compartments``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hevesy.cli.console import print_json
from hevesy.quantities import parse_quantity


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(compartments_command)


@click.command("compartments")
@click.argument("model")
@click.option("--activity", required=True, metavar='"7.4 GBq"', help="Administered activity.")
@click.option("--infusion", metavar='"30 min"', help="Length of an infusion at a constant rate; at once without it.")
@click.option(
    "--times", default="1, 4, 24, 72, 168 h", show_default=True, metavar="TIMES", help="When to tell activities."
)
@click.option(
    "--saturation",
    type=click.Choice(["model", "ligand", "activity", "none"]),
    default="model",
    show_default=True,
    help="What capacities are compared with: the ligand, the activity present, or nothing (linear).",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for the document and a plot.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document instead of a table.")
def compartments_command(  # noqa: PLR0917 - one parameter per option
    model: str, activity: str, infusion: str | None, times: str, saturation: str, out: Path | None, as_json: bool
) -> None:
    """Activity in the compartments of MODEL over time, and its integral.

    MODEL is a built-in one (psma617) or a TOML file.
    """
    from hevesy.workflow.compartments import (
        CompartmentRequest,
        check_request,
        compartment_document,
        write_compartments,
    )
    from hevesy.workflow.time_windows import parse_times

    request = CompartmentRequest(
        model,
        parse_quantity(activity, "activity", "--activity"),
        parse_times(times, "--times"),
        0.0 if infusion is None else parse_quantity(infusion, "time", "--infusion") / 3600.0,
        saturation,
    )
    check_request(request)
    document = compartment_document(request)[0] if out is None else write_compartments(request, out)
    if as_json:
        print_json(document)
    else:
        _show(document)


def _show(document: dict[str, Any]) -> None:
    model = document["model"]
    click.echo(
        f"{model['title']}, {document['administered_activity_bq'] / 1e9:g} GBq into {model['administered_into']}"
    )
    times = "".join(f"{f'{t:g} h':>11}" for t in document["times_h"])
    click.echo(f"{'compartment':24}{'TIAC [h]':>10}   activity [MBq] at{times}")
    for entry in document["compartments"]:
        values = "".join(f"{v / 1e6:>11.4g}" for v in entry["activity_bq"])
        click.echo(f"{entry['name']:24}{entry['time_integrated_activity_coefficient_h']:>10.4f}{'':20}{values}")
    click.echo(f"Decays outside the body: {document['decays_outside_the_body_fraction']:.1%}")
    click.echo(f"Without uncertainty: {document['reason_without_uncertainty']}")
    click.echo(f"Source: {model['citation']['text']}; {model['status']}")
