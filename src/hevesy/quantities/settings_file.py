"""Settings files: strict YAML, pydantic models, and one-line errors that name the key."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ValidationError

from hevesy.errors import InputError, StudyFileError
from hevesy.quantities.units import parse_quantity

_LARGEST = 1_000_000
_Model = TypeVar("_Model", bound=BaseModel)


def quantity_field(kind: str) -> BeforeValidator:
    """Validator of a model's field that takes text with a unit; for the kinds see ``parse_quantity``."""

    def parse(text: object) -> float:
        try:
            return parse_quantity(text, kind)
        except InputError as error:
            raise ValueError(str(error)) from error

    return BeforeValidator(parse)


def validate_settings(model: type[_Model], content: object, name: str) -> _Model:
    """Check what a file holds against a model.

    Parameters
    ----------
    model
        What it should be.
    content
        As :func:`read_yaml` gave it.
    name
        Of the file, for the message.

    Raises
    ------
    StudyFileError
        On the first thing that is not as the model says, with the key.
    """
    if not isinstance(content, dict):
        raise StudyFileError("a mapping of keys", f"{type(content).__name__} came", name)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise _one_line(error, content, name) from None


_WORDS = {"too_short": "at least 1 entry", "string_too_short": "text of at least 1 character", "tuple_type": "a list"}


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML in which every scalar but true, false, null and plain numbers stays text, and keys are unique."""


_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":int", ":merge"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _decimal_int() -> None:
    _StrictLoader.add_implicit_resolver(
        "tag:yaml.org,2002:int", re.compile(r"^[-+]?(0|[1-9][0-9]*)$"), list("-+0123456789")
    )


_decimal_int()


def _mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    repeated = [key for key in keys if keys.count(key) > 1]
    if repeated:
        raise StudyFileError("each key once", f"{repeated[0]!r} came twice", f"line {node.start_mark.line + 1}")
    return loader.construct_mapping(node, deep=True)


_StrictLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_yaml(path: Path, what: str) -> object:
    """Read strict YAML: no duplicate keys, no dates or base-60 numbers guessed from text, no aliases.

    Parameters
    ----------
    path
        The file.
    what
        What it should be, for the message, for example ``study file``.

    Raises
    ------
    StudyFileError
        If the file is missing, too large, not UTF-8 or no YAML.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise StudyFileError(f"a {what} under 1 MB", f"{path.stat().st_size} bytes came", path.name)
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise StudyFileError(f"a readable {what} in UTF-8", f"byte {error.start + 1} is not", path.name) from error
    except OSError as error:
        raise StudyFileError(f"a readable {what}", f"{error.strerror} came", str(path)) from error
    return parse_yaml(text, path.name)


def parse_yaml(text: str, name: str) -> object:
    """The same for a text; ``name`` is that of its file.

    Raises
    ------
    StudyFileError
        If it is no YAML.
    """
    try:
        _refuse_aliases(text)
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader with fewer types
    except StudyFileError as error:
        raise StudyFileError(error.expected, error.came, f"{name}, {error.where}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}, line {mark.line + 1}" if mark else name
        problem = str(getattr(error, "problem", None) or error).removeprefix("but ")
        raise StudyFileError("YAML", problem, where) from error
    except RecursionError as error:
        raise StudyFileError("YAML of reasonable depth", "too many levels came", name) from error


def _refuse_aliases(text: str) -> None:
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise StudyFileError("no YAML aliases", f"*{event.anchor} came", f"line {line}")


def _one_line(error: ValidationError, content: object, name: str) -> StudyFileError:
    """The first thing that is wrong, with every way in which it could be right, and how many more there are."""
    wrong: dict[str, list[Any]] = {}
    for item in error.errors():
        wrong.setdefault(_key(item, content), []).append(item)
    key, alternatives = next(iter(wrong.items()))
    told = dict.fromkeys(_told(item) for item in alternatives)
    expected = " or ".join(dict.fromkeys(expected for expected, _ in told))
    came = next(iter(told))[1]
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    return StudyFileError(expected, came[:200] + more, f"{name}, {key}")


def _key(item: Mapping[str, Any], content: object) -> str:
    """The way to a value in the file; parts that only the schema knows (which alternative was tried) are left out."""
    parts: list[str] = []
    node: Any = content
    for part in item["loc"]:
        if part in (node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()):
            node = node[part]
            parts.append(str(part))
    if item["type"] == "missing":
        parts.append(str(item["loc"][-1]))
    return ".".join(parts) or "file"


def _told(item: Mapping[str, Any]) -> tuple[str, str]:
    """What was expected and what came."""
    kind, message, value = item["type"], str(item["msg"]), f"{item['input']!r} came"
    if kind == "extra_forbidden":
        return "a known key", f"the unknown key {item['loc'][-1]!r} came"
    if kind == "missing":
        return "this key", "it is missing"
    if kind == "union_tag_not_found":
        return "the key 'method'", "it is missing"
    if kind == "union_tag_invalid":
        return f"a method among {item['ctx']['expected_tags']}", f"{item['ctx']['tag']!r} came"
    if kind == "value_error":
        expected, _, came = message.removeprefix("Value error, ").removeprefix("expected ").partition(", but ")
        return expected, came or "that is not so"
    wanted = _WORDS.get(kind, message.removeprefix("Input should be "))
    return (f"a number {wanted}" if wanted.startswith(("greater", "less")) else wanted[0].lower() + wanted[1:]), value
