"""Fits of a cohort that an interrupted run has made, kept in a file that the next run goes on from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.population import FitRecord, Layout, Population, PopulationFit, Specification, completed, search
from hevesy.report import write_atomically

STATE = "state.json"
_ARRAYS = ("mean", "effects", "between_patients", "between_cycles", "residual")


class FitStore:
    """Makes fits, and remembers them in a file.

    A fit is made again from its record whether it was searched for now or read from the file: the same bits.

    Parameters
    ----------
    path
        Of the file; None keeps nothing.
    key
        Of the inputs and settings: a file with another key is not used.
    """

    def __init__(self, path: Path | None, key: str) -> None:
        self._path, self._key = path, key
        self._known: dict[str, Any] = _read(path, key) if path is not None else {}
        self.reused = 0

    def __call__(
        self, name: str, layout: Layout, specification: Specification, start: Population | None
    ) -> PopulationFit:
        """The fit of that name by the linearised method."""
        return self.kept(name, layout, specification, lambda: search(layout, specification, start))

    def kept(
        self, name: str, layout: Layout, specification: Specification, make: Callable[[], FitRecord]
    ) -> PopulationFit:
        """The fit of that name, made if it is not known."""
        if name in self._known:
            self.reused += 1
        else:
            self._known[name] = _document(make())
            self._write()
        return completed(layout, specification, _record(self._known[name]))

    def _write(self) -> None:
        if self._path is None:
            return
        text = json.dumps({"key": self._key, "fits": self._known}, allow_nan=False)
        write_atomically(self._path, text.encode())


def _read(path: Path, key: str) -> dict[str, Any]:
    """Fits of the same inputs and settings; none if there is no such file or it is another one."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict) or content.get("key") != key:
        return {}
    return dict(content["fits"])


def _document(record: FitRecord) -> dict[str, Any]:
    return {
        "start": {name: getattr(record.start, name).tolist() for name in _ARRAYS},
        "x": record.x.tolist(),
        "modes": [modes.tolist() for modes in record.modes],
        "converged": record.converged,
    }


def _record(content: Mapping[str, Any]) -> FitRecord:
    return FitRecord(
        Population(*(np.array(content["start"][name], dtype=np.float64) for name in _ARRAYS)),
        np.array(content["x"]),
        tuple(np.array(modes) for modes in content["modes"]),
        bool(content["converged"]),
    )
