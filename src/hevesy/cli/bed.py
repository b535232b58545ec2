"""The command ``hevesy bed``."""

from __future__ import annotations

import click

from hevesy.biology import bed, eqd2, total_bed, uptake_g_factor
from hevesy.cli.console import print_json
from hevesy.errors import InputError
from hevesy.quantities import AbsorbedDose, exact, parse_quantity


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(bed_command)


def _positive(text: str, kind: str, option: str) -> float:
    value = parse_quantity(text, kind, option)
    if value <= 0:
        raise InputError(f"a positive {kind}", f"{text!r} came", option)
    return value


@click.command("bed")
@click.option("--absorbed-dose", required=True, metavar='"3 Gy"', help="Mean absorbed dose of one cycle.")
@click.option("--half-life", required=True, metavar='"50 h"', help="Effective half-life of clearance.")
@click.option("--uptake-half-life", metavar='"2 h"', help="Effective half-life of uptake; uptake at once without it.")
@click.option("--repair-half-time", required=True, metavar='"2.8 h"', help="Half-time of sublethal damage repair.")
@click.option("--alpha-beta", required=True, metavar='"2.6 Gy"', help="Ratio alpha/beta of the tissue.")
@click.option("--cycles", default=1, show_default=True, type=click.IntRange(1, 1000), help="Number of equal cycles.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def bed_command(  # noqa: PLR0917 - one parameter per option
    absorbed_dose: str,
    half_life: str,
    uptake_half_life: str | None,
    repair_half_time: str,
    alpha_beta: str,
    cycles: int,
    as_json: bool,
) -> None:
    """Biologically effective dose of a mean absorbed dose, from effective half-lives."""
    dose_gy = _positive(absorbed_dose, "absorbed dose", "--absorbed-dose")
    half_life_s = _positive(half_life, "time", "--half-life")
    uptake_s = _positive(uptake_half_life, "time", "--uptake-half-life") if uptake_half_life is not None else None
    repair_s = _positive(repair_half_time, "time", "--repair-half-time")
    ratio = exact(_positive(alpha_beta, "absorbed dose", "--alpha-beta"))
    try:
        g = uptake_g_factor(half_life_s, uptake_s, repair_s)
        per_cycle = bed(AbsorbedDose(exact(dose_gy)), exact(g), ratio)
        whole = total_bed([per_cycle] * cycles)
        equivalent = eqd2(whole, ratio)
    except ArithmeticError as error:
        raise InputError("doses and times that occur in patients", f"numbers out of range came ({error})") from error
    document = {
        "g": g,
        "bed_gy": whole.value,
        "eqd2_gy": equivalent.value,
        "bed_per_cycle_gy": per_cycle.value,
        "absorbed_dose_per_cycle_gy": dose_gy,
        "half_life_h": half_life_s / 3600,
        "uptake_half_life_h": None if uptake_s is None else uptake_s / 3600,
        "repair_half_time_h": repair_s / 3600,
        "alpha_beta_gy": ratio.value,
        "cycles": cycles,
    }
    if as_json:
        print_json(document)
        return
    click.echo(f"G {g:.6f}   BED {whole.value:.4f} Gy   EQD2 {equivalent.value:.4f} Gy   cycles {cycles}")
