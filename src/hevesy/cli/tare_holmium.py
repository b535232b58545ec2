"""The commands ``hevesy tare holmium-mri`` and ``hevesy tare holmium-ct``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hevesy.cli.console import EXIT_FINDINGS, print_json
from hevesy.cli.paths import OutFolder

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("holmium-mri")
@click.argument("settings", type=_FILE)
@click.option("--out", required=True, type=OutFolder(), help="Folder of the maps.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def holmium_mri_command(settings: Path, out: Path, as_json: bool) -> int:
    """Holmium and its activity from multi-echo gradient-echo MRI, as a SETTINGS file (YAML) says.

    Exit status 0: done; 2: the input is wrong; 3: done, but the activity found is not that administered.
    """
    from hevesy.workflow.holmium_mri import holmium_mri

    return _shown(holmium_mri(settings, out), out, as_json=as_json)


@click.command("holmium-ct")
@click.argument("settings", type=_FILE)
@click.option("--out", required=True, type=OutFolder(), help="Folder of the maps.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def holmium_ct_command(settings: Path, out: Path, as_json: bool) -> int:
    """Holmium and its activity from CT after injection into a tumour, as a SETTINGS file (YAML) says.

    Exit status 0: done; 2: the input is wrong; 3: done, but the activity found is not that administered.
    """
    from hevesy.workflow.holmium_ct import holmium_ct

    return _shown(holmium_ct(settings, out), out, as_json=as_json)


def _shown(document: dict[str, Any], out: Path, *, as_json: bool) -> int:
    compared = document["administered"]
    if as_json:
        print_json(document)
    else:
        for name, entry in (("whole region", document["whole"]), *document["regions"].items()):
            _show(name, entry)
        ratio = None if compared is None else compared["found_over_administered"]
        if ratio is not None:
            click.echo(f"found over administered {ratio['value']:.3f} (standard uncertainty "
                       f"{ratio['standard_uncertainty']:.3f})")  # fmt: skip
        dark = document.get("darker_than_tissue")
        if dark is not None and dark["finding"]:
            click.echo(
                f"finding: {dark['finding']}: {dark['share']:.1%} of the voxels are darker than the tissue's noise "
                "explains (0.05 % expected): streaks, gas or fat"
            )
        if document["set_to_zero_bq"] > 0:
            click.echo(f"note: {document['set_to_zero_bq'] / 1e6:.3g} MBq below zero by noise are zero in "
                       f"time_integrated_activity.nii.gz")  # fmt: skip
        click.echo(f"{out / document['files']['time_integrated_activity']}")
    return EXIT_FINDINGS if compared is not None and compared["finding"] else 0


def _show(name: str, entry: dict[str, Any]) -> None:
    mass, activity = entry["holmium_mg"], entry["activity_bq"]
    click.echo(
        f"{name}: {entry['volume_ml']:.4g} ml, holmium {mass['value']:.4g} mg "
        f"(standard uncertainty {mass['standard_uncertainty']:.2g} mg), "
        f"activity {activity['value'] / 1e6:.4g} MBq ({activity['standard_uncertainty'] / 1e6:.2g} MBq)"
    )
    if entry["unquantifiable_ml"] > 0:
        click.echo(f"  unquantifiable: {entry['unquantifiable_ml']:.3g} ml, which hold at least "
                   f"{entry['holmium_in_voids_at_least_mg']:.3g} mg and "
                   f"{entry['activity_in_voids_at_least_bq'] / 1e6:.3g} MBq more")  # fmt: skip


def register(group: click.Group) -> None:
    """Add the commands to the group."""
    group.add_command(holmium_mri_command)
    group.add_command(holmium_ct_command)
