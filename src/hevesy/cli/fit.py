"""The command ``hevesy fit``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from hevesy.cli.console import EXIT_FINDINGS, print_json, progress_bars

_GBQ_H = 3.6e12


@click.command("fit")
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--nuclide", required=True, metavar="NAME", help="Radionuclide, for example Lu-177.")
@click.option(
    "--model",
    default="auto",
    show_default=True,
    metavar="NAME",
    help="auto, mono, bi, tri, each with uptake- in front or without, average, or trapezoid.",
)
@click.option("--method", default="fit", show_default=True, metavar="NAME", help="How the integral is found.")
@click.option("--columns", metavar="region=organ,time_h=t_h", help="Headers of the file that are not our names.")
@click.option("--ignore-column", "ignored", multiple=True, metavar="HEADER", help="Header to leave out; repeatable.")
@click.option(
    "--decay-corrected-to",
    type=click.Choice(("administration",)),
    help="The activities are corrected for decay to the start of the administration.",
)
@click.option("--until", metavar='"72 h"|last-scan', help="Integrate up to then; to infinity without it.")
@click.option(
    "--tail", metavar='physical|fitted|"51 h +- 5 h"', help="After the last scan; fitted with the model trapezoid."
)
@click.option(
    "--share",
    "shares",
    metavar='"uptake:A,B;washout:A,B"',
    help="Regions that have the rate of their uptake or washout in common; rates for both.",
)
@click.option("--robust", is_flag=True, help="Points that do not fit count less.")
@click.option(
    "--relative-standard-uncertainty",
    metavar='"5 %"',
    help="Of every activity, where the table has no column for it.",
)
@click.option(
    "--scatter-between-scans",
    metavar='"5 %"',
    help="Expected beyond what the points state.  [default: 5 % where they state nothing, else none]",
)
@click.option(
    "--check-uncertainty",
    "check_samples",
    type=click.IntRange(2, 1_000_000),
    metavar="N",
    help="Draw the points anew N times and compare.",
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Of the draws.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the document and a picture of the curves.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def fit(  # noqa: PLR0917 - one parameter per option
    table: Path,
    nuclide: str,
    model: str,
    method: str,
    columns: str | None,
    ignored: tuple[str, ...],
    decay_corrected_to: str | None,
    until: str | None,
    tail: str | None,
    shares: str | None,
    robust: bool,
    relative_standard_uncertainty: str | None,
    scatter_between_scans: str | None,
    check_samples: int | None,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> int:
    """Time-integrated activity of every region in TABLE, a CSV file region,time_h,activity_mbq."""
    from hevesy.workflow.fit_request import FitRequest
    from hevesy.workflow.fit_table import fit_table

    request = FitRequest(
        table=table,
        nuclide=nuclide,
        method=method,
        model=model,
        columns=columns,
        ignored=ignored,
        decay_corrected=decay_corrected_to is not None,
        until=until,
        tail=tail,
        shares=shares,
        robust=robust,
        relative_standard_uncertainty=relative_standard_uncertainty,
        scatter_between_scans=scatter_between_scans,
        check_samples=check_samples or 0,
        seed=seed,
    )
    with progress_bars() as progress:
        result = fit_table(request, progress)
    if out is not None:
        from hevesy.workflow.fit_output import write_fit

        write_fit(result, out)
    if as_json:
        print_json(result.document)
    else:
        _show(result.document)
    return 0 if result.complete else EXIT_FINDINGS


def _show(document: dict[str, Any]) -> None:
    write = sys.stdout.write
    period = document["settings"]["until"]
    write(f"{document['nuclide']}, physical half-life {document['physical_half_life_h']:.4g} h; ")
    write("integrals to infinity\n" if period is None else f"integrals until {period}\n")
    write(f"Standard uncertainty of the points: {document['standard_uncertainty_of_points']}\n")
    wide = max(len("region"), *(min(40, len(r["name"])) for r in document["regions"]))
    write(f"{'region':{wide}}  {'model':14}{'T_eff [h]':>16}{'TIA [GBq h]':>22}  {'95 %':22}{'after last scan':>16}\n")
    for region in document["regions"]:
        write(_line(region, wide) + "\n")
    for region in document["regions"]:
        for note in _notes(region):
            write(f"  {region['name']}: {note}\n")


def _line(region: dict[str, Any], wide: int) -> str:
    integral, half_life = region["time_integrated_activity_bq_s"], region["effective_half_life_h"]
    name = region["name"] if len(region["name"]) <= wide else region["name"][: wide - 1] + "…"
    if integral["value"] is None:
        return f"{name:{wide}}  –"
    low, high = (end / _GBQ_H for end in integral["interval95"])
    period = "–" if half_life["value"] is None else _with_u(half_life, 1.0)
    return (
        f"{name:{wide}}  {region['model']:14}{period:>16}{_with_u(integral, 1 / _GBQ_H):>22}  "
        f"{f'{low:.4g} to {high:.4g}':22}{region['extrapolated_fraction']:>16.1%}"
    )


def _with_u(estimate: dict[str, Any], factor: float) -> str:
    return f"{estimate['value'] * factor:.4g} ± {(estimate['standard_uncertainty'] or 0.0) * factor:.2g}"


def _notes(region: dict[str, Any]) -> list[str]:
    if region["reason"] is not None:
        return [region["reason"]]
    notes = [region["choice"], *region["findings"]]
    longer, check = region.get("longer_than_physical"), region.get("uncertainty_check")
    if longer is not None and not longer["significant"]:
        free = longer["free_effective_half_life_h"]
        shown = "no decline" if free is None else f"a half-life of {free:.4g} h"
        notes.append(f"the points alone show {shown}, longer than physical decay; bounded by it")
    if check is not None and check["samples"]:
        said = "agrees" if check["agrees"] else "does not agree"
        notes.append(f"drawn over propagated uncertainty {check['ratio']:.2f}, which {said}")
    return notes


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(fit)
