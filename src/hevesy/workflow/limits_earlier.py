"""What a patient received before this cycle: stated doses and the results of earlier cycles."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from hevesy.biology import Dose, DoseLimit, bed_of_eqd2, eqd2_of_bed
from hevesy.errors import InputError, ReadError, RegionFinding
from hevesy.quantities import AbsorbedDose, Bed, Eqd2, Uncertain, combine
from hevesy.report.estimate_model import EstimateModel
from hevesy.report.model import RegionResult, Results
from hevesy.workflow.config import EarlierCycles, EarlierDose, EarlierResults

RESULTS = "results.json"
UNKNOWN = "not evaluated: earlier cycles unknown"
_LARGEST = 200_000_000
_FIELDS = {AbsorbedDose: "absorbed_dose_gy", Bed: "bed_gy", Eqd2: "eqd2_gy"}
_WORDS = {AbsorbedDose: "absorbed dose", Bed: "BED", Eqd2: "EQD2"}
_KINDS: Mapping[str, type[Dose]] = {"absorbed-dose": AbsorbedDose, "bed": Bed, "eqd2": Eqd2}

_ALWAYS = frozenset({"energy", "absorbed-fraction", "s-value", "alpha-beta", "repair"})
"""Kinds of source that the same region has in every cycle: physics and tissue."""
_WITH_CALIBRATION = frozenset({"calibration", "dead-time"})
_WITH_RECOVERY = frozenset({"recovery", "resolution"})


def kind_of(quantity: str) -> type[Dose]:
    """The type of a quantity as the files name it."""
    return _KINDS[quantity]


def kind_words(kind: type[Dose]) -> str:
    """A kind of dose in words."""
    return _WORDS[kind]


@dataclass(frozen=True)
class EarlierCycle:
    """The results of an earlier cycle."""

    name: str
    results: Results


@dataclass(frozen=True)
class Earlier:
    """Everything before this cycle."""

    stated: tuple[EarlierDose, ...]
    cycles: tuple[EarlierCycle, ...]


def earlier_files(section: EarlierCycles | None, folder: Path) -> list[Path]:
    """The result files that a section names."""
    if section is None or section == "none":
        return []
    return [folder / item.results / RESULTS for item in section if isinstance(item, EarlierResults)]


def read_results(folder: Path) -> Results:
    """Read the results of a run.

    Raises
    ------
    ReadError
        If the folder has no ``results.json`` that is one.
    """
    path = folder / RESULTS
    try:
        if path.stat().st_size > _LARGEST:
            raise ReadError("results under 200 MB", f"{path.stat().st_size} bytes came", str(path))
        return Results.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ReadError("a folder of results", f"{error.strerror} came", str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ReadError("results of hevesy run, schema 1", f"{place}: {first['msg']}", str(path)) from None


def read_earlier(section: EarlierCycles | None, folder: Path, current: Results) -> Earlier | None:
    """What was given before; None where nobody says.

    Raises
    ------
    InputError
        If earlier results are of another patient, of this cycle itself, or begin after it.
    ReadError
        If results cannot be read.
    """
    if section is None:
        return None
    if section == "none":
        return Earlier((), ())
    stated = tuple(item for item in section if isinstance(item, EarlierDose))
    named = [item.results for item in section if isinstance(item, EarlierResults)]
    cycles = tuple(EarlierCycle(name, read_results(folder / name)) for name in named)
    _check_cycles(cycles, current)
    return Earlier(stated, cycles)


def _check_cycles(cycles: Sequence[EarlierCycle], current: Results) -> None:
    starts = [current.administration.start]
    for cycle in cycles:
        where = f"earlier_cycles, {cycle.name}"
        if cycle.results.patient_label != current.patient_label:
            raise InputError("earlier results of the same patient label", "another label came", where)
        start = cycle.results.administration.start
        if start in starts:
            raise InputError("cycles with different starts", f"{start} came twice", where)
        if start > current.administration.start:
            raise InputError(f"a cycle before {current.administration.start}", f"{start} came", where)
        starts.append(start)


def earlier_doses(earlier: Earlier, limit: DoseLimit, current: Results) -> list[tuple[str, Dose]]:
    """Every earlier dose to the limit's region, in the limit's kind, with its source.

    Raises
    ------
    InputError
        If a stated dose is of a kind that cannot be turned into that of the limit, or for another alpha/beta.
    RegionFinding
        If something earlier is not known for this region.
    """
    stated = [item for item in earlier.stated if item.region == limit.region]
    if earlier.stated and not stated and not earlier.cycles:
        raise RegionFinding(f"not evaluated: no earlier dose to {limit.region} is stated")
    found = [(source, _stated(earlier, limit, source)) for source in dict.fromkeys(item.source for item in stated)]
    return found + [(cycle.name, _of_cycle(cycle, limit, current)) for cycle in earlier.cycles]


def _stated(earlier: Earlier, limit: DoseLimit, source: str) -> Dose:
    """The dose by one source of information in the limit's kind, of those that are stated for it."""
    kind, where = type(limit.value), f"earlier_cycles, {limit.region}"
    items = [
        (n, item)
        for n, item in enumerate(earlier.stated, start=1)
        if item.region == limit.region and item.source == source
    ]
    same = [(n, item) for n, item in items if _KINDS[item.quantity] is kind]
    usable = same or [(n, item) for n, item in items if kind is not AbsorbedDose and item.quantity != "absorbed-dose"]
    if len(usable) != 1:
        came = ", ".join(item.quantity for _, item in items)
        raise InputError(f"one earlier dose from this source as {_WORDS[kind]}", f"{came} came", where)
    ((number, item),) = usable
    if item.alpha_beta != limit.alpha_beta_gy:
        raise InputError(f"alpha/beta {limit.alpha_beta_gy:g} Gy of the limit", f"{item.alpha_beta:g} Gy came", where)
    given = _KINDS[item.quantity](Uncertain(item.value, {f"earlier-dose:{number}": item.standard_uncertainty}))
    return _as_kind(given, kind, item.alpha_beta)


def _as_kind(given: Dose, kind: type[Dose], alpha_beta_gy: float | None) -> Dose:
    if alpha_beta_gy is not None and isinstance(given, Eqd2) and kind is Bed:
        return bed_of_eqd2(given, alpha_beta_gy)
    if alpha_beta_gy is not None and isinstance(given, Bed) and kind is Eqd2:
        return eqd2_of_bed(given, alpha_beta_gy)
    return given


def _of_cycle(cycle: EarlierCycle, limit: DoseLimit, current: Results) -> Dose:
    region = next((r for r in cycle.results.regions if r.name == limit.region), None)
    if region is None:
        raise RegionFinding(f"not evaluated: the earlier results {cycle.name} have no region {limit.region}")
    dose = region_dose_of_kind(region, limit)
    rename = _renaming(cycle, current, region)
    return type(dose)(Uncertain(dose.value, {rename(name): u for name, u in dose.estimate.components.items()}))


def region_dose_of_kind(region: RegionResult, limit: DoseLimit) -> Dose:
    """The dose of a region in the kind of a limit, with its uncertainty by source.

    Raises
    ------
    InputError
        If the region's alpha/beta is not that of the limit.
    RegionFinding
        If the region has no such dose.
    """
    kind = type(limit.value)
    entry: EstimateModel | None = getattr(region, _FIELDS[kind])
    if entry is None or entry.value is None:
        reason = entry.reason if entry is not None and entry.reason else "the results have none"
        raise RegionFinding(f"not evaluated: no {_WORDS[kind]} of {region.name}: {reason}")
    known = region.alpha_beta_gy.value if region.alpha_beta_gy is not None else None
    if limit.alpha_beta_gy is not None and known != limit.alpha_beta_gy:
        raise InputError(
            f"a limit of {_WORDS[kind]} with the alpha/beta of the region, {known} Gy",
            f"{limit.alpha_beta_gy:g} Gy came",
            f"limits, {region.name}",
        )
    return kind(uncertain_of(entry, region.name))


def uncertain_of(entry: EstimateModel, region: str) -> Uncertain:
    """An entry of the results as a value that knows its sources.

    Where Monte Carlo took the place of the analytic standard uncertainty, the components are scaled to it.

    Raises
    ------
    RegionFinding
        If the entry does not tell its sources.
    """
    if entry.value is None or not entry.value > 0:
        raise RegionFinding(f"not evaluated: a dose to {region} is not positive")
    if not entry.sources or not entry.standard_uncertainty:
        raise RegionFinding(f"not evaluated: the results do not tell the sources of the uncertainty of {region}")
    try:
        known = Uncertain(entry.value, entry.sources)
    except ValueError as error:
        raise ReadError("sources of uncertainty named kind:scope", str(error), f"{RESULTS}, {region}") from error
    return combine(entry.value, [(known, entry.standard_uncertainty / known.standard_uncertainty)])


def _renaming(cycle: EarlierCycle, current: Results, region: RegionResult) -> Callable[[str], str]:
    """Which sources of an earlier cycle are those of this one; all others are its own."""
    shared = set(_ALWAYS)
    now = next((r for r in current.regions if r.name == region.name), None)
    if now is None or _tissue(now) != _tissue(region):
        shared -= {"alpha-beta", "repair"}
    if _calibration(cycle.results) == _calibration(current):
        shared |= _WITH_CALIBRATION
    if _recovery(cycle.results) == _recovery(current):
        shared |= _WITH_RECOVERY
    own = hashlib.sha256(cycle.results.provenance.key.encode()).hexdigest()[:12]
    return lambda name: name if name.partition(":")[0] in shared else f"{name}~{own}"


def _tissue(region: RegionResult) -> tuple[object, ...]:
    ratio = region.alpha_beta_gy
    return (region.bed_model, None if ratio is None else ratio.standard_uncertainty)


def _calibration(results: Results) -> str:
    """What a calibration is known by: its factor, or where the images are calibrated already, its source."""
    used = results.calibration
    known = {"method", "multiplier", "factor_cps_per_bq" if used.factor_cps_per_bq.value is not None else "source"}
    time = None if used.dead_time is None else used.dead_time.dead_time_us.model_dump(mode="json")
    return json.dumps([used.model_dump(mode="json", include=known), time], sort_keys=True)


def _recovery(results: Results) -> str:
    """What the recovery is known by: its curve and resolution."""
    return json.dumps(results.recovery.model_dump(mode="json", exclude={"source"}), sort_keys=True)
