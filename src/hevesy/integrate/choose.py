"""Which sum of exponentials the points of one region support."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError, RegionFinding
from hevesy.numerics.exponential_fit import ExponentialFit, fit_exponentials
from hevesy.numerics.exponentials import MODELS, ExponentialModel
from hevesy.numerics.model_choice import aicc, significantly_better

Floats = NDArray[np.float64]
CandidateRow = tuple[str, float | None, str]

BEYOND_PHYSICAL_DECAY = "beyond-physical-decay"
UNRESOLVED_PHASE = "unresolved-phase"
VANISHED_PHASE = "vanished-phase"
OUTLIER = "outlier"
DOUBTS = (BEYOND_PHYSICAL_DECAY, UNRESOLVED_PHASE, VANISHED_PHASE, OUTLIER)
"""Names of the rows that say what is doubtful about the chosen fit."""
AVERAGE = "average"
TRAPEZOID = "trapezoid"
CURVE_MODELS = ("auto", *(model.name for model in MODELS), AVERAGE, TRAPEZOID)
"""What may be asked for."""
SIGNIFICANCE = 0.01
"""A richer model must fit better than chance allows at this level where AICc cannot choose."""


@dataclass(frozen=True)
class Points:
    """The points of one region as bare arrays."""

    times_s: Floats
    activities_bq: Floats
    weights_u_bq: Floats
    """Standard uncertainties that weigh the points. [Bq]"""
    physical_rate_per_s: float
    spare: int = 0
    """How many more points than parameters a model must have to be chosen by itself."""


@dataclass(frozen=True)
class Choice:
    """The chosen fit and every candidate with its AICc and why it was not chosen."""

    fit: ExponentialFit
    aicc: float | None
    candidates: tuple[CandidateRow, ...]
    reason: str
    """Why this model."""


def choose_model(points: Points, model: str) -> Choice:
    """Fit the named model, or every one that the points support and choose.

    Where AICc exists for two models or more, the rule's choice among them, the lowest AICc decides. Elsewhere the rule:
    begin with the mono-exponential and accept a richer model only if it fits better than chance allows (likelihood
    ratio at the 1 % level).

    Raises
    ------
    InputError
        If the model is unknown.
    RegionFinding
        If there are fewer points than parameters.
    """
    if model == "auto":
        return _automatic(points)
    named = _named(model)
    n = points.times_s.size
    if n < named.n_parameters:
        raise RegionFinding(f"{model} has {named.n_parameters} parameters: {n} scans cannot support it")
    fit = _fit(named, points)
    others = tuple((m.name, None, f"{model} was named") for m in _considered(n) if m != named)
    value = aicc(fit.chi_square, n, named.n_parameters)
    return Choice(fit, value, ((model, value, ""), *others, *notes(fit, points)), f"{model} was named")


def _considered(n: int) -> tuple[ExponentialModel, ...]:
    """Models to speak of: three washout phases only where there are more scans than parameters."""
    return tuple(m for m in MODELS if m.n_washout < 3 or m.n_parameters < n)


def _named(name: str) -> ExponentialModel:
    check_model(name)
    return next(model for model in MODELS if model.name == name)


def check_model(name: str) -> None:
    """Refuse an unknown model.

    Raises
    ------
    InputError
        With the known ones.
    """
    if name in CURVE_MODELS:
        return
    raise InputError(f"a curve model among {', '.join(CURVE_MODELS)}", f"{name!r} came", "curves")


def _fit(model: ExponentialModel, points: Points) -> ExponentialFit:
    return fit_exponentials(
        model, points.times_s, points.activities_bq, points.weights_u_bq, points.physical_rate_per_s
    )


def _automatic(points: Points) -> Choice:
    n = points.times_s.size
    fits = fit_all(points)
    sound = sound_fits(fits)
    scores = {name: aicc(f.chi_square, n, f.model.n_parameters) for name, f in fits.items()}
    chosen = _climb(sound)
    pool = {name: score for name in sound if (score := scores[name]) is not None}
    by_aicc = chosen in pool and len(pool) > 1
    if by_aicc:
        chosen = min(pool, key=pool.__getitem__)
    rows: list[CandidateRow] = []
    for model in _considered(n):
        score = scores.get(model.name)
        rows.append((model.name, score, _why_not(model, chosen, fits, pool if by_aicc else {}, n)))
    reason = _reason(chosen, by_aicc=by_aicc, only=len(fits) == 1, n=n)
    return Choice(fits[chosen], scores[chosen], (*rows, *notes(fits[chosen], points)), reason)


def _reason(chosen: str, *, by_aicc: bool, only: bool, n: int) -> str:
    if by_aicc:
        return f"{chosen} has the lowest AICc of the models that {n} scans tell apart"
    if only:
        return f"{chosen} is the only model that {n} scans support"
    if chosen == "mono":
        return f"no richer model fits better than chance allows at the 1 % level (AICc cannot choose for {n} scans)"
    return f"{chosen} fits better than chance allows at the 1 % level (AICc cannot choose for {n} scans)"


def fit_all(points: Points) -> dict[str, ExponentialFit]:
    """Fits of every model that has no more parameters than there are points (and spare ones where asked), by name."""
    n = points.times_s.size
    able = [m for m in _considered(n) if m.n_parameters <= n - points.spare or m.name == "mono"]
    return {m.name: _fit(m, points) for m in able}


def sound_fits(fits: dict[str, ExponentialFit]) -> dict[str, ExponentialFit]:
    """Those that no simpler model replaces."""
    return {name: fit for name, fit in fits.items() if name == "mono" or not fit.degenerate}


def _climb(fits: dict[str, ExponentialFit]) -> str:
    current = fits["mono"]
    for fit in fits.values():
        extra = fit.model.n_parameters - current.model.n_parameters
        if extra > 0 and significantly_better(current.chi_square, fit.chi_square, extra, SIGNIFICANCE):
            current = fit
    return current.model.name


def _why_not(
    model: ExponentialModel, chosen: str, fits: dict[str, ExponentialFit], pool: dict[str, float], n: int
) -> str:
    if model.name == chosen:
        return ""
    if model.name not in fits:
        return f"has {model.n_parameters} parameters, {n} scans cannot support it"
    if fits[model.name].degenerate and model.name != "mono":
        return "one of its phases vanished or does what another one does"
    if pool:
        return _by_aicc(model.name, chosen, pool)
    simpler = model.n_parameters < fits[chosen].model.n_parameters
    return f"fits {'worse' if simpler else 'no better'} than {chosen} at the 1 % level"


def _by_aicc(name: str, chosen: str, pool: dict[str, float]) -> str:
    if name not in pool:
        return "AICc does not exist for so few scans"
    return f"AICc higher by {pool[name] - pool[chosen]:.1f}"


def notes(fit: ExponentialFit, points: Points) -> tuple[CandidateRow, ...]:
    """Rows that say what is doubtful about a fit."""
    return (*_vanished_note(fit), *_fast_note(fit), *_limit_note(fit, points))


def _vanished_note(fit: ExponentialFit) -> tuple[CandidateRow, ...]:
    """A row that says that a model has more phases than the data show."""
    if not fit.degenerate:
        return ()
    return ((VANISHED_PHASE, None, f"a phase of {fit.model.name} vanished or does what another one does"),)


def _fast_note(fit: ExponentialFit) -> tuple[CandidateRow, ...]:
    """A row that says that a phase is over too soon for the scans to tell how soon."""
    if fit.unresolved_half_life_s is None:
        return ()
    hours = fit.unresolved_half_life_s / 3600.0
    reason = (
        f"a phase with a half-life of {hours:.3g} h or less, which the scans do not resolve, is taken as {hours:.3g} h"
    )
    return ((UNRESOLVED_PHASE, None, reason),)


def _limit_note(fit: ExponentialFit, points: Points) -> tuple[CandidateRow, ...]:
    """A row that says that the data decline more slowly than the radionuclide decays, where they do."""
    if not fit.without_washout:
        return ()
    freed = freed_fit(fit, points)
    if not significantly_better(fit.chi_square, freed.chi_square, 1, SIGNIFICANCE):
        return ()
    hours = np.log(2.0) / freed.rates[0] / 3600.0
    reason = f"the data suggest a half-life of {hours:.3g} h, longer than physical decay allows: check the scale"
    return ((BEYOND_PHYSICAL_DECAY, None, reason),)


def freed_fit(fit: ExponentialFit, points: Points) -> ExponentialFit:
    """The same model for the same points with half-lives up to 700 times the last time."""
    slow = replace(points, physical_rate_per_s=1e-3 / float(points.times_s[-1]))
    return _fit(fit.model, slow)
