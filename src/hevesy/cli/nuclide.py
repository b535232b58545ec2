"""The command ``hevesy nuclide``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from rich.table import Table

from hevesy.cli.console import print_json
from hevesy.cli.text_tables import as_text, text_table
from hevesy.errors import InputError

_UNITS = (("a", 365.25 * 86400.0), ("d", 86400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3), ("us", 1e-6))
_SHOWN_LINES = 12


@click.command("nuclide")
@click.argument("name", required=False)
@click.option("--list", "as_list", is_flag=True, help="List the known radionuclides instead.")
@click.option("--chain", metavar="RULE", help="How progeny counts: parent, equilibrium or from:TIME (from:6h).")
@click.option("--backend", default="endfb81", show_default=True, help="Library of decay data: endfb81 or icrp107.")
@click.option("--emissions", is_flag=True, help="Every line and bin of every member as well.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document instead of tables.")
def nuclide_command(
    name: str | None, as_list: bool, chain: str | None, backend: str, emissions: bool, as_json: bool
) -> None:
    """Decay data of the radionuclide NAME: half-life, energy per decay, chain, dose-rate constants.

    A nuclide with radioactive progeny needs --chain; all values are per decay of the parent.
    """
    from hevesy.cli.nuclide_document import list_document, nuclide_document

    if as_list == (name is not None):
        raise InputError("the NAME of a radionuclide or --list", "both came" if as_list else "neither came")
    if name is None:
        _refuse_with_list(chain, emissions)
        listed = list_document(backend)
        print_json(listed) if as_json else click.echo(_listing(listed), nl=False)
        return
    document = nuclide_document(name, chain, backend, emissions=emissions)
    print_json(document) if as_json else click.echo(_report(document), nl=False)


def _refuse_with_list(chain: str | None, emissions: bool) -> None:
    if chain is not None or emissions:
        raise InputError("--list with nothing but --backend and --json", "--chain or --emissions came", "--list")


def _time(seconds: float) -> str:
    for unit, size in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.5g} {unit}"
    return f"{seconds:.4g} s"


def _listing(document: Mapping[str, Any]) -> str:
    rows = [(row["name"], _time(row["half_life_s"]), ", ".join(row["progeny"])) for row in document["nuclides"]]
    title = f"Radionuclides of {document['backend']}"
    table = text_table(title, ("nuclide", "half-life", "progeny that --chain decides about"), rows)
    return as_text(table, *_notice(document))


def _notice(document: Mapping[str, Any]) -> list[str]:
    return [document["notice"]] if document["notice"] else []


def _report(document: Mapping[str, Any]) -> str:
    chain = document["chain"]
    uncertainty = document["half_life_uncertainty_s"]
    spread = f" (standard uncertainty {_time(uncertainty)})" if uncertainty else ""
    modes = ", ".join(f"{m['mode']} to {m['daughter']} {m['branching']:.6g}" for m in document["modes"])
    parts: list[Table | str] = [
        f"{document['nuclide']}: half-life {_time(document['half_life_s'])}{spread}; {modes}",
        f"Chain: {chain['choice']}. All values are per decay of {document['nuclide']}.",
        _energies(document),
        _members(chain),
        _constants(document["dose_rate_constants"]),
        *_strongest(document),
        *(f"- {note}" for note in document["notes"]),
        f"Source: {document['source']}",
    ]
    return as_text(*parts)


def _energies(document: Mapping[str, Any]) -> Table:
    values = document["mean_energy_per_decay_mev"]
    known = document["mean_energy_per_decay_standard_uncertainty_mev"]
    rows = [
        (kind.replace("_", ", "), f"{value:.6f}", "not given" if known is None else f"{known[kind]:.6f}")
        for kind, value in values.items()
    ]
    return text_table("Mean energy per decay", ("type", "energy [MeV]", "standard uncertainty [MeV]"), rows)


def _members(chain: Mapping[str, Any]) -> Table:
    rows = [
        (
            member["name"],
            _time(member["half_life_s"]),
            f"{member['decays_per_parent_decay']:.6g}",
            f"{member['mean_energy_per_own_decay_mev']['total']:.6f}",
        )
        for member in chain["members"]
    ]
    return text_table(
        "Members", ("nuclide", "half-life", "decays per parent decay", "energy per own decay [MeV]"), rows
    )


def _constants(constants: Mapping[str, Any]) -> Table:
    rows = [
        (label, f"{constants[key]['value']:.4g}", f"{constants[key]['standard_uncertainty']:.2g}", unit)
        for label, key, unit in (
            ("air kerma rate", "air_kerma_ugy_m2_per_mbq_h", "uGy m2/(MBq h)"),
            ("H*(10) rate", "ambient_dose_equivalent_usv_m2_per_mbq_h", "uSv m2/(MBq h)"),
        )
    ]
    title = f"Dose-rate constants (photons above {constants['photons_above_kev']:g} keV)"
    return text_table(title, ("quantity", "value", "standard uncertainty", "unit"), rows)


def _strongest(document: Mapping[str, Any]) -> list[Table]:
    """The emissions of most energy per decay, where asked for."""
    members = {m["name"]: m["decays_per_parent_decay"] for m in document["chain"]["members"]}
    rows = [
        (low * share * per_decay, member["name"], spectrum["particle"], spectrum["kind"], low, share * per_decay)
        for member in document.get("emissions", ())
        for share in (members[member["name"]],)
        for spectrum in member["spectra"]
        for low, high, per_decay in zip(
            spectrum["low_mev"], spectrum["high_mev"], spectrum["yield_per_own_decay"], strict=True
        )
        if low == high
    ]
    if not rows:
        return []
    shown = [
        (name, particle, kind, f"{energy:.6f}", f"{share:.5g}")
        for _, name, particle, kind, energy, share in sorted(rows, reverse=True)[:_SHOWN_LINES]
    ]
    title = f"The {len(shown)} lines of most energy per decay (--json has all, and the bins of beta spectra)"
    return [text_table(title, ("nuclide", "particle", "kind", "energy [MeV]", "yield per decay"), shown)]


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(nuclide_command)
