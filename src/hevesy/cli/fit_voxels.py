"""The command ``hevesy fit-voxels``."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Literal

import click

from hevesy.cli.console import EXIT_FINDINGS, print_json, progress_bars

_FILE = click.Path(path_type=Path, dir_okay=False)
_MODELS = ("mono", "uptake-mono", "bi")


@click.command("fit-voxels")
@click.argument("images", nargs=-1, required=True, type=_FILE)
@click.option(
    "--times-h", required=True, metavar="4,24,96,168", help="Of each image after the start of the administration. [h]"
)
@click.option("--nuclide", required=True, metavar="NAME", help="Radionuclide, such as Lu-177.")
@click.option("--model", required=True, type=click.Choice(_MODELS), help="Curve of every voxel.")
@click.option("--unit", required=True, metavar="UNIT", help="Of the images: Bq/ml, kBq/ml, or Bq in every voxel.")
@click.option(
    "--noise",
    multiple=True,
    metavar='"counting=10%@50 kBq/ml"',
    help="Standard uncertainty of a voxel; also relative=5% and floor=100 Bq/ml, joined by commas. Once, or per image.",
)
@click.option("--uncertainty", multiple=True, type=_FILE, help="Image of it instead, once for each image.")
@click.option(
    "--decay-corrected-to",
    type=click.Choice(("administration",)),
    help="What the images were corrected for decay to.  [default: activity at the time of each image]",
)
@click.option("--mask", type=_FILE, help="Image on the same grid: only voxels other than zero are fitted.")
@click.option("--above", metavar='"0.5 kBq/ml"', help="Leave out voxels below this at every scan.")
@click.option(
    "--without-value",
    default="nan",
    show_default=True,
    type=click.Choice(("nan", "zero")),
    help="What stands in the maps where a voxel could not be fitted.",
)
@click.option("--threads", type=click.IntRange(1, 1024), help="Parts at a time.  [default: as many as processors]")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the maps.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def command(  # noqa: PLR0917 - one parameter per option
    images: tuple[Path, ...],
    times_h: str,
    nuclide: str,
    model: str,
    unit: str,
    noise: tuple[str, ...],
    uncertainty: tuple[Path, ...],
    decay_corrected_to: str | None,
    mask: Path | None,
    above: str | None,
    without_value: Literal["nan", "zero"],
    threads: int | None,
    out: Path,
    as_json: bool,
) -> int:
    """Time-integrated activity of every voxel from registered IMAGES (NIfTI) in the order of their times.

    Exit status 0: done; 2: the input is wrong; 3: done, but no voxel has a value.
    """
    from hevesy.workflow.voxel_fit import VoxelFitRequest, voxel_fit
    from hevesy.workflow.voxel_fit_inputs import VoxelFitImages, times_of

    given = VoxelFitImages(
        activities=images,
        times_h=times_of(times_h),
        unit=unit,
        noise=noise,
        uncertainties=uncertainty,
        mask=mask,
        above=above,
        decay_corrected=decay_corrected_to is not None,
    )
    workers = threads or len(os.sched_getaffinity(0))
    request = VoxelFitRequest(given, nuclide, model, without_value, workers, out)
    with progress_bars() as progress:
        document: dict[str, Any] = voxel_fit(request, time.process_time(), progress)
    if as_json:
        print_json(document)
    else:
        _show(document, out)
    return EXIT_FINDINGS if document["time_integrated_activity_bq_s"]["value"] is None else 0


def _show(document: dict[str, Any], out: Path) -> None:
    """A few lines for people."""
    voxels, total, medians = document["voxels"], document["time_integrated_activity_bq_s"], document["medians"]
    click.echo(f"{document['model']}, {document['nuclide']}: {voxels['with_value']} of {voxels['fitted']} voxels")
    for row in document["status"]:
        share = row["share_of_activity"]
        part = "–" if share is None else f"{share:.2%}"
        mark = "" if row["has_value"] else ", no value"
        click.echo(f"  {row['status']:18}{row['voxels']:>12} voxels{part:>9} of the first scan's activity{mark}")
    if total["value"] is None:
        click.echo(f"  {total['reason']}")
    else:
        click.echo(f"  time-integrated activity {total['value']:.4g} Bq s (standard uncertainty at most "
                   f"{total['standard_uncertainty']:.2g} Bq s, noise only)")  # fmt: skip
        click.echo(f"  medians: effective half-life {medians['effective_half_life_h']:.4g} h, standard uncertainty "
                   f"{medians['relative_standard_uncertainty']:.2%}")  # fmt: skip
    for note in document["notes"]:
        click.echo(f"  note: {note}")
    click.echo(f"  {out / document['files']['time_integrated_activity']}")


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(command)
