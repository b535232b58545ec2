"""The ``hevesy`` command: one group, each command in its own module."""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import NoReturn

import click

from hevesy._version import __version__
from hevesy.cli import commands
from hevesy.cli.console import EXIT_INPUT, fail
from hevesy.errors import HevesyError


class _Terminated(KeyboardInterrupt):
    """The system asks to end (SIGTERM)."""


class _Group(click.Group):
    """Hands Ctrl-C and SIGTERM on without the empty line that click writes for them."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as asked:
            raise click.exceptions.Abort from asked


class _Asked:
    """Remembers that the system or the user asked to end: a library may turn the interruption into another error."""

    def __init__(self) -> None:
        self.by: int | None = None

    def terminate(self, number: int, frame: object) -> NoReturn:
        """Answer to SIGTERM."""
        del frame
        self.by = number
        raise _Terminated

    def interrupt(self, number: int, frame: object) -> NoReturn:
        """Answer to Ctrl-C."""
        del frame
        self.by = number
        raise KeyboardInterrupt

    def listen(self) -> None:
        """Take both, unless Ctrl-C is switched off, as it is for a program in the background."""
        signal.signal(signal.SIGTERM, self.terminate)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self.interrupt)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hevesy", message="%(prog)s %(version)s")
def app() -> None:
    """Personalised radionuclide therapy. For research and quality assurance; not a certified medical device."""


commands.register(app)


def main() -> NoReturn:
    """Run the command line: every deliberate error is one line on stderr and exit status 2."""
    _write_any_letter()
    asked = _Asked()
    asked.listen()
    try:
        _run()
    except Exception:
        if asked.by is None:
            raise
        terminated = asked.by == signal.SIGTERM
        fail("terminated" if terminated else "interrupted", 143 if terminated else 130)


def _run() -> NoReturn:
    try:
        status = app(prog_name="hevesy", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as shown:
        sys.stderr.write(shown.format_message() + "\n")
        sys.exit(EXIT_INPUT)
    except click.ClickException as error:
        fail(error.format_message(), EXIT_INPUT)
    except HevesyError as error:
        fail(str(error), EXIT_INPUT)
    except (click.exceptions.Abort, KeyboardInterrupt) as ended:
        terminated = isinstance(ended, _Terminated) or isinstance(ended.__cause__, _Terminated)
        fail("terminated" if terminated else "interrupted", 143 if terminated else 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        fail(
            f"{error.filename or 'input or output'}: expected to use it, but {error.strerror or error} came", EXIT_INPUT
        )
    sys.exit(status if isinstance(status, int) else 0)


def _write_any_letter() -> None:
    """A terminal may not know every letter of a region's or file's name; it is then shown by its number."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
