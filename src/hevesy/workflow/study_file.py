"""Reading a study file: strict YAML, one-line errors that name the key."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from hevesy.errors import StudyFileError
from hevesy.workflow.config import Study

_LARGEST_STUDY_FILE = 1_000_000


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML in which every scalar but true, false, null and plain numbers stays text, and keys are unique."""


_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":int", ":merge"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _decimal_int() -> None:
    import re

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


def read_yaml(path: Path) -> object:
    """Read strict YAML: no duplicate keys, no dates or base-60 numbers guessed from text, no anchors bombs.

    Raises
    ------
    StudyFileError
        If the file is missing, too large, not UTF-8 or no YAML.
    """
    try:
        if path.stat().st_size > _LARGEST_STUDY_FILE:
            raise StudyFileError("a study file under 1 MB", f"{path.stat().st_size} bytes came", path.name)
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StudyFileError("a readable study file", f"{type(error).__name__} came", str(path)) from error
    try:
        _refuse_aliases(text, path)
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader with fewer types
    except StudyFileError as error:
        raise StudyFileError(error.expected, error.came, f"{path.name}, {error.where}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path.name}, line {mark.line + 1}" if mark else path.name
        raise StudyFileError("YAML", str(getattr(error, "problem", None) or error), where) from error
    except RecursionError as error:
        raise StudyFileError("YAML of reasonable depth", "too many levels came", path.name) from error


def _refuse_aliases(text: str, path: Path) -> None:
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise StudyFileError("no YAML aliases", f"*{event.anchor} came", path.name)


def read_study(path: Path) -> Study:
    """Read and check a study file.

    Raises
    ------
    StudyFileError
        On the first thing that is not as the schema says, with the key.
    """
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise StudyFileError("a mapping of study keys", f"{type(content).__name__} came", path.name)
    for key in _unanswered(content, ""):
        raise StudyFileError("your answer in place of '?'", "'?' came", f"{path.name}, {key}")
    try:
        return Study.model_validate(content)
    except ValidationError as error:
        raise _one_line(error, path) from None


def _unanswered(content: object, key: str) -> Iterator[str]:
    """Keys that a draft left open."""
    if content == "?":
        yield key
    elif isinstance(content, dict):
        for name, value in content.items():
            yield from _unanswered(value, f"{key}.{name}" if key else str(name))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from _unanswered(value, f"{key}.{number}")


def _one_line(error: ValidationError, path: Path) -> StudyFileError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"]) or "study"
    kind, message = first["type"], first["msg"]
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    where = f"{path.name}, {key}"
    if kind == "extra_forbidden":
        return StudyFileError("a known key", f"the unknown key {first['loc'][-1]!r} came{more}", where)
    if kind == "missing":
        return StudyFileError("this key", f"it is missing{more}", where)
    if kind == "value_error":
        text = message.removeprefix("Value error, ").removeprefix("expected ")
        expected, _, came = text.partition(", but ")
        return StudyFileError(expected, (came or "that is not so") + more, where)
    return StudyFileError(message[0].lower() + message[1:], f"{first['input']!r} came{more}"[:300], where)
