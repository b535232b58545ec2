"""The list of commands."""

from __future__ import annotations

import click

from hevesy.cli import bed, dose, init, inspect, pseudonymise, run, simulate


def register(group: click.Group) -> None:
    """Add every command to the group."""
    for module in (simulate, inspect, init, run, dose, bed, pseudonymise):
        module.register(group)
