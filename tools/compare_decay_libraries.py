"""Write the page of differences between ENDF/B-VIII.1 and ICRP Publication 107.

Usage: ``python tools/compare_decay_libraries.py`` (needs the extra ``icrp107``). Writes
``docs/explanation/decay-data-differences.md``: half-lives and mean energies per decay of the nuclides that a therapy
or its images use, each alone, and of the chains in equilibrium.
"""

from __future__ import annotations

from pathlib import Path

from hevesy.physdata import AbstractDecayLibrary, Particle, decay_chain, decay_library, source_term

PAGE = Path(__file__).parent.parent / "docs/explanation/decay-data-differences.md"

# Nuclide and how its progeny counts; "parent" where there is nothing to choose.
CASES = """
C-11 F-18 P-32 Sc-43 Sc-44 Sc-47 Cu-61 Cu-64 Cu-67 Ga-67 Ga-68 Rb-82 Sr-89 Y-86 Y-90 Zr-89 Mo-99/equilibrium Tc-99m
Pd-103 Ag-111 In-111 Sn-117m I-123 I-124 I-125 I-131/parent I-131/from:0s Cs-137 Sm-153 Tb-149/parent Tb-149/from:0s
Tb-152 Tb-155 Tb-161 Dy-165 Dy-166/equilibrium Ho-166 Ho-166m Er-165 Er-169 Lu-177 Lu-177m/parent Lu-177m/equilibrium
Re-186 Re-188 Au-198 Hg-197 Tl-201 Pb-212/parent Pb-212/equilibrium Bi-213/parent Bi-213/from:0s At-211/parent
At-211/equilibrium Ra-223/parent Ra-223/equilibrium Ra-224/equilibrium Ac-225/parent Ac-225/equilibrium
Th-227/equilibrium
"""

HEAD = """# Two libraries of decay data: differences

ENDF/B-VIII.1, which Hevesy uses, against ICRP Publication 107 (the backend `icrp107`), per decay of the parent.
Electrons are of both signs with conversion and Auger electrons; photons are gamma rays, X-rays and annihilation; heavy
are alpha particles and recoils. A dash: under 0.05 keV in both. Made by `tools/compare_decay_libraries.py`.

What stands out:

- **Lu-177**: the photons of ENDF/B are 5.5 % fewer (208 keV: 10.4 against 11.0 %), its electrons the same to 0.2 %.
- **Cu-67**: the evaluated mean beta energy of ENDF/B is 3.9 % higher and does not fit its own endpoints.
- **Tb-152**: 16 % less electron energy in ENDF/B.
- **Tl-201**, **Ra-223**, **At-211**, **I-125**: 4 to 21 % less conversion and Auger energy in ENDF/B; small beside the
  alpha particles, but not for Tl-201 and I-125.
- **Lu-177m**: the daughter isomer of 1.1 s (Hf-177m) is a file of its own in ENDF/B; the file emits 1.52 MeV per decay,
  more than the 1.32 MeV of the transition. ICRP 107 balances. Prefer the backend `icrp107` for Lu-177m.
- **Ac-225**: 55 % more conversion and Auger energy in ENDF/B, 14 keV of 6 MeV.
- **Tb-149** and its chain: the progeny of ICRP 107 goes on where ENDF/B has no data (Eu-149, Sm-145, Pm-145).

| nuclide, chain | half-life | electrons [keV] | difference | photons [keV] | difference | heavy [keV] | difference |
|---|---|---|---|---|---|---|---|
"""

TAIL = """
Half-life: ENDF/B over ICRP 107 less one. Energies: of ENDF/B, and ENDF/B over ICRP 107 less one.
"""


def _energies(name: str, chain: str, library: AbstractDecayLibrary) -> tuple[float, float, float]:
    term = source_term(name, chain, library.name)
    return (
        1e3 * term.energy_mev(Particle.ELECTRON, Particle.POSITRON),
        1e3 * term.energy_mev(Particle.PHOTON),
        1e3 * term.energy_mev(Particle.ALPHA, Particle.RECOIL),
    )


def _pair(ours: float, theirs: float) -> str:
    if max(ours, theirs) < 0.05:
        return "– | –"
    difference = f"{100 * (ours / theirs - 1):+.1f} %" if theirs else "none there"
    return f"{ours:.2f} | {difference}"


def row(case: str) -> str:
    """One line of the table."""
    name, _, chain = case.partition("/")
    endf, icrp = decay_library("endfb81"), decay_library("icrp107")
    decay_chain(name, chain or "parent", icrp)
    half_lives = f"{100 * (endf.half_life_s(name) / icrp.half_life_s(name) - 1):+.2f} %"
    both = zip(_energies(name, chain or "parent", endf), _energies(name, chain or "parent", icrp), strict=True)
    label = f"{name}, {chain}" if chain else name
    return f"| {label} | {half_lives} | " + " | ".join(_pair(ours, theirs) for ours, theirs in both) + " |\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(HEAD + "".join(row(case) for case in CASES.split()) + TAIL, encoding="utf-8")


if __name__ == "__main__":
    main()
