"""The command ``hevesy tare plan``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from hevesy.cli.console import EXIT_FINDINGS, print_json, progress_bars
from hevesy.cli.paths import OutFolder


@click.command("plan")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=OutFolder(), help="Folder of the comparison.")
@click.option("--json", "as_json", is_flag=True, help="Write the JSON document on stdout instead of the summary.")
def plan_command(plan: Path, out: Path, as_json: bool) -> int:
    """Compare products and models from a plan file: activities, doses, limits and their probabilities.

    Exit status 0: done; 2: the plan is wrong or refused and nothing was written; 3: done, but a product is excluded
    or a stated value is not what the images of the plan say.
    """
    from hevesy.workflow.tare import write_plan

    with progress_bars() as progress:
        document: Mapping[str, Any] = write_plan(plan, out, progress)
    if as_json:
        print_json(document)
    else:
        for product in document["products"]:
            _show(product)
        for finding in document["findings"]:
            click.echo(f"{finding['code']}: {finding['message']}")
    return EXIT_FINDINGS if _has_findings(document) else 0


def _has_findings(document: Mapping[str, Any]) -> bool:
    differs = any(finding["code"] == "stated-differs-from-images" for finding in document["findings"])
    return differs or any(product["refused"] for product in document["products"])


def _show(product: Mapping[str, Any]) -> None:
    from hevesy.report.tare_words import volume_words

    click.echo(product["product"])
    if product["refused"]:
        click.echo(f"  refused: {product['refused']}")
        return
    for name, model in product["models"].items():
        activity = model["activity_delivered_gbq"]
        click.echo(f"  {name}: {f'{activity:.4g} GBq delivered' if activity is not None else model['reason']}")
    for method, reason in product["no_inverse"].items():
        click.echo(f"  largest ({method}): {reason}")
    for method, inverse in product["inverse"].items():
        largest, volume = inverse["largest"], volume_words(inverse["binding_volume"])
        kept = largest["probability"]["every_limit_kept"]
        click.echo(
            f"  largest ({method}): {largest['activity_delivered_gbq']:.4g} GBq delivered, bound by "
            f"{inverse['binding']} in {volume}; every limit kept with probability {kept:.3f}"
        )


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(plan_command)
