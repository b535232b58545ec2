"""The command ``hevesy tare live``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hevesy.cli.console import EXIT_FINDINGS, err_console, print_json
from hevesy.cli.paths import OutFolder

if TYPE_CHECKING:
    from hevesy.workflow.tare.live.output import ShownPlane

_SECONDS_PER_MIN = 60.0


@click.command("live")
@click.argument("treatment", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--out", required=True, type=OutFolder(), help="Folder of the results.")
@click.option("--watch", type=click.Path(path_type=Path, file_okay=False), default=None,
              help="Folder that images arrive in: wait for those of the fraction that is 'watched'.")  # fmt: skip
@click.option("--wait-min", type=click.FloatRange(min=0.0), default=None,
              help="Minutes to wait at most; without end by default.")  # fmt: skip
@click.option("--accept-edits", is_flag=True, help="Take fractions that changed since as they are now.")
@click.option("--json", "as_json", is_flag=True, help="Write the JSON document on stdout instead of the view.")
def live_command(
    treatment: Path, out: Path, watch: Path | None, wait_min: float | None, accept_edits: bool, as_json: bool
) -> int:
    """Holmium in fractions: doses after each image, and the activity that may still be given (TREATMENT is YAML).

    Run it again after each fraction. Exit status 0: done; 2: the file or an image is wrong, and nothing was changed;
    3: done, but no figure is given or something was found.
    """
    from hevesy.workflow.tare.live.job import write_live

    if watch is not None:
        _wait(treatment, out, watch, wait_min)
    began = time.monotonic()
    document, plane = write_live(treatment, out, accept_edits=accept_edits)
    if as_json:
        print_json(document)
    else:
        _show(document, plane, out, time.monotonic() - began)
    return EXIT_FINDINGS if document["remaining"] is None or document["findings"] else 0


def _wait(treatment: Path, out: Path, folder: Path, wait_min: float | None) -> None:
    from hevesy.errors import InputError
    from hevesy.workflow.tare.live.job import read_live
    from hevesy.workflow.tare.live.watch import Watch, awaited, wait_for_echoes

    content = read_live(treatment)
    number = awaited(content, out)
    if number is None:
        raise InputError("a fraction with 'watched' whose image is still to come", "none came", "fractions")
    console = err_console()
    console.print(f"waiting for the image after {content.fractions[number].name}", markup=False)
    limit = None if wait_min is None else _SECONDS_PER_MIN * wait_min
    wait_for_echoes(
        content, number, out, Watch(folder, at_most_s=limit), lambda words: console.print(words, markup=False)
    )


def _show(document: dict[str, Any], plane: ShownPlane, out: Path, seconds: float) -> None:
    from rich.console import Console

    from hevesy.cli.tare_live_view import View, live_view

    console = Console(highlight=False)
    console.print(live_view(document, plane, View(console.color_system in {"256", "truecolor"}, console.width)))
    click.echo(f"{out / 'live.html'} ({seconds:.1f} s)")


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(live_command)
