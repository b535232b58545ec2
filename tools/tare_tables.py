"""Write the tables of the pages on radioembolisation from the program's own tables and the example.

Usage: ``python tools/tare_tables.py`` from the folder of the repository; a test compares the pages with its output.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hevesy.physdata import (
    DoseRule,
    Effect,
    Microspheres,
    Sourced,
    Vial,
    decay_dose_factor,
    dose_rules,
    eligibility_criteria,
    known_effects,
    known_microspheres,
    lung_activity_caps,
    microspheres,
    practices,
    scout_interval,
    trial_limits,
)
from hevesy.physdata.microsphere_rules import INTENTS, body_surface_rule, shunt_bands, tumour_burden_rule
from hevesy.workflow.tare import plan_document, read_plan

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("docs/explanation/radioembolisation.md", "docs/reference/tare-data.md")
EXAMPLE = ROOT / "examples" / "tare-one-patient" / "plan.yaml"
_MARK = re.compile(r"<!-- table: ([a-z-]+) -->\n.*?<!-- end of table -->\n", re.DOTALL)
_VOLUMES = {
    "tumour:T1": "T1",
    "tumour:T2": "T2",
    "normal_perfused:right anterior": "normal, right anterior",
    "normal_perfused:right posterior": "normal, right posterior",
    "whole_normal": "whole normal liver",
    "whole_liver": "whole liver",
    "lung:first": "lung",
}


def _markdown(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    columns = list(head)
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def _sourced(source: Sourced) -> str:
    link = f", [doi:{source.doi}](https://doi.org/{source.doi})" if source.doi else ""
    return f"{source.text}{link} ({_status(source.status)})"


def _status(status: str) -> str:
    return {"seed": "article", "DOC": "seen", "MEM": "**unconfirmed**"}[status]


def one_patient() -> str:
    """Every model and product for the patient of the example."""
    document = plan_document(read_plan(EXAMPLE))
    head = ("product", "model", "delivered [GBq]", *(f"{name} [Gy]" for name in _VOLUMES.values()), "every limit kept",
            "source of the model")  # fmt: skip
    return _markdown(head, (row for product in document["products"] for row in _patient_rows(product)))


def _patient_rows(product: Mapping[str, Any]) -> Iterable[list[str]]:
    name = product["product"]
    for model, row in product["models"].items():
        if row["activity_delivered_gbq"] is None:
            yield [name, model, "–", *("–" for _ in _VOLUMES), "–", row["reason"].partition(": ")[2]]
        else:
            told = row["source"] + (" (**unconfirmed**)" if row["source_status"] == "MEM" else "")
            yield [name, model, *_patient_cells(row), told]
    for method, inverse in product["inverse"].items():
        bound = next(one for one in inverse["limits_by_activity"] if one["rule"] == inverse["binding"])
        label = f"**largest ({method})**, bound by `{inverse['binding']}`"
        yield [name, label, *_patient_cells(inverse["largest"]), f"limit: {bound['source']}"]
        safe = inverse["probability_curve"]["activity_to_draw_with_every_limit_kept_95_gbq"]
        share = inverse["largest"]["activity_delivered_gbq"] / inverse["largest"]["activity_to_draw_gbq"]
        yield [
            name,
            f"every limit kept with 95 % ({method})",
            f"{safe * share:.3f}",
            *("" for _ in _VOLUMES),
            "0.95",
            "as above",
        ]


def _patient_cells(row: Mapping[str, Any]) -> list[str]:
    doses = row["absorbed_dose_gy"]
    shown = (
        f"{doses[v]['value']:.1f} ± {doses[v]['standard_uncertainty']:.1f}" if v in doses else "–" for v in _VOLUMES
    )
    return [f"{row['activity_delivered_gbq']:.3f}", *shown, f"{row['probability']['every_limit_kept']:.2f}"]


def limits() -> str:
    """Every limit and target with its source."""
    head = ("rule", "kind", "product", "volume", "method", "dose [Gy]", "intents", "tumours", "needs", "source", "note")
    rows = [
        [f"`{r.rule}`", "target" if r.target else "limit", r.product, r.volume, r.method, _dose(r), _intents(r.intents),
         ", ".join(r.tumours), ", ".join(_need(k, v) for k, v in r.needs.items()) or "–", r.rule_set, r.note or "–"]
        for r in dose_rules()
    ]  # fmt: skip
    caps = [
        [f"`{c.rule}`", "limit", c.product, "lung activity", c.method, f"≤ {c.activity_bq / 1e9:g} GBq",
         "all", "any", "–", "glass-cap", c.note]
        for product in known_microspheres() for c in lung_activity_caps(product)
    ]  # fmt: skip
    trials = [
        [f"`trial-{t.trial}`", "limit of a trial", t.product, t.volume, t.method,
         "≤ " + ", ".join(f"{d:g}" for d in t.doses_gy), _intents(t.intents), "any",
         f"perfused up to {100 * t.perfused_share_to:.0f} %", "emeritus", t.note]
        for t in trial_limits()
    ]  # fmt: skip
    return _markdown(head, [*rows, *caps, *trials])


def _dose(rule: DoseRule) -> str:
    sign = {(False, False): "≤", (False, True): "<", (True, False): "≥", (True, True): ">"}[rule.target, rule.strict]
    return f"{sign} {rule.dose_gy:g}" + (f" to {rule.to_gy:g}" if rule.to_gy else "")


def _intents(intents: Iterable[str]) -> str:
    return "all" if set(intents) == set(INTENTS) else ", ".join(intents)


def _need(key: str, value: object) -> str:
    return f"{key} {'/'.join(value) if isinstance(value, list) else value}"


def sources() -> str:
    """What the names of sources in the limits stand for."""
    found = {rule.rule_set: rule.source for rule in dose_rules()}
    found |= {"glass-cap": lung_activity_caps("therasphere")[0].source, "emeritus": trial_limits()[0].source}
    return _markdown(("source", "what it is"), ([f"`{name}`", _sourced(source)] for name, source in found.items()))


def products() -> str:
    """Particles, vials and factors of each product with their sources."""
    every = [microspheres(key) for key in known_microspheres()]
    columns = [_product(one) for one in every]
    rows = [[name, *(column[name] for column in columns)] for name in columns[0]]
    return _markdown(("property", *(one.name for one in every)), rows)


def _product(one: Microspheres) -> dict[str, str]:
    low, high = one.activity_per_sphere_bq
    smallest, typical, largest = one.diameter_um
    shelf = "–" if one.shelf_life_s is None else _property(one, "shelf_life_h", f"{one.shelf_life_s / 3600:g} h")
    return {
        "nuclide, matrix": f"{one.nuclide}, {one.matrix}",
        "dose factor, published [J/GBq]": _property(
            one, "dose_factor_j_per_gbq", f"{1e9 * one.dose_factor_j_per_bq:g}"
        ),
        "dose factor, decay data [J/GBq]": _factors(one.nuclide),
        "diameter [µm]": _property(one, "diameter_um", f"{typical:g} ({smallest:g} to {largest:g})"),
        "activity of a sphere [Bq]": _property(
            one, "activity_per_sphere_bq", f"{low:g} to {high:g} at {one.activity_stated_at}"
        ),
        "density [g/ml]": _property(one, "specific_gravity_g_ml", f"{one.density_g_ml:g}"),
        "embolic effect": _property(one, "embolic", one.embolic),
        "vials": "; ".join(_vial(vial) for vial in one.vials) or "made for the patient",
        "calibration": _property(one, "calibration", one.calibration),
        "shelf life": shelf,
        "manufacturer's time zone": _property(one, "time_zone", one.time_zone),
    }


def _vial(vial: Vial) -> str:
    first, last = vial.activities_bq[0] / 1e9, vial.activities_bq[-1] / 1e9
    early = f", {vial.days_before_calibration:g} d before calibration" if vial.days_before_calibration else ""
    return f"{vial.name}: {first:g}" + (f" to {last:g}" if last > first else "") + f" GBq{early}"


def _property(product: Microspheres, key: str, text: str) -> str:
    mark = ", **unconfirmed**" if product.sources[key].status == "MEM" else ""
    note = f"; {product.notes[key]}" if key in product.notes else ""
    return f"{text}{mark}{note}"


def _factors(nuclide: str) -> str:
    electrons, everything = (1e9 * decay_dose_factor(nuclide, photons=photons).value for photons in (False, True))
    return f"{electrons:.2f} electrons, {everything:.2f} with all photons"


def models() -> str:
    """Where each activity model comes from."""
    bands, surface, burden = shunt_bands(), body_surface_rule(), tumour_burden_rule()
    reductions = ", ".join(
        f"{100 * r:g} % less above {100 * a:g} %" for a, r in zip(bands.above, bands.reduction, strict=True)
    )
    steps = ", ".join(
        f"{a / 1e9:g} GBq up to {100 * b:g} %" for a, b in zip(burden.activity_bq, burden.burden_to, strict=True)
    )
    factor, height, weight = surface.dubois
    area = f"(BSA − {surface.offset_m2:g} + tumour share) × treated share; BSA = {factor:g} H^{height:g} W^{weight:g}"
    article = microspheres("resin").sources["dose_factor_j_per_gbq"]
    return _markdown(("model", "products", "rule", "source"), [
        ["partition", "all", "D (M_N + Σ r M_T) / (CF r (1 − L))", _sourced(article)],
        ["one-compartment", "glass, holmium; resin in segmentectomy", "D M / (CF (1 − L)), with a reason",
         _sourced(article)],
        ["body-surface-area", "resin", area, _sourced(surface.source)],
        ["empirical", "resin", steps, _sourced(burden.source)],
        ["reduction by lung shunt", "resin, body surface and empirical only", f"{reductions}; none above "
         f"{100 * bands.refused_above:g} %", _sourced(bands.source)],
        ["voxel", "all", "mean doses on the scout image", _sourced(article)],
    ])  # fmt: skip


def eligibility() -> str:
    """Every criterion with its source."""
    rows = (
        [f"`{c.name}`", c.kind + ("" if c.can_be_overridden else ", never overridden"), c.label, f"`{c.input}`",
         _intents(c.intents), ", ".join(c.rules) or "–", _sourced(c.source), c.note or "–"]
        for c in eligibility_criteria()
    )  # fmt: skip
    return _markdown(("criterion", "kind", "has to hold", "input", "intents", "rules", "source", "note"), rows)


def reminders() -> str:
    """What belongs to the treatment."""
    interval = scout_interval()
    rows = [[p.name, ", ".join(p.products) or "all", p.text, _sourced(p.source)] for p in practices()]
    told = f"{interval.days_from:g} to {interval.days_to:g} d from scout to treatment; a finding outside"
    return _markdown(
        ("about", "products", "what", "source"), [["scout", "all", told, _sourced(interval.source)], *rows]
    )


def effects() -> str:
    """Every relation of dose and effect with its source."""
    head = ("effect", "product", "tumours", "intents", "volume", "dose", "what was seen", "range", "shown", "source")
    return _markdown(head, (
        [f"`{e.name}`", e.product, ", ".join(e.tumours), _intents(e.intents), e.volume, e.dose_definition, _seen(e),
         e.range, "always" if e.confirmed else "by name", _sourced(e.source)]
        for e in known_effects()
    ))  # fmt: skip


def _seen(effect: Effect) -> str:
    if effect.form == "groups":
        means = ", ".join(f"{g.outcome} {g.dose_gy:g} Gy ({g.low_gy:g} to {g.high_gy:g})" for g in effect.groups)
        return f"{effect.outcome}: {means}"
    if effect.form == "threshold":
        return f"above {effect.dose_gy:g} Gy {effect.above}; below {effect.below}"
    curve = f", probit curve with m = {effect.slope_m:g}" if effect.form == "probit" else ""
    return f"{effect.outcome}: {100 * effect.probability:g} % at {effect.dose_gy:g} Gy{curve}"


TABLES = {
    "one-patient": one_patient,
    "limits": limits,
    "sources": sources,
    "products": products,
    "models": models,
    "eligibility": eligibility,
    "reminders": reminders,
    "effects": effects,
}


def filled(text: str) -> str:
    """A page with every marked table written anew."""
    return _MARK.sub(lambda m: f"<!-- table: {m[1]} -->\n{TABLES[m[1]]()}<!-- end of table -->\n", text)


if __name__ == "__main__":
    for page in PAGES:
        path = ROOT / page
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
        print(f"{page}: written")
