"""Sources of a radioembolisation plan, numbered once, so that every row can point to its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_Json = Mapping[str, Any]


def source_numbers(document: _Json) -> dict[str, int]:
    """Number of every source in the order of the report; those that were not confirmed say so."""
    return _numbered(_sources(document))


def row_numbers(rows: Iterable[_Json]) -> dict[str, int]:
    """The same of some rows."""
    return _numbered(source_text(row) for row in rows)


def _numbered(texts: Iterable[str]) -> dict[str, int]:
    return {text: number for number, text in enumerate(dict.fromkeys(texts), start=1)}


def source_text(row: _Json) -> str:
    """Source of one row, with its status where it was not confirmed."""
    return str(row["source"]) + (" (unconfirmed)" if row.get("source_status") == "MEM" else "")


def pointer(row: _Json, numbers: Mapping[str, int]) -> str:
    """The number of the source of a row in brackets, and a word where it was not confirmed."""
    number = numbers.get(source_text(row))
    told = "" if number is None else f"[{number}]"
    return f"{told} unconfirmed" if row.get("source_status") == "MEM" else told


def _sources(document: _Json) -> Iterator[str]:
    for product in document["products"]:
        if not product["refused"]:
            yield from (source_text(row) for row in _rows(product))
    yield from (source_text(row) for row in document["eligibility"])
    yield from (source_text(row) for row in document["schedule"]["practice"])


def _rows(product: _Json) -> Iterator[_Json]:
    yield from (model for model in product["models"].values() if "source" in model)
    for inverse in product["inverse"].values():
        yield from inverse["largest"]["rules"]
        yield from inverse["largest"]["effects"]
        if inverse["largest"]["supply"]:
            yield zone_row(inverse["largest"]["supply"])


def zone_row(supply: _Json) -> _Json:
    """The manufacturer's time zone as a row with its source."""
    return {"source": supply["time_zone_source"], "source_status": supply["time_zone_source_status"]}
