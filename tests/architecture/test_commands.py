"""Every command answers --help, in the process and as it is installed."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from hevesy.cli.app import app

COMMANDS = (
    *(
        "bed",
        "dose",
        "fit-voxels",
        "init",
        "inspect",
        "kernel",
        "nuclide",
        "point-kernel",
        "pseudonymise",
        "run",
        "simulate",
        "sphere",
        "svalue",
        "tare",
    ),
)


def test_the_commands_are_there():
    assert tuple(sorted(app.commands)) == COMMANDS


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help(name):
    result = CliRunner().invoke(app, [*name.split(), "--help"], prog_name="hevesy")
    assert result.exit_code == 0
    assert result.output.startswith("Usage: hevesy")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained(name):
    options = [p for p in app.commands[name].params if isinstance(p, click.Option)]
    assert [p.name for p in options if not p.help] == []


def test_as_a_module():
    command = [sys.executable, "-W", "error", "-m", "hevesy", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage: hevesy" in done.stdout
