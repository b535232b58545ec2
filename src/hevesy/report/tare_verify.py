"""The verification of a radioembolisation for people: doses by two scales, findings, planned against delivered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from hevesy.report.document import (
    STATEMENT,
    Block,
    Bullets,
    Cell,
    Column,
    Document,
    Facts,
    Heading,
    Paragraph,
    Picture,
    Pictures,
    Table,
)
from hevesy.report.figures.dose_volumes import draw_dose_volumes
from hevesy.report.figures.style import vector
from hevesy.report.figures.verification import draw_agreement
from hevesy.report.images import ReportImages
from hevesy.report.pages import write_pages
from hevesy.report.tare_isodoses import isodose_blocks
from hevesy.report.tare_verify_rules import bed_blocks, rules_blocks
from hevesy.report.tare_words import volume_words

_LEADING = 3
_Json = Mapping[str, Any]
_HOW = {"as_planned": "the plan as it is", "scaled_to_delivered": "the plan scaled to the delivered activity"}


def write_verification_report(document: _Json, images: ReportImages, out: Path) -> tuple[Path, Path]:
    """Write ``report.html`` and ``report.pdf`` of a verification.

    Parameters
    ----------
    document
        As the verification gives it: absorbed doses in Gy, activities in GBq.
    images
        CT, dose map and tumours.
    out
        Folder.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    return write_pages(verification_report(document, images), out)


def verification_report(document: _Json, images: ReportImages) -> Document:
    """The verification as a report; absorbed doses in Gy, activities in GBq."""
    blocks: list[Block] = [
        Heading("Delivered absorbed doses", 1, "delivered"),
        _facts(document),
        *_findings(document),
        _doses(document),
        _scales(document),
        *_histograms(document),
        *isodose_blocks(images),
        *rules_blocks(document),
        *bed_blocks(document),
        *_planned(document),
        Heading("How the doses were determined", 1, "methods"),
        Paragraph(_methods(document)),
        Bullets(tuple(document["notes"]), tone="note", title="To be read with it"),
        Heading("Provenance", 1, "provenance"),
        _provenance(document),
    ]
    return Document("Radioembolisation verification", document["label"], STATEMENT, tuple(blocks))


def _facts(document: _Json) -> Facts:
    image, scales = document["image"], document["scales"]
    kept = document["conservation"]
    where = "–"
    if kept is not None:
        lungs = "not shown whole" if kept["lungs"] is None else f"{100 * kept['lungs']:.1f} %"
        where = (
            f"liver {100 * kept['liver']:.1f} %, lungs {lungs}, outside the field {100 * kept['outside_field']:.1f} %, "
            f"elsewhere {100 * kept['elsewhere']:.1f} %"
        )
    return Facts((
        ("Product", f"{document['product']} ({document['nuclide']})"),
        ("Activity delivered", _estimate(scales["delivered_activity_bq"], 1e-9, "GBq")),
        ("Image", f"{document['modality']}, {image['hours_after_treatment']:.1f} h after the treatment"),
        ("Dose engine", document["engine"]),
        ("Delivered activity lies", where),
    ))  # fmt: skip


def _findings(document: _Json) -> Iterator[Block]:
    for blocking, title in ((True, "Needs a judgement"), (False, "Findings")):
        told = [one["message"] for one in document["findings"] if one["blocking"] is blocking]
        if told:
            yield Bullets(tuple(told), tone="warning" if blocking else "note", title=title)


def _doses(document: _Json) -> Table:
    columns = (
        Column("Volume", share=2.0),
        Column("Self-calibrated", "Gy", share=1.4, numeric=True),
        Column("Absolute", "Gy", share=1.4, numeric=True),
        Column("Activity", "GBq", numeric=True),
        Column("Recovery"),
    )
    return Table("Mean absorbed doses, ± standard uncertainty", columns, tuple(_dose_rows(document)))


def _dose_rows(document: _Json) -> Iterator[tuple[Cell, ...]]:
    for key, row in document["volumes"].items():
        if row["self_calibrated"] is None:
            yield Cell(volume_words(key), row["reason"]), *(Cell("–"),) * 4
            continue
        own, absolute, recovery = row["self_calibrated"], row["absolute"], row.get("own_recovery")
        both = row.get("with_scout_absorbed_dose_gy")
        detail = _leading(own["absorbed_dose_gy"]) + (f"; with the scout {_estimate(both)} Gy" if both else "")
        yield (
            Cell(volume_words(key), detail),
            Cell(_estimate(own["absorbed_dose_gy"])),
            Cell("–" if absolute is None else _estimate(absolute["absorbed_dose_gy"])),
            Cell(f"{own['activity_gbq']['value']:.4f}"),
            Cell("–" if recovery is None else f"{recovery:.2f}"),
        )


def _leading(estimate: _Json) -> str:
    """What the uncertainty owes to its largest sources, of its variance."""
    whole = estimate["standard_uncertainty"] ** 2
    if not whole > 0:
        return ""
    parts = list(estimate["budget"].items())[:_LEADING]
    return ", ".join(f"{name} {100 * u**2 / whole:.0f} %" for name, u in parts)


def _scales(document: _Json) -> Table:
    scales = document["scales"]
    columns = (Column("Activity at the treatment", share=2.0), Column("Value", "GBq", share=1.4, numeric=True))
    rows = [("delivered, net of the residual", scales["delivered_activity_bq"])]
    rows += [
        (f"shown by {name.replace('_', ' ')} scale", one)
        for name, one in scales["shown_activity_bq"].items()
        if one is not None
    ]
    caption = "Self-calibration and absolute calibration"
    if scales["absolute_over_self"] is not None:
        caption += f": absolute over self {_estimate(scales['absolute_over_self'], digits=3)}, {scales['verdict']}"
    cells = tuple((Cell(name, _leading(one)), Cell(_estimate(one, 1e-9, digits=3))) for name, one in rows)
    return Table(caption, columns, cells)


def _histograms(document: _Json) -> Iterator[Block]:
    shown = {
        key: row["histogram"]
        for key, row in document["volumes"].items()
        if row.get("histogram") and not key.startswith(("perfused", "whole_liver"))
    }
    if not shown:
        return
    title = "Cumulative dose-volume histograms of the map by self-calibration"
    yield Pictures((Picture(vector(partial(draw_dose_volumes, shown)), title),), f"{title}.")
    levels = ("D98", "D70", "D50", "D2")
    above = list(next(iter(shown.values()))["volume_fraction_above"])
    columns = (
        Column("Volume", share=2.0),
        *(Column(level, "Gy", numeric=True) for level in levels),
        *(Column(f"≥ {level}", "%", numeric=True) for level in above),
    )
    rows = tuple(
        (
            Cell(volume_words(key)),
            *(Cell(f"{one['levels_gy'][level]['value']:.1f}") for level in levels),
            *(Cell(f"{100 * one['volume_fraction_above'][level]:.1f}") for level in above),
        )
        for key, one in shown.items()
    )
    yield Table("Dose levels (D70: at least this dose in 70 % of the volume)", columns, rows)


def _planned(document: _Json) -> Iterator[Block]:
    found = document["planned"]
    if found is None:
        return
    yield Heading("Planned against delivered", 1, "planned", new_page=True)
    yield Paragraph(
        f"Plan: {found['plan']}, {found['planned_activity_gbq']:.3f} GBq; delivered "
        f"{found['delivered_activity_gbq']:.3f} GBq. The plan as it is tells how the treatment went; scaled to the "
        "delivered activity it tells how well the plan foresaw where the activity would go."
    )
    for name, words in _HOW.items():
        yield from _compared(found[name], words)


def _compared(found: _Json, words: str) -> Iterator[Block]:
    columns = (
        Column("Volume", share=2.0),
        Column("Planned", "Gy", share=1.4, numeric=True),
        Column("Delivered", "Gy", share=1.4, numeric=True),
        Column("Difference", "Gy", share=1.4, numeric=True),
        Column("Difference", "%", numeric=True),
    )
    yield Table(f"Mean absorbed doses, {words}", columns, tuple(_difference_rows(found["volumes"])))
    agreement = found["bland_altman"]
    if agreement is not None:
        one = agreement["difference_gy"]
        title = f"Bland-Altman of volumes that share no tissue, {words}"
        limits = f"mean {one['mean']:.1f} Gy, limits of agreement {one['limits'][0]:.1f} to {one['limits'][1]:.1f} Gy"
        drawing = vector(partial(draw_agreement, found["volumes"], one))
        yield Pictures((Picture(drawing, title),), f"{title}: {limits}, from {one['pairs']} volumes.")
    if found["histograms"] is not None:
        yield _histogram_table(found["histograms"], words)
    if found["gamma"] is not None:
        yield _gamma(found["gamma"], words)


def _difference_rows(volumes: _Json) -> Iterator[tuple[Cell, ...]]:
    for key, row in volumes.items():
        relative = row["relative_difference"]
        yield (
            Cell(volume_words(key)),
            *(
                Cell(f"{row[f'{one}_gy']:.1f} ± {row[f'{one}_standard_uncertainty_gy']:.1f}")
                for one in ("planned", "delivered", "difference")
            ),
            Cell("–" if relative is None else f"{100 * relative:+.1f}"),
        )


def _histogram_table(histograms: _Json, words: str) -> Table:
    columns = (
        Column("Volume", share=2.0),
        Column("Area between", "Gy", numeric=True),
        Column("Largest distance", "% of volume", numeric=True),
        Column("D70 planned", "Gy", numeric=True),
        Column("D70 delivered", "Gy", numeric=True),
    )
    rows = tuple(
        (
            Cell(volume_words(key)),
            Cell(f"{one['mean_distance_gy']:.1f}"),
            Cell(f"{100 * one['largest_share_apart']:.0f}"),
            Cell(f"{one['levels']['D70']['planned_gy']:.1f}"),
            Cell(f"{one['levels']['D70']['delivered_gy']:.1f}"),
        )
        for key, one in histograms.items()
    )
    return Table(f"Agreement of dose-volume histograms of the maps, {words}", columns, rows)


def _gamma(found: _Json, words: str) -> Facts:
    criteria = (
        f"{100 * found['dose_difference']:g} % of the {'point' if found['of'] == 'local' else 'maximum'}, "
        f"{found['distance_mm']:g} mm, above {100 * found['threshold']:g} % of the maximum"
    )
    parts = [(f"Gamma index in the liver, {words}", f"{criteria}: {_percent(found['pass_rate'])} of "
              f"{found['points']} points pass")]  # fmt: skip
    parts += [(volume_words(key), _percent(rate)) for key, rate in found["pass_rate_by_volume"].items()]
    return Facts(tuple(parts))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _methods(document: _Json) -> str:
    image = document["image"]
    summed = "the whole field of view" if image["summed"] == "field-of-view" else "liver, lungs and a margin"
    recovery = (
        "Activities of volumes were recovered with the geometric transfer matrix (Rousset et al., J. Nucl. Med. 39 "
        "(1998) 904), the map voxel by voxel (Thomas et al., Eur. J. Nucl. Med. Mol. Imaging 38 (2011) 1104)."
        if image["recovery"] == "shape"
        else "Blur was not corrected."
    )
    return (
        f"The image was taken to show the delivered activity in {summed}, less {100 * image['outside_field']:.1f} % "
        f"said to lie outside. Decay correction: {image['decay']}. {recovery} Doses are those of complete decay in "
        f"place, {document['energy_j_per_gbq']:.2f} J/GBq of charged particles, with the dose engine "
        f"{document['engine']}. Where limits of agreement are given: Bland and Altman, Lancet 327 (1986) 307; gamma "
        "index: Low et al., Med. Phys. 25 (1998) 656."
    )


def _provenance(document: _Json) -> Facts:
    told = document["provenance"]
    versions = ", ".join(f"{name} {version}" for name, version in told["versions"].items())
    return Facts((("Key", told["key"]), ("Files read", str(len(told["inputs"]))), ("Versions", versions)))


def _estimate(value: _Json, factor: float = 1.0, unit: str = "", *, digits: int = 1) -> str:
    told = f"{factor * value['value']:.{digits}f} ± {factor * value['standard_uncertainty']:.{digits}f}"
    return f"{told} {unit}".strip()
