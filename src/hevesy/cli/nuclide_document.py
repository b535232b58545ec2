"""What ``hevesy nuclide`` tells about a radionuclide, as a JSON document."""

from __future__ import annotations

from hevesy.physdata import (
    AbstractDecayLibrary,
    ChainMember,
    DecayChain,
    Emissions,
    activity_ratios,
    chain_emissions,
    decay_chain,
    decay_library,
    dose_rate_constants,
    energy_by_type,
    progeny,
)
from hevesy.physdata.chains import LONG_LIVED_S, STAYS
from hevesy.quantities import Uncertain

_MICRO_PER_HOUR_AND_MEGA = 1e6 * 3600.0 * 1e6
"""Gy m2/(Bq s) in uGy m2/(MBq h)."""


def nuclide_document(name: str, chain: str | None, backend: str, *, emissions: bool) -> dict[str, object]:
    """Everything about a radionuclide and its chain, all values per decay of the parent.

    Raises
    ------
    InputError
        If the nuclide, the chain or the library is no known one, or a choice of the chain is needed.
    """
    library = decay_library(backend)
    found = decay_chain(name, chain, library)
    parent = found.parent
    source = chain_emissions(found, library)
    energies = energy_by_type(found.members, library)
    return {
        "nuclide": parent,
        "backend": library.name,
        "source": library.citation.text,
        "notice": library.notice or None,
        "half_life_s": library.half_life_s(parent),
        "half_life_uncertainty_s": library.half_life_uncertainty_s(parent),
        "modes": [
            {"mode": mode.mode, "daughter": mode.daughter, "branching": mode.branching}
            for mode in library.modes(parent)
        ],
        "mean_energy_per_decay_mev": {kind: energy.value for kind, energy in energies.items()},
        "mean_energy_per_decay_standard_uncertainty_mev": _uncertainties(energies, library),
        "mean_energy_by_emission_mev": _by_emission(source),
        "chain": _chain(found, library),
        "dose_rate_constants": _constants(source, energies),
        "notes": list(source.notes),
        **({"emissions": [_member_emissions(member, library) for member in found.members]} if emissions else {}),
    }


def list_document(backend: str) -> dict[str, object]:
    """All radionuclides of a library: half-life and the progeny that needs a choice."""
    library = decay_library(backend)
    rows = [
        {"name": name, "half_life_s": library.half_life_s(name), "progeny": list(progeny(name, library))}
        for name in library.names()
    ]
    return {
        "backend": library.name,
        "source": library.citation.text,
        "notice": library.notice or None,
        "nuclides": rows,
    }


def _uncertainties(energies: dict[str, Uncertain], library: AbstractDecayLibrary) -> dict[str, float] | None:
    if library.energy_uncertainties_mev(library.names()[0]) is None:
        return None
    return {kind: energy.standard_uncertainty for kind, energy in energies.items()}


def _by_emission(source: Emissions) -> dict[str, float]:
    """Finer than by type: electrons and positrons, X-rays and annihilation, alpha particles and recoils apart."""
    found: dict[str, float] = {}
    for spectrum in source.spectra:
        label = f"{spectrum.particle}_{spectrum.kind}" if spectrum.kind == "beta" else spectrum.kind
        found[label] = found.get(label, 0.0) + spectrum.energy_mev
    return found


def _chain(chain: DecayChain, library: AbstractDecayLibrary) -> dict[str, object]:
    ratios = activity_ratios(chain.parent, library)
    return {
        "choice": chain.choice,
        "members": [
            {
                "name": member.name,
                "half_life_s": library.half_life_s(member.name),
                "decays_per_parent_decay": member.decays_per_parent,
                "equilibrium_activity_per_parent_activity": ratios.get(member.name),
                "mean_energy_per_own_decay_mev": {
                    kind: energy.value
                    for kind, energy in energy_by_type((ChainMember(member.name, 1.0),), library).items()
                },
            }
            for member in chain.members
        ],
        "not_counted": list(chain.uncounted),
        "ends": [
            {"at": end.name, "per_parent_decay": end.per_parent, "reason": end.reason.value} for end in chain.ends
        ],
        "assumption": STAYS if len(chain.members) > 1 else None,
        "counts_as_stable_above_s": LONG_LIVED_S,
    }


def _constants(source: Emissions, energies: dict[str, Uncertain]) -> dict[str, object]:
    gamma = energies["gamma"]
    relative = gamma.relative_standard_uncertainty if gamma.value else 0.0
    found = dose_rate_constants(source, relative)
    return {
        "air_kerma_gy_m2_per_bq_s": _estimate(found.air_kerma, 1.0),
        "air_kerma_ugy_m2_per_mbq_h": _estimate(found.air_kerma, _MICRO_PER_HOUR_AND_MEGA),
        "ambient_dose_equivalent_sv_m2_per_bq_s": _estimate(found.ambient_dose_equivalent, 1.0),
        "ambient_dose_equivalent_usv_m2_per_mbq_h": _estimate(found.ambient_dose_equivalent, _MICRO_PER_HOUR_AND_MEGA),
        "photons_above_kev": found.cutoff_mev * 1000.0,
        "sources": [source.text for source in found.sources],
    }


def _estimate(value: Uncertain, factor: float) -> dict[str, float]:
    return {"value": value.value * factor, "standard_uncertainty": value.standard_uncertainty * factor}


def _member_emissions(member: ChainMember, library: AbstractDecayLibrary) -> dict[str, object]:
    return {
        "name": member.name,
        "spectra": [
            {
                "particle": spectrum.particle.value,
                "kind": spectrum.kind,
                "low_mev": spectrum.low_mev.tolist(),
                "high_mev": spectrum.high_mev.tolist(),
                "yield_per_own_decay": spectrum.yields.tolist(),
            }
            for spectrum in library.spectra(member.name)
        ],
    }
