"""The command ``hevesy limits``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hevesy.cli.console import EXIT_FINDINGS, print_json

if TYPE_CHECKING:
    from hevesy.report.limits_model import LimitModel


@click.command("limits")
@click.argument("results", type=click.Path(path_type=Path))
@click.argument("limits", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def limits_command(results: Path, limits: Path, as_json: bool) -> int:
    """Hold limits against the results of a run, without running it again.

    RESULTS is the folder of a run, LIMITS a file with limits and, for those of a course, what was given before.

    Exit status 0: all evaluated; 2: the input is wrong; 3: some limit could not be evaluated.
    """
    from hevesy.report.limit_words import limit_lines
    from hevesy.workflow.limits import limits_of_folder

    found = limits_of_folder(results, limits)
    if as_json:
        print_json({"limits": [_document(one) for one in found]})
    else:
        for line in limit_lines(found):
            click.echo(line)
    return 0 if all(one.evaluated for one in found) else EXIT_FINDINGS


def _document(limit: LimitModel) -> object:
    return json.loads(limit.model_dump_json())


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(limits_command)
