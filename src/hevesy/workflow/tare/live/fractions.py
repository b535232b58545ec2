"""The fractions of a file with what their images show: kept ones as they were, new ones measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hevesy.domain import Finding, Grid
from hevesy.errors import InputError, ReadError
from hevesy.workflow.config.fields import Section
from hevesy.workflow.config.holmium import EchoImages
from hevesy.workflow.tare.live.measure import (
    EchoReader,
    Shown,
    image_files,
    map_grid,
    shared_files,
    shown_by_map,
    shown_by_mri,
)
from hevesy.workflow.tare.live.readings import acquisition_of, check_acquisition, decay_factor
from hevesy.workflow.tare.live.regions import LiveRegions, live_regions, require_same_grid
from hevesy.workflow.tare.live.settings import FractionSettings, LiveFile, LiveImageSettings
from hevesy.workflow.tare.live.state import Kept, changed_parts, fingerprint, forget, keep, kept_fraction

_SAME_FIELD = 0.02


@dataclass(frozen=True)
class Measured:
    """All fractions."""

    regions: LiveRegions
    kept: tuple[Kept, ...]
    new: tuple[int, ...]
    """Numbers of the fractions that were measured now, from 0."""
    findings: tuple[Finding, ...]

    @property
    def shown(self) -> tuple[Shown, ...]:
        """Of every fraction."""
        return tuple(one.shown for one in self.kept)


def watched_folder(out: Path, number: int) -> Path:
    """Where the images lie that came for a fraction, numbers from 0."""
    return out / "images" / f"fraction-{number + 1:02d}"


def images_of(fraction: FractionSettings, number: int, out: Path) -> EchoImages | None:
    """Echoes of a fraction; None for a map, and for echoes that are still to come."""
    if fraction.watched is None:
        return fraction.echoes
    folder = watched_folder(out, number)
    return EchoImages(dicom=folder.resolve(), noise=fraction.watched.noise) if folder.is_dir() else None


@dataclass(frozen=True)
class _Case:
    """The file and where everything of it lies."""

    content: LiveFile
    folder: Path
    out: Path
    accept_edits: bool
    read: EchoReader

    def images(self, number: int) -> EchoImages | None:
        return images_of(self.content.fractions[number], number, self.out)

    def kept(self, number: int) -> Kept | None:
        """As it was kept; None where there is nothing, or where a damaged one may be computed again."""
        try:
            return kept_fraction(self.out, number)
        except ReadError:
            if not self.accept_edits:
                raise
            return None

    def where(self, number: int) -> str:
        return f"fractions, {self.content.fractions[number].name}"


def measured_fractions(content: LiveFile, folder: Path, out: Path, *, accept_edits: bool) -> Measured:
    """Every fraction, in order.

    Parameters
    ----------
    content
        The file, its readings checked.
    folder
        Where it lies.
    out
        Folder of the results and of what was kept.
    accept_edits
        Whether fractions that are not as they were kept are taken as they are now.

    Raises
    ------
    InputError
        If an image is missing, is not what it should be, or an earlier fraction was edited.
    """
    case = _Case(content, folder, out, accept_edits, EchoReader())
    first = case.kept(0)
    grid = first.shown.grid if first is not None else _grid(case)
    regions = live_regions(content, grid, folder, case.where(0))
    done: list[Kept] = []
    new: list[int] = []
    findings: list[Finding] = []
    for number in range(len(content.fractions)):
        one, changes = _one(case, number, regions, done)
        if changes is not None:
            new.append(number)
            findings += [_edited(one.name, changes)] if changes else []
        done.append(one)
    return Measured(regions, tuple(done), tuple(new), tuple(findings))


def keep_all(measured: Measured, out: Path) -> None:
    """Write what was measured now; earlier fractions stay as they are.

    Raises
    ------
    OutputError
        If the file system refuses.
    """
    for number in measured.new:
        keep(out, number, measured.kept[number])
    number = len(measured.kept)
    while forget(out, number):
        number += 1


def _one(case: _Case, number: int, regions: LiveRegions, done: Sequence[Kept]) -> tuple[Kept, tuple[str, ...] | None]:
    """One fraction, and what of it changed: None for one that is as it was kept, nothing for a new one."""
    images, fraction = case.images(number), case.content.fractions[number]
    if images is None and fraction.map is None:
        raise InputError("its image (--watch waits for one that comes)", "none is there yet", case.where(number))
    parts = _parts(case, number, images, regions)
    before = case.kept(number)
    changes = changed_parts(before, fraction.name, parts) if before is not None else ()
    if before is not None and not changes:
        return before, None
    if changes and not case.accept_edits:
        came = f"its {', '.join(changes)} changed since (--accept-edits takes it as it is now)"
        raise InputError("the fraction as it was computed", came, case.where(number))
    _require_new_image(parts, done, case.where(number))
    shown = _measure(case, number, images, regions)
    check_acquisition(case.content, number, acquisition_of(fraction, shown.acquired))
    _require_one_field(shown, done, case.where(number))
    return Kept(fraction.name, parts, shown), changes


def _grid(case: _Case) -> Grid:
    """Of the image after the first fraction."""
    images, fraction = case.images(0), case.content.fractions[0]
    if fraction.map is not None:
        return map_grid(fraction.map, case.folder)
    if images is None:
        raise InputError("its image (--watch waits for one that comes)", "none is there yet", case.where(0))
    return case.read(images, case.folder).grid


def _measure(case: _Case, number: int, images: EchoImages | None, regions: LiveRegions) -> Shown:
    fraction, where = case.content.fractions[number], case.where(number)
    if fraction.map is not None:
        require_same_grid(regions.grid, map_grid(fraction.map, case.folder), where)
        back = 1.0 / decay_factor(case.content.fractions[0].injected, fraction.map.at)
        return shown_by_map(fraction.map, back, regions.grid, regions.liver, case.folder)
    if images is None or case.content.mri is None:
        raise InputError("'mri' beside echoes", "it is missing", "mri")
    require_same_grid(regions.grid, case.read(images, case.folder).grid, where)
    return shown_by_mri(case.content.mri, images, case.read, regions.liver, case.folder)


def _parts(case: _Case, number: int, images: EchoImages | None, regions: LiveRegions) -> dict[str, str]:
    content, fraction = case.content, case.content.fractions[number]
    drawn = {"images": content.images, "tumours": content.tumours, "treated": content.treated}
    batch = next((one for one in content.batches if one.name == fraction.batch), None)
    settings = {
        "readings": (fraction.model_copy(update={"echoes": None, "watched": None, "map": None}), content.meter),
        "batch": (batch,),
        "image": (images.model_copy(update={"dicom": None}) if images is not None else fraction.map,),
        "regions": (_Drawn.model_validate(drawn, strict=False),),
        "relaxivity": (),
        "baseline": (content.mri.baseline if content.mri is not None else None,),
    }
    image = images if images is not None else fraction.map
    files = {
        "image": image_files(image, case.folder) if image is not None else [],
        "regions": regions.inputs,
        **shared_files(content.mri, case.folder),
    }
    return fingerprint(settings, files)


class _Drawn(Section):
    """What the regions depend on."""

    images: LiveImageSettings
    tumours: tuple[str, ...]
    treated: tuple[str, ...]


def _require_new_image(parts: Mapping[str, str], done: Sequence[Kept], where: str) -> None:
    for earlier in done:
        if earlier.parts.get("files") == parts["files"]:
            raise InputError("an image of its own", f"that of {earlier.name} came again", where)


def _require_one_field(shown: Shown, done: Sequence[Kept], where: str) -> None:
    fields = [one.shown.told.get("field_t") for one in done[:1]]
    stated = shown.told.get("field_t")
    if fields and fields[0] is not None and abs(float(stated or 0.0) / fields[0] - 1.0) > _SAME_FIELD:
        raise InputError(f"images at {fields[0]:g} T as after the first fraction", f"{stated:g} T came", where)


def _edited(name: str, changes: Sequence[str]) -> Finding:
    words = f"{name}: expected the fraction as it was computed before, but its {', '.join(changes)} changed"
    return Finding("fraction-edited", f"{words}; it was computed again")
