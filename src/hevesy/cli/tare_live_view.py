"""The terminal view of a treatment in fractions: doses, what may still be given, and a picture of the dose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from hevesy.workflow.tare.live.output import ShownPlane

_Json = Mapping[str, Any]
_COLOURS = (
    "#000004",
    "#1b0c41",
    "#4a0c6b",
    "#781c6d",
    "#a52c60",
    "#cf4446",
    "#ed6925",
    "#fb9b06",
    "#f7d13d",
    "#fcffa4",
)
_VOID, _OUTSIDE = "#56e0ff", "#101418"
_LETTERS = ".:-=+*#%@"
_COLUMNS, _WIDE, _TOP = 44, 110, 99.0
WORDS = {"as-so-far": "if it goes as so far", "all-to-healthy": "if all of it goes to healthy liver"}


@dataclass(frozen=True)
class View:
    """What a terminal can show."""

    colours: bool
    columns: int


def live_view(document: _Json, plane: ShownPlane, view: View) -> RenderableType:
    """Everything on one screen.

    Parameters
    ----------
    document
        As the treatment is told.
    plane
        Of the dose map.
    view
        What the terminal can show.
    """
    picture, tables = _picture(plane, colours=view.colours), Group(_fractions(document), _doses(document))
    beside = Table.grid(padding=(0, 2))
    if view.columns >= _WIDE:
        beside.add_row(picture, tables)
    else:
        beside.add_row(tables)
        beside.add_row(picture)
    return Panel(
        Group(_answer(document), beside, *_notes(document)),
        title=f"[b]{document['product']} in fractions[/b]",
        subtitle="for research and quality assurance; not a certified medical device",
        border_style="cyan",
    )


def _answer(document: _Json) -> RenderableType:
    limit = document["limit"]
    if document["remaining"] is None:
        words = Text("\n".join(f"No figure: {reason}." for reason in document["no_figure_because"]), style="bold red")
        return Panel(words, title="may still be given", border_style="red")
    cells = []
    for name, entry in document["remaining"].items():
        figure = entry["activity_gbq"]
        shown = Text(entry["reason"] if figure is None else f"{figure * 1e3:.0f} MBq", style="bold green")
        if figure is not None and figure <= 0.0:
            shown = Text("nothing", style="bold red")
        cells.append(Panel(shown, title=WORDS[name], border_style="green"))
    told = (
        f"may still be given, net, until the healthy liver exceeds {limit['healthy_liver_dose_gy']:g} Gy with "
        f"{100 * limit['risk']:g} % probability"
    )
    return Group(Text(told), Columns(cells, equal=True))


def _doses(document: _Json) -> Table:
    table = Table(title="absorbed dose so far", title_justify="left", box=None, padding=(0, 1))
    for heading in ("", "Gy", "±", "of the limit"):
        table.add_column(heading, justify="left" if heading in {"", "of the limit"} else "right")
    dose, limit = document["absorbed_dose_gy"], document["limit"]["healthy_liver_dose_gy"]
    most = dose["healthy"]["at_most"]
    bar = ProgressBar(
        total=limit, completed=min(most["value"], limit), width=22, complete_style=_tone(most["value"] / limit)
    )
    table.add_row("healthy, at most", f"{most['value']:.1f}", f"{most['standard_uncertainty']:.1f}", bar)
    table.add_row("healthy, seen", f"{dose['healthy']['seen']['value']:.1f}",
                  f"{dose['healthy']['seen']['standard_uncertainty']:.1f}", "")  # fmt: skip
    for name, entry in dose["tumours"].items():
        least = entry["at_least"]
        words = Text(name + (", at least" if entry["unquantifiable_ml"] else ""))
        table.add_row(words, f"{least['value']:.1f}", f"{least['standard_uncertainty']:.1f}", "")
    return table


def _tone(share: float) -> str:
    return "green" if share < 0.7 else "yellow" if share < 0.95 else "red"


def _fractions(document: _Json) -> Table:
    table = Table(title="fractions", title_justify="left", box=None, padding=(0, 1))
    for heading in ("", "injected", "delivered", "not accounted for", "healthy at most"):
        table.add_column(heading, justify="left" if heading in {"", "injected"} else "right")
    for one in document["fractions"]:
        table.add_row(
            Text(one["name"]),
            one["injected"][11:16],
            f"{one['delivered_gbq']['value'] * 1e3:.0f} MBq",
            f"{100 * one['unaccounted_share']:.1f} %",
            f"{one['absorbed_dose_gy']['healthy_at_most']['value']:.1f} Gy",
        )
    return table


def _notes(document: _Json) -> list[RenderableType]:
    share = document["unaccounted_share"]
    told = [
        Text(f"Not accounted for: {100 * share['value']:.1f} ± {100 * share['standard_uncertainty']:.1f} % of what was "
             f"given; it counts {document['not_placed_counts']}.")
    ]  # fmt: skip
    told += [
        Text(f"Placed in {one['region']}: {100 * one['share']:.0f} % of what is not seen ({one['reason']}).")
        for one in document["placed"]
    ]
    return [*told, *(Text(one["message"], style="yellow") for one in document["findings"])]


def _picture(plane: ShownPlane, *, colours: bool) -> RenderableType:
    """The plane as half blocks, two rows of voxels to a line; letters where there are no colours."""
    values = _sampled(plane.absorbed_dose_gy, plane.aspect)
    lost = _sampled(plane.void.astype(float), plane.aspect) > 0.5
    known = values[np.isfinite(values)]
    top = float(np.percentile(known, _TOP)) if known.size and np.percentile(known, _TOP) > 0 else 1.0
    lines = Text()
    for row in range(0, values.shape[0] - 1, 2):
        for column in range(values.shape[1]):
            pairs = [(values[k, column], bool(lost[k, column])) for k in (row, row + 1)]
            if colours:
                upper, lower = (_colour(value, top, void=void) for value, void in pairs)
                lines.append("▀", style=f"{upper} on {lower}")
            else:
                lines.append(_letter(*pairs[0], top))
        lines.append("\n")
    lines.append(f"0 to {top:.0f} Gy and more; {'bright blue' if colours else 'o'}: unquantifiable", style="dim")
    return lines


def _sampled(plane: NDArray[np.float64], aspect: float) -> NDArray[np.float64]:
    """Nearest voxels on squares, within the liver's own box."""
    height, width = plane.shape
    columns = min(_COLUMNS, width)
    rows = max(2, round(columns * height * aspect / width / 2) * 2)
    y = np.floor((np.arange(rows) + 0.5) * height / rows).astype(int)
    x = np.floor((np.arange(columns) + 0.5) * width / columns).astype(int)
    return plane[np.ix_(y, x)]


def _colour(value: float, top: float, *, void: bool) -> str:
    if void:
        return _VOID
    return _COLOURS[_step(value, top, len(_COLOURS))] if np.isfinite(value) else _OUTSIDE


def _letter(value: float, void: bool, top: float) -> str:
    if void:
        return "o"
    return _LETTERS[_step(value, top, len(_LETTERS))] if np.isfinite(value) else " "


def _step(value: float, top: float, n: int) -> int:
    return min(int(max(value, 0.0) / top * n), n - 1)
