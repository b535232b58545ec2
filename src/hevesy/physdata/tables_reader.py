"""Reading the committed tables and where they come from."""

from __future__ import annotations

import io
import json
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Citation


def _read(source: str, name: str) -> bytes:
    return files("hevesy.physdata").joinpath("tables", source, name).read_bytes()


@cache
def read_table(source: str, name: str) -> Any:  # noqa: ANN401 - each table has its own layout
    """Contents of a JSON table of one source folder."""
    return json.loads(_read(source, name))


@cache
def read_toml(source: str, name: str) -> dict[str, Any]:
    """Contents of a TOML table of one source folder."""
    return tomllib.loads(_read(source, name).decode("utf-8"))


@cache
def read_arrays(source: str, name: str) -> dict[str, NDArray[Any]]:
    """Arrays of an npz table of one source folder; read-only."""
    with np.load(io.BytesIO(_read(source, name)), allow_pickle=False) as table:
        arrays = {key: table[key] for key in table.files}
    for array in arrays.values():
        array.flags.writeable = False
    return arrays


@cache
def source_citation(source: str) -> Citation:
    """The reference of one source folder, from its ``SOURCE.toml``."""
    note = read_toml(source, "SOURCE.toml")
    return Citation(source, f"{note['citation']} ({note['part']})", note.get("doi"))
