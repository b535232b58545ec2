"""The command ``hevesy design``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from hevesy.cli.console import EXIT_FINDINGS, print_json, progress_bars
from hevesy.errors import InputError
from hevesy.quantities import parse_quantity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hevesy.domain import PopulationPrior
    from hevesy.workflow.design import DesignRequest

_MOST_VISITS = 8
_FITS = ("bayes", "half-life", "held-bi", "mono", "uptake-mono", "bi", "uptake-bi")


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(design_command)


@click.command("design")
@click.option("--prior", metavar="NAME|FILE", help="Population: psma-it-pbpk, a built-in prior, or the file of one.")
@click.option("--nuclide", metavar="NAME", help="Radionuclide of --half-lives.")
@click.option("--model", type=click.Choice(["mono", "uptake-mono"]), help="Kinetics of --half-lives.")
@click.option("--half-lives", metavar='"kidneys=51 h ± 25 %, ..."', help="Effective half-lives, in place of --prior.")
@click.option("--uptake-half-lives", metavar='"kidneys=1 h ± 50 %, ..."', help="Of the uptake, with uptake-mono.")
@click.option("--regions", metavar="NAMES", help="Whose integrals matter, separated by commas; all without it.")
@click.option("--visits", default="1..4", show_default=True, metavar="N|N..M", help="Numbers of visits.")
@click.option("--window", metavar='"0 h..200 h"', help="Scans at any time within it.")
@click.option("--allowed", metavar='"1-6 h, 20-28 h, ..."', help="Scans within these windows.")
@click.option("--step", default="4 h", show_default=True, metavar="TIME", help="Between the times tried in a window.")
@click.option("--minimum-gap", default="1 h", show_default=True, metavar="TIME", help="Between two scans.")
@click.option("--administration", metavar='"Tue 10:00"', help="Day and time, for --working-hours.")
@click.option("--working-hours", metavar='"Mon-Fri 08:00-17:00"', help="Scans only then.")
@click.option("--noise", metavar='"5 %"', help="Standard deviation of one scan; the population's scatter without it.")
@click.option(
    "--scale-noise", default="0 %", show_default=True, metavar="RATIO", help="Shared by all scans of a patient."
)
@click.option("--hybrid", is_flag=True, help="Planar scans; one SPECT at the last time but one sets the scale.")
@click.option("--timing-spread", default="0 h", show_default=True, metavar="TIME", help="Of the visits about the plan.")
@click.option(
    "--method",
    type=click.Choice(["fisher", "simulate", "both"]),
    default="both",
    show_default=True,
    help="Information, simulation of all plans, or simulation of those with the most information.",
)
@click.option(
    "--fit", type=click.Choice(_FITS), default="bayes", show_default=True, help="How the scans will be fitted."
)
@click.option("--plan", "plans", multiple=True, metavar='"4, 96, 192 h"', help="Judge this plan too. Repeatable.")
@click.option("--patients", default=200, show_default=True, type=click.IntRange(10, 20_000), help="Patients drawn.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Of the random numbers.")
@click.option(
    "--show", default=5, show_default=True, type=click.IntRange(1, 40), help="Plans told for each number of visits."
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for document, table and plots.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document instead of a table.")
def design_command(out: Path | None, as_json: bool, **options: Any) -> int:  # noqa: ANN401 - what click read
    """When to scan, how often, and what it gives: relative error of the time-integrated activity by plan."""
    from hevesy.workflow.design import design_document
    from hevesy.workflow.design_files import write_design

    request = _request(options)
    with progress_bars() as progress:
        if out is None:
            document, _ = design_document(request, progress)
        else:
            document = write_design(request, out, progress)
    if as_json:
        print_json(document)
    else:
        _show(document)
    return EXIT_FINDINGS if any(entry["reason"] for entry in document["visits"]) else 0


def _request(options: dict[str, Any]) -> DesignRequest:
    from hevesy.workflow.design import DesignRequest
    from hevesy.workflow.time_windows import parse_times

    name, prior = _population(options)
    noise = options["noise"]
    regions = options["regions"]
    return DesignRequest(
        name=name,
        prior=prior,
        regions=() if regions is None else tuple(r.strip() for r in regions.split(",")),
        visits=_visits(options["visits"]),
        candidates_h=_candidates(options),
        minimum_gap_h=_time_h(options["minimum_gap"], "--minimum-gap"),
        noise=None if noise is None else _ratio(noise, "--noise", zero=False),
        scale_noise=_ratio(options["scale_noise"], "--scale-noise", zero=True),
        timing_spread_h=_time_h(options["timing_spread"], "--timing-spread"),
        hybrid=options["hybrid"],
        method=options["method"],
        fit=options["fit"],
        stated=tuple(_stated(parse_times(text, "--plan"), text) for text in options["plans"]),
        n_patients=options["patients"],
        seed=options["seed"],
        shown=options["show"],
    )


def _stated(plan: tuple[float, ...], text: str) -> tuple[float, ...]:
    if not plan[0] > 0:
        raise InputError("scans after the administration", f"{text!r} came", "--plan")
    return plan


def _population(options: dict[str, Any]) -> tuple[str, PopulationPrior]:
    from hevesy.workflow.design_population import HalfLives, named_population, population_of_half_lives

    given = [options[key] for key in ("nuclide", "model", "half_lives")]
    if options["prior"] is not None:
        if any(value is not None for value in (*given, options["uptake_half_lives"])):
            raise InputError("--prior alone, or --nuclide, --model and --half-lives", "both came", "--prior")
        return named_population(options["prior"])
    if any(value is None for value in (*given, options["noise"])):
        raise InputError("--prior, or all of --nuclide, --model, --half-lives and --noise", "some are missing")
    return "half-lives", population_of_half_lives(
        HalfLives(options["nuclide"], options["model"], options["half_lives"], options["uptake_half_lives"])
    )


def _candidates(options: dict[str, Any]) -> NDArray[np.float64]:
    from hevesy.workflow.time_windows import parse_windows, times_within
    from hevesy.workflow.working_hours import within_working_hours

    if (options["window"] is None) == (options["allowed"] is None):
        raise InputError("--window or --allowed", "both came" if options["window"] else "neither came")
    option = "--window" if options["allowed"] is None else "--allowed"
    step = _time_h(options["step"], "--step")
    if not step > 0:
        raise InputError("a step that is not zero", f"{options['step']!r} came", "--step")
    times = times_within(parse_windows(options["window"] or options["allowed"], option), step, option)
    times = times[times > 0.0]
    if (options["administration"] is None) != (options["working_hours"] is None):
        raise InputError("--administration and --working-hours together", "one came alone")
    if options["working_hours"] is not None:
        times = times[within_working_hours(times, options["administration"], options["working_hours"])]
    if times.size == 0:
        raise InputError("times after the administration that are allowed", "there are none", option)
    return times


def _visits(text: str) -> tuple[int, ...]:
    match = re.fullmatch(r"\s*(\d{1,2})\s*(?:(?:\.\.|-)\s*(\d{1,2})\s*)?", text)
    first, last = (0, 0) if match is None else (int(match[1]), int(match[2] or match[1]))
    if not 1 <= first <= last <= _MOST_VISITS:
        raise InputError(
            f"a number of visits or a range such as 1..4, at most {_MOST_VISITS}", f"{text!r} came", "--visits"
        )
    return tuple(range(first, last + 1))


def _time_h(text: str, option: str) -> float:
    value = parse_quantity(text, "time", option) / 3600.0
    if value < 0:
        raise InputError("a time that is not negative", f"{text!r} came", option)
    return value


def _ratio(text: str, option: str, *, zero: bool) -> float:
    value = parse_quantity(text, "ratio", option)
    if not (0.0 <= value < 1.0) or (value == 0.0 and not zero):
        raise InputError("a ratio above 0 and below 1 such as 5 %", f"{text!r} came", option)
    return value


def _show(document: dict[str, Any]) -> None:
    population = document["population"]
    click.echo(f"{population['name']}: [{population['nuclide']}] {population['ligand']}; {population['source']}")
    click.echo(f"Ranked by the {document['ranked_by']}" + (f", fitted by {document['fit']}" if document["fit"] else ""))
    heading = "".join(f"{name[:18] + ': u, rmse, bias':>36}" for name in document["regions"])
    click.echo(f"{'visits':7}{'times [h]':28}{heading}{'loss':>8}")
    for entry in document["visits"]:
        if entry["reason"]:
            click.echo(f"{entry['visits']:<7}{entry['reason']}")
            continue
        for plan in entry["plans"]:
            click.echo(_line(f"{entry['visits']:<7}", plan))
        for plan in entry["stated_plans"]:
            click.echo(_line("stated ", plan))


def _line(start: str, plan: dict[str, Any]) -> str:
    times = ", ".join(f"{t:g}" for t in plan["times_h"])
    keys = ("expected_relative_standard_uncertainty", "root_mean_square_error", "bias")
    values = "".join(
        f"{' '.join('    –' if r[k] is None else f'{100 * r[k]:5.1f}' for k in keys) + ' %':>36}"
        for r in plan["regions"]
    )
    return f"{start}{times:28}{values}{plan['loss_against_best']:>8.1%}"
