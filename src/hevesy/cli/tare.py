"""The command group ``hevesy tare``: radioembolisation."""

from __future__ import annotations

import click

from hevesy.cli import tare_holmium, tare_live, tare_partition, tare_plan


@click.group("tare")
def tare() -> None:
    """Radioembolisation with microspheres: plan the activity, check what it gives."""


tare_partition.register(tare)
tare_plan.register(tare)
tare_holmium.register(tare)
tare_live.register(tare)


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(tare)
