"""The command ``hevesy simulate``."""

from __future__ import annotations

import time
from pathlib import Path

import click

from hevesy.cli.console import err_console, progress_bars
from hevesy.errors import InputError

_THERAPIES = ("lu177-dotatate", "lu177-psma")
_UNITS = ("counts", "rwvm", "rescale")
_QUIRKS = (
    *("negative-spacing", "detector-position", "unsorted", "split-series", "energy-windows", "minimal"),
    *("wrong-activity-unit", "zero-activity", "time-zones", "midnight", "injection-time-only", "nuclide-99sdm"),
    *("nuclide-half-life", "old-dates", "exponents", "corrections-missing", "corrections-absent"),
    *("rounded-positions", "oblique", "varying-slopes", "two-beds", "decay-start", "decay-admin", "enhanced"),
)


@click.command("simulate")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="New or empty folder.")
@click.option("--seed", default=0, show_default=True, type=int, help="Of noise, movement and identifiers.")
@click.option("--therapy", type=click.Choice(_THERAPIES), help="Default scenario.  [default: lu177-dotatate]")
@click.option("--scenario", "scenario_file", type=click.Path(path_type=Path), help="Scenario file (YAML) instead.")
@click.option("--units", default="counts", show_default=True, type=click.Choice(_UNITS), help="How SPECT is stored.")
@click.option("--quirk", "quirks", multiple=True, type=click.Choice(_QUIRKS), help="A scanner's way; repeatable.")
@click.option("--size", default="full", show_default=True, type=click.Choice(("full", "small")), help="Matrix size.")
@click.option("--planar", is_flag=True, help="Whole-body and static planar images besides.")
@click.option("--samples", is_flag=True, help="Blood samples and probe readings besides; the study uses them.")
@click.option(
    "--draw-errors", is_flag=True, help="State what the site measured wrong, as the study file says it may be."
)
def command(  # noqa: PLR0917 - click passes them by name
    out: Path,
    seed: int,
    therapy: str | None,
    scenario_file: Path | None,
    units: str,
    quirks: tuple[str, ...],
    size: str,
    planar: bool,
    samples: bool,
    draw_errors: bool,
) -> None:
    """Write a virtual patient as DICOM, with truth.json and study.yaml."""
    from hevesy.simulate import Options, Quirk, Size, Units, default_scenario, load_scenario, simulate

    if scenario_file is not None and therapy is not None:
        raise InputError("either --therapy or --scenario", "both came", "hevesy simulate")
    scenario = load_scenario(scenario_file) if scenario_file else default_scenario(therapy or _THERAPIES[0])
    options = Options(
        seed,
        Units(units),
        frozenset(map(Quirk, quirks)),
        Size(size),
        planar=planar,
        samples=samples,
        draw_errors=draw_errors,
    )
    began = time.monotonic()
    with progress_bars() as progress:
        simulate(scenario, out, options, progress)
    err_console().print(f"{scenario.therapy} written to {out} in {time.monotonic() - began:.0f} s")


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(command)
