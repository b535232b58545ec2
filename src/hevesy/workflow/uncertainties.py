"""What ``results.json`` says about uncertainty: budgets, correlations, the chain, and how two propagations agree."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from hevesy.quantities import Uncertain, correlation
from hevesy.report.estimate_model import EstimateModel
from hevesy.report.model import RegionResult
from hevesy.report.uncertainty_model import AgreementModel, BudgetTermModel, CorrelationModel, UncertaintyModel
from hevesy.workflow.config import UncertaintyChoice
from hevesy.workflow.doses import RegionDose
from hevesy.workflow.drawn_doses import RegionDraws
from hevesy.workflow.estimates import with_draws

_ALL = "all"
_Words = Literal["time-integrated activity", "absorbed dose", "BED", "EQD2"]
_QUANTITIES: tuple[tuple[str, str, _Words], ...] = (
    ("time_integrated_activity_bq_s", "time_integrated_activity", "time-integrated activity"),
    ("absorbed_dose_gy", "absorbed_dose", "absorbed dose"),
    ("bed_gy", "bed", "BED"),
    ("eqd2_gy", "eqd2", "EQD2"),
)
"""Field of the results, field of the draws, and words."""


def budget_terms(time_integrated_activity: Uncertain, s_value: Uncertain) -> list[BudgetTermModel]:
    r"""What each kind of source does to their product, the largest first, and ``all`` of them last.

    .. math:: \frac{u^2(D)}{D^2} = \frac{u^2(\tilde A)}{\tilde A^2} + \frac{u^2(S)}{S^2}
              + 2\, r \frac{u(\tilde A)}{\tilde A} \frac{u(S)}{S}

    for every kind of source by itself, with the correlation *r* that its sources bring about: a larger volume has more
    activity and a smaller S value, so that of ``volume`` is negative.

    References
    ----------
    .. [1] J. I. Gear et al., Eur. J. Nucl. Med. Mol. Imaging 45 (2018) 2456, doi:10.1007/s00259-018-4136-7
    """
    names = dict.fromkeys([*time_integrated_activity.components, *s_value.components])
    kinds: dict[str, list[tuple[float, float]]] = {}
    for name in names:
        pair = (
            time_integrated_activity.components.get(name, 0.0) / time_integrated_activity.value,
            s_value.components.get(name, 0.0) / s_value.value,
        )
        kinds.setdefault(name.partition(":")[0], []).append(pair)
        kinds.setdefault(_ALL, []).append(pair)
    variance = math.fsum((a + s) ** 2 for a, s in kinds.get(_ALL, []))
    terms = [_term(kind, pairs, variance) for kind, pairs in kinds.items()]
    return sorted(terms, key=lambda term: (term.kind == _ALL, -term.share_of_variance))


def _term(kind: str, pairs: Sequence[tuple[float, float]], variance: float) -> BudgetTermModel:
    of_activity = math.hypot(*(a for a, _ in pairs))
    of_s_value = math.hypot(*(s for _, s in pairs))
    whole = math.fsum((a + s) ** 2 for a, s in pairs)
    scale = of_activity * of_s_value
    return BudgetTermModel(
        kind=kind,
        relative_standard_uncertainty=math.sqrt(whole),
        share_of_variance=whole / variance if variance else 0.0,
        through_activity=of_activity,
        through_s_value=of_s_value,
        correlation=max(-1.0, min(1.0, math.fsum(a * s for a, s in pairs) / scale)) if scale else None,
    )


def correlations(doses: Sequence[RegionDose]) -> CorrelationModel:
    """Correlation and covariance of the absorbed doses of all regions that have one."""
    known = [(dose.course.settings.name, dose.absorbed_dose.estimate) for dose in doses if dose.absorbed_dose]
    matrix = [[1.0 if a is b else correlation(a, b) for _, b in known] for _, a in known]
    covariance = [
        [matrix[i][j] * a.standard_uncertainty * b.standard_uncertainty for j, (_, b) in enumerate(known)]
        for i, (_, a) in enumerate(known)
    ]
    return CorrelationModel(
        regions=[name for name, _ in known], absorbed_dose=matrix, absorbed_dose_covariance_gy2=covariance
    )


def region_with_draws(result: RegionResult, draws: RegionDraws | None, section: UncertaintyChoice) -> RegionResult:
    """The entry of a region with its Monte Carlo estimates."""
    if draws is None:
        return result
    instead = section.propagation == "monte-carlo"
    update = {
        name: with_draws(entry, getattr(draws, source), instead=instead)
        for name, source, _ in _QUANTITIES
        if (entry := getattr(result, name)) is not None
    }
    return result.model_copy(update=update)


def agreement(regions: Sequence[RegionResult], largest: float) -> list[AgreementModel]:
    """Every quantity that was propagated both ways."""
    return [found for region in regions for found in _agreements(region, largest)]


def _agreements(region: RegionResult, largest: float) -> Iterator[AgreementModel]:
    for name, _, words in _QUANTITIES:
        entry: EstimateModel | None = getattr(region, name)
        if entry is None or entry.monte_carlo is None or entry.interval95 is None or not entry.standard_uncertainty:
            continue
        u, drawn = entry.standard_uncertainty, entry.monte_carlo
        lower, upper = ((mc - analytic) / u for mc, analytic in zip(drawn.interval95, entry.interval95, strict=True))
        ratio = drawn.standard_uncertainty / u
        yield AgreementModel(
            region=region.name,
            quantity=words,
            ratio_of_standard_uncertainties=ratio,
            lower_end_difference=lower,
            upper_end_difference=upper,
            agrees=max(abs(ratio - 1.0), abs(lower), abs(upper)) <= largest,
        )


def uncertainty_entry(
    section: UncertaintyChoice,
    doses: Sequence[RegionDose],
    regions: Sequence[RegionResult],
    draws: Mapping[str, RegionDraws],
) -> UncertaintyModel:
    """How uncertainties were propagated, and what came of it."""
    drawn = section.propagation != "analytic"
    return UncertaintyModel(
        propagation=section.propagation,
        samples=section.samples if drawn else None,
        seed=section.seed if drawn else None,
        largest_difference=section.largest_difference,
        agreement=agreement(regions, section.largest_difference) if section.largest_difference else [],
        notes=[f"{name}: {one.note}" for name, one in draws.items() if one.note],
        correlation=correlations(doses),
    )


def with_findings(regions: Sequence[RegionResult], told: Mapping[str, str]) -> list[RegionResult]:
    """The regions, with one more finding where there is one."""
    return [
        region.model_copy(update={"findings": [*region.findings, told[region.name]]}) if region.name in told else region
        for region in regions
    ]


def disagreements(entry: UncertaintyModel) -> dict[str, str]:
    """A finding for every region where the two propagations differ by more than the study allows."""
    found: dict[str, list[str]] = {}
    for one in entry.agreement:
        if not one.agrees:
            found.setdefault(one.region, []).append(
                f"{one.quantity} {one.ratio_of_standard_uncertainties:.2f} times the standard uncertainty, ends of "
                f"the interval moved by {one.lower_end_difference:+.2f} and {one.upper_end_difference:+.2f} of it"
            )
    return {
        region: f"Monte Carlo differs from analytic propagation by more than {entry.largest_difference:g}: "
        + "; ".join(parts)
        for region, parts in found.items()
    }
