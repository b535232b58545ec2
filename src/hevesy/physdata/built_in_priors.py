"""The population priors that come with the package, each from a publication that its note names."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from hevesy.domain import PopulationPrior
from hevesy.errors import InputError
from hevesy.physdata.prior_file import read_prior

LACKING = (
    "[177Lu]Lu-DOTATATE (any region), [177Lu]Lu-PSMA-I&T (any region) and tumours of either: no publication with "
    "half-lives and their spread could be read for this edition; give --half-life, an earlier cycle or your own prior"
)
"""What a user will look for and not find."""


@dataclass(frozen=True)
class BuiltInPrior:
    """A population prior with the note of its source."""

    name: str
    prior: PopulationPrior
    title: str
    part: str
    """What of the publication was taken."""
    status: str
    """How the numbers were read and what they do not say."""


def known_priors() -> tuple[str, ...]:
    """Names of the built-in priors."""
    found = (entry.name for entry in files("hevesy.physdata").joinpath("priors").iterdir() if entry.is_dir())
    return tuple(sorted(name for name in found if not name.startswith("_")))


@cache
def built_in_prior(name: str) -> BuiltInPrior:
    """A built-in prior by its name.

    Raises
    ------
    InputError
        If there is none of this name.
    """
    if name not in known_priors():
        raise InputError(f"a built-in prior ({', '.join(known_priors())})", f"{name!r} came", "prior")
    folder = files("hevesy.physdata").joinpath("priors", name)
    note = tomllib.loads(folder.joinpath("SOURCE.toml").read_text(encoding="utf-8"))
    with as_file(folder.joinpath("prior.json")) as path:
        return BuiltInPrior(name, read_prior(path), note["title"], note["part"], note["status"])


def find_prior(name_or_file: str, folder: Path | None = None) -> tuple[str, PopulationPrior]:
    """A prior by the name of a built-in one or from a file, with the name to show.

    Parameters
    ----------
    name_or_file
        A built-in name wins over a file of the same name without a folder.
    folder
        Where relative paths begin; the working directory otherwise.

    Raises
    ------
    InputError
        If there is neither, or the file is no prior.
    """
    if name_or_file in known_priors():
        return name_or_file, built_in_prior(name_or_file).prior
    path = (folder or Path()) / name_or_file
    if not path.is_file():
        known = ", ".join(known_priors())
        raise InputError(f"a built-in prior ({known}) or a file", f"{Path(name_or_file).name!r} came", "prior")
    return path.name, read_prior(path)
