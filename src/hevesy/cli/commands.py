"""The list of commands. Each is loaded when it is asked for: starting one does not take the time of all."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module

import click

_MODULES = {
    "simulate": "simulate",
    "inspect": "inspect",
    "init": "init",
    "run": "run",
    "dose": "dose",
    "bed": "bed",
    "fit-voxels": "fit_voxels",
    "pseudonymise": "pseudonymise",
    "nuclide": "nuclide",
    "kernel": "kernel",
    "point-kernel": "point_kernel",
    "sphere": "sphere",
    "svalue": "svalue",
    "tare": "tare",
}
"""Command and the module that registers it."""


class Commands(MutableMapping[str, click.Command]):
    """Commands by name, loaded on first use."""

    def __init__(self) -> None:
        self._loaded: dict[str, click.Command] = {}
        self._names = dict(_MODULES)

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._loaded:
            group = click.Group()
            import_module(f"hevesy.cli.{self._names[name]}").register(group)
            self._loaded.update(group.commands)
        return self._loaded[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._names[name], self._loaded[name] = "", command

    def __delitem__(self, name: str) -> None:
        del self._names[name]
        self._loaded.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def register(group: click.Group) -> None:
    """Add every command to the group."""
    group.commands = Commands()
