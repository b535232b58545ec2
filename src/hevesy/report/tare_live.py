"""A treatment in fractions on one page: doses so far, what may still be given, and one picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hevesy.domain import Grid
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
from hevesy.report.figures.scene import mark_columns
from hevesy.report.figures.style import ACCENT, INK, LESION, PAGE_WIDTH_MM, SERIES, axes_mm, figure_mm, raster
from hevesy.report.files import write_atomically
from hevesy.report.html import html_text
from hevesy.report.text import drawable, shortened

_HEIGHT_MM = 78.0
_ALL, _TOP = 0.99, 99.0
_VOID, _TUMOUR = "#56e0ff", "#35d07f"
WORDS = {"as-so-far": "if it goes as so far", "all-to-healthy": "if all of it goes to healthy liver"}
"""The assumptions on the next fraction."""
_SHORT = {"as-so-far": "as so far", "all-to-healthy": "all to healthy"}
_Json = Mapping[str, Any]


@dataclass(frozen=True)
class LivePicture:
    """What is drawn. Arrays of shape ``(z, y, x)``."""

    grid: Grid
    absorbed_dose_gy: NDArray[np.float64]
    """NaN where there is none. [Gy]"""
    regions: Mapping[str, NDArray[np.bool_]]
    """``healthy``, ``outside``, ``void`` and the tumours."""
    risk: Mapping[str, list[tuple[float, float]]]
    """Probability of exceeding the limit over the activity [GBq], by assumption."""

    @property
    def plane(self) -> int:
        """The transverse plane with most dose."""
        return int(np.argmax(np.nansum(self.absorbed_dose_gy, axis=(1, 2))))

    @property
    def box(self) -> tuple[int, slice, slice]:
        """That plane, within the box of the liver."""
        liver = np.logical_or.reduce([mask for name, mask in self.regions.items() if name != "void"])
        rows, columns = (np.flatnonzero(liver.any(axis=axes)) for axes in ((0, 2), (0, 1)))
        return self.plane, slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def write_live_report(document: _Json, picture: LivePicture, out: Path) -> Path:
    """Write ``live.html`` and its picture ``live.jpg``.

    Parameters
    ----------
    document
        As the treatment is told: doses in Gy, activities in GBq.
    picture
        What is drawn.
    out
        Folder.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    drawing = raster(lambda: draw_live(document, picture))
    write_atomically(out / "live.jpg", drawing.data)
    page = live_report(document, Picture(drawing, "Dose map, doses after each fraction, and the risk of the next one"))
    return write_atomically(out / "live.html", html_text(page).encode("utf-8"))


def live_report(document: _Json, picture: Picture) -> Document:
    """The page; activities in GBq, absorbed doses in Gy."""
    blocks: list[Block] = [
        Heading("May still be given", 1, "remaining"),
        *_remaining(document),
        Pictures((picture,), _caption(document)),
        Heading("So far", 1, "so-far"),
        _facts(document),
        _doses(document),
        _fractions(document),
        *_findings(document),
        Bullets(tuple(document["limit"]["sources"]), title="Source of the limit"),
    ]
    return Document("Radioembolisation in fractions", document["label"], STATEMENT, tuple(blocks))


def _remaining(document: _Json) -> Iterator[Block]:
    if document["remaining"] is None:
        for reason in document["no_figure_because"]:
            yield Paragraph(f"No figure: {reason}.", tone="warning")
        return
    limit = document["limit"]
    columns = (
        Column("Next fraction", share=2.0),
        Column("Activity", "GBq", numeric=True),
        Column("To first order", "GBq", numeric=True),
        Column("Drawn", "GBq", numeric=True),
    )
    rows = tuple(
        (Cell(WORDS[name], entry["reason"] or ""), *(Cell(gbq(entry[key])) for key in _FIGURES))
        for name, entry in document["remaining"].items()
    )
    caption = (
        f"Net of residual, at its injection: until the limit of {limit['healthy_liver_dose_gy']:g} Gy on the healthy "
        f"tissue of the treated volume is exceeded with a probability of {100 * limit['risk']:g} %"
    )
    yield Table(caption, columns, rows)


_FIGURES = ("activity_gbq", "analytic_gbq", "drawn_gbq")


def gbq(value: float | None) -> str:
    """An activity in GBq, or a dash."""
    return "–" if value is None else f"{value:.3f}"


def estimate(entry: _Json, digits: int = 1) -> str:
    """Value and standard uncertainty."""
    return f"{entry['value']:.{digits}f} ± {entry['standard_uncertainty']:.{digits}f}"


def _facts(document: _Json) -> Facts:
    limit, condition, activity = document["limit"], document["volume_condition"], document["activity_gbq"]
    return Facts((
        ("Limit", f"{limit['healthy_liver_dose_gy']:g} Gy, {limit['volume']}; "
                  f"{'trial ' + limit['trial'] if limit['trial'] else 'no trial'}"),
        ("Treated", f"{100 * condition['treated_share']:.1f} % of the liver, at most "
                    f"{100 * limit['treated_share_at_most']:.1f} %"),
        ("Given, seen", f"{estimate(activity['given'], 3)} GBq, {estimate(activity['seen'], 3)} GBq"),
        ("Not accounted for", f"{100 * document['unaccounted_share']['value']:.1f} % "
                              f"(figures up to {100 * document['largest_unaccounted_share']:g} %), counted "
                              f"{document['not_placed_counts']}"),
        *((f"Placed in {one['region']}", f"{100 * one['share']:.0f} % of what is not seen: {one['reason']}")
          for one in document["placed"]),
    ))  # fmt: skip


def _doses(document: _Json) -> Table:
    columns = (
        Column("Volume", share=2.0),
        Column("Volume", "ml", numeric=True),
        Column("Unquantifiable", "ml", numeric=True),
        Column("Absorbed dose", "Gy", share=1.4, numeric=True),
    )
    dose = document["absorbed_dose_gy"]
    healthy = dose["healthy"]
    rows = [
        (
            Cell("healthy tissue, treated", "at most: with all that is not accounted for"),
            Cell(f"{healthy['volume_ml']:.0f}"),
            Cell(f"{healthy['unquantifiable_ml']:.1f}"),
            Cell(estimate(healthy["at_most"]), f"seen {healthy['seen']['value']:.1f}"),
        )
    ]
    for name, entry in dose["tumours"].items():
        rows.append(
            (
                Cell(name, "at least" if entry["unquantifiable_ml"] else ""),
                Cell(f"{entry['volume_ml']:.1f}"),
                Cell(f"{entry['unquantifiable_ml']:.1f}"),
                Cell(estimate(entry["at_least"])),
            )
        )
    return Table("Absorbed doses so far", columns, tuple(rows))


def _fractions(document: _Json) -> Table:
    columns = (
        Column("Fraction", share=1.4),
        Column("Delivered", "GBq", share=1.4, numeric=True),
        Column("Not accounted for", "%", numeric=True),
        Column("Healthy at most", "Gy", share=1.4, numeric=True),
    )
    rows = tuple(
        (
            Cell(one["name"], one["injected"]),
            Cell(estimate(one["delivered_gbq"], 3)),
            Cell(f"{100 * one['unaccounted_share']:.1f}"),
            Cell(estimate(one["absorbed_dose_gy"]["healthy_at_most"])),
        )
        for one in document["fractions"]
    )
    return Table("Fractions", columns, rows)


def _findings(document: _Json) -> Iterator[Block]:
    if document["findings"]:
        yield Bullets(tuple(one["message"] for one in document["findings"]), tone="warning", title="Findings")


def _caption(document: _Json) -> str:
    names = ", ".join(document["absorbed_dose_gy"]["tumours"])
    return (
        f"Left: absorbed dose where it is laid down, in the plane with most of it; outlined: tumours ({names}, green) "
        "and the treated healthy tissue (white); bright blue: unquantifiable. Middle: after each fraction, with "
        "standard uncertainties. Right: probability of exceeding the limit."
    )


def draw_live(document: _Json, picture: LivePicture) -> Figure:
    """Dose map [Gy], doses after each fraction [Gy], and the risk over the next activity [GBq]."""
    figure = figure_mm(PAGE_WIDTH_MM, _HEIGHT_MM)
    _draw_map(figure, document, picture)
    _draw_history(axes_mm(figure, 78.0, 6.0, 42.0, 58.0), document)
    _draw_risk(axes_mm(figure, 134.0, 6.0, 38.0, 58.0), document, picture)
    return figure


def _draw_map(figure: Figure, document: _Json, picture: LivePicture) -> None:
    axes = axes_mm(figure, 1.0, 6.0, 54.0, 62.0)
    box, grid = picture.box, picture.grid
    aspect = grid.spacing_mm[1] / grid.spacing_mm[0]
    doses = picture.absorbed_dose_gy[box]
    top = float(np.nanpercentile(doses, _TOP)) if np.isfinite(doses).any() else 1.0
    shown = axes.imshow(doses, cmap="inferno", vmin=0.0, vmax=max(top, 1e-3), interpolation="nearest", aspect=aspect)
    void = np.where(picture.regions["void"][box], 1.0, np.nan)
    axes.imshow(void, cmap=_one_colour(), interpolation="nearest", aspect=aspect)
    outlines = {"healthy": "white"} | dict.fromkeys(document["absorbed_dose_gy"]["tumours"], _TUMOUR)
    for name, colour in outlines.items():
        mask = np.pad(picture.regions[name][box], 1)
        if mask.any():
            places = (np.arange(n) - 1.0 for n in mask.shape[::-1])
            axes.contour(*places, mask.astype(float), levels=[0.5], colors=colour, linewidths=0.8)
    axes.set_axis_off()
    mark_columns(axes, grid, colour=INK)
    axes.set_title("absorbed dose")
    bar = axes_mm(figure, 57.0, 14.0, 2.2, 46.0)
    figure.colorbar(shown, cax=bar, extend="max")
    bar.set_title("Gy")


def _one_colour() -> Any:  # noqa: ANN401 - the library is not typed
    from matplotlib.colors import ListedColormap

    return ListedColormap([_VOID])


def _draw_history(axes: Axes, document: _Json) -> None:
    fractions = document["fractions"]
    places = np.arange(1, len(fractions) + 1)
    healthy = [one["absorbed_dose_gy"]["healthy_at_most"] for one in fractions]
    limit = document["limit"]["healthy_liver_dose_gy"]
    _line(axes, places, healthy, ACCENT, "healthy, at most")
    for number, name in enumerate(document["absorbed_dose_gy"]["tumours"]):
        entries = [one["absorbed_dose_gy"]["tumours"][name]["at_least"] for one in fractions]
        _line(axes, places, entries, SERIES[1 + number % 8], shortened(drawable(name), 16))
    axes.axhline(limit, color=LESION, linestyle="--", linewidth=0.9)
    right = len(fractions) + 0.3
    axes.text(right, limit, f"limit, healthy: {limit:g} Gy", color=LESION, va="bottom", ha="right", fontsize=6)
    axes.set_xticks(places)
    axes.set_xlabel("fraction")
    axes.set_xlim(0.7, right)
    axes.set_ylim(bottom=0.0)
    axes.set_title("absorbed dose [Gy]")
    axes.legend(loc="upper left", fontsize=6)


def _line(axes: Axes, places: NDArray[np.int_], entries: list[_Json], colour: str, label: str) -> None:
    values = [entry["value"] for entry in entries]
    spread = [entry["standard_uncertainty"] for entry in entries]
    axes.errorbar(places, values, yerr=spread, color=colour, marker="o", markersize=3, capsize=2, label=label)


def _range(picture: LivePicture) -> float:
    """Where nearly nothing is left to see. [GBq]"""
    late = [activity for points in picture.risk.values() for activity, risk in points if risk < _ALL]
    first = picture.risk["all-to-healthy"][1][0]
    return 1.6 * max([*late, first])


def _draw_risk(axes: Axes, document: _Json, picture: LivePicture) -> None:
    colours = dict(zip(WORDS, (SERIES[2], LESION), strict=True))
    for name, points in picture.risk.items():
        activity, risk = zip(*points, strict=True)
        axes.plot(activity, risk, color=colours[name], label=_SHORT[name])
        figure = (document["remaining"] or {}).get(name, {}).get("activity_gbq")
        if figure is not None:
            axes.plot([figure], [document["limit"]["risk"]], "o", color=colours[name], markersize=4)
    axes.axhline(document["limit"]["risk"], color=INK, linewidth=0.6, linestyle=":")
    axes.set_ylim(0.0, 1.0)
    axes.set_xlim(0.0, _range(picture))
    axes.set_title("risk of exceeding")
    axes.set_xlabel("next fraction [GBq]")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.1), fontsize=6)
