"""The command ``hevesy population``."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hevesy.cli.console import EXIT_FINDINGS, err_console, print_json, progress_bars
from hevesy.errors import InputError

if TYPE_CHECKING:
    from hevesy.population import CovariateChoice
    from hevesy.workflow.population_job import PopulationRequest

_MODELS = ("auto", "mono", "uptake-mono", "bi", "uptake-bi")
_UNITS = ("% of the administered activity", "fraction of the administered activity", "Bq", "kBq", "MBq", "GBq")
_SHORT = {"%": _UNITS[0], "fraction": _UNITS[1], **{unit: unit for unit in _UNITS}}


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(population)


@click.group("population")
def population() -> None:
    """Kinetics of a cohort of patients: mixed-effects models, and each patient within the cohort."""


@population.command("fit")
@click.argument("cohort", type=click.Path(path_type=Path))
@click.option("--nuclide", required=True, metavar="NAME", help="Radionuclide, such as Lu-177.")
@click.option(
    "--model",
    default="auto",
    show_default=True,
    metavar="NAME|REGION=NAME,...",
    help=f"Curve of all regions or of single ones: {', '.join(_MODELS)}.",
)
@click.option("--columns", metavar="NAME=HEADER,...", help="Headers in the file of columns that have another name.")
@click.option("--ignore-column", "ignored", multiple=True, metavar="HEADER", help="Column of the file to leave out.")
@click.option(
    "--covariate",
    "covariates",
    multiple=True,
    metavar="NAME[@linear][:REGION.PARAMETER]",
    help="Column that may move amplitudes and washout rates (power law, or @linear), or that moves one parameter.",
)
@click.option("--ligand", help="Ligand to take from a file of several, or of a file without that column.")
@click.option(
    "--decay-corrected-to",
    type=click.Choice(["administration"]),
    help="State that activities are corrected for decay to the administration.  [default: as present at the time]",
)
@click.option("--activity-unit", metavar="UNIT", help=f"Unit of the activities: {', '.join(_SHORT)}.")
@click.option(
    "--structure",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "diagonal", "region", "parameter", "full"]),
    help="Random effects that may be correlated: none, those of a region, those of a kind, all.",
)
@click.option(
    "--residual",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "common", "region", "stated"]),
    help="Scatter about the curves: one for all regions, one for each, or the stated uncertainties alone.",
)
@click.option(
    "--method",
    default="foce",
    show_default=True,
    type=click.Choice(["foce", "saem"]),
    help="First-order conditional estimation, or stochastic approximation.",
)
@click.option("--until", metavar='"72 h"', help="End of the integral.  [default: infinity]")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Of the random numbers.")
@click.option("--save-prior", type=click.Path(path_type=Path), help="File for the population as a prior.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of pictures and tables; a run goes on from it.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def fit(cohort: Path, save_prior: Path | None, out: Path | None, as_json: bool, **options: Any) -> int:  # noqa: ANN401
    """Fit a mixed-effects model to the activities of a cohort and give every patient's time-integrated activities.

    COHORT is a file of comma-separated values with the columns patient, region, time_h and activity, optionally
    standard_uncertainty, cycle and ligand, and those of covariates.

    Exit status 0: done; 2: the input is wrong and nothing was written; 3: done, but some curve has no value.
    """
    from hevesy.physdata import write_prior
    from hevesy.workflow.population_document import has_gaps, population_document
    from hevesy.workflow.population_job import cohort_prior, fit_cohort

    request = _request(options)
    with progress_bars() as progress:
        result = fit_cohort(cohort, request, out=out, progress=progress)
    document = population_document(result)
    if save_prior is not None:
        write_prior(cohort_prior(result), save_prior)
    if out is not None:
        from hevesy.workflow.population_output import write_population

        write_population(result, document, out)
    if as_json:
        print_json(document)
    else:
        _show(document)
    return EXIT_FINDINGS if has_gaps(result) else 0


def _request(options: dict[str, Any]) -> PopulationRequest:
    from hevesy.quantities import parse_quantity
    from hevesy.workflow.cohort_file import OPTIONAL, REQUIRED, CohortRequest
    from hevesy.workflow.population_job import PopulationRequest
    from hevesy.workflow.table_file import parse_mapping

    choices = tuple(_covariate(text) for text in options["covariates"])
    names = tuple(dict.fromkeys(choice.name for choice in choices))
    unit = options["activity_unit"]
    if unit is not None and unit not in _SHORT:
        raise InputError(f"a unit among {', '.join(_SHORT)}", f"{unit!r} came", "--activity-unit")
    until = options["until"]
    until_h = float("inf") if until is None else parse_quantity(until, "time", "--until") / 3600.0
    if not until_h > 0:
        raise InputError("a positive time", f"{until!r} came", "--until")
    model, models = _models(options["model"])
    return PopulationRequest(
        CohortRequest(
            nuclide=options["nuclide"],
            mapping=parse_mapping(options["columns"], (*REQUIRED, *OPTIONAL, *names)),
            ignored=options["ignored"],
            covariates=names,
            ligand=options["ligand"],
            decay_corrected=options["decay_corrected_to"] is not None,
            activity_unit=None if unit is None else _SHORT[unit],
        ),
        models=models,
        model=model,
        structure=options["structure"],
        residual=options["residual"],
        method=options["method"],
        covariates=choices,
        seed=options["seed"],
        until_h=until_h,
    )


def _models(text: str) -> tuple[str, dict[str, str]]:
    """One model of all regions, or those of single ones with ``auto`` for the others."""
    if "=" not in text:
        return _model(text.strip()), {}
    models: dict[str, str] = {}
    for part in text.split(","):
        region, equals, name = (piece.strip() for piece in part.rpartition("="))
        if not (region and equals) or region in models:
            raise InputError("REGION=MODEL once for each region", f"{part.strip()!r} came", "--model")
        models[region] = _model(name)
    return "auto", models


def _model(name: str) -> str:
    if name not in _MODELS:
        raise InputError(f"a model among {', '.join(_MODELS)}", f"{name!r} came", "--model")
    return name


def _covariate(text: str) -> CovariateChoice:
    from hevesy.population import CovariateChoice

    match = re.fullmatch(r"([^@:]+)(?:@(log|linear))?(?::(.+)\.([a-z_]+))?", text.strip())
    if match is None:
        raise InputError("NAME, NAME@linear or NAME:REGION.PARAMETER", f"{text!r} came", "--covariate")
    name, transform, region, parameter = match.groups()
    return CovariateChoice(name.strip(), "linear" if transform == "linear" else "log", region, parameter)


def _show(document: dict[str, Any]) -> None:
    """Tables on the standard output, findings on the other stream."""
    lines = [f"{'patient':<12} {'region':<16} {'cycle':<8} {'time-integrated activity':>26}  95 % interval"]
    for row in document["individuals"]:
        tia = row["time_integrated_activity"]
        what = f"{row['patient']:<12} {row['region']:<16} {row.get('cycle', ''):<8}"
        if tia["value"] is None:
            lines.append(f"{what} none: {tia['reason']}")
            continue
        low, high = tia["interval95"]
        lines.append(f"{what} {tia['value']:>14.5g} +- {tia['standard_uncertainty']:<8.3g}  {low:.5g} to {high:.5g}")
    lines += ["", f"Unit: {document['time_integrated_activity_unit']}", "", "Models compared:"]
    lines += [
        f"  {c['about']}: {c['name']} ({c['n_parameters']} parameters, BIC {c['bic']:.1f}): {c['reason']}"
        for c in document["model_comparison"]
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    for finding in document["findings"]:
        err_console().print(f"{finding['code']}: {finding['message']}", soft_wrap=True, markup=False)
