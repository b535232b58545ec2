"""The population a design is for: a prior by name or file, or half-lives with their spread."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from hevesy.domain import PopulationPrior, RegionPrior
from hevesy.errors import InputError
from hevesy.numerics.kinetic_model import KINETIC_MODELS
from hevesy.physdata import decay_data
from hevesy.physdata.built_in_priors import find_prior
from hevesy.physdata.design_populations import design_population, known_design_populations
from hevesy.quantities import parse_quantity

_HOUR = 3600.0
_PAIR = re.compile(r"^\s*(?P<name>[^=]+?)\s*=\s*(?P<value>[^±]+?)\s*(?:±|\+-|\+/-)\s*(?P<spread>[^±]+?)\s*$")


@dataclass(frozen=True)
class HalfLives:
    """Half-lives as text: ``kidneys=51 h ± 25 %, tumour=...``."""

    nuclide: str
    model: str
    """``mono`` or ``uptake-mono``."""
    effective: str
    """Of the washout, effective."""
    uptake: str | None
    """Of the uptake, effective."""


def named_population(name_or_file: str) -> tuple[str, PopulationPrior]:
    """A simulated population or a built-in prior by name, or a prior from a file.

    Raises
    ------
    InputError
        If there is none of them.
    """
    if name_or_file in known_design_populations():
        return name_or_file, design_population(name_or_file)
    return find_prior(name_or_file)


def population_of_half_lives(given: HalfLives) -> PopulationPrior:
    r"""A population of log-normal half-lives, every region for itself, its uptake unknown.

    The spread is that of the logarithm of the effective half-life. The model's parameter is the biological rate
    :math:`w = \ln 2/T - \lambda`; its logarithm spreads more by :math:`(w + \lambda)/w`.

    Raises
    ------
    InputError
        If the text is none of half-lives with a spread, a half-life is not below the physical one, or uptake half-lives
        come without a model that has them.
    """
    nuclide = decay_data(given.nuclide, "--nuclide")
    physical = nuclide.decay_constant_per_s * _HOUR
    if (given.uptake is not None) != (given.model == "uptake-mono"):
        raise InputError("--uptake-half-lives with --model uptake-mono and only then", f"{given.model} came", "--model")
    washout = _half_lives(given.effective, "--half-lives")
    uptake = None if given.uptake is None else _half_lives(given.uptake, "--uptake-half-lives")
    if uptake is not None and set(uptake) != set(washout):
        raise InputError("the same regions for uptake and washout", f"{', '.join(uptake)} came", "--uptake-half-lives")
    parts = [
        _region(name, half_life, physical, None if uptake is None else uptake[name])
        for name, half_life in washout.items()
    ]
    model = KINETIC_MODELS[given.model]
    n = model.n_parameters
    variances = np.concatenate([spread for _, spread in parts])
    return PopulationPrior(
        ligand="not stated",
        nuclide=nuclide.name,
        activity_unit="any",
        fraction_of_administered_per_unit=None,
        regions=tuple(RegionPrior(name, model.name, model.parameters, 1.0) for name in washout),
        mean=np.concatenate([mean for mean, _ in parts]),
        mean_covariance=np.zeros((variances.size,) * 2),
        between_patients=np.diag(variances),
        between_cycles=None,
        uninformative=tuple(k % n == 0 for k in range(variances.size)),
        covariates=(),
        patients=1,
        source="half-lives as given",
    )


def _half_lives(text: str, option: str) -> dict[str, tuple[float, float]]:
    """Median [h] and standard deviation of the logarithm of each region."""
    found: dict[str, tuple[float, float]] = {}
    for part in text.split(","):
        match = _PAIR.match(part)
        if match is None:
            raise InputError(
                "REGION=HALF-LIFE ± SPREAD such as 'kidneys=51 h ± 25 %'", f"{part.strip()!r} came", option
            )
        name = match["name"]
        if name in found:
            raise InputError("each region once", f"{name!r} came twice", option)
        median = parse_quantity(match["value"], "time", option) / _HOUR
        relative = "%" in match["spread"]
        spread = parse_quantity(match["spread"], "ratio" if relative else "time", option)
        ratio = spread if relative else spread / _HOUR / median
        if not (median > 0 and ratio > 0):
            raise InputError("a positive half-life and spread", f"{part.strip()!r} came", option)
        found[name] = median, math.sqrt(math.log1p(ratio**2))
    return found


def _region(
    name: str, washout: tuple[float, float], physical: float, uptake: tuple[float, float] | None
) -> tuple[list[float], list[float]]:
    """Mean and variances of the parameters of one region."""
    effective = math.log(2.0) / washout[0]
    biological = effective - physical
    if not biological > 0:
        longest = math.log(2.0) / physical
        raise InputError(
            f"a half-life of {name} below the physical {longest:.1f} h", f"{washout[0]:g} h came", "--half-lives"
        )
    mean, variance = [0.0, math.log(biological)], [0.0, (washout[1] * effective / biological) ** 2]
    if uptake is None:
        return mean, variance
    excess = math.log(2.0) / uptake[0] - effective
    if not excess > 0:
        raise InputError(f"an uptake of {name} faster than its washout", f"{uptake[0]:g} h came", "--uptake-half-lives")
    return [*mean, math.log(excess)], [*variance, uptake[1] ** 2]
