"""The command ``hevesy init``."""

from __future__ import annotations

from pathlib import Path

import click

from hevesy.cli.console import err_console, progress_bars


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Study file to write; FOLDER/study.yaml if not given.")
def init(folder: Path, out: Path | None) -> None:
    """Draft a study file from the images in FOLDER. "?" marks what only you can know."""
    from hevesy.workflow import write_draft

    with progress_bars() as progress:
        path, open_keys = write_draft(folder, out, progress=progress)
    console = err_console()
    console.print(f"Wrote {path}", soft_wrap=True, markup=False)
    for key in open_keys:
        console.print(f"  to be answered: {key}", soft_wrap=True, markup=False)


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(init)
