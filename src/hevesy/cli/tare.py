"""The command group ``hevesy tare``: radioembolisation."""

from __future__ import annotations

import click

from hevesy.cli import tare_holmium, tare_intratumoural, tare_live, tare_partition, tare_plan, tare_verify

_COMMANDS = (tare_partition, tare_plan, tare_verify, tare_holmium, tare_live, tare_intratumoural)


@click.group("tare")
def tare() -> None:
    """Radioembolisation with microspheres: plan the activity, follow the treatment, check what it gave."""


for _command in _COMMANDS:
    _command.register(tare)


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(tare)
