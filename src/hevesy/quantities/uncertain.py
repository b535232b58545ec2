"""Values with an uncertainty that remembers where it comes from.

An :class:`Uncertain` is a value and its first-order sensitivity to every source of error, each source being an
independent variable of unit variance. Two values that share a source are correlated through it and stay so through
any calculation: a calibration factor is one source, whatever it multiplies.

A source is named ``kind:scope``, for example ``calibration:site`` or ``volume:Kidney_L``. The kind is the line in the
budget; the scope tells independent errors of one kind apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

_Z95 = 1.959963984540054


def _frozen(components: Mapping[str, float]) -> Mapping[str, float]:
    return MappingProxyType({name: float(u) for name, u in components.items() if u != 0.0})


@dataclass(frozen=True)
class Uncertain:
    """A value and its signed standard-uncertainty component from each named source.

    Components of different sources are independent; the standard uncertainty is their root sum of squares.

    References
    ----------
    .. [1] JCGM 100:2008, Guide to the expression of uncertainty in measurement, 5.1 and 5.2.
    """

    value: float
    components: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, component in self.components.items():
            kind, separator, scope = name.partition(":")
            if not (kind and separator and scope):
                raise ValueError(f"expected an uncertainty source named 'kind:scope', but {name!r} came")
            if not math.isfinite(component):
                raise ValueError(f"expected a finite uncertainty from {name}, but {component} came")
        object.__setattr__(self, "components", _frozen(self.components))

    def __reduce__(self) -> tuple[type[Uncertain], tuple[float, dict[str, float]]]:
        """Let the value travel between processes (mapping proxies do not)."""
        return Uncertain, (self.value, dict(self.components))

    @property
    def standard_uncertainty(self) -> float:
        """Standard uncertainty (coverage factor 1), in the unit of the value."""
        return math.sqrt(math.fsum(u * u for u in self.components.values()))

    @property
    def relative_standard_uncertainty(self) -> float:
        """Standard uncertainty over the value; infinite for a value of zero."""
        return self.standard_uncertainty / abs(self.value) if self.value else math.inf


def exact(value: float) -> Uncertain:
    """A value without uncertainty."""
    return Uncertain(value)


def combine(value: float, terms: Iterable[tuple[Uncertain, float]]) -> Uncertain:
    r"""Propagate: ``value`` is a function of the terms, each given with its partial derivative.

    .. math:: u_s(y) = \sum_i \frac{\partial y}{\partial x_i} u_s(x_i)

    for every source *s*, so that shared sources add linearly and independent ones in quadrature.
    """
    collected: dict[str, list[float]] = {}
    for term, derivative in terms:
        for name, component in term.components.items():
            collected.setdefault(name, []).append(derivative * component)
    return Uncertain(value, {name: math.fsum(parts) for name, parts in collected.items()})


def scaled(estimate: Uncertain, factor: float) -> Uncertain:
    """Multiply by an exact factor."""
    return combine(estimate.value * factor, [(estimate, factor)])


def total(estimates: Sequence[Uncertain]) -> Uncertain:
    """Sum; shared sources stay correlated."""
    return combine(math.fsum(e.value for e in estimates), [(e, 1.0) for e in estimates])


def multiply_powers(*factors: tuple[Uncertain, float]) -> Uncertain:
    r"""Product :math:`\prod_i x_i^{p_i}`, for example a quotient as ``(a, 1), (b, -1)``.

    Raises
    ------
    ValueError
        If a factor is not positive (a relative uncertainty has no meaning then).
    """
    for factor, _ in factors:
        if not factor.value > 0:
            raise ValueError(f"expected positive factors in a product, but {factor.value} came")
    value = math.prod(factor.value**power for factor, power in factors)
    return combine(value, [(factor, power * value / factor.value) for factor, power in factors])


def budget(estimate: Uncertain) -> dict[str, float]:
    """Standard uncertainty by kind of source, in the unit of the value, largest first."""
    kinds: dict[str, float] = {}
    for name, component in estimate.components.items():
        kind = name.partition(":")[0]
        kinds[kind] = math.hypot(kinds.get(kind, 0.0), component)
    return dict(sorted(kinds.items(), key=lambda item: -item[1]))


def correlation(a: Uncertain, b: Uncertain) -> float:
    """Correlation coefficient of two estimates through the sources they share (0 if either is exact)."""
    scale = a.standard_uncertainty * b.standard_uncertainty
    shared = math.fsum(u * b.components.get(name, 0.0) for name, u in a.components.items())
    return shared / scale if scale else 0.0


def interval95(estimate: Uncertain) -> tuple[float, float]:
    r"""Central 95 % interval of a positive quantity, log-normal with the value as median.

    .. math:: x \exp(\pm 1.96\, s), \qquad s^2 = \ln(1 + u^2/x^2)

    It never falls below zero and becomes the normal interval when u is small against the value.

    Raises
    ------
    ValueError
        If the value is not positive.
    """
    if not estimate.value > 0:
        raise ValueError(f"expected a positive value for a log-normal interval, but {estimate.value} came")
    spread = math.sqrt(math.log1p(estimate.relative_standard_uncertainty**2))
    factor = math.exp(_Z95 * spread)
    return estimate.value / factor, estimate.value * factor
