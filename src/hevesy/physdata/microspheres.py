"""Products for radioembolisation: particles, vials and where each number comes from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

from hevesy.domain import Citation
from hevesy.errors import InputError
from hevesy.physdata.constants import JOULE_PER_MEV
from hevesy.physdata.nuclides import nuclide
from hevesy.physdata.tables_reader import read_toml
from hevesy.quantities import Uncertain, multiply_powers

MICROSPHERES = "microspheres_2026"


@dataclass(frozen=True)
class Sourced:
    """Where an entry comes from."""

    text: str
    status: str
    """``seed`` (the article with this project's rules), ``DOC`` (seen) or ``MEM`` (unconfirmed)."""
    doi: str | None = None

    @property
    def citation(self) -> Citation:
        """As a reference; what was not confirmed says so."""
        return Citation(self.text[:40], self.text + (" (unconfirmed)" if self.status == "MEM" else ""), self.doi)


@dataclass(frozen=True)
class Vial:
    """What can be ordered: activities at ``days_before_calibration`` before the calibration time."""

    name: str
    activities_bq: tuple[float, ...]
    """[Bq]"""
    days_before_calibration: float
    source: Sourced
    note: str = ""


@dataclass(frozen=True)
class Microspheres:
    """One product."""

    key: str
    name: str
    matrix: str
    nuclide: str
    dose_factor_j_per_bq: float
    """As published with the partition formula. [J/Bq]"""
    diameter_um: tuple[float, float, float]
    """Low, typical, high. [um]"""
    activity_per_sphere_bq: tuple[float, float]
    """Low and high, at :attr:`activity_stated_at`. [Bq]"""
    activity_stated_at: str
    """``calibration`` or ``treatment``."""
    density_g_ml: float
    embolic: str
    vial_volume_ml: float | None
    shelf_life_s: float | None
    """From calibration. [s]"""
    time_zone: str
    calibration: str
    calibration_moment: tuple[str, int] | None
    """Weekday and hour in the manufacturer's zone, where there is a rule."""
    vials: tuple[Vial, ...]
    """Empty where the activity is made for the patient."""
    sources: dict[str, Sourced]
    """By property."""
    notes: dict[str, str]


@cache
def known_microspheres() -> tuple[str, ...]:
    """Keys of the products."""
    return tuple(read_toml(MICROSPHERES, "products.toml")["product"])


def microspheres(name: str, where: str = "") -> Microspheres:
    """One product by its name, key or matrix (``resin``, ``glass``, ``holmium``).

    Raises
    ------
    InputError
        If it is no known product.
    """
    wanted = name.strip().casefold()
    for key, entry in read_toml(MICROSPHERES, "products.toml")["product"].items():
        if wanted in {key, entry["name"].casefold(), *entry["aliases"]}:
            return _product(key)
    raise InputError(f"one of the products {', '.join(known_microspheres())}", f"{name!r} came", where)


@cache
def _product(key: str) -> Microspheres:
    table = read_toml(MICROSPHERES, "products.toml")
    entry = table["product"][key]
    sources = {name: sourced(table, value["source"]) for name, value in entry.items() if _has_source(value)}
    diameter, per_sphere, shelf = entry["diameter_um"], entry["activity_per_sphere_bq"], entry.get("shelf_life_h")
    return Microspheres(
        key=key,
        name=entry["name"],
        matrix=entry["matrix"],
        nuclide=entry["nuclide"],
        dose_factor_j_per_bq=entry["dose_factor_j_per_gbq"]["value"] * 1e-9,
        diameter_um=(diameter["low"], diameter["typical"], diameter["high"]),
        activity_per_sphere_bq=(per_sphere["low"], per_sphere["high"]),
        activity_stated_at=per_sphere["at"],
        density_g_ml=entry["specific_gravity_g_ml"]["value"],
        embolic=entry["embolic"]["value"],
        vial_volume_ml=entry["vial_volume_ml"]["value"] if "vial_volume_ml" in entry else None,
        shelf_life_s=3600.0 * shelf["value"] if shelf else None,
        time_zone=entry["time_zone"]["value"],
        calibration=entry["calibration"]["rule"],
        calibration_moment=_moment(entry["calibration"]),
        vials=tuple(_vial(table, vial) for vial in entry.get("vial", ())),
        sources=sources,
        notes={name: value["note"] for name, value in entry.items() if _has_source(value) and "note" in value},
    )


def _moment(entry: dict[str, Any]) -> tuple[str, int] | None:
    return (entry["weekday"], entry["hour"]) if "weekday" in entry else None


def _has_source(value: object) -> bool:
    return isinstance(value, dict) and "source" in value


def sourced(table: dict[str, Any], key: str) -> Sourced:
    """One source of a table by its key."""
    entry = table["source"][key]
    return Sourced(entry["text"], entry["status"], entry.get("doi"))


def _vial(table: dict[str, Any], entry: dict[str, Any]) -> Vial:
    activities = entry.get("activity_gbq") or _steps(entry)
    return Vial(
        entry["name"],
        tuple(1e9 * activity for activity in activities),
        entry["days_before_calibration"],
        sourced(table, entry["source"]),
        entry.get("note", ""),
    )


def _steps(entry: dict[str, Any]) -> list[float]:
    low, high, step = entry["activity_from_gbq"], entry["activity_to_gbq"], entry["activity_step_gbq"]
    return [low + step * number for number in range(round((high - low) / step) + 1)]


def decay_dose_factor(name: str, *, photons: bool = False) -> Uncertain:
    r"""Energy that decay leaves per activity given, from this project's decay data. [J/Bq]

    .. math:: CF = \frac{T_{1/2}}{\ln 2}\,\bar E

    Parameters
    ----------
    name
        Radionuclide.
    photons
        Count the photons too, as if all were absorbed where they start; electrons only without it.
    """
    data = nuclide(name)
    energy = data.electron_energy
    if photons:
        components = {**energy.components, f"photon-energy:{data.name}": data.photon_energy_uncertainty_mev}
        energy = Uncertain(energy.value + data.photon_energy_mev, components)
    factor = multiply_powers((data.half_life, 1.0), (energy, 1.0))
    scale = JOULE_PER_MEV / math.log(2.0)
    return Uncertain(factor.value * scale, {key: part * scale for key, part in factor.components.items()})
