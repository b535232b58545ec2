"""The list of commands."""

from __future__ import annotations

import click

from hevesy.cli import bed, init, inspect, kernel, point_kernel, pseudonymise, run, simulate, sphere, svalue


def register(group: click.Group) -> None:
    """Add every command to the group."""
    for module in (simulate, inspect, init, run, bed, pseudonymise, kernel, point_kernel, sphere, svalue):
        module.register(group)
