"""Counts of lungs and liver on planar views, for the lung shunt of a plan."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.acquire import inspect_file, inspect_folder, load_planar
from hevesy.domain import EnergyWindow, ImageKind
from hevesy.errors import ReadError, StudyFileError
from hevesy.quantify import opposite_counts
from hevesy.quantities.settings_file import validate_settings
from hevesy.workflow.config.fields import Section, Text
from hevesy.workflow.config.planar import Window
from hevesy.workflow.planar_rois import read_masks

_KINDS = (ImageKind.STATIC, ImageKind.WHOLE_BODY)
_WHERE = "lung.counts"


class PlanarScout(Section):
    """Anterior and posterior view with polygons of lungs and liver."""

    series: Text
    window_kev: Window
    """Of the photopeak. [keV]"""
    polygons: Text
    """CSV file: ``region`` (``lung`` or ``liver``), ``part`` (``region`` or ``background``), ``row``, ``column``."""


def with_planar_counts(content: Any, folder: Path, name: str) -> Any:  # noqa: ANN401 - as YAML gave it
    """A plan file's content with counts in place of the planar images that it names under ``lung.counts``.

    Parameters
    ----------
    content
        As read; it is not changed.
    folder, name
        Where the file lies, and its name for messages.

    Raises
    ------
    InputError
        If the views or the polygons are not what they should be.
    """
    counts = _named(content)
    if counts is None:
        return content
    settings = validate_settings(PlanarScout, counts, f"{name}, {_WHERE}")
    plan = copy.deepcopy(content)
    plan["lung"]["counts"] = planar_counts(settings, folder)
    return plan


def planar_files(content: Any, folder: Path) -> tuple[Path, ...]:  # noqa: ANN401 - as YAML gave it
    """Views and polygons that a plan file names under ``lung.counts``.

    Parameters
    ----------
    content, folder
        As read and found sound by :func:`with_planar_counts`, and where the file lies.
    """
    counts = _named(content)
    return () if counts is None else tuple(folder / counts[key] for key in ("series", "polygons"))


def _named(content: Any) -> dict[str, Any] | None:  # noqa: ANN401 - as YAML gave it
    lung = content.get("lung") if isinstance(content, dict) else None
    counts = lung.get("counts") if isinstance(lung, dict) else None
    return counts if isinstance(counts, dict) and "series" in counts else None


def planar_counts(settings: PlanarScout, folder: Path) -> dict[str, dict[str, float]]:
    """Counts of lungs and liver in both views, and how many of them are background.

    The background is that of the background polygon per pixel, times the pixels of the region.

    Parameters
    ----------
    settings
        Views, window and polygons.
    folder
        Where the plan file lies.

    Raises
    ------
    InputError
        If the views or the polygons are not what they should be.
    """
    path = folder / settings.series
    if not path.exists():
        raise ReadError("a folder or file with planar views", "it does not exist", f"{_WHERE}, {path.name}")
    among = inspect_folder([path]).series if path.is_dir() else (inspect_file(path),)
    fitting = [one for one in among if one.kind in _KINDS]
    if len(fitting) != 1:
        raise ReadError("one static or whole-body image", f"{len(fitting)} came", f"{_WHERE}, {path.name}")
    views = opposite_counts(load_planar(fitting[0]), EnergyWindow(*settings.window_kev), f"{_WHERE}, {path.name}")
    masks = read_masks(folder / settings.polygons, (int(views.shape[1]), int(views.shape[2])))
    return {region: _counts(region, views, masks, settings.polygons) for region in ("lung", "liver")}


def _counts(
    region: str, views: NDArray[np.float64], masks: Mapping[tuple[str, str], NDArray[np.bool_]], where: str
) -> dict[str, float]:
    for part in ("region", "background"):
        if (region, part) not in masks or not masks[region, part].any():
            raise StudyFileError(
                "polygons of lung and liver and of their backgrounds", f"no {part} of the {region}", where
            )
    inside, beside = masks[region, "region"], masks[region, "background"]
    sums = [float(view[inside].sum()) for view in views]
    background = [float(view[beside].mean()) * int(inside.sum()) for view in views]
    return {
        "anterior": sums[0],
        "posterior": sums[1],
        "anterior_background": background[0],
        "posterior_background": background[1],
    }
