"""Activities by rules that know no distribution: body surface area, tumour burden, one compartment, lung shunt."""

from __future__ import annotations

from hevesy.errors import InputError
from hevesy.physdata.microsphere_rules import body_surface_rule, shunt_bands, tumour_burden_rule


def body_surface_area(height_m: float, weight_kg: float) -> float:
    r"""Body surface area after Du Bois. [m2]

    .. math:: 0.20247\; H^{0.725}\, W^{0.425}

    Parameters
    ----------
    height_m, weight_kg
        [m], [kg]

    Raises
    ------
    InputError
        If height or weight is none of a person.
    """
    if not (0.4 <= height_m <= 2.6 and 5.0 <= weight_kg <= 400.0):
        raise InputError(
            "a height of 0.4 to 2.6 m and a weight of 5 to 400 kg", f"{height_m:g} m, {weight_kg:g} kg came"
        )
    factor, height_power, weight_power = body_surface_rule().dubois
    return float(factor * height_m**height_power * weight_kg**weight_power)


def body_surface_activity(area_m2: float, tumour_ml: float, treated_ml: float, liver_ml: float) -> float:
    r"""Resin activity by body surface area. [Bq]

    .. math:: A = \left(\mathrm{BSA} - 0.2 + \frac{V_T}{V_\text{treated}}\right)\frac{V_\text{treated}}{V_\text{liver}}
       \quad [\mathrm{GBq}]

    It knows neither the uptake of the tumour nor any absorbed dose.

    Parameters
    ----------
    area_m2
        Body surface area. [m2]
    tumour_ml, treated_ml, liver_ml
        Tumour in the treated volume, the treated volume with it, and the whole liver with it. [ml]
    """
    return 1e9 * (area_m2 - body_surface_rule().offset_m2 + tumour_ml / treated_ml) * treated_ml / liver_ml


def burden_activity(tumour_ml: float, treated_ml: float, liver_ml: float) -> float:
    """Resin activity by tumour burden, scaled with the treated share of the liver. [Bq]

    Parameters
    ----------
    tumour_ml, treated_ml, liver_ml
        Tumour in the treated volume, the treated volume with it, and the whole liver with it. [ml]
    """
    rule = tumour_burden_rule()
    burden = tumour_ml / treated_ml
    whole = next(a for limit, a in zip(rule.burden_to, rule.activity_bq, strict=True) if burden <= limit)
    return whole * treated_ml / liver_ml


def one_compartment_activity(dose_gy: float, mass_kg: float, shunt: float, dose_factor_j_per_bq: float) -> float:
    r"""Activity that gives a whole perfused volume, tumour and normal tissue alike, a mean absorbed dose. [Bq]

    .. math:: A = \frac{D\,M}{CF\,(1 - L)}

    Parameters
    ----------
    dose_gy, mass_kg
        Wanted dose and mass of the perfused volume. [Gy], [kg]
    shunt
        Lung shunt fraction.
    dose_factor_j_per_bq
        [J/Bq]
    """
    return dose_gy * mass_kg / (dose_factor_j_per_bq * (1.0 - shunt))


def shunt_reduction(product: str, model: str, shunt: float) -> float:
    """Fraction of the activity that is left after the bands of the lung shunt.

    They belong to the resin activities by body surface area and tumour burden, and to nothing else.

    Parameters
    ----------
    product, model
        Key of the product and name of the model.
    shunt
        Lung shunt fraction.
    """
    bands = shunt_bands()
    if product != bands.product or model not in bands.models:
        return 1.0
    reductions = [r for above, r in zip(bands.above, bands.reduction, strict=True) if shunt > above]
    return 1.0 - max(reductions, default=0.0)


def check_shunt(product: str, shunt: float) -> None:
    """Refuse a lung shunt that the product excludes.

    Parameters
    ----------
    product
        Key of the product.
    shunt
        Lung shunt fraction.

    Raises
    ------
    InputError
        If the fraction lies above the product's.
    """
    bands = shunt_bands()
    if product == bands.product and shunt > bands.refused_above:
        limit = f"a lung shunt of at most {100 * bands.refused_above:g} % for {product}"
        raise InputError(limit, f"{100 * shunt:.3g} % came: no plan", "lung.shunt")
