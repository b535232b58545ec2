"""Hashes, versions and the key of a result."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from hevesy.domain import InputFile

_PACKAGES = ("hevesy", "numpy", "scipy", "SimpleITK", "pydicom", "highdicom", "scikit-image", "nibabel", "pydantic")


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that can change a number."""
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}


def result_key(inputs: tuple[InputFile, ...], settings: Mapping[str, object], used: Mapping[str, str]) -> str:
    """SHA-256 over inputs, settings and versions: the same key gives the same result."""
    document = {
        "inputs": sorted((item.name, item.sha256) for item in inputs),
        "settings": settings,
        "versions": dict(used),
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
