"""The half-life of a region that a study file states, or says where to find."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hevesy.errors import InputError, RegionFinding
from hevesy.integrate import PriorUse, check_prior, prior_half_life
from hevesy.physdata import Nuclide
from hevesy.physdata.built_in_priors import find_prior
from hevesy.quantities import Uncertain
from hevesy.workflow.config import EarlierHalfLife, HalfLife, HalfLifeChoice, PriorHalfLife
from hevesy.workflow.earlier_cycle import read_earlier_cycle


@dataclass(frozen=True)
class HalfLives:
    """What half-lives are looked up with."""

    nuclide: Nuclide
    folder: Path
    """Where relative paths of the study file begin."""

    def resolve(self, region: str, choice: HalfLifeChoice | None) -> tuple[Uncertain | None, str | None]:
        """Half-life of the source ``half-life:<region>`` [s], and in words where it comes from.

        Raises
        ------
        InputError
            If the prior or the earlier result is not there, is one of another ligand or radionuclide, or has no such
            region.
        """
        if choice is None:
            return None, None
        if isinstance(choice, HalfLife):
            stated = Uncertain(choice.half_life, {f"half-life:{region}": choice.standard_uncertainty})
            return stated, choice.source
        where = f"half_life of {region}"
        try:
            return self._found(region, choice, where)
        except RegionFinding as finding:
            raise InputError("a half-life where the study says", finding.reason, where) from finding

    def _found(self, region: str, choice: PriorHalfLife | EarlierHalfLife, where: str) -> tuple[Uncertain, str]:
        if isinstance(choice, EarlierHalfLife):
            earlier = read_earlier_cycle(
                self.folder / choice.earlier_cycle, nuclide=self.nuclide.name, between_cycles=choice.between_cycles
            )
            return earlier.half_life(region, choice.region), f"an earlier cycle of the patient ({earlier.name})"
        name, prior = find_prior(choice.prior, self.folder)
        check_prior(prior, nuclide=self.nuclide.name, ligand=choice.ligand, where=where)
        use = PriorUse(prior, name, {region: choice.region}, covariates=choice.covariates)
        found = prior_half_life(use, region, physical_half_life_s=self.nuclide.half_life_s)
        return found, f"{choice.region} of the prior {name}, {prior.patients} patients: {prior.source}"
