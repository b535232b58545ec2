"""Every error that Hevesy raises on purpose.

The tree::

    HevesyError                     something the user can mend; one line says how
    ├── InputError                  malformed input ends the command, exit status 2
    │   ├── StudyFileError          the study file (YAML)
    │   ├── ReadError               a file that cannot be read as what it should be
    │   ├── GeometryError           orientation, spacing, missing slices, frames of reference
    │   ├── ScaleError              units, calibration, decay state
    │   ├── AdministrationError     activity, nuclide, times
    │   └── AlignmentError          a registration that did not reach the stated residual
    ├── RegionFinding               what one region's data cannot support, exit status 3
    └── OutputError                 the result cannot be written

A message says what was expected, what came, and where.
"""

from __future__ import annotations


def printable(text: str) -> str:
    """Text of files and names on one line: what would steer a terminal or is no text is shown by its number."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


class HevesyError(Exception):
    """Base of every error that is raised on purpose."""


class InputError(HevesyError):
    """Malformed input: the command ends with exit status 2.

    Parameters
    ----------
    expected
        What would have been right.
    came
        What was found instead.
    where
        File, series, key or option. Empty where there is none.
    """

    def __init__(self, expected: str, came: str, where: str = "") -> None:
        self.expected = expected
        self.came = came
        self.where = where
        place = f"{where}: " if where else ""
        super().__init__(printable(" ".join(f"{place}expected {expected}, but {came}".split())))

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str]]:
        """Let the error travel between processes."""
        return type(self), (self.expected, self.came, self.where)


class StudyFileError(InputError):
    """The study file is not what its schema says."""


class ReadError(InputError):
    """A file cannot be read as what it should be."""


class GeometryError(InputError):
    """Orientation, spacing, slices or frames of reference do not fit."""


class ScaleError(InputError):
    """Units, calibration or decay state are missing or contradict each other."""


class AdministrationError(InputError):
    """Administered activity, nuclide or times are missing or contradict each other."""


class AlignmentError(InputError):
    """Time points could not be aligned within the stated residual."""


class RegionFinding(HevesyError):  # noqa: N818 - a finding about one region, not a failure of the job
    """What the data of one region cannot support: its value is null with this reason."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class OutputError(HevesyError):
    """The result cannot be written."""
