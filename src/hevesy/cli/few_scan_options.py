"""Options of one scan or few: what is known beside the scans."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., object])

_NAMES = (
    "half_lives",
    "half_life_source",
    "prior",
    "ligand",
    "prior_regions",
    "covariates",
    "administered",
    "earlier_cycle",
    "between_cycles",
)


def few_scan_options(command: _Command) -> Callable[..., object]:
    """Add the options, and hand them over as one ``few``."""

    @functools.wraps(command)
    def with_few(**given: Any) -> object:  # noqa: ANN401 - whatever the command's other options are
        from hevesy.workflow.few_scans import FewScanRequest

        few = FewScanRequest(**{name: given.pop(name) for name in _NAMES})
        return command(few=few, **given)

    wrapped: Callable[..., object] = with_few
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


_OPTIONS = (
    click.option(
        "--half-life",
        "half_lives",
        multiple=True,
        metavar='"[REGION=]51 h +- 8 h"',
        help="Effective half-life with its spread, of every region or of one; repeatable.",
    ),
    click.option("--half-life-source", metavar="TEXT", help="Where the half-life comes from."),
    click.option(
        "--prior", metavar="NAME|FILE", help="Population prior, built in (hevesy prior --list) or saved by a fit."
    ),
    click.option("--ligand", metavar="NAME", help="Of this patient; a prior of another one is refused."),
    click.option(
        "--prior-region",
        "prior_regions",
        multiple=True,
        metavar="MEASURED=PRIOR",
        help="Region of the prior for a measured one of another name; repeatable.",
    ),
    click.option(
        "--covariate", "covariates", multiple=True, metavar="NAME=VALUE", help="That the prior asks for; repeatable."
    ),
    click.option("--administered", metavar='"7.4 GBq +- 2 %"', help="Lets the prior speak about the uptake as well."),
    click.option(
        "--earlier-cycle",
        metavar="RESULT",
        help="Half-lives of the same patient, from hevesy fit --json or hevesy run.",
    ),
    click.option(
        "--between-cycles", metavar='"10 %"', help="Standard uncertainty of a half-life from one cycle to another."
    ),
)
