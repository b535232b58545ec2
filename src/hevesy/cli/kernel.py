"""The command ``hevesy kernel``."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click
import numpy as np

from hevesy.acquire import available_bytes
from hevesy.cli.console import print_json, progress_bars
from hevesy.cli.source_options import (
    chosen_emissions,
    decay_data_uncertainty,
    emissions_document,
    show_source,
    source_options,
)
from hevesy.errors import InputError
from hevesy.physdata import Emissions, Particle
from hevesy.report import write_atomically
from hevesy.transport.kernels import (
    EnergyUncertainty,
    PointKernel,
    VoxelKernel,
    checked_radius,
    octant_memory_bytes,
    octant_shape,
    point_kernel,
    point_kernel_table,
    voxel_kernel_of,
    with_decay_data,
)

Spacing = tuple[float, float, float]

_VOXELS_SHOWN = 11
_MGY_PER_MBQ_S = 1e9
"""Gy/(Bq s) in mGy/(MBq s)."""
_SPACING_LIMITS_MM = (0.05, 100.0)
_GIB = float(1 << 30)


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(kernel_command)


def _spacing(voxel_mm: float | None, spacing_mm: str | None) -> Spacing:
    if (voxel_mm is None) == (spacing_mm is None):
        came = "neither came" if voxel_mm is None else "both came"
        raise InputError("--voxel-mm or --spacing-mm x,y,z", came, "options")
    where = "--spacing-mm" if voxel_mm is None else "--voxel-mm"
    text = spacing_mm or ",".join([str(voxel_mm)] * 3)
    try:
        edges = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise InputError("three edges in mm, separated by commas", f"{text!r} came", where) from error
    low, high = _SPACING_LIMITS_MM
    if len(edges) != 3 or not all(low <= edge <= high for edge in edges):
        raise InputError(f"voxel edges of {low:g} to {high:g} mm", f"{text!r} came", where)
    return edges[0], edges[1], edges[2]


def _require_memory(shape: tuple[int, int, int]) -> None:
    needed, available = octant_memory_bytes(shape), available_bytes()
    if available is not None and needed > available:
        raise InputError(
            f"{needed / _GIB:.1f} GiB of memory for {'x'.join(map(str, shape))} voxels of the kernel's octant",
            f"{available / _GIB:.1f} GiB are available (a smaller --radius-mm needs less)",
            "memory",
        )


def _rows(kernel: VoxelKernel, radius_mm: float | None, heavy: bool) -> list[dict[str, float]]:
    """Voxels of the octant; of equal ones of a cubic kernel one."""
    x, y, z = kernel.spacing_mm
    places = np.indices(kernel.electron.shape)
    k, j, i = places[0], places[1], places[2]
    shown = (i >= j) & (j >= k) if x == y == z else np.ones(k.shape, dtype=bool)
    if radius_mm is not None:
        shown &= (i * x) ** 2 + (j * y) ** 2 + (k * z) ** 2 <= (radius_mm * (1 + 1e-9)) ** 2
    columns = {
        "value": kernel.value,
        "electron": kernel.electron,
        "photon": kernel.photon,
        **({"alpha": kernel.heavy} if heavy else {}),
        "standard_uncertainty": kernel.standard_uncertainty,
    }
    indices = {"i": i[shown].tolist(), "j": j[shown].tolist(), "k": k[shown].tolist()}
    values = {name: (column[shown] * _MGY_PER_MBQ_S).tolist() for name, column in columns.items()}
    rows = [
        dict(zip((*indices, *values), row, strict=True))
        for row in zip(*indices.values(), *values.values(), strict=True)
    ]
    return sorted(rows, key=lambda row: (row["i"], row["j"], row["k"]))


def _write(path: Path, kernel: VoxelKernel, medium: str, emissions: Emissions) -> None:
    arrays = {
        "value": kernel.value,
        "electron": kernel.electron,
        "photon": kernel.photon,
        "alpha": kernel.heavy,
        "standard_uncertainty": kernel.standard_uncertainty,
        "spacing_mm": np.array(kernel.spacing_mm),
        "unit": np.array("Gy/(Bq s)"),
        "medium": np.array(medium),
        "emissions": np.array(emissions.name),
    }
    write_atomically(path, lambda temporary: np.savez(temporary, allow_pickle=False, **arrays))


def _require_output(path: Path | None) -> None:
    if path is not None and path.suffix != ".npz":
        raise InputError("a file name that ends in .npz", f"{path.name!r} came", "--out")
    if path is not None and not path.parent.is_dir():
        raise InputError("a folder that is there", f"{str(path.parent)!r} came", "--out")


def _calculated(
    kernel: PointKernel, spacing: Spacing, shape: tuple[int, int, int], energies: EnergyUncertainty | None
) -> VoxelKernel:
    _require_memory(shape)
    values = voxel_kernel_of(kernel, spacing, shape)
    return values if energies is None else with_decay_data(values, energies)


def _shown_shape(spacing: Spacing, radius_mm: float | None) -> tuple[int, int, int]:
    return (_VOXELS_SHOWN,) * 3 if radius_mm is None else octant_shape(radius_mm, spacing)


@click.command("kernel")
@click.argument("nuclide", required=False)
@click.option("--voxel-mm", type=float, metavar="MM", help="Edge of cubic voxels.")
@click.option("--spacing-mm", metavar="x,y,z", help="Edges of voxels.")
@click.option("--medium", default="water", show_default=True, help="Unbounded medium.")
@click.option(
    "--radius-mm", type=float, metavar="R", help="Voxels with their centre within it; all in reach without it."
)
@source_options
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write all voxels in reach to this .npz.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def kernel_command(  # noqa: PLR0917 - one parameter per option
    nuclide: str | None,
    voxel_mm: float | None,
    spacing_mm: str | None,
    medium: str,
    radius_mm: float | None,
    chain: str | None,
    spectrum: Path | None,
    backend: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Voxel S values around a voxel filled evenly with NUCLIDE."""
    spacing = _spacing(voxel_mm, spacing_mm)
    _require_output(out)
    emissions = chosen_emissions(nuclide, chain, spectrum, backend)
    with progress_bars() as report:
        table = point_kernel_table(medium, report, partial(click.echo, err=True))
    kernel = point_kernel(emissions, table)
    energies = decay_data_uncertainty(emissions, spectrum, backend)
    radius = None if radius_mm is None else checked_radius(kernel, radius_mm)
    if out is not None:
        reach = radius if radius is not None else 10.0 * kernel.photon_reach_cm
        _write(out, _calculated(kernel, spacing, octant_shape(reach, spacing), energies), kernel.medium, emissions)
    values = _calculated(kernel, spacing, _shown_shape(spacing, radius), energies)
    heavy = bool(emissions.of(Particle.ALPHA, Particle.RECOIL))
    rows = _rows(values, radius, heavy)
    if not as_json:
        show_source(emissions)
        _show(rows)
        return
    document = {
        "spacing_mm": list(spacing),
        "medium": kernel.medium,
        "density_g_ml": kernel.density_g_ml,
        "radius_mm": radius,
        "electron_range_mm": 10.0 * kernel.electron_range_cm,
        "photon_reach_mm": 10.0 * kernel.photon_reach_cm,
        "unit": "mGy/(MBq s)",
        "point_kernels": dict(table.provenance),
        **emissions_document(emissions),
        "values": rows,
    }
    print_json(document)


def _show(rows: list[dict[str, float]]) -> None:
    click.echo("  i  j  k   mGy/(MBq s)   uncertainty")
    for row in rows:
        place = f"{row['i']:3.0f}{row['j']:3.0f}{row['k']:3.0f}"
        click.echo(f"{place}   {row['value']:.5e}   {row['standard_uncertainty']:.1e}")
