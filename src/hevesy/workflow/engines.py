"""The engines of a study, and what they are told about matter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hevesy.domain import Citation
from hevesy.errors import StudyFileError
from hevesy.physdata import CtCurve, Nuclide, ct_curve, ct_media_citation, known_ct_curves, read_ct_curve
from hevesy.transport import AbstractDoseEngine, Capability, EngineSettings, engine, refuse
from hevesy.workflow.config import CtMatter, Transport
from hevesy.workflow.plan import PlannedTimePoint

_CT = "transport.matter"


@dataclass(frozen=True)
class UsedCtCurve:
    """Density over CT number as the study names it."""

    curve: CtCurve
    accepted: tuple[str, ...]
    file: Path | None
    """None for a curve that comes with Hevesy."""


@dataclass(frozen=True)
class UsedEngines:
    """The engines of a study."""

    region: AbstractDoseEngine
    maps: tuple[AbstractDoseEngine, ...]
    """That of the dose map first, then those that it is compared with."""
    ct: UsedCtCurve | None
    """None where the study states the densities."""
    settings: EngineSettings

    @property
    def map(self) -> AbstractDoseEngine:
        """The engine of the dose map."""
        return self.maps[0]

    def map_citations(self, nuclide: Nuclide) -> Iterator[Citation]:
        """References of the maps and of what tells density and medium."""
        for used in self.maps:
            yield from used.citations(nuclide)
        if self.ct is not None:
            yield self.ct.curve.source
            yield ct_media_citation()


def use_engines(section: Transport, folder: Path, threads: int) -> UsedEngines:
    """Find the engines, and refuse those that cannot do what is asked of them.

    Raises
    ------
    InputError
        If an engine is unknown or cannot serve, a target uncertainty or the media are wanted and not stated, or the
        CT curve is none.
    """
    settings = EngineSettings(
        photons_below_mev=section.local_photons_below or 0.0,
        target_uncertainty=section.target_uncertainty,
        seed=section.seed,
        threads=threads,
    )
    region = engine(section.region_engine, "transport.region_engine", settings=settings)
    places = ["transport.map_engine", *("transport.compare" for _ in section.compare)]
    names = [section.map_engine, *section.compare]
    maps = tuple(engine(name, where, settings=settings) for name, where in zip(names, places, strict=True))
    if Capability.REGIONS not in region.capabilities:
        raise refuse(region, Capability.REGIONS)
    for one in maps:
        _check_served(one, section)
    return UsedEngines(region, maps, _ct_curve(section, folder), settings)


def _check_served(used: AbstractDoseEngine, section: Transport) -> None:
    if Capability.MAPS not in used.capabilities:
        raise refuse(used, Capability.MAPS)
    if Capability.MEDIA in used.capabilities and section.matter is None:
        raise StudyFileError(f"'matter' for the engine {used.name!r}: method ct or regions", "none came", _CT)
    if Capability.STATISTICS in used.capabilities and section.target_uncertainty is None:
        raise StudyFileError(
            f"a target uncertainty such as '1 %' for the engine {used.name!r}", "none came", "transport"
        )


def _ct_curve(section: Transport, folder: Path) -> UsedCtCurve | None:
    return used_ct_curve(section.matter, folder) if isinstance(section.matter, CtMatter) else None


def used_ct_curve(matter: CtMatter, folder: Path) -> UsedCtCurve:
    """Find the curve that a section names: one that comes with Hevesy, or a file.

    Raises
    ------
    InputError
        If there is none.
    """
    name, accepted = matter.curve, tuple(matter.accept)
    if name in known_ct_curves():
        return UsedCtCurve(ct_curve(name), accepted, None)
    path = folder / name
    if not path.is_file():
        return UsedCtCurve(ct_curve(name, f"{_CT}.curve"), accepted, None)
    return UsedCtCurve(read_ct_curve(path), accepted, path)


def check_ct_of(reference: PlannedTimePoint, used: UsedEngines) -> None:
    """Refuse densities from a CT where the reference time point has none.

    Raises
    ------
    StudyFileError
        If that is so.
    """
    if used.ct is not None and reference.ct is None:
        raise StudyFileError(f"a CT of time point {reference.index}, the reference", "it has none", _CT)
