"""Time-integrated activity times S."""

from __future__ import annotations

from hevesy.quantities import AbsorbedDose, Uncertain, combine


def absorbed_dose(time_integrated_activity: Uncertain, s_value: Uncertain) -> AbsorbedDose:
    r"""Mean absorbed dose to a region from the decays in it.

    .. math:: D = \tilde A\, S, \qquad u_s(D) = S\, u_s(\tilde A) + \tilde A\, u_s(S)

    for every source *s*: volume drives time-integrated activity (through recovery) and S (through mass) together, and
    their covariance is kept.

    Parameters
    ----------
    time_integrated_activity
        [Bq s]
    s_value
        [Gy/(Bq s)]

    References
    ----------
    .. [1] W. E. Bolch et al., J. Nucl. Med. 50 (2009) 477, doi:10.2967/jnumed.108.056036
    """
    value = time_integrated_activity.value * s_value.value
    terms = [(time_integrated_activity, s_value.value), (s_value, time_integrated_activity.value)]
    return AbsorbedDose(combine(value, terms))
