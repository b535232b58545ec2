"""The command ``hevesy tare intratumoural``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from hevesy.cli.console import EXIT_FINDINGS, print_json, progress_bars
from hevesy.cli.paths import OutFolder


@click.command("intratumoural")
@click.argument("settings", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--out", required=True, type=OutFolder(), help="Folder of the results.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def intratumoural_command(settings: Path, out: Path, as_json: bool) -> int:
    """Dose after microspheres were injected into a tumour: coverage, cold parts, and what to add where.

    Exit status 0: the prescribed coverage is or will be reached and every limit kept; 2: the input is wrong and
    nothing was written; 3: done, but that is not so.
    """
    from hevesy.workflow.tare.intratumoural.output import write_intratumoural

    with progress_bars() as progress:
        document = write_intratumoural(settings, out, progress)
    if as_json:
        print_json(document)
    else:
        _show(document)
        click.echo(f"{out / 'report.pdf'}")
    return 0 if _reached(document) else EXIT_FINDINGS


def _reached(document: Mapping[str, Any]) -> bool:
    last = document["before"] if document["after"] is None else document["after"]
    kept = all(limit["kept"] for organ in last["organs"].values() for limit in organ["limits"])
    proposal = document["proposal"]
    if proposal is not None and proposal["outcome"] not in {"reached", "not-needed"}:
        return False
    return bool(kept and last["tumour"]["v100"]["value"] >= document["prescribed"]["coverage"] - 1e-9)


def _show(document: Mapping[str, Any]) -> None:
    dose = document["prescribed"]["dose_gy"]
    for words, state in (("as measured", document["before"]), ("with the proposed deposits", document["after"])):
        if state is None:
            continue
        tumour, spots = state["tumour"], state["cold_spots"]
        covered, d90 = tumour["v100"], tumour["d90_gy"]
        click.echo(
            f"{tumour['name']} {words}: {100 * covered['value']:.1f} % gets {dose:g} Gy (standard uncertainty "
            f"{100 * covered['standard_uncertainty']:.1f} %), D90 {d90['value']:.4g} Gy "
            f"({d90['standard_uncertainty']:.2g} Gy), {spots['number']} cold parts of {spots['volume_ml']:.3g} ml"
        )
        for name, organ in state["organs"].items():
            for limit in organ["limits"]:
                click.echo(
                    f"  {name}, {limit['measure']}: {limit['reached_gy']:.3g} of {limit['limit_gy']:g} Gy, exceeded "
                    f"with probability {limit['probability_exceeded']:.2f}"
                )
    _show_proposal(document["proposal"])
    for item in document["findings"]:
        click.echo(f"finding: {item['code']}: {item['message']}")


def _show_proposal(proposal: Mapping[str, Any] | None) -> None:
    if proposal is None:
        return
    bound = f", held back by {', '.join(proposal['binding'])}" if proposal["binding"] else ""
    click.echo(f"proposal: {proposal['outcome']}{bound}")
    for one in proposal["deposits"]:
        place = ", ".join(f"{v:.1f}" for v in one["centre_mm"])
        click.echo(f"  at ({place}) mm: inject {one['inject_bq'] / 1e6:.1f} MBq in {one['volume_ml']:.2g} ml")


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(intratumoural_command)
