"""The command ``hevesy tare verify``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from hevesy.cli.console import EXIT_FINDINGS, print_json, progress_bars
from hevesy.cli.paths import OutFolder


@click.command("verify")
@click.argument("verification", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=OutFolder(), help="Folder of maps and report.")
@click.option("--json", "as_json", is_flag=True, help="Write the JSON document on stdout instead of the summary.")
def verify_command(verification: Path, out: Path, as_json: bool) -> int:
    """Absorbed doses that were delivered, from an image of the treatment, against what was planned.

    Exit status 0: done; 2: file or images are wrong and nothing was written; 3: done, with a finding that asks for
    somebody's judgement, such as extrahepatic deposition or calibrations that do not agree.
    """
    from hevesy.workflow.tare import write_verification

    with progress_bars() as progress:
        document: Mapping[str, Any] = write_verification(verification, out, progress)
    if as_json:
        print_json(document)
    else:
        _show(document)
    return EXIT_FINDINGS if any(one["blocking"] for one in document["findings"]) else 0


def _show(document: Mapping[str, Any]) -> None:
    from hevesy.report.tare_words import volume_words

    click.echo(f"{document['product']}, {document['modality']}, dose engine {document['engine']}")
    for key, row in document["volumes"].items():
        name = volume_words(key)
        if row["self_calibrated"] is None:
            click.echo(f"  {name}: no dose, {row['reason']}")
            continue
        told = _gray(row["self_calibrated"])
        other = f", by absolute calibration {_gray(row['absolute'])}" if row["absolute"] else ""
        click.echo(f"  {name}: {told}{other}")
    for one in document["findings"]:
        click.echo(f"{'finding' if one['blocking'] else 'note'} {one['code']}: {one['message']}")


def _gray(row: Mapping[str, Any]) -> str:
    dose = row["absorbed_dose_gy"]
    return f"{dose['value']:.1f} Gy (standard uncertainty {dose['standard_uncertainty']:.1f})"


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(verify_command)
