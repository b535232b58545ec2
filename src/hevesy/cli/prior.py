"""The command ``hevesy prior``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from rich.table import Table

from hevesy.cli.console import print_json
from hevesy.cli.text_tables import as_text, text_table
from hevesy.errors import InputError

_TIMES = "4 h,24 h,48 h,72 h,96 h,168 h"


@click.command("prior")
@click.argument("name", required=False)
@click.option("--list", "as_list", is_flag=True, help="List the built-in priors instead.")
@click.option(
    "--times", default=_TIMES, show_default=True, metavar="TIMES", help="Scan times of the tissue dose factors."
)
@click.option("--covariate", "covariates", multiple=True, metavar="NAME=VALUE", help="Of the patient (egfr=85).")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document instead of tables.")
def prior_command(name: str | None, as_list: bool, times: str, covariates: tuple[str, ...], as_json: bool) -> None:
    """A population prior: effective half-lives, their spread, tissue dose factors, source.

    NAME is a built-in prior or the file of one, as `hevesy population fit --save-prior` writes it.
    """
    from hevesy.workflow.prior_document import list_document, prior_document

    if as_list == (name is not None):
        raise InputError("the NAME of a prior or --list", "both came" if as_list else "neither came")
    document = list_document() if name is None else prior_document(name, times, covariates)
    if as_json:
        print_json(document)
    else:
        click.echo(_listing(document) if name is None else _report(document), nl=False)


def _listing(document: Mapping[str, Any]) -> str:
    rows = [
        (entry["name"], entry["ligand"], str(entry["patients"]), ", ".join(entry["regions"]))
        for entry in document["priors"]
    ]
    table = text_table("Built-in priors", ("name", "ligand", "patients", "regions"), rows)
    notes = [f"{entry['name']}: {entry['source']} {_cited(entry)}" for entry in document["priors"]]
    return as_text(table, *notes, f"Not built in: {document['lacking']}.")


def _cited(entry: Mapping[str, Any]) -> str:
    citation = entry["citation"]
    if citation is None:
        return ""
    return f"[{citation['text']}{', doi:' + citation['doi'] if citation['doi'] else ''}]"


def _report(document: Mapping[str, Any]) -> str:
    rows = [
        (
            region["name"],
            region["model"],
            f"{region['effective_half_life_h']['median']:.1f}",
            "{:.1f} to {:.1f}".format(*region["effective_half_life_h"]["interval95"]),
            "yes" if region["knows_uptake"] else "no",
        )
        for region in document["regions"]
    ]
    headings = ("region", "model", "half-life [h]", "95 % of patients [h]", "knows uptake")
    return as_text(
        f"{document['name']}: [{document['nuclide']}] {document['ligand']}, {document['patients']} patients",
        text_table("Effective half-life of the terminal phase", headings, rows),
        _factors(document),
        f"Source: {document['source']} {_cited(document)}",
    )


def _factors(document: Mapping[str, Any]) -> Table:
    times = document["tissue_dose_factor_times_h"]
    rows = [
        (
            region["name"],
            *(
                f"{factor['median_h']:.4g} ({_spread(factor['relative_standard_deviation'])})"
                for factor in region["tissue_dose_factors"]
            ),
        )
        for region in document["regions"]
    ]
    title = "Tissue dose factor: integral over the activity at one time [h] (spread of patients; any: over 1000%)"
    return text_table(title, ("region", *(f"{t:g} h" for t in times)), rows)


def _spread(relative: float) -> str:
    return f"{relative:.0%}" if relative < 10.0 else "any"


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(prior_command)
