"""The schema's page in the documentation names every field of the model, with its type."""

import re
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from hevesy.report import limits_model, model, uncertainty_model

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "results.md"
MODELS = [
    item
    for module in (model, uncertainty_model, limits_model)
    for item in vars(module).values()
    if isinstance(item, type)
    and issubclass(item, BaseModel)
    and item.__module__ == module.__name__
    and item.model_fields
]


NAMES = {float: "number", int: "integer", str: "text", bool: "true or false", object: "anything"}


def type_text(annotation):
    """A type as the page words it."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is None:
        return NAMES.get(annotation) or f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin is list:
        return f"list of {type_text(arguments[0])}"
    if origin is tuple:
        return f"{len(arguments)} numbers"
    if origin is dict:
        return f"object of {type_text(arguments[1])}"
    return " or ".join("null" if a is type(None) else type_text(a) for a in arguments)


def row(name, field):
    """The beginning of the table row of one field: name and type."""
    return f"| `{name}` | {type_text(field.annotation)} |"


@pytest.mark.parametrize("item", MODELS, ids=lambda item: item.__name__)
def test_every_field_is_described(item):
    text = PAGE.read_text(encoding="utf-8")
    section = re.search(rf"^## {item.__name__}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section is not None, f"no section '## {item.__name__}' in {PAGE.name}"
    rows = [line for line in section.group(1).splitlines() if line.startswith("| `")]
    expected = [row(name, field) for name, field in item.model_fields.items()]
    assert [" | ".join(line.split(" | ")[:2]) + " |" for line in rows] == expected
    assert all(len(line.split(" | ")[2].strip(" |")) > 3 for line in rows)


def test_the_version_is_named():
    assert f"`{model.SCHEMA_VERSION}`" in PAGE.read_text(encoding="utf-8")
