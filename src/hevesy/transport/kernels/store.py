"""Point kernels by medium: water comes with the package, others are computed once and kept in the cache folder."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from hevesy._version import __version__
from hevesy.domain import Citation
from hevesy.errors import InputError
from hevesy.physdata import Material, material
from hevesy.physdata.tables_reader import source_citation
from hevesy.transport.kernels.kernel_settings import KernelSettings, Report, settings_note
from hevesy.transport.kernels.point_table import PointKernelTable, table_bytes, table_from_bytes

SOURCE = "point_kernels_endfb81"
FILE = "water.npz"
_DIGEST = 64

Message = Callable[[str], None]


def _silent(text: str) -> None:
    del text


def cache_folder() -> Path:
    """Where computed kernels are kept: ``$XDG_CACHE_HOME/hevesy/point_kernels``, or under ``~/.cache``."""
    stated = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(stated) if stated and Path(stated).is_absolute() else Path.home() / ".cache"
    return base / "hevesy" / "point_kernels"


def kernel_citation() -> Citation:
    """Where the point kernels in water come from."""
    return source_citation(SOURCE)


@lru_cache(maxsize=1)
def _water() -> PointKernelTable:
    return table_from_bytes(files("hevesy.physdata").joinpath("tables", SOURCE, FILE).read_bytes())


def _key(medium: Material, settings: KernelSettings) -> str:
    """Digest of everything that the kernels follow from: composition, settings, tables, version, the code itself."""
    digest = hashlib.sha256(__version__.encode())
    digest.update(repr((medium.name, medium.density_g_ml, sorted(medium.mass_fractions.items()))).encode())
    digest.update(settings_note(settings).encode())
    tables = files("hevesy.physdata").joinpath("tables")
    for source in ("electrons_endfb81", "photons_endfb81"):
        digest.update(tables.joinpath(source, "SOURCE.toml").read_bytes())
    for package in ("hevesy.transport.mc", "hevesy.transport.kernels", "hevesy.physdata.matter"):
        for module in sorted(files(package).iterdir(), key=lambda path: path.name):
            if module.name.endswith(".py"):
                digest.update(module.read_bytes())
    return digest.hexdigest()


def _read(path: Path, message: Message) -> PointKernelTable | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, body = content[:_DIGEST], content[_DIGEST:]
    if hashlib.sha256(body).hexdigest().encode("ascii") == digest:
        return table_from_bytes(body)
    message(f"{path.name} in the cache of kernels is damaged and computed again")
    return None


def _write(path: Path, table: PointKernelTable) -> None:
    body = table_bytes(table)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(hashlib.sha256(body).hexdigest().encode("ascii") + body)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _derived(medium: Material, settings: KernelSettings, report: Report | None) -> PointKernelTable:
    from hevesy.transport.kernels.derive import derive_point_kernels

    return derive_point_kernels(medium, settings, report)


def point_kernel_table(medium: str, report: Report | None = None, message: Message | None = None) -> PointKernelTable:
    """Point kernels of single energies in a medium, computed on first use where they do not come with the package.

    Parameters
    ----------
    medium
        Name of a material.
    report
        Told the progress of a computation: what, how much is done, how much there is.
    message
        Told when kernels are computed, when a damaged file is replaced, and where the result cannot be kept.

    Raises
    ------
    InputError
        If the medium is not known, or is vacuum.
    """
    chosen = material(medium, "--medium")
    if chosen.name == "water":
        return _water()
    if not chosen.density_g_ml > 0:
        raise InputError("a medium with mass", f"{chosen.name} came", "--medium")
    tell = message or _silent
    settings = KernelSettings()
    path = cache_folder() / f"{chosen.name.replace(' ', '_')}-{_key(chosen, settings)[:16]}.npz"
    found = _read(path, tell)
    if found is not None:
        return found
    tell(f"the point kernels of {chosen.name} are computed once and kept in {path.parent}")
    table = _derived(chosen, settings, report)
    try:
        _write(path, table)
    except OSError as error:
        tell(f"the point kernels of {chosen.name} could not be kept in {path.parent}: {error.strerror or error}")
    return table
