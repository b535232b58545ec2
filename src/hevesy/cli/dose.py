"""The command ``hevesy dose``."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from hevesy.cli.console import err_console, print_json
from hevesy.errors import InputError

_FILE = click.Path(path_type=Path, dir_okay=False)
_ENGINES = ("mc", "mc-full", "kernel", "local")


@click.command("dose")
@click.option(
    "--time-integrated-activity", "activity", required=True, type=_FILE, help="NIfTI image, Bq s in every voxel."
)
@click.option("--ct", type=_FILE, help="CT on the same grid, in HU (NIfTI).")
@click.option("--ct-curve", metavar="NAME|FILE", help="CT number to density; see the documentation.")
@click.option(
    "--ct-accept",
    multiple=True,
    type=click.Choice(("below-air", "above-curve")),
    help="Unusual CT numbers; repeatable.",
)
@click.option("--density", type=_FILE, help="Density in g/ml on the same grid (NIfTI), instead of a CT.")
@click.option("--media", type=_FILE, help="Labels of media on the same grid (NIfTI), with --density.")
@click.option("--media-names", metavar='"1=lung,2=soft_tissue"', help="Medium of each label.")
@click.option("--nuclide", metavar="NAME", help="What decays.")
@click.option("--spectrum", type=_FILE, help="File of emissions per decay, instead of a nuclide.")
@click.option("--chain", metavar="parent|equilibrium|from:TIME", help="How radioactive progeny counts.")
@click.option("--backend", metavar="endfb81|icrp107", help="Library of decay data; endfb81 without it.")
@click.option("--engine", required=True, type=click.Choice(_ENGINES), help="Dose engine.")
@click.option(
    "--device",
    default="cpu",
    show_default=True,
    type=click.Choice(("cpu", "cuda")),
    help="Where mc-full follows particles.",
)
@click.option(
    "--outside", default="vacuum", show_default=True, type=click.Choice(("vacuum", "water")), help="Beyond the image."
)
@click.option(
    "--target-uncertainty",
    type=click.FloatRange(0.0, 1.0, min_open=True, max_open=True),
    metavar="0.01",
    help="Mean relative standard uncertainty to stop at.  [default: 0.01 without --histories]",
)
@click.option("--histories", type=click.IntRange(1), help="Most histories.")
@click.option(
    "--above",
    default=0.2,
    show_default=True,
    type=click.FloatRange(0.0, 1.0, max_open=True),
    help="Share of the maximum above which voxels count for the target.",
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Of the random numbers.")
@click.option("--threads", type=click.IntRange(1, 1024), help="Batches at a time.  [default: as many as processors]")
@click.option("--state", type=click.Path(path_type=Path, file_okay=False), help="Folder to keep the state of a run in.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Dose map to write, NAME.nii.gz.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def command(  # noqa: PLR0917 - one parameter per option
    activity: Path,
    ct: Path | None,
    ct_curve: str | None,
    ct_accept: tuple[str, ...],
    density: Path | None,
    media: Path | None,
    media_names: str | None,
    nuclide: str | None,
    spectrum: Path | None,
    chain: str | None,
    backend: str | None,
    engine: str,
    device: str,
    outside: str,
    target_uncertainty: float | None,
    histories: int | None,
    above: float,
    seed: int,
    threads: int | None,
    state: Path | None,
    out: Path,
    as_json: bool,
) -> None:
    """Absorbed dose in voxels from time-integrated activity in voxels."""
    from hevesy.transport.mc import Outside
    from hevesy.workflow.voxel_dose import DoseRequest, SourceChoice, voxel_dose
    from hevesy.workflow.voxel_inputs import MatterFiles
    from hevesy.workflow.voxel_inputs import media_names as named

    _require_numbers(target_uncertainty, above)
    request = DoseRequest(
        activity=activity,
        matter=MatterFiles(ct, ct_curve, ct_accept, density, media, named(media_names) if media_names else None),
        source=SourceChoice(nuclide, chain, backend, spectrum),
        engine=engine,
        outside=Outside(outside),
        target_uncertainty=0.01 if target_uncertainty is None and histories is None else target_uncertainty,
        histories=histories,
        above=above,
        seed=seed,
        threads=threads or len(os.sched_getaffinity(0)),
        state=state,
        out=out,
        device=device,
    )
    with _bar(request.target_uncertainty, histories) as progress:
        document = voxel_dose(request, time.process_time(), progress)
    if as_json:
        print_json(document)
    else:
        _show(document)


def _require_numbers(target_uncertainty: float | None, above: float) -> None:
    """A range lets through what is no number."""
    for option, value in (("--target-uncertainty", target_uncertainty), ("--above", above)):
        if value is not None and math.isnan(value):
            raise InputError("a number between 0 and 1", "nan came", option)


@contextmanager
def _bar(target: float | None, histories: int | None) -> Iterator[Callable[[int, float], None]]:
    """A bar on stderr, for whoever watches: how far the histories are that the target or the limit asks for."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err_console(), disable=not sys.stderr.isatty()) as bars:
        task = bars.add_task("transport", total=1.0)

        def report(done: int, uncertainty: float) -> None:
            shares = [done / histories] if histories else []
            shares += [(target / uncertainty) ** 2] if target else []
            text = f"{done:.3g} histories, uncertainty {100 * uncertainty:.2f} %"
            bars.update(task, completed=min(max(shares, default=0.0), 1.0), description=text)

        yield report


def _show(document: dict[str, object]) -> None:
    """A few lines for people."""
    click.echo(f"{document['engine']}: {document['emissions']}")
    members = document["members"]
    if isinstance(members, list) and len(members) > 1:
        shares = ", ".join(f"{m['name']} {m['decays_per_parent_decay']:.5g}" for m in members)
        click.echo(f"  decays per decay of {members[0]['name']}: {shares}")
    click.echo(f"  highest dose {document['maximum_dose_gy']:.4g} Gy, mean by mass {document['mean_dose_gy']:.4g} Gy")
    uncertainty = document["mean_relative_standard_uncertainty"]
    if isinstance(uncertainty, float):
        click.echo(
            f"  mean relative standard uncertainty {100 * uncertainty:.2f} % ({document['histories']} histories)"
        )
    click.echo(f"  {document['dose']}, {document['dose_uncertainty']}")
    notes = document["notes"]
    for note in notes if isinstance(notes, list) else ():
        click.echo(f"  note: {note}")
    source = document["source"]
    for citation in source if isinstance(source, list) else ():
        click.echo(f"  source: {citation}")


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(command)
