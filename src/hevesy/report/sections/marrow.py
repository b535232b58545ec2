"""Blood, whole body and red marrow."""

from __future__ import annotations

from hevesy.report import numbers
from hevesy.report.document import Block, Bullets, Cell, Column, Facts, Heading, Picture, Pictures, Table
from hevesy.report.estimate_model import EstimateModel
from hevesy.report.figures.blood import draw_course
from hevesy.report.figures.style import vector
from hevesy.report.marrow_model import CourseModel, MarrowModel
from hevesy.report.sections.material import Material

_TITLE = "Blood, whole body and red marrow"
_WAYS = {"blood": "from blood", "image": "from the images"}
_TO_HOURS = {"Bq/ml": ("kBq h/ml", 1.0 / 3.6e6), "Bq": ("GBq h", 1.0 / 3.6e12)}


def marrow(material: Material) -> list[Block]:
    """Curves that no scan shows, and the absorbed dose to marrow with what it is made of; nothing without them."""
    results = material.results
    courses = [course for course in (results.blood, results.whole_body) if course is not None]
    if not courses and results.marrow is None:
        return []
    blocks: list[Block] = [Heading(_TITLE, 1, "marrow")]
    if courses:
        pictures = tuple(Picture(vector(lambda c=course: draw_course(c)), _named(course)) for course in courses)  # type: ignore[misc]
        caption = "; ".join(_named(course) for course in courses)
        blocks += [Pictures(pictures, f"{caption}. Points: measured ± u; line and band: fit and its 95 % band.")]
        blocks += [Facts(tuple(item for course in courses for item in _facts(course)))]
    if results.marrow is not None:
        blocks += [_table(results.marrow), Facts(_marrow_facts(results.marrow)), Bullets(tuple(results.marrow.limits))]
    return blocks


def _named(course: CourseModel) -> str:
    return "Concentration in whole blood" if course.name == "Blood" else "Activity in the whole body"


def _facts(course: CourseModel) -> list[tuple[str, str]]:
    unit, factor = _TO_HOURS[course.unit]
    name = "Blood" if course.name == "Blood" else "Whole body"
    told = [(f"{name}: integral", _shown(course.time_integrated, unit, factor))]
    if course.model is not None:
        share = numbers.percent(course.extrapolated_fraction)
        told.append((f"{name}: curve", f"{course.model}; {share} of the integral after the last sample"))
        told.append((f"{name}: terminal half-life", _shown(course.effective_half_life_h, "h")))
    if course.absorbed_dose_gy is not None:
        told.append((f"{name}: mean absorbed dose", _shown(course.absorbed_dose_gy, "Gy")))
    last = course.samples[-1].excreted_fraction
    if last is not None:
        told.append(("Excreted at the last reading", f"{numbers.estimate(last, 100.0)} % of the administered activity"))
    return told


def _shown(given: EstimateModel, unit: str, factor: float = 1.0) -> str:
    if given.value is None:
        return f"none: {given.reason or 'no reason given'}"
    return f"{numbers.estimate(given, factor)} {unit}"


def _table(red: MarrowModel) -> Table:
    sources = list(dict.fromkeys(name for way in red.ways for name in way.cross_dose_gy))
    columns = (
        Column("Absorbed dose to red marrow", share=2.0),
        *(Column(_WAYS[w.way], "Gy", numeric=True) for w in red.ways),
    )
    rows = [
        (
            Cell("All"),
            *(Cell(numbers.estimate(way.absorbed_dose_gy), _interval(way.absorbed_dose_gy)) for way in red.ways),
        ),
        (Cell("Activity in marrow"), *(Cell(numbers.estimate(way.self_dose_gy)) for way in red.ways)),
    ]
    rows += [
        (
            Cell("Rest of the body" if name == "remainder" else name),
            *(Cell(numbers.estimate(way.cross_dose_gy[name]) if name in way.cross_dose_gy else numbers.MISSING)
              for way in red.ways),
        )
        for name in sources
    ]  # fmt: skip
    per = tuple(Cell(numbers.estimate(way.absorbed_dose_per_administered_activity_gy_per_gbq)) for way in red.ways)
    rows.append((Cell("All, per administered activity", "Gy/GBq"), *per))
    return Table("Red marrow, value ± standard uncertainty, by where the decays are.", columns, tuple(rows))


def _interval(dose: EstimateModel) -> str:
    return "" if dose.interval95 is None else numbers.interval(dose)


def _marrow_facts(red: MarrowModel) -> tuple[tuple[str, str], ...]:
    told = [
        ("Phantom", f"{red.phantom}, for a body of {red.body_mass_kg:g} kg"),
        ("Red marrow", f"{numbers.estimate(red.mass_g)} g (phantom {numbers.significant(red.phantom_mass_g, 4)} g)"),
    ]
    if red.marrow_to_blood_ratio.value is not None:
        told.append(("Marrow to blood", numbers.estimate(red.marrow_to_blood_ratio)))
    if red.image_over_blood.value is not None:
        told.append(("From the images over from blood", numbers.estimate(red.image_over_blood)))
    return tuple(told)
