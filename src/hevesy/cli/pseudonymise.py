"""The command ``hevesy pseudonymise``."""

from __future__ import annotations

from pathlib import Path

import click

from hevesy.cli.console import err_console, print_json, progress_bars


@click.command("pseudonymise")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="New or empty folder.")
@click.option("--label", required=True, help="What stands for the patient: letters, digits, - and _.")
@click.option(
    "--key-file", required=True, type=click.Path(path_type=Path), help="Secret of at least 16 bytes; keep it apart."
)
@click.option(
    "--date-shift-days", type=int, metavar="N", help="Move every date by N days; derived from the key if not given."
)
@click.option("--study", type=click.Path(path_type=Path), help="Study file to pseudonymise along.")
@click.option("--json", "as_json", is_flag=True, help="Write the report on stdout.")
def pseudonymise_command(  # noqa: PLR0917 - one parameter per option
    folder: Path,
    out: Path,
    label: str,
    key_file: Path,
    date_shift_days: int | None,
    study: Path | None,
    as_json: bool,
) -> None:
    """Write the DICOM objects in FOLDER without what names the patient (DICOM PS3.15 Annex E).

    Whole objects only: NM, PET, CT, MR, RTSTRUCT, RTDOSE, SEG and REG. Anything else is left out and counted.
    """
    from hevesy.workflow import PseudonymisationRequest, pseudonymise

    request = PseudonymisationRequest(folder, out, label, key_file, date_shift_days, study)
    with progress_bars() as progress:
        report = pseudonymise(request, progress=progress)
    if as_json:
        print_json(report)
        return
    console = err_console()
    console.print(f"{report['n_written']} objects written, {report['n_left_out']} files left out", soft_wrap=True)
    for reason, count in dict(report["left_out"]).items() if isinstance(report["left_out"], dict) else ():
        console.print(f"  left out: {count} {reason}", soft_wrap=True, markup=False)


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(pseudonymise_command)
