"""The command ``hevesy run``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hevesy.cli.console import EXIT_FINDINGS, err_console, print_json, progress_bars

if TYPE_CHECKING:
    from hevesy.workflow import StageUse


@click.command("run")
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the results.")
@click.option("--fresh", is_flag=True, help="Make every stage again, whatever an earlier run stored.")
@click.option("--memory", help="Memory that the run may take, such as '12 GiB'.  [default: what the system can give]")
@click.option("--json", "as_json", is_flag=True, help="Write results.json on stdout instead of the summary.")
def run(study: Path, out: Path, fresh: bool, memory: str | None, as_json: bool) -> int:
    """Compute absorbed doses from a study file: results.json, report, dose map, tables and DICOM objects.

    A stage whose inputs and settings are those of the run before is not computed again; stderr says which.

    Exit status 0: done; 2: the input is wrong and nothing was written; 3: done, but some region has no value.
    """
    from hevesy.quantities import parse_quantity
    from hevesy.workflow import RunOptions, run_study, stored_bytes

    with progress_bars() as progress:
        options = RunOptions(
            fresh=fresh,
            memory_bytes=None if memory is None else round(parse_quantity(memory, "memory", "--memory")),
            workers=len(os.sched_getaffinity(0)),
            tell=_tell,
        )
        results = run_study(study, out, progress=progress, options=options)
    if as_json:
        print_json(json.loads(results.model_dump_json()))
    else:
        from hevesy.cli.summary import summary_table

        sys.stdout.write(summary_table(results))
        err_console().print(f"Stored for the next run: {stored_bytes(out) / 1e6:.0f} MB")
        err_console().print(f"Report: {out / 'report.pdf'}", soft_wrap=True)
    return EXIT_FINDINGS if any(region.absorbed_dose_gy.value is None for region in results.regions) else 0


def _tell(use: StageUse) -> None:
    """One line for each stage, above the progress bars, which take over the standard stream."""
    note = f" ({use.note})" if use.note else ""
    sys.stderr.write(f"{'reused' if use.reused else 'computed'}: {use.stage}{note}\n")


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(run)
