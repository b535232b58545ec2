"""Absorbed dose to red marrow: its own activity, and photons of organs and of the rest of the body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hevesy.domain import Progress, silent
from hevesy.errors import InputError
from hevesy.quantities import Uncertain, combine, multiply_powers, scaled
from hevesy.transport.kernels import EnergyUncertainty
from hevesy.transport.organs.anatomy import Anatomy, grouped
from hevesy.transport.organs.photons import Settings
from hevesy.transport.organs.s_values import RED_MARROW, SValue, organ_s_values, with_decay_data
from hevesy.transport.organs.scaling import mass_factors
from hevesy.transport.organs.term import SourceTerm

REMAINDER = "remainder"
"""What the rest of the body is called as a source."""
_GROUP = "Body_without_sources"
_TOTAL = "Total_body"


@dataclass(frozen=True)
class MarrowSValues:
    """Absorbed dose to the phantom's red marrow per decay in each source."""

    self_dose: SValue
    cross: Mapping[str, SValue]
    """By the name of the phantom's region; ``remainder`` is all the rest but the spongiosa. Those asked for only."""
    marrow_kg: float
    """Of the phantom. [kg]"""
    body_kg: float
    """Of the phantom. [kg]"""


def marrow_s_values(  # noqa: PLR0913 - what is computed, with what, for whom
    anatomy: Anatomy,
    term: SourceTerm,
    settings: Settings,
    organs: Sequence[str],
    *,
    with_remainder: bool,
    energies: EnergyUncertainty | None = None,
    progress: Progress = silent,
) -> MarrowSValues:
    """S values to red marrow from itself, from organs, and from the rest of the body.

    The rest of the body is every organ of the phantom that is no source, but for the spongiosa: the fat and the bone
    between the marrow are taken to hold no activity, so that no electrons of theirs reach it.

    Parameters
    ----------
    anatomy
        A phantom with red marrow.
    term
        What a decay emits.
    settings
        Histories, seed, threads.
    organs
        Names of the phantom's regions that are sources of their own; none may share a part with another one.
    with_remainder
        Whether the rest of the body is a source.
    energies
        Uncertainty of the decay data; None for a spectrum that was given.

    Raises
    ------
    InputError
        If the phantom has no red marrow, or a region is unknown, holds marrow or meets another one.

    References
    ----------
    .. [1] M. G. Stabin et al., Contribution to red marrow absorbed dose from total body activity: a correction to the
       MIRD method, J. Nucl. Med. 42 (2001) 492.
    """
    if RED_MARROW not in anatomy.regions or anatomy.marrow is None:
        raise InputError("a phantom with red marrow", f"{anatomy.name} came", "--phantom")
    names = _checked(anatomy, organs)
    body = _with_rest(anatomy, names)
    sources = [RED_MARROW, *names, *([_GROUP] if with_remainder else [])]
    found: dict[str, SValue] = {}
    for number, source in enumerate(sources):
        progress("S values to red marrow", number, len(sources))
        values = organ_s_values(body, source, term, settings)
        value = next(v for v in values if v.target == RED_MARROW)
        found[source] = value if energies is None else with_decay_data(value, energies)
    progress("S values to red marrow", len(sources), len(sources))
    cross = {REMAINDER if name == _GROUP else name: value for name, value in found.items() if name != RED_MARROW}
    return MarrowSValues(found[RED_MARROW], cross, anatomy.regions[RED_MARROW].mass_kg, anatomy.regions[_TOTAL].mass_kg)


def _checked(anatomy: Anatomy, organs: Sequence[str]) -> list[str]:
    taken: dict[int, str] = {}
    spongiosa = anatomy.organs.index(str(anatomy.marrow))
    names = []
    for organ in dict.fromkeys(anatomy.region(organ, "organs").name for organ in organs):
        for part in anatomy.regions[organ].organs:
            if part == spongiosa:
                raise InputError("source organs beside the marrow", f"{organ} came, which holds it", "organs")
            if part in taken:
                raise InputError("source organs that do not meet", f"{taken[part]} and {organ} came", "organs")
            taken[part] = organ
        names.append(organ)
    return names


def _with_rest(anatomy: Anatomy, names: Sequence[str]) -> Anatomy:
    """The same body with all that is no source, but for the spongiosa, as one region."""
    out = {part for name in names for part in anatomy.regions[name].organs} | {
        anatomy.organs.index(str(anatomy.marrow))
    }
    single = {r.organs[0]: r for r in anatomy.regions.values() if len(r.organs) == 1}
    parts = tuple(single[number] for number in range(len(anatomy.organs)) if number not in out)
    # Spongiosa and its parts are the only regions of one organ that several share, and it is left out.
    return replace(anatomy, regions={**anatomy.regions, _GROUP: grouped(_GROUP, parts)})


def marrow_self_dose(activity_bq_s: Uncertain, mass_kg: Uncertain, s_values: MarrowSValues) -> dict[str, Uncertain]:
    r"""Absorbed dose to red marrow from its own activity, by radiation, for the patient's mass of marrow.

    .. math:: D = \tilde A_\mathrm{RM} \left[S_\mathrm{charged} \frac{m_0}{m}
              + S_\mathrm{photon} \left(\frac{m_0}{m}\right)^{2/3}\right]

    Where the activity itself was found from a concentration and this mass, the mass nearly cancels: both carry the same
    source of uncertainty.

    Parameters
    ----------
    activity_bq_s
        Time-integrated, in all red marrow. [Bq s]
    mass_kg
        Of the patient's red marrow. [kg]
    s_values
        Of the phantom.

    Returns
    -------
    Parts ``electron``, ``heavy`` (alpha particles and recoils) and ``photon`` (bremsstrahlung included) and their sum
    ``all``. [Gy]

    Raises
    ------
    InputError
        If the mass is not within a fifth to five times the phantom's.
    """
    own, m0 = s_values.self_dose, s_values.marrow_kg
    charged, photon = mass_factors(m0, mass_kg.value, "marrow mass")
    parts = {
        "electron": (own.electron, charged, -1.0),
        "heavy": (own.heavy, charged, -1.0),
        "photon": (own.photon + own.bremsstrahlung, photon, -2.0 / 3.0),
    }
    tables = scaled(own.value, 1.0 / own.value.value)
    found = {}
    for name, (value, factor, power) in parts.items():
        if not value > 0:
            continue
        found[name] = _product(value * factor, (activity_bq_s, 1.0), (scaled(mass_kg, 1.0 / mass_kg.value), power))
    found["all"] = multiply_powers((_sum(found), 1.0), (tables, 1.0))
    return found


def _product(factor: float, *terms: tuple[Uncertain, float]) -> Uncertain:
    return scaled(multiply_powers(*terms), factor)


def _sum(parts: Mapping[str, Uncertain]) -> Uncertain:
    return combine(sum(p.value for p in parts.values()), [(p, 1.0) for p in parts.values()])


def marrow_cross_dose(
    activities_bq_s: Mapping[str, Uncertain], body_kg: float, s_values: MarrowSValues
) -> dict[str, Uncertain]:
    r"""Absorbed dose to red marrow from every other source.

    .. math:: D_h = \tilde A_h\, S(\mathrm{RM} \leftarrow h), \qquad
              D_\mathrm{rest} = \tilde A_\mathrm{rest}\, S(\mathrm{RM} \leftarrow \mathrm{rest})
              \left(\frac{M_0}{M}\right)^{2/3}

    Photons between organs do not depend on their masses to first order; those of the rest of the body, in which marrow
    lies, follow its mass as photon self-dose does.

    Parameters
    ----------
    activities_bq_s
        Time-integrated, by the names of the S values. [Bq s]
    body_kg
        Of the patient. [kg]
    s_values
        Of the phantom.

    Returns
    -------
    By source. [Gy]

    Raises
    ------
    InputError
        If the mass is not within a fifth to five times the phantom's.
    """
    _, by_mass = mass_factors(s_values.body_kg, body_kg, "body mass")
    found = {}
    for name, activity in activities_bq_s.items():
        s_value = scaled(s_values.cross[name].value, by_mass if name == REMAINDER else 1.0)
        terms = [(activity, s_value.value), (s_value, activity.value)]
        found[name] = combine(activity.value * s_value.value, terms)
    return found
