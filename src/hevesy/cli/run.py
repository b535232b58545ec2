"""The command ``hevesy run``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from hevesy.cli.console import EXIT_FINDINGS, err_console, print_json, progress_bars


@click.command("run")
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the results.")
@click.option("--json", "as_json", is_flag=True, help="Write results.json on stdout instead of the summary.")
def run(study: Path, out: Path, as_json: bool) -> int:
    """Compute absorbed doses from a study file: results.json, report, dose map, tables and DICOM objects.

    Exit status 0: done; 2: the input is wrong and nothing was written; 3: done, but some region has no value.
    """
    from hevesy.workflow import run_study

    with progress_bars() as progress:
        results = run_study(study, out, progress=progress)
    if as_json:
        print_json(json.loads(results.model_dump_json()))
    else:
        from hevesy.cli.summary import summary_table

        sys.stdout.write(summary_table(results))
        err_console().print(f"Report: {out / 'report.pdf'}", soft_wrap=True)
    return EXIT_FINDINGS if any(region.absorbed_dose_gy.value is None for region in results.regions) else 0


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(run)
