"""Methods, references and where the result comes from."""

from __future__ import annotations

from hevesy.report.document import Block, Bullets, Cell, Column, Facts, Heading, Paragraph, Table
from hevesy.report.methods import methods_text, references
from hevesy.report.numbers import moment
from hevesy.report.sections.material import Material, cells

_HASH_LENGTH = 16


def methods(material: Material) -> list[Block]:
    """The methods text and its references."""
    blocks: list[Block] = [Heading("Methods", 1, "methods")]
    blocks += [Paragraph(text) for text in methods_text(material.results)]
    told = references(material.results)
    if told:
        blocks += [Heading("References", 2, "references"), Bullets(tuple(told), ordered=True)]
    return blocks


def provenance(material: Material) -> list[Block]:
    """Key, versions, inputs by content, files written."""
    source = material.results.provenance
    versions = ", ".join(f"{name} {version}" for name, version in source.versions.items())
    items = [
        ("Key", source.key),
        *((("Made", moment(source.created)),) if source.created else ()),
        ("Versions", versions),
        *((("Seed", str(source.seed)),) if source.seed is not None else ()),
        ("Schema of the results", material.results.schema_version),
        ("Files written", ", ".join(material.results.files.values()) or "none"),
    ]
    columns = (Column("Input", share=3.4), Column("SHA-256, beginning", share=1.0))
    rows = tuple(cells(item.get("name", ""), item.get("sha256", "")[:_HASH_LENGTH]) for item in source.inputs)
    return [
        Heading("Provenance", 1, "provenance"),
        Paragraph(
            "The same key gives the same result: it covers the content of all inputs, the settings and the versions."
        ),
        Facts(tuple(items)),
        Table("Inputs by content; the full values are in results.json.", columns, rows or ((Cell("none"), Cell("")),)),
    ]
