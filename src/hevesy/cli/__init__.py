"""The command line: parse, call the workflow, show."""

from hevesy.cli.app import main

__all__ = ["main"]
