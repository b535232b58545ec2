"""The command ``hevesy simulate``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hevesy.cli.console import err_console, progress_bars
from hevesy.cli.paths import OutFolder
from hevesy.errors import InputError

if TYPE_CHECKING:
    from hevesy.simulate import Scenario
    from hevesy.simulate.tare import TareScenario

_THERAPIES = ("lu177-dotatate", "lu177-psma", "tare-y90", "tare-ho166", "intratumoural-ho166")
_INJECTION = _THERAPIES[-1]
_VARIANTS = ("extrahepatic", "uniform", "noiseless", "sharp", "misregistered")
_UNITS = ("counts", "rwvm", "rescale")
_QUIRKS = (
    *("negative-spacing", "detector-position", "unsorted", "split-series", "energy-windows", "minimal"),
    *("wrong-activity-unit", "zero-activity", "time-zones", "midnight", "injection-time-only", "nuclide-99sdm"),
    *("nuclide-half-life", "old-dates", "exponents", "corrections-missing", "corrections-absent"),
    *("rounded-positions", "oblique", "varying-slopes", "two-beds", "decay-start", "decay-admin", "enhanced"),
)


@click.command("simulate")
@click.option("--out", required=True, type=OutFolder(), help="New or empty folder.")
@click.option("--seed", default=0, show_default=True, type=int, help="Of noise, movement and identifiers.")
@click.option("--therapy", type=click.Choice(_THERAPIES), help="Default scenario.  [default: lu177-dotatate]")
@click.option("--scenario", "scenario_file", type=click.Path(path_type=Path), help="Scenario file (YAML) instead.")
@click.option("--units", default="counts", show_default=True, type=click.Choice(_UNITS), help="How SPECT is stored.")
@click.option("--quirk", "quirks", multiple=True, type=click.Choice(_QUIRKS), help="A scanner's way; repeatable.")
@click.option(
    "--variant", "variants", multiple=True, type=click.Choice(_VARIANTS), help="Radioembolisation: repeatable."
)
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
    variants: tuple[str, ...],
    size: str,
    planar: bool,
    samples: bool,
    draw_errors: bool,
) -> None:
    """Write a virtual patient as DICOM, with truth.json and the files of the commands that it is for."""
    from hevesy.simulate import Options, Quirk, Size, Units, simulate
    from hevesy.simulate.pancreas_files import simulate_injection
    from hevesy.simulate.tare import TareOptions, TareScenario, Variant, simulate_tare

    scenario = None if therapy == _INJECTION and scenario_file is None else _scenario(therapy, scenario_file)
    name = _INJECTION if scenario is None else scenario.therapy
    asked = {"--units": units != "counts", "--quirk": quirks, "--planar": planar, "--samples": samples}
    asked |= {"--draw-errors": draw_errors}
    began = time.monotonic()
    with progress_bars() as progress:
        if scenario is None:
            asked |= {"--variant": variants, "--size small": size == "small"}
            _refuse(asked, "--seed and --out only", name)
            simulate_injection(out, seed)
        elif isinstance(scenario, TareScenario):
            _refuse(asked, "options of radioembolisation", name)
            simulate_tare(scenario, out, TareOptions(seed, Size(size), frozenset(map(Variant, variants))), progress)
        else:
            _refuse({"--variant": variants}, "options of a radiopharmaceutical", name)
            options = Options(
                seed,
                Units(units),
                frozenset(map(Quirk, quirks)),
                Size(size),
                planar=planar,
                samples=samples,
                draw_errors=draw_errors,
            )
            simulate(scenario, out, options, progress)
    err_console().print(f"{name} written to {out} in {time.monotonic() - began:.0f} s")


def _scenario(therapy: str | None, file: Path | None) -> Scenario | TareScenario:
    from hevesy.simulate import default_scenario, load_scenario
    from hevesy.simulate.tare import TARE_THERAPIES, default_tare_scenario, is_tare, load_tare_scenario

    if file is not None and therapy is not None:
        raise InputError("either --therapy or --scenario", "both came", "hevesy simulate")
    if file is not None:
        return load_tare_scenario(file) if is_tare(file) else load_scenario(file)
    if therapy in TARE_THERAPIES:
        return default_tare_scenario(therapy)
    return default_scenario(therapy or _THERAPIES[0])


def _refuse(asked: Mapping[str, object], expected: str, therapy: str) -> None:
    given = sorted(name for name, value in asked.items() if value)
    if given:
        raise InputError(f"{expected} for {therapy}", f"{', '.join(given)} came", "hevesy simulate")


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(command)
