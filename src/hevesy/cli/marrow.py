"""The command ``hevesy marrow``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hevesy.cli.console import EXIT_FINDINGS, err_console, print_json, progress_bars
from hevesy.cli.source_options import chosen_emissions, decay_data_uncertainty, emissions_document, show_source
from hevesy.errors import InputError
from hevesy.quantities import Uncertain, parse_quantity, parse_uncertain

if TYPE_CHECKING:
    from hevesy.domain import Tail
    from hevesy.workflow.marrow import Body, ImageMarrow, SourceOrgan
    from hevesy.workflow.marrow_inputs import BloodFile, MarrowInputs, ProbeFile, Ratio

_FILE = click.Path(path_type=Path, dir_okay=False)
_GBQ_H = 1.0 / 3.6e12


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(marrow)


@click.command("marrow")
@click.option(
    "--blood", type=_FILE, metavar="CSV", help="Blood samples: time_h, concentration[, standard_uncertainty]."
)
@click.option("--unit", metavar="kBq/ml|%IA/l", help="Of the concentrations.")
@click.option("--plasma", is_flag=True, help="The samples are plasma; the haematocrit makes them whole blood.")
@click.option(
    "--decay-corrected-to",
    type=click.Choice(("administration",)),
    help="Concentrations were corrected for decay; without it they are those at the time of the sample.",
)
@click.option("--calibration-uncertainty", metavar='"3 %"', help="Of the blood counter, shared by all samples.")
@click.option("--blood-model", default="auto", show_default=True, metavar="NAME", help="Curve of the blood.")
@click.option("--blood-tail", metavar='physical|"60 h +- 10 h"', help="Half-life after the last sample.")
@click.option("--columns", metavar='"time_h=t,..."', help="Headers in the file of samples that differ.")
@click.option("--nuclide", required=True, metavar="NAME", help="What was administered.")
@click.option("--chain", metavar="parent|equilibrium|from:TIME", help="How radioactive progeny counts.")
@click.option("--backend", metavar="endfb81|icrp107", help="Library of decay data; endfb81 without it.")
@click.option("--administered", metavar='"7.4 GBq +- 2 %"', help="Net activity at the start of the administration.")
@click.option("--rmblr", metavar='"1.0 +- 0.2"', help="Ratio of the concentrations of red marrow and blood.")
@click.option(
    "--rmecff", metavar='"0.19 +- 0.04"', help="Instead: extracellular fraction of marrow, with the haematocrit."
)
@click.option("--haematocrit", metavar='"0.42 +- 0.02"', help="Volume share of cells in the patient's blood.")
@click.option(
    "--phantom", required=True, type=click.Choice(("adult-male", "adult-female")), help="Stands for the patient."
)
@click.option("--body-mass", required=True, metavar='"75 kg"', help="Of the patient; scales marrow and body.")
@click.option(
    "--marrow-mass", metavar='"1.1 kg +- 0.2 kg"', help="Of the patient's red marrow; by body mass without it."
)
@click.option("--marrow-mass-uncertainty", metavar='"20 %"', help="Of the mass of marrow by body mass.")
@click.option("--whole-body", type=_FILE, metavar="CSV", help="Probe readings of the whole body.")
@click.option("--probe-uncertainty", metavar='"5 %"', help="Of each reading, from position and redistribution.")
@click.option("--probe-model", default="auto", show_default=True, metavar="NAME", help="Curve of the whole body.")
@click.option("--probe-columns", metavar='"time_h=t,..."', help="Headers in the file of readings that differ.")
@click.option("--organs", type=_FILE, metavar="JSON", help="Document of hevesy fit: organs that irradiate marrow.")
@click.option("--map", "mapped", metavar='"Lesion=Liver,..."', help="What regions of --organs are on the phantom.")
@click.option("--image-region", metavar="NAME", help="Region of --organs that holds a known part of the marrow.")
@click.option("--marrow-fraction", metavar='"0.07 +- 0.01"', help="Part of all red marrow in --image-region.")
@click.option(
    "--histories",
    default=200_000,
    show_default=True,
    type=click.IntRange(1000),
    help="Photons, and charged particles, per source.",
)
@click.option("--voxel-mm", default=3.0, show_default=True, help="Edge of the voxels that photons move in. [mm]")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Of the random numbers.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def marrow(*, as_json: bool, **options: Any) -> int:  # noqa: ANN401 - click passes them by name
    """Absorbed dose to red marrow from blood, probe readings and organs.

    Exit status 3 where a value that was asked for cannot be given.
    """
    from hevesy.workflow.marrow_inputs import marrow_outcome, outcome_document

    inputs = _inputs(options)
    with progress_bars() as progress:
        outcome = marrow_outcome(inputs, "hevesy marrow", progress)
    document = outcome_document(inputs, outcome) | emissions_document(inputs.decays.emissions)
    if as_json:
        print_json(document)
    else:
        show_source(inputs.decays.emissions)
        _show(document)
    return 0 if outcome.complete else EXIT_FINDINGS


def _inputs(given: dict[str, Any]) -> MarrowInputs:
    from hevesy.physdata import decay_library
    from hevesy.transport.organs import Settings
    from hevesy.workflow.marrow import SValueChoice
    from hevesy.workflow.marrow_inputs import MarrowInputs

    emissions = chosen_emissions(given["nuclide"], given["chain"], None, given["backend"])
    name = emissions.members[0].name
    half_life_s = decay_library(given["backend"] or "endfb81").half_life_s(name)
    image, organs = _organs(given, name)
    if given["blood"] is None and image is None and given["whole_body"] is None:
        raise InputError("--blood, --image-region with --organs, or --whole-body", "none came", "hevesy marrow")
    return MarrowInputs(
        half_life_s=half_life_s,
        decays=SValueChoice(
            emissions,
            decay_data_uncertainty(emissions, None, given["backend"]),
            Settings(given["histories"], min(given["histories"], 200_000), seed=given["seed"]),
            given["voxel_mm"],
        ),
        body=_body(given),
        administered=_uncertain(given, "administered", "activity", "administered-activity:stated"),
        blood=_blood(given, half_life_s) if given["blood"] else None,
        ratio=_ratio(given),
        probe=_probe(given) if given["whole_body"] else None,
        image=image,
        organs=organs,
    )


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _uncertain(given: dict[str, Any], name: str, kind: str, source: str) -> Uncertain | None:
    if given[name] is None:
        return None
    value = parse_uncertain(given[name], kind, source, _option(name))
    if not value.value > 0:
        raise InputError(f"a positive {kind}", f"{given[name]!r} came", _option(name))
    return value


def _share(given: dict[str, Any], name: str) -> float | None:
    if given[name] is None:
        return None
    value = parse_quantity(given[name], "ratio", _option(name))
    if not 0 < value < 1:
        raise InputError("a relative standard uncertainty between 0 and 1", f"{given[name]!r} came", _option(name))
    return value


def _body(given: dict[str, Any]) -> Body:
    from hevesy.workflow.marrow import Body

    body_kg = parse_quantity(given["body_mass"], "mass", "--body-mass")
    mass = _uncertain(given, "marrow_mass", "mass", "marrow-mass:stated")
    spread = _share(given, "marrow_mass_uncertainty")
    if mass is not None and spread is not None:
        raise InputError(
            "the uncertainty with --marrow-mass", "one for a mass by body mass came", "--marrow-mass-uncertainty"
        )
    return Body(given["phantom"], body_kg, mass, spread)


def _ratio(given: dict[str, Any]) -> Ratio:
    from hevesy.workflow.marrow_inputs import Ratio

    return Ratio(
        _uncertain(given, "rmblr", "ratio", "rmblr:stated"),
        _uncertain(given, "rmecff", "ratio", "rmecff:stated"),
        _uncertain(given, "haematocrit", "ratio", "haematocrit:stated"),
    )


def _blood(given: dict[str, Any], half_life_s: float) -> BloodFile:
    from hevesy.workflow.marrow_files import BLOOD_OPTIONAL, BLOOD_REQUIRED
    from hevesy.workflow.marrow_inputs import BloodFile
    from hevesy.workflow.table_file import parse_mapping

    if given["unit"] is None:
        raise InputError("the unit of the concentrations such as kBq/ml or %IA/l", "none came", "--unit")
    return BloodFile(
        given["blood"],
        given["unit"],
        parse_mapping(given["columns"], (*BLOOD_REQUIRED, *BLOOD_OPTIONAL)),
        plasma=given["plasma"],
        decay_corrected=given["decay_corrected_to"] is not None,
        calibration_relative_uncertainty=_share(given, "calibration_uncertainty"),
        model=given["blood_model"],
        tail=_tail(given["blood_tail"], half_life_s),
    )


def _tail(text: str | None, half_life_s: float) -> Tail | None:
    from hevesy.domain import Tail
    from hevesy.quantities import exact

    if text is None:
        return None
    if text == "physical":
        return Tail(exact(half_life_s), "physical decay")
    stated = parse_uncertain(text, "time", "tail:Blood", "--blood-tail")
    if not stated.components:
        raise InputError("'physical', or a half-life with its uncertainty", f"{text!r} came", "--blood-tail")
    return Tail(stated, "stated")


def _probe(given: dict[str, Any]) -> ProbeFile:
    from hevesy.workflow.marrow_files import PROBE_COLUMNS
    from hevesy.workflow.marrow_inputs import ProbeFile
    from hevesy.workflow.table_file import parse_mapping

    return ProbeFile(
        given["whole_body"],
        parse_mapping(given["probe_columns"], PROBE_COLUMNS, "--probe-columns"),
        _share(given, "probe_uncertainty"),
        given["probe_model"],
    )


def _organs(given: dict[str, Any], nuclide: str) -> tuple[ImageMarrow | None, tuple[SourceOrgan, ...]]:
    from hevesy.workflow.marrow import ImageMarrow
    from hevesy.workflow.marrow_document import checked_mapping
    from hevesy.workflow.marrow_files import read_fit
    from hevesy.workflow.marrow_inputs import source_organs

    name = given["image_region"]
    fraction = _uncertain(given, "marrow_fraction", "ratio", "marrow-fraction:stated")
    if (name is None) != (fraction is None):
        raise InputError("--image-region and --marrow-fraction together", "one came", "hevesy marrow")
    if given["organs"] is None:
        if name is not None or given["mapped"] is not None:
            raise InputError("--organs with --image-region and --map", "none came", "--organs")
        return None, ()
    fitted = read_fit(given["organs"], nuclide).activity_bq_s
    organs = source_organs(fitted, checked_mapping(given["mapped"], "--map"), name, "--map")
    if name is None or fraction is None:
        return None, organs
    if name not in fitted:
        raise InputError(f"one of the regions {', '.join(fitted)}", f"{name!r} came", "--image-region")
    return ImageMarrow(name, fitted[name], fraction), organs


def _show(document: dict[str, Any]) -> None:
    for key, title, unit, factor in (
        ("blood", "Blood", "kBq h/ml", 1 / 3.6e6),
        ("whole_body", "Whole body", "GBq h", _GBQ_H),
    ):
        course = document[key]
        if course is not None:
            integral = _plus_minus(course["time_integrated"], unit, factor)
            click.echo(f"{title}: {course['model'] or 'no curve'}; integral {integral}")
            if course["absorbed_dose_gy"] is not None:
                click.echo(f"  mean absorbed dose         {_plus_minus(course['absorbed_dose_gy'], 'Gy')}")
    red = document["red_marrow"]
    if red is not None:
        _show_marrow(red)
    for finding in document["findings"]:
        err_console().print(f"finding: {finding}", markup=False, soft_wrap=True)


def _show_marrow(red: dict[str, Any]) -> None:
    mass = _plus_minus(red["mass_g"], "g")
    click.echo(f"Red marrow: {mass} ({red['phantom']}, {red['body_mass_kg']:g} kg)")
    for way in red["ways"]:
        _show_way({"blood": "From blood", "image": "From the images"}[way["way"]], way)
    if red["image_over_blood"]["value"] is not None:
        click.echo(f"Images over blood: {_plus_minus(red['image_over_blood'], '')}")
    for limit in red["limits"]:
        click.echo(limit)


def _show_way(title: str, way: dict[str, Any]) -> None:
    dose = way["absorbed_dose_gy"]
    click.echo(f"{title}: {_plus_minus(dose, 'Gy')}")
    if dose["value"] is None:
        return
    per = way["absorbed_dose_per_administered_activity_gy_per_gbq"]
    click.echo(f"  per administered activity  {_plus_minus(per, 'Gy/GBq')}")
    click.echo(f"  from marrow itself         {_plus_minus(way['self_dose_gy'], 'Gy')}")
    for name, part in way["cross_dose_gy"].items():
        click.echo(f"  from {name:22}{_plus_minus(part, 'Gy')}")
    largest = list(dose["budget"].items())[:6]
    click.echo("  uncertainty by source      " + ", ".join(f"{kind} {u:.3g} Gy" for kind, u in largest))


def _plus_minus(entry: dict[str, Any], unit: str, factor: float = 1.0) -> str:
    if entry["value"] is None:
        return f"none: {entry['reason']}"
    spread = entry["standard_uncertainty"]
    told = "" if spread is None else f" +- {spread * factor:.2g}"
    return f"{entry['value'] * factor:.4g}{told} {unit}".rstrip()
