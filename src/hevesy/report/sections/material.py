"""What every section draws on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from hevesy.domain import Progress, Region, silent
from hevesy.report.document import Cell
from hevesy.report.figures.planes import same_voxels
from hevesy.report.images import ReportImages
from hevesy.report.model import RegionResult, Results

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Material:
    """Results and images, with the regions in the order they are shown."""

    results: Results
    images: ReportImages
    progress: Progress = silent

    def __post_init__(self) -> None:
        shown, known = len(self.images.spect), len(self.results.time_points)
        if shown not in (0, known):
            raise ValueError(f"expected one emission image for each of {known} time points, but {shown} came")
        if shown and not 0 <= self.images.reference < shown:
            raise ValueError(f"expected a reference among {shown} images, but {self.images.reference} came")

    @cached_property
    def regions(self) -> tuple[RegionResult, ...]:
        """Regions that lack something first, otherwise as in the results."""
        return tuple(sorted(self.results.regions, key=lambda region: not needs_attention(region)))

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Number of each region in the report, by its name."""
        return {region.name: number for number, region in enumerate(self.regions, start=1)}

    @cached_property
    def with_dose(self) -> tuple[RegionResult, ...]:
        """Regions that have an absorbed dose."""
        return tuple(region for region in self.regions if region.absorbed_dose_gy.value is not None)

    def mask_of(self, name: str) -> Region | None:
        """The region's mask on the voxels of the reference image, if there is one."""
        emission = self.images.spect[self.images.reference] if self.images.spect else self.images.dose
        for region in self.images.regions:
            if region.name == name and emission is not None and same_voxels(region.grid, emission.grid):
                return region
        return None

    def scan_title(self, index: int) -> str:
        """Words for the time point at this place in the list."""
        point = self.results.time_points[index]
        return f"time point {point.index}, {point.time_h:.1f} h"


def needs_attention(region: RegionResult) -> bool:
    """Whether the region lacks a value that its data should have given, or carries a finding."""
    return region.status == "partial" or bool(region.findings)


def words(region: RegionResult) -> str:
    """Kind and side."""
    return region.kind if region.side == "none" else f"{region.kind}, {region.side}"


def cells(*texts: str) -> tuple[Cell, ...]:
    """Plain cells of a row."""
    return tuple(Cell(text) for text in texts)


def pages(items: Sequence[_Item], size: int) -> list[Sequence[_Item]]:
    """Split evenly into parts of at most ``size``."""
    if not items:
        return []
    count = -(-len(items) // size)
    step = -(-len(items) // count)
    return [items[start : start + step] for start in range(0, len(items), step)]


def grouped(items: Iterable[_Item], key: Callable[[_Item], str]) -> dict[str, list[_Item]]:
    """Items by a key, in the order they came."""
    groups: dict[str, list[_Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def runs(numbers: Sequence[int]) -> str:
    """Ascending numbers as text, runs of three and more shortened: ``1, 2, 5 to 9``."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    shown = [f"{part[0]} to {part[-1]}" if len(part) > 2 else ", ".join(map(str, part)) for part in parts]
    return ", ".join(shown)
