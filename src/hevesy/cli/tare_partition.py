"""The command ``hevesy tare partition``."""

from __future__ import annotations

import click

from hevesy.cli.console import print_json
from hevesy.decide.tare import Partition, activity_shares, mean_dose, partition_activity
from hevesy.errors import InputError
from hevesy.physdata import decay_dose_factor, microspheres
from hevesy.quantities import parse_quantity

_REFERENCE_LUNG_KG = 1.0
_NO_LUNG_MASS = "no lung mass was stated (--lung-mass; 1 kg by name: --lung-mass reference)"


@click.command("partition")
@click.option("--tumour-dose", required=True, metavar='"120 Gy"', help="Wanted mean absorbed dose to the tumour.")
@click.option("--normal-mass", required=True, metavar='"1.2 kg"', help="Normal tissue in the perfused volume.")
@click.option("--tumour-mass", required=True, metavar='"0.3 kg"', help="Tumour in the perfused volume.")
@click.option(
    "--concentration-ratio",
    required=True,
    metavar="4",
    help="Activity per mass, tumour over normal tissue; not the ratio of total activities.",
)
@click.option("--lung-shunt", required=True, metavar="0.05", help="Share of the activity that passes to the lungs.")
@click.option("--product", metavar="NAME", help="SIR-Spheres, TheraSphere or QuiremSpheres: its published dose factor.")
@click.option("--dose-factor", metavar='"49.67 J/GBq"', help="Energy per activity, instead of a product.")
@click.option("--lung-mass", metavar='"0.9 kg"|reference', help="Mass of the lungs; reference is 1 kg.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def partition_command(  # noqa: PLR0917 - one parameter per option
    tumour_dose: str,
    normal_mass: str,
    tumour_mass: str,
    concentration_ratio: str,
    lung_shunt: str,
    product: str | None,
    dose_factor: str | None,
    lung_mass: str | None,
    as_json: bool,
) -> None:
    """Activity for a tumour dose by the partition formula, and what it gives elsewhere."""
    factor, of_factor = _dose_factor(product, dose_factor)
    dose_gy = _positive(tumour_dose, "absorbed dose", "--tumour-dose")
    partition = Partition(
        normal_mass_kg=_positive(normal_mass, "mass", "--normal-mass"),
        tumour_mass_kg=_positive(tumour_mass, "mass", "--tumour-mass"),
        concentration_ratio=_positive(concentration_ratio, "ratio", "--concentration-ratio"),
        lung_shunt_fraction=_shunt(lung_shunt),
        dose_factor_j_per_bq=factor,
    )
    lung_kg = _lung_mass(lung_mass)
    document = _document(dose_gy, partition, lung_kg, of_factor)
    if as_json:
        print_json(document)
        return
    activity = partition_activity(dose_gy, partition)
    shunted = activity * partition.lung_shunt_fraction
    lung = f"{mean_dose(shunted, lung_kg, factor):.4g} Gy" if lung_kg else f"unknown: {_NO_LUNG_MASS}"
    click.echo(f"Activity {activity / 1e9:.6f} GBq   normal liver {dose_gy / partition.concentration_ratio:.4g} Gy")
    click.echo(f"  lung {lung}")
    click.echo(f"  dose factor {1e9 * factor:.6g} J/GBq, {of_factor['origin']}")


def _document(
    dose_gy: float, partition: Partition, lung_kg: float | None, factor: dict[str, object]
) -> dict[str, object]:
    activity = partition_activity(dose_gy, partition)
    shares = activity_shares(activity, partition)
    cf = partition.dose_factor_j_per_bq
    lung = mean_dose(shares.lung_bq, lung_kg, cf) if lung_kg is not None else None
    stated = {
        "tumour_dose_gy": dose_gy,
        "normal_mass_kg": partition.normal_mass_kg,
        "tumour_mass_kg": partition.tumour_mass_kg,
        "concentration_ratio": partition.concentration_ratio,
        "lung_shunt_fraction": partition.lung_shunt_fraction,
        "lung_mass_kg": lung_kg,
    }
    return {
        "activity_gbq": activity / 1e9,
        "absorbed_dose_gy": {
            "tumour": mean_dose(shares.tumour_bq, partition.tumour_mass_kg, cf),
            "normal_liver": mean_dose(shares.normal_bq, partition.normal_mass_kg, cf),
            "lung": lung,
        },
        "lung_reason": None if lung_kg is not None else _NO_LUNG_MASS,
        "activity_by_compartment_gbq": {
            "tumour": shares.tumour_bq / 1e9,
            "normal_liver": shares.normal_bq / 1e9,
            "lung": shares.lung_bq / 1e9,
        },
        "dose_factor": factor,
        "input": stated,
        "provenance": _provenance({**stated, "dose_factor": factor}),
    }


def _provenance(settings: dict[str, object]) -> dict[str, object]:
    """No file is read and nothing is drawn at random."""
    from hevesy.workflow.provenance import result_key, versions

    used = versions()
    return {"key": result_key((), settings, used), "inputs": [], "settings": settings, "versions": used, "seed": None}


def _dose_factor(product: str | None, stated: str | None) -> tuple[float, dict[str, object]]:
    """The factor in J/Bq, and what is to be told about it."""
    if (product is None) == (stated is None):
        came = "neither" if product is None else "both"
        raise InputError("either --product or --dose-factor", f"{came} came", "tare partition")
    if stated is not None:
        value = _positive(stated, "energy per activity", "--dose-factor")
        return value, {"j_per_gbq": 1e9 * value, "origin": "stated"}
    spheres = microspheres(str(product), "--product")
    derived = decay_dose_factor(spheres.nuclide).value
    value = spheres.dose_factor_j_per_bq
    return value, {
        "j_per_gbq": 1e9 * value,
        "origin": f"published for {spheres.nuclide}: {spheres.sources['dose_factor_j_per_gbq'].text}",
        "from_decay_data_electrons_j_per_gbq": 1e9 * derived,
        "from_decay_data_with_photons_j_per_gbq": 1e9 * decay_dose_factor(spheres.nuclide, photons=True).value,
        "relative_dose_difference_decay_data": derived / value - 1.0,
    }


def _positive(text: str, kind: str, option: str) -> float:
    value = parse_quantity(text, kind, option)
    if value <= 0.0:
        raise InputError(f"a positive {kind}", f"{text!r} came", option)
    return value


def _shunt(text: str) -> float:
    value = parse_quantity(text, "ratio", "--lung-shunt")
    if not 0.0 <= value < 1.0:
        raise InputError("a fraction from 0 to below 1", f"{text!r} came", "--lung-shunt")
    return value


def _lung_mass(text: str | None) -> float | None:
    if text is None:
        return None
    return _REFERENCE_LUNG_KG if text.strip() == "reference" else _positive(text, "mass", "--lung-mass")


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(partition_command)
