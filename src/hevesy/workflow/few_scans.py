"""What is known beside one scan or two: half-lives, an earlier cycle, a population."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hevesy.errors import InputError, RegionFinding
from hevesy.integrate import PriorUse, check_prior, prior_half_life
from hevesy.physdata import Nuclide
from hevesy.physdata.built_in_priors import find_prior
from hevesy.quantities import Uncertain, parse_quantity
from hevesy.workflow.earlier_cycle import EarlierCycle, read_earlier_cycle
from hevesy.workflow.prior_document import parse_covariates
from hevesy.workflow.spread import parse_with_spread


@dataclass(frozen=True)
class FewScanRequest:
    """The choices as text, of command line or study file."""

    half_lives: tuple[str, ...] = ()
    """``51 h +- 8 h`` for every region, or ``kidney=51 h +- 8 h``."""
    half_life_source: str | None = None
    prior: str | None = None
    """Name of a built-in prior, or a file."""
    ligand: str | None = None
    prior_regions: tuple[str, ...] = ()
    """``kidney_left=kidney``: region of the prior for a measured one of another name."""
    covariates: tuple[str, ...] = ()
    administered: str | None = None
    """Administered activity, with its spread or without: ``7.4 GBq +- 2 %``."""
    earlier_cycle: str | None = None
    between_cycles: str | None = None
    """Relative standard uncertainty of a half-life from one cycle to another."""


@dataclass(frozen=True)
class FewScans:
    """The choices settled."""

    stated: dict[str | None, tuple[float, float]]
    """Half-life and its standard uncertainty by region; None for every other region. [s]"""
    stated_source: str | None
    earlier: EarlierCycle | None
    use: PriorUse | None
    nuclide: Nuclide

    @property
    def knows_half_lives(self) -> bool:
        """Whether anything tells of half-lives."""
        return bool(self.stated) or self.earlier is not None or self.use is not None

    def half_life(self, region: str) -> tuple[Uncertain, str]:
        """Half-life of a region [s], and in words where it comes from: stated, earlier cycle or population.

        Raises
        ------
        InputError
            If nothing tells of half-lives, or a covariate of the prior is not given.
        RegionFinding
            If what tells of them has none for this region.
        """
        if self.stated:
            found = self.stated.get(region, self.stated.get(None))
            if found is None:
                raise RegionFinding("no half-life is stated for this region")
            return Uncertain(found[0], {f"half-life:{region}": found[1]}), f"stated: {self.stated_source}"
        if self.earlier is not None:
            return self.earlier.half_life(region), f"earlier cycle: {self.earlier.name}"
        if self.use is None:
            raise InputError("--half-life, --earlier-cycle or --prior", "none came", "--method")
        found_life = prior_half_life(self.use, region, physical_half_life_s=self.nuclide.half_life_s)
        return found_life, f"prior {self.use.name}, {self.use.region(region).name}: {self.use.prior.source}"


def settle_few_scans(request: FewScanRequest, nuclide: Nuclide, folder: Path | None = None) -> FewScans:
    """Read what the choices name.

    Parameters
    ----------
    request
        The choices.
    nuclide
        Of the scans.
    folder
        Where relative paths begin; the working directory otherwise.

    Raises
    ------
    InputError
        If a text is malformed, two sources of half-lives are named, a spread or a source is missing, or the prior or
        the earlier result is one of another ligand or radionuclide.
    """
    sources = [bool(request.half_lives), request.earlier_cycle is not None, request.prior is not None]
    if sum(sources) > 1:
        raise InputError("one of --half-life, --earlier-cycle and --prior", "more came", "--method")
    _together(request.half_lives, request.half_life_source, "--half-life", "--half-life-source")
    _together(request.prior, request.ligand, "--prior", "--ligand")
    _together(request.earlier_cycle, request.between_cycles, "--earlier-cycle", "--between-cycles")
    stated = _stated(request.half_lives, nuclide)
    earlier = _earlier(request, nuclide, folder)
    return FewScans(stated, request.half_life_source, earlier, _use(request, nuclide, folder), nuclide)


def _together(one: object, other: object, first: str, second: str) -> None:
    if bool(one) != bool(other):
        raise InputError(f"{first} and {second} together", f"only {first if one else second} came", first)


def _stated(texts: tuple[str, ...], nuclide: Nuclide) -> dict[str | None, tuple[float, float]]:
    found: dict[str | None, tuple[float, float]] = {}
    for text in texts:
        name, equals, rest = text.rpartition("=")
        region = name.strip() if equals else None
        value, u = parse_with_spread(rest, "time", "--half-life")
        if region == "" or region in found:
            raise InputError("one half-life for each region", f"{text!r} came", "--half-life")
        if not 0 < value <= nuclide.half_life_s * 1.001:
            longest = f"an effective half-life of at most the physical {nuclide.half_life_s / 3600.0:.4g} h"
            raise InputError(longest, f"{text!r} came", "--half-life")
        found[region] = value, u
    return found


def _earlier(request: FewScanRequest, nuclide: Nuclide, folder: Path | None) -> EarlierCycle | None:
    if request.earlier_cycle is None or request.between_cycles is None:
        return None
    between = parse_quantity(request.between_cycles, "ratio", "--between-cycles")
    if not 0.0 < between < 1.0:
        raise InputError("a ratio between 0 and 1", f"{request.between_cycles!r} came", "--between-cycles")
    path = (folder or Path()) / request.earlier_cycle
    return read_earlier_cycle(path, nuclide=nuclide.name, between_cycles=between)


def _use(request: FewScanRequest, nuclide: Nuclide, folder: Path | None) -> PriorUse | None:
    if request.prior is None or request.ligand is None:
        _only_with_prior(request)
        return None
    name, prior = find_prior(request.prior, folder)
    check_prior(prior, nuclide=nuclide.name, ligand=request.ligand, where="--prior")
    return PriorUse(
        prior=prior,
        name=name,
        regions=_pairs(request.prior_regions, "--prior-region", {region.name for region in prior.regions}.__contains__),
        administered_activity_bq=_administered(request.administered),
        covariates=parse_covariates(request.covariates),
    )


def _only_with_prior(request: FewScanRequest) -> None:
    for given, option in (
        (request.prior_regions, "--prior-region"),
        (request.covariates, "--covariate"),
        (request.administered, "--administered"),
    ):
        if given:
            raise InputError(f"{option} only with --prior", "it came without", option)


def _pairs(texts: tuple[str, ...], option: str, known: Callable[[str], bool]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        measured, _, wanted = (part.strip() for part in text.partition("="))
        if not (measured and wanted) or measured in found or not known(wanted):
            raise InputError(f"{option} MEASURED=PRIOR with a region of the prior, each once", f"{text!r} came", option)
        found[measured] = wanted
    return found


def _administered(text: str | None) -> Uncertain | None:
    if text is None:
        return None
    value, u = parse_with_spread(text, "activity", "--administered")
    return Uncertain(value, {"administered-activity:stated": u})
